"""Explanation of one label of a stored run, with an inspection of the model where that is possible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from evenband import analysis, encoders
from evenband.analysis import Explanation, PairsAudit
from evenband.analysis.pairs.choice import choose
from evenband.errors import InputError
from evenband.randomness import stream
from evenband.records import Manifest, RunDirectory
from evenband.running import inspections
from evenband.running.reading import read_run
from evenband.running.run_reports import write_report
from evenband.types import ModelSpec, PairsDetails, PairsMeasurement


def explain_label(
    directory: RunDirectory,
    label: str,
    *,
    model: str | None,
    probe: str | None,
    look_inside: bool,
    trust_remote_code: bool,
) -> Explanation:
    """Explain a label; see :func:`evenband.api.explain`.

    An inspection is stored in the directory, and the report is written again with the explanation.

    Raises:
        EvenbandError: if the run cannot be read, or has no such model, probe or label.
    """
    run = read_run(directory)
    measurements = [
        cast("PairsMeasurement", one)
        for one in run.measurements
        if isinstance(one.details, PairsDetails) and not one.probe.of
    ]
    if not measurements:
        raise InputError(
            f"{directory.path}: no probe of pairs was measured here, and only their labels are explained; "
            "of a search, the report and summary.json name the queries that lost most"
        )
    reference = _reference_in(run.manifest, [one.key for one in measurements])
    try:
        chosen, *others = choose(measurements, label, model=model, probe=probe, reference=reference)
    except InputError as error:
        raise InputError(f"{directory.path}: {error}") from None
    if chosen.details.design is not None:
        raise InputError(
            f"{directory.path}: {chosen.probe.name} was measured under a budget, and an "
            f"explanation needs labels that count alike; measure {label!r} with --sample, or without --budget"
        )
    audit = cast("PairsAudit", next(analysis.audits_of(run, {chosen.key})))
    seed = run.manifest.settings_of(chosen.key).seed
    insight = run.insights.get((*chosen.key, label))
    if insight is None and look_inside and not audit.summary.blind:
        ref = locate(directory, run.manifest, chosen.subject)
        insight = inspections.look(audit, label, seed, ref, trust_remote_code)
        if insight is not None:
            inspections.keep(directory, audit, label, insight)
    explanation = analysis.explain(audit, label, stream(seed, "analysis"), insight)
    if insight is not None:
        write_report([directory])
    return replace(explanation, elsewhere=tuple(other.key for other in others))


def locate(directory: RunDirectory, manifest: Manifest, subject: ModelSpec) -> str:
    """Return a reference that loads a run's model from any working directory.

    Args:
        directory: of the run.
        manifest: of the run; it knows where a relative folder starts.
        subject: the model as it was measured.
    """
    entry = manifest.model_of(subject.name)
    if entry is None or entry.base is None:
        return subject.ref
    return encoders.moved(entry.ref, directory.path / entry.base)


def _reference_in(manifest: Manifest, keys: Sequence[tuple[str, str]]) -> str | None:
    """Return the reference of the last command into a directory, else the first that any of them had."""
    named = (manifest.settings_of(key).reference for key in keys)
    return manifest.reference or next((name for name in named if name is not None), None)
