"""Subjects of a run: the models of a plan, loaded one at a time, and the measurement of one probe on one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from evenband import encoders
from evenband.analysis.pairs.weighting import random_part
from evenband.encoders import SkippingReranker, VariantEncoder
from evenband.encoders.refusals import SkippingEncoder
from evenband.errors import InputError
from evenband.probes.pairs import screen
from evenband.probes.pairs.baselines import measure_baselines
from evenband.probes.pairs.budget_size import is_searched, labels_within
from evenband.probes.pairs.minimal_pairs import MinimalPairs
from evenband.probes.pairs.ordered_pairs import measure_orderings
from evenband.probes.pairs.scored_rivals import RIVALS_SCORED
from evenband.randomness import stream
from evenband.running.budgets import measure_within
from evenband.running.given_models import refs_of
from evenband.running.plan import Plan
from evenband.running.reported import Reported
from evenband.running.tracking import Tracker
from evenband.stats.ranks import OPPONENTS
from evenband.types import Auditable, Encoder, ModelSpec, PairsMeasurement, Progress, Reranker


@dataclass(frozen=True)
class Subject:
    """A model and its cached wrapper.

    Attributes:
        fresh: computes every vector anew.
        cached: the same model behind the vector cache; ``fresh`` itself for an encoder of the user's own,
            since nothing is known of what decides its vectors.
        fast: the same model in the number format of the screen; ``None`` without a screen.
        seed: draws the cells that are computed in both formats, and the random part of a budget.
        predictor: a model that helps a budget to choose; ``None`` for none.
    """

    fresh: Encoder
    cached: Encoder
    fast: screen.EncoderPair | None = None
    seed: int = 0
    predictor: Encoder | None = None

    @property
    def uncached(self) -> Encoder:
        """The model without the cache, which leaves out the same texts as the cached one."""
        return SkippingEncoder(self.fresh) if isinstance(self.cached, SkippingEncoder) else self.fresh

    @property
    def spec(self) -> ModelSpec:
        """Identity of the subject in its measurements; a screened model differs from the model itself."""
        spec = self.fresh.spec
        if self.fast is None:
            return spec
        fast = self.fast.fresh.spec
        options = {"screen": fast.dtype, "screen_engine": fast.options.get("engine", "")}
        return replace(spec, options={**spec.options, **options})


@dataclass(frozen=True)
class RerankerSubject:
    """A reranker and its cached wrapper.

    Attributes:
        fresh: computes every score anew.
        cached: the same model behind the cache; ``fresh`` itself for a reranker of the user's own.
        seed: draws the rivals of each label.
    """

    fresh: Reranker
    cached: Reranker
    seed: int = 0

    @property
    def spec(self) -> ModelSpec:
        """Identity of the subject in its measurements."""
        return self.fresh.spec


AnySubject: TypeAlias = Subject | RerankerSubject


def measure(probe: MinimalPairs, subject: AnySubject) -> PairsMeasurement:
    """Measure one probe on one subject, screened if asked for, with the pass rates of the baselines.

    The noise floor is measured on the uncached encoder. A reranker is measured by orderings only.

    Raises:
        EvenbandError: if the subject fails.
    """
    opponents = OPPONENTS
    if isinstance(subject, RerankerSubject):
        _refuse_budget(probe, subject)
        rng, opponents = stream(subject.seed, "rivals"), RIVALS_SCORED
        measurement = measure_orderings(probe, subject.cached, subject.fresh, rng)
    elif probe.budget is not None and is_searched(probe, labels_within(probe, probe.budget)):
        rng = stream(subject.seed, "budget")
        measurement = measure_within(probe, subject.cached, subject.fresh, rng, subject.predictor)
    elif subject.fast is None:
        measurement = probe.measure(subject.cached, fresh=subject.fresh)
    else:
        exact = screen.EncoderPair(subject.fresh, subject.cached)
        measurement = screen.screen(probe, subject.fast, exact, stream(subject.seed, "screen"))
    baselines = (
        {} if probe.of or probe.pictures else measure_baselines(_measured_part(probe, measurement), opponents)
    )
    details = replace(
        measurement.details, baselines=baselines, skipped=probe.slot.skipped, remarks=probe.slot.remarks
    )
    return replace(measurement, subject=subject.spec, details=details)


def _refuse_budget(probe: MinimalPairs, subject: RerankerSubject) -> None:
    """Refuse a search for the farthest pairs of a model that has no distances.

    Raises:
        InputError: if the probe has a budget.
    """
    if probe.budget is not None:
        raise InputError(
            f"budget: {subject.spec.ref} scores pairs and has no distance to search by, expected an "
            "embedding model; use --sample"
        )


def _measured_part(probe: MinimalPairs, measurement: PairsMeasurement) -> MinimalPairs:
    """Return the probe on the labels and templates that could be measured."""
    if (len(probe.slot), len(probe.templates)) == measurement.scores.shape:
        return probe
    measurement = random_part(measurement)
    items, conditions = set(measurement.items), set(measurement.conditions)
    rows = [row for row, value in enumerate(probe.slot.values) if value in items]
    templates = tuple(template for template in probe.templates if template.name in conditions)
    return replace(probe.take(rows), templates=templates)


def load_subjects(
    plan: Plan, models: Sequence[str | Auditable] | None = None, progress: Tracker | None = None
) -> Iterator[AnySubject]:
    """Yield the reference, then the models, loaded one at a time.

    Args:
        plan: names the models and the reference.
        models: references, encoders or rerankers in the order of measurement; the plan's if not given.
        progress: keeps count of how far the run is.

    Raises:
        EvenbandError: if one cannot be loaded, or two share a name.
    """
    given = ordered_models(plan) if models is None else models
    helper = None if plan.predictor is None else _load_predictor(plan, progress)
    base: tuple[str, Encoder] | None = None
    for model, name in zip(given, _names_of(given), strict=True):
        if progress is not None:
            progress.load(name)
        if isinstance(model, str):
            own = encoders.base_of(model)
            base = base if base is not None and base[0] == own else None  # frees another model's memory
            subject = _load_any(model, name, plan, progress, base and base[1])
            base = (own, _base_of(subject)) if isinstance(subject, Subject) else None
            yield replace(subject, predictor=helper) if isinstance(subject, Subject) else subject
        elif plan.screen is not None:
            raise InputError(
                f"model {model.spec.ref!r} is your own model; a screen needs a reference to load twice"
            )
        elif isinstance(model, Reranker):
            yield RerankerSubject(model, SkippingReranker(model) if plan.skip_bad else model, plan.seed)
        else:
            is_shown = progress is not None and progress.is_shown
            reported = Reported(model, progress) if progress and is_shown else model
            cached = SkippingEncoder(reported) if plan.skip_bad else reported
            yield Subject(model, cached, None, plan.seed, helper)


def load_retrievers(
    plan: Plan, models: Sequence[str | Auditable], progress: Tracker | None = None
) -> Iterator[Subject]:
    """Yield models that find documents by their vectors, loaded one at a time; none for no models.

    Raises:
        InputError: if one is a reranker, which scores what a search found.
        EvenbandError: as :func:`load_subjects`.
    """
    for subject in load_subjects(plan, models, progress) if models else ():
        if isinstance(subject, RerankerSubject):
            raise not_a_retriever(subject.spec)
        yield subject


def not_a_retriever(spec: ModelSpec) -> InputError:
    """Return the error for a reranker where documents are to be found."""
    return InputError(
        f"model {spec.ref!r} is a reranker, which scores what a search found; "
        "name an embedding model or bm25 with -m, and this one with --rerank"
    )


def ordered_models(
    plan: Plan, models: Sequence[str | Auditable] | None = None, reference: Auditable | None = None
) -> list[str | Auditable]:
    """Return the models of a run in the order of measurement, the reference first.

    Args:
        plan: names the models and the reference.
        models: references or encoders to use in place of the plan's models.
        reference: an encoder to use in place of the plan's reference.
    """
    given: list[str | Auditable] = list(plan.models if models is None else models)
    if reference is not None:
        return [reference, *(model for model in given if model is not reference)]
    if plan.reference is not None and plan.reference not in refs_of(given):
        given.insert(0, plan.reference)
    elif plan.reference is not None:
        given.sort(key=lambda model: refs_of([model]) != [plan.reference])
    return given


def load_subject(
    model: str | Encoder,
    *,
    engine: str = "auto",
    trust_remote_code: bool = False,
    skip_bad: bool = False,
    progress: Progress | None = None,
) -> Subject:
    """Return one model by its reference, with a cached wrapper, or an encoder that the user made.

    With ``skip_bad``, texts that it cannot embed have no vector.

    Raises:
        EvenbandError: if it cannot be loaded.
    """
    if not isinstance(model, str):
        return Subject(model, SkippingEncoder(model) if skip_bad else model)
    encoder = encoders.load(model, trust_remote_code=trust_remote_code, engine=engine)
    cached = encoders.cached(encoder, progress)
    return Subject(encoder, SkippingEncoder(cached) if skip_bad else cached)


def _base_of(subject: Subject) -> Encoder:
    """Return the loaded model behind a subject, which its other variants can share."""
    return subject.fresh.inner if isinstance(subject.fresh, VariantEncoder) else subject.fresh


def _load_any(ref: str, name: str, plan: Plan, progress: Progress | None, base: Encoder | None) -> AnySubject:
    """Load the encoder or the reranker of a reference; ``base`` is shared if it is a variant of that.

    Raises:
        InputError: if a reranker is to be screened.
    """
    model = encoders.load_model(
        ref, trust_remote_code=plan.trust_remote_code, engine=plan.engine, name=name, base=base
    )
    if isinstance(model, Reranker):
        if plan.screen is not None:
            raise InputError(f"model {model.spec.ref!r} is a reranker, which has no vectors to screen")
        scored: Reranker = encoders.CachedReranker(model, progress=progress)
        return RerankerSubject(model, SkippingReranker(scored) if plan.skip_bad else scored, plan.seed)
    exact = _cached_pair(model, plan, progress)
    fast = None if plan.screen is None else _load_fast(exact.fresh.spec, plan, progress)
    return Subject(exact.fresh, exact.cached, fast, plan.seed)


def _load(
    ref: str,
    name: str | None,
    plan: Plan,
    dtype: str | None,
    progress: Progress | None,
    base: Encoder | None = None,
) -> screen.EncoderPair:
    encoder = encoders.load(
        ref,
        trust_remote_code=plan.trust_remote_code,
        engine=plan.engine,
        dtype=dtype,
        name=name,
        base=base,
    )
    return _cached_pair(encoder, plan, progress)


def _cached_pair(encoder: Encoder, plan: Plan, progress: Progress | None) -> screen.EncoderPair:
    cached = encoders.cached(encoder, progress)
    return screen.EncoderPair(encoder, SkippingEncoder(cached) if plan.skip_bad else cached)


def _load_predictor(plan: Plan, progress: Progress | None) -> Encoder:
    """Load the model that helps a budget to choose."""
    assert plan.predictor is not None
    return _load(plan.predictor, None, plan, None, progress).cached


def _load_fast(exact: ModelSpec, plan: Plan, progress: Progress | None) -> screen.EncoderPair:
    """Load the same model in the number format of the screen.

    Raises:
        InputError: if its number format cannot be chosen, or the exact one is not float32.
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


def _names_of(models: Sequence[str | Auditable]) -> list[str]:
    """Return a unique name for each model, before any is loaded.

    Raises:
        InputError: if two of the user's own encoders share a name, a reference is given twice, or a scheme
            does not exist.
    """
    own = [model.spec.name for model in models if not isinstance(model, str)]
    for name in own:
        if own.count(name) > 1:
            raise InputError(f"two encoders are called {name!r}, expected different names in their specs")
    named = iter(encoders.unique_names([model for model in models if isinstance(model, str)], own))
    return [next(named) if isinstance(model, str) else model.spec.name for model in models]
