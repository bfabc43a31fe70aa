"""Parity: the two sides of a comparison, loaded, measured on the same texts, and held against each other."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from evenband.analysis import Circumstances, PairsAudit, Results, analyse, compare_verdicts
from evenband.encoders import ENGINES
from evenband.errors import InputError, MissingVectorsError
from evenband.probes.agreement import (
    Side,
    SideBySide,
    TextSet,
    check_dimensions,
    texts_of_file,
    texts_of_probe,
)
from evenband.randomness import stream
from evenband.registry import nearest
from evenband.running import plan as plans
from evenband.running.plan import Plan
from evenband.running.prompt_options import check_prompt_options
from evenband.running.provenance import describe_subject, stored_entry
from evenband.running.session import Session
from evenband.running.sinks import Sink
from evenband.running.subjects import Subject, load_subject
from evenband.types import (
    AgreementMeasurement,
    Encoder,
    Measurement,
    ModelSpec,
    Progress,
    Role,
    VerdictAgreement,
)

PARITY_PROBE = "comma"
"""Its texts are compared if nobody says which."""


@dataclass(frozen=True)
class ParityPlan:
    """What to compare, before it happens.

    Attributes:
        plan: the two models, the probes whose texts they embed, sample, roles and seed.
        texts: a file of texts, or a slot reference, in place of the probes; ``None`` for the probes.
        engines: one for each side, of :data:`evenband.encoders.ENGINES`.
        tolerance: largest 1 - cosine that the user accepts; ``None`` for no limit.
    """

    plan: Plan
    texts: str | None = None
    engines: tuple[str, ...] = ("auto", "auto")
    tolerance: float | None = None

    def __post_init__(self) -> None:
        if self.texts is not None and self.plan.probes:
            raise InputError(
                f"got the probe {self.plan.probes[0]!r} and the texts {self.texts!r}, expected one of the "
                "two; leave out --probe or --texts"
            )
        limit = self.tolerance
        if limit is not None and not (math.isfinite(limit) and limit >= 0):
            raise InputError(f"tolerance: got {limit}, expected a number of 0 or more, such as 1e-5")
        if len(self.engines) != 2:
            raise InputError(
                f"engines: got {len(self.engines)}, expected one for each side, as in auto,plain"
            )
        for engine in self.engines:
            if engine not in ENGINES:
                raise InputError(
                    f"engines: no engine is called {engine!r}{nearest(engine, ENGINES)}, expected two of "
                    f"{', '.join(ENGINES)}, such as auto,plain"
                )

    def text_sets(self) -> list[TextSet]:
        """Return the texts to compare, one set for each probe and role.

        Raises:
            InputError: if a probe does not exist, or a file cannot be read.
        """
        plan = self.plan
        if self.texts is None:
            named = plan if plan.probes else plan.model_copy(update={"probes": (PARITY_PROBE,)})
            return [texts_of_probe(probe) for probe in plans.load_probes(named)]
        roles = {"probe": [Role.NONE], "both": [Role.QUERY, Role.DOCUMENT]}.get(plan.roles)
        return [
            texts_of_file(self.texts, role, plan.sample, stream(plan.seed, "sample"), plan.skip_bad)
            for role in roles or [Role(plan.roles)]
        ]

    def describe(self) -> dict[str, Any]:
        """Return the plan as plain data, for the manifest."""
        shared = self.plan.model_dump(mode="json", exclude={"out", "engine", "screen", "reference"})
        own = {"texts": self.texts, "engines": list(self.engines), "tolerance": self.tolerance}
        return {**shared, **own}


def build_parity(
    left: str,
    right: str,
    probes: Sequence[str] = (),
    *,
    texts: str | None = None,
    engines: Sequence[str] = ("auto", "auto"),
    tolerance: float | None = None,
    **options: Any,
) -> ParityPlan:
    """Return the plan of a comparison.

    Args:
        left: reference of the model to compare with.
        right: reference of the model compared.
        probes: names or files of probes whose texts to embed; ``comma`` if there are no texts either.
        texts: as in :class:`ParityPlan`.
        engines: likewise.
        tolerance: likewise.
        options: ``sample``, ``seed``, ``roles``, ``skip_bad`` and ``trust_remote_code`` of a plan.

    Raises:
        InputError: naming the key, what was found and what was expected.
    """
    plan = plans.build(models=(left, right), probes=tuple(probes), **options)
    return ParityPlan(plan, texts, tuple(engines), tolerance)


def run_parity(
    todo: ParityPlan,
    sink: Sink,
    models: Sequence[str | Encoder] | None = None,
    *,
    progress: Progress | None = None,
    command: Sequence[str] = (),
) -> Results:
    """Compare two models on all texts of a plan; what the sink has already is not measured again.

    Args:
        todo: what to compare.
        sink: keeps measurements and manifest, in memory or in a directory.
        models: the two sides, in place of the plan's references.
        progress: told how far it is.
        command: what the user typed, for the manifest.

    Raises:
        EvenbandError: if a reference, a model, the texts or the sink cannot be used.
    """
    sets = todo.text_sets()
    check_prompt_options(models or todo.plan.models, {role for texts in sets for role in texts.roles})
    session = Session(todo.plan, sink, probes=[], progress=progress, command=command)
    with session.tracker.listening():
        left, right = load_sides(todo, models, session.tracker)
        session.begin({"plan": todo.describe()}, [_describe_side(side, sets, sink) for side in (left, right)])
        for texts in sets:
            probe = SideBySide(texts, left)
            session.check_seed((right.spec.name, probe.spec.name))
            make = partial(_measure, probe, right, todo.plan.seed)
            found = session.obtain(sink.find(right.spec, probe.spec), make, partial(_facts, todo))
            session.asked += [] if found is None else [found.key]
        if session.asked:
            return session.finish()
    raise MissingVectorsError(
        f"nothing was compared: no text has a vector of both {left.spec.ref} and {right.spec.ref}"
    )


def load_sides(
    todo: ParityPlan, models: Sequence[str | Encoder] | None = None, progress: Progress | None = None
) -> tuple[Side, Side]:
    """Return the two sides, under names that differ.

    A second side that is the first by all that decides a vector is not looked up in the first one's cache.

    Raises:
        EvenbandError: if a model cannot be loaded, or the two sides' vectors have different lengths.
    """
    trusts, skips = todo.plan.trust_remote_code, todo.plan.skip_bad
    left, right = (
        load_subject(model, engine=engine, trust_remote_code=trusts, skip_bad=skips, progress=progress)
        for model, engine in zip(models or todo.plan.models, todo.engines, strict=True)
    )
    specs = name_sides(left.spec, right.spec)
    check_dimensions(*specs)
    is_one = left.spec.digest == right.spec.digest
    return (
        Side(specs[0], left.cached, left.fresh),
        Side(specs[1], right.uncached if is_one else right.cached, right.fresh),
    )


def name_sides(left: ModelSpec, right: ModelSpec) -> tuple[ModelSpec, ModelSpec]:
    """Return the specs of two sides with names that differ: by their engines, else as left and right."""
    if left.name != right.name:
        return left, right
    first, second = (spec.options.get("engine", "") for spec in (left, right))
    if not first or not second or first == second:
        first, second = "left", "right"
    return replace(left, name=f"{left.name}-{first}"), replace(right, name=f"{right.name}-{second}")


def _measure(probe: SideBySide, right: Side, seed: int) -> AgreementMeasurement:
    """Measure one set of texts, and the probe that they come from on both sides."""
    measurement = probe.measure(right)
    details = replace(measurement.details, verdicts=_verdicts(probe, right, seed))
    return replace(measurement, details=details)


def _verdicts(probe: SideBySide, right: Side, seed: int) -> VerdictAgreement | None:
    """Analyse the texts' probe on both sides alike, without control perturbations or a reference."""
    if probe.texts.probe is None:
        return None
    audits = []
    for side in (probe.left, right):
        try:
            measurement = probe.texts.probe.measure(side.encoder, fresh=side.fresh)
        except MissingVectorsError:
            return None
        audit = analyse(measurement, Circumstances(stream(seed, "analysis"), detailed=False))
        assert isinstance(audit, PairsAudit)
        audits.append(audit)
    return compare_verdicts(*audits)


def _describe_side(side: Side, sets: Sequence[TextSet], sink: Sink) -> Mapping[str, Any]:
    """Return the manifest's entry of one side; one that is there already is not asked of the model again."""
    stored = stored_entry(side.spec, sink.manifest)
    if stored is not None:
        return stored
    probes = [texts.probe for texts in sets if texts.probe is not None]
    entry = describe_subject(Subject(side.fresh, side.encoder), probes, sink.manifest)
    return {**entry, "name": side.spec.name}


def _facts(todo: ParityPlan, measurement: Measurement) -> dict[str, Any]:
    """Return how many texts a measurement has, and how it is to be analysed."""
    return {
        "texts": len(measurement.items),
        "suite": None,
        "detailed": True,
        "reference": None,
        "seed": todo.plan.seed,
        "tolerance": todo.tolerance,
    }
