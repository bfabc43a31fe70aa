"""Subjects of a run: the models of a plan, loaded one at a time, and one probe measured on one of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from evenband import encoders
from evenband.encoders import CachedEncoder
from evenband.errors import InputError
from evenband.probes.pairs import screen
from evenband.probes.pairs.baselines import measure_baselines
from evenband.probes.pairs.minimal_pairs import MinimalPairs
from evenband.randomness import stream
from evenband.running.plan import Plan
from evenband.types import Encoder, ModelSpec, PairsMeasurement, Progress


@dataclass(frozen=True)
class Subject:
    """A model and its cached wrapper.

    Attributes:
        fresh: computes every vector anew.
        cached: the same through the vector cache; ``fresh`` itself for an encoder that the user
            made, since nothing is known of what decides its vectors.
        fast: the same model in the number format that screens it, if it is to be screened.
        seed: draws what is computed in both formats.
    """

    fresh: Encoder
    cached: Encoder
    fast: screen.Pair | None = None
    seed: int = 0

    @property
    def spec(self) -> ModelSpec:
        """What its measurements say of it: a screened model is not the model itself."""
        spec = self.fresh.spec
        if self.fast is None:
            return spec
        fast = self.fast.fresh.spec
        options = {"screen": fast.dtype, "screen_engine": fast.options.get("engine", "")}
        return replace(spec, options={**spec.options, **options})


def measure(probe: MinimalPairs, subject: Subject) -> PairsMeasurement:
    """Measure one probe on one subject, screened if asked for; the noise floor past the cache.

    Raises:
        EvenbandError: if the subject fails.
    """
    if subject.fast is None:
        measurement = probe.measure(subject.cached, fresh=subject.fresh)
    else:
        exact = screen.Pair(subject.fresh, subject.cached)
        measurement = screen.screen(probe, subject.fast, exact, stream(subject.seed, "screen"))
    baselines = {} if probe.of else measure_baselines(_measured_part(probe, measurement))
    details = replace(measurement.details, baselines=baselines)
    return replace(measurement, subject=subject.spec, details=details)


def _measured_part(probe: MinimalPairs, measurement: PairsMeasurement) -> MinimalPairs:
    """Return the probe on the labels and templates that the subject has vectors for."""
    if not measurement.details.missing:
        return probe
    items, conditions = set(measurement.items), set(measurement.conditions)
    rows = [row for row, value in enumerate(probe.slot.values) if value in items]
    templates = tuple(template for template in probe.templates if template.name in conditions)
    return replace(probe.take(rows), templates=templates)


def load_subjects(
    plan: Plan, models: Sequence[str | Encoder] | None = None, progress: Progress | None = None
) -> Iterator[Subject]:
    """Yield the reference, then the models of the plan, or those given, loaded one at a time.

    Raises:
        EvenbandError: if one cannot be loaded, or two share a name.
    """
    given: list[str | Encoder] = list(plan.models if models is None else models)
    if plan.reference is not None and plan.reference not in given:
        given.insert(0, plan.reference)
    elif plan.reference is not None:
        given.sort(key=lambda model: model != plan.reference)
    for model, name in zip(given, _names_of(given), strict=True):
        if isinstance(model, str):
            exact = _load(model, name, plan, None, progress)
            fast = None if plan.screen is None else _load_fast(exact.fresh.spec, plan, progress)
            yield Subject(exact.fresh, exact.cached, fast, plan.seed)
        elif plan.screen is not None:
            raise InputError(
                f"model {model.spec.ref!r} is your own encoder; a screen needs a reference to load twice"
            )
        else:
            yield Subject(model, model)


def _load(
    ref: str, name: str | None, plan: Plan, dtype: str | None, progress: Progress | None
) -> screen.Pair:
    encoder = encoders.load(
        ref, trust_remote_code=plan.trust_remote_code, engine=plan.engine, dtype=dtype, name=name
    )
    return screen.Pair(encoder, CachedEncoder(encoder, progress=progress))


def _load_fast(exact: ModelSpec, plan: Plan, progress: Progress | None) -> screen.Pair:
    """Load the same model in the format that screens it.

    Raises:
        InputError: if it has no number format to choose, or is not computed in float32.
    """
    if exact.dtype != "float32":
        raise InputError(
            f"model {exact.ref!r} is computed in {exact.dtype}, expected float32 to check a screen with; "
            "leave the dtype out of the reference"
        )
    try:
        return _load(exact.ref, None, plan, plan.screen, progress)
    except InputError as error:
        raise InputError(f"cannot be screened: {error}") from None


def _names_of(models: Sequence[str | Encoder]) -> list[str]:
    """Return a name for each model; two of one name, or a scheme that does not exist, are found here.

    Raises:
        InputError: if two of the user's own encoders share a name, or a reference is given twice.
    """
    own = [model.spec.name for model in models if not isinstance(model, str)]
    for name in own:
        if own.count(name) > 1:
            raise InputError(f"two encoders are called {name!r}, expected different names in their specs")
    named = iter(encoders.unique_names([model for model in models if isinstance(model, str)], own))
    return [next(named) if isinstance(model, str) else model.spec.name for model in models]
