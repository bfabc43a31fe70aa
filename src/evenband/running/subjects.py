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
    baselines = {} if probe.of else measure_baselines(probe)
    details = replace(measurement.details, baselines=baselines)
    return replace(measurement, subject=subject.spec, details=details)


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
    _check_names(given)
    for model in given:
        if isinstance(model, str):
            exact = _load(model, plan, None, progress)
            fast = None if plan.screen is None else _load_fast(exact.fresh.spec, plan, progress)
            yield Subject(exact.fresh, exact.cached, fast, plan.seed)
        elif plan.screen is not None:
            raise InputError(
                f"model {model.spec.ref!r} is your own encoder; a screen needs a reference to load twice"
            )
        else:
            yield Subject(model, model)


def load_subject(
    model: str | Encoder,
    *,
    engine: str = "auto",
    trust_remote_code: bool = False,
    progress: Progress | None = None,
) -> Subject:
    """Return one model by its reference, with a cached wrapper, or an encoder that the user made.

    Raises:
        EvenbandError: if it cannot be loaded.
    """
    if not isinstance(model, str):
        return Subject(model, model)
    encoder = encoders.load(model, trust_remote_code=trust_remote_code, engine=engine)
    return Subject(encoder, CachedEncoder(encoder, progress=progress))


def _load(ref: str, plan: Plan, dtype: str | None, progress: Progress | None) -> screen.Pair:
    encoder = encoders.load(ref, trust_remote_code=plan.trust_remote_code, engine=plan.engine, dtype=dtype)
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
        return _load(exact.ref, plan, plan.screen, progress)
    except InputError as error:
        raise InputError(f"cannot be screened: {error}") from None


def _check_names(models: Sequence[str | Encoder]) -> None:
    """Refuse two models of one name, or a scheme that does not exist, before anything is measured."""
    seen: dict[str, str] = {}
    for model in models:
        ref = model if isinstance(model, str) else model.spec.ref
        name = encoders.name_of(model) if isinstance(model, str) else model.spec.name
        if name in seen:
            raise InputError(
                f"the models {seen[name]!r} and {ref!r} are both called {name!r}; audit them in two runs"
            )
        seen[name] = ref
