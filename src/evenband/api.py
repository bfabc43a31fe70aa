"""The Python interface: what the command line does, in a few lines of Python.

>>> import evenband
>>> [found] = evenband.audit("toy:words", "comma", sample=300)
>>> found.measurement.to_arrow().num_rows
300
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from evenband import analysis, encoders, slots
from evenband import plan as plans
from evenband import report as reports
from evenband import run as runner
from evenband.analysis import Audit, Comparison
from evenband.errors import InputError
from evenband.plan import Plan
from evenband.probes.minimal_pairs import MinimalPairs
from evenband.runs import RunDirectory
from evenband.types import Encoder, Measurement, Progress

Model = str | Encoder


def load(ref: str, *, trust_remote_code: bool = False, engine: str = "auto") -> Encoder:
    """The model of a reference, such as ``minilm``, ``Qwen/Qwen3-Embedding-0.6B`` or a folder.

    Args:
        ref: see ``evenband list models``.
        trust_remote_code: run Python code that came with the model.
        engine: ``plain`` for the model library's own encode.

    Raises:
        EvenbandError: if it does not exist, cannot be trusted or needs an extra.
    """
    return encoders.load(ref, trust_remote_code=trust_remote_code, engine=engine)


def audit(
    models: Model | Sequence[Model],
    probes: str | Sequence[str] = plans.DEFAULT_PROBES,
    *,
    sample: int | None = None,
    seed: int = 0,
    out: Path | str | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> list[Audit]:
    """Measure probes on models, and say what the measurements show.

    Args:
        models: references or :class:`~evenband.types.Encoder` objects of your own, one or several.
        probes: names of ``evenband list probes`` or ``.toml`` files.
        sample: keep at most that many values of each slot.
        seed: of every random choice.
        out: run directory to write measurements, summary and report into; nothing is written
            without it (vectors are cached all the same).
        progress: told how far it is.
        options: further fields of :class:`~evenband.plan.Plan`: ``engine``, ``trust_remote_code``.

    Returns:
        One audit for each model and probe, model by model.

    Raises:
        EvenbandError: in one line, if something that was asked for cannot be done.
    """
    given: list[Model] = [models] if isinstance(models, str | Encoder) else list(models)
    names = [model if isinstance(model, str) else model.spec.ref for model in given]
    chosen = (probes,) if isinstance(probes, str) else tuple(probes)
    todo = plans.build(models=names, probes=chosen, sample=sample, seed=seed, **options)
    if out is not None:
        return perform(todo, Path(out), models=given, progress=progress)
    loaded = plans.load_probes(todo.probes, sample, seed)
    return [
        analyse(runner.measure(probe, encoder, progress), seed)
        for encoder in runner.load_models(todo, given)
        for probe in loaded
    ]


def perform(
    todo: Plan,
    out: Path,
    *,
    models: Sequence[Model] | None = None,
    command: Sequence[str] = (),
    progress: Progress | None = None,
) -> list[Audit]:
    """Run a plan into a directory, with summary and report. See :func:`audit`."""
    measured = runner.run(todo, out, models=models, command=command, progress=progress)
    audits = [analyse(measurement, todo.seed) for measurement in measured]
    _write(RunDirectory(out), audits, [RunDirectory(out).manifest()], todo.seed)
    return audits


def ablate(
    model: Model,
    pattern: str,
    *,
    probe: str = "comma",
    seed: int = 0,
    progress: Progress | None = None,
    **options: Any,
) -> Audit:
    """The letter ablation: all 26 letters in place of the ``?``, matched real words beside them.

    Args:
        model: reference or encoder.
        pattern: such as ``grand?a``.
        probe: whose templates to fill; a name or a ``.toml`` file with one probe.
        seed: of the intervals.
        progress: told how far it is.
        options: as for :func:`audit`.

    Raises:
        EvenbandError: if the pattern has not exactly one ``?`` or the model cannot be used.
    """
    names = [model if isinstance(model, str) else model.spec.ref]
    todo = plans.build(models=names, probes=(probe,), seed=seed, **options)
    templates = plans.load_probes(todo.probes, None, seed)[0]
    letters = MinimalPairs(
        name=f"{templates.name}-letters",
        type=templates.type,
        effect=templates.effect,
        why=templates.why,
        slot=slots.load(f"letters:{pattern}@matched"),
        templates=templates.templates,
    )
    [encoder] = runner.load_models(todo, [model])
    return analyse(runner.measure(letters, encoder, progress), seed)


def analyse(measurement: Measurement, seed: int = 0) -> Audit:
    """What a measurement shows; the same seed gives the same intervals."""
    return analysis.audit(measurement, plans.stream(seed, plans.ANALYSIS_STREAM))


def compare(left: Measurement | Audit, right: Measurement | Audit, *, seed: int = 0) -> Comparison:
    """Two models on one probe, or one model in two runs, paired label by label.

    Raises:
        InputError: if the two cannot be compared, naming the field that differs.
    """
    pair = [side.measurement if isinstance(side, Audit) else side for side in (left, right)]
    return analysis.compare(pair[0], pair[1], plans.stream(seed, plans.ANALYSIS_STREAM))


def compare_runs(directories: Sequence[Path]) -> list[Comparison]:
    """All the models of one run, or the models that two runs share, probe by probe.

    Raises:
        InputError: if there is nothing to compare, or a field differs.
    """
    groups = [read(directory) for directory in directories]
    seed = int(RunDirectory.open(directories[0]).manifest().get("seed", 0))
    if len(groups) == 1:
        pairs = [pair for pair in combinations(groups[0], 2) if pair[0].probe.name == pair[1].probe.name]
    else:
        pairs = [
            (left, right)
            for left in groups[0]
            for right in groups[1]
            if (left.probe.name, left.model.name) == (right.probe.name, right.model.name)
        ]
    if not pairs:
        found = "; ".join(
            ", ".join(f"{made.model.name}/{made.probe.name}" for made in group) or "nothing"
            for group in groups
        )
        expected = "two models on one probe" if len(groups) == 1 else "the same model and probe in both"
        raise InputError(f"nothing to compare: got {found}, expected {expected}")
    return [compare(left, right, seed=seed) for left, right in pairs]


def read(directory: Path | str) -> list[Measurement]:
    """The measurements of a run directory.

    Raises:
        RunError: if it is not one, or a file of it is damaged.
    """
    return list(RunDirectory.open(Path(directory)).measurements())


def write_report(*directories: Path | str, out: Path | str | None = None) -> Path:
    """Write summary and report again from the measurements; no model is loaded.

    Args:
        directories: one or more run directories; several make one report.
        out: where to write it; the directory itself for one, needed for several.

    Raises:
        EvenbandError: if a directory cannot be read or two of them have a model and probe in common.
    """
    opened = [RunDirectory.open(Path(directory)) for directory in directories]
    if out is None and len(opened) != 1:
        raise InputError(
            f"got {len(opened)} directories and no place for their report; say where with -o DIR"
        )
    target = opened[0] if out is None else RunDirectory(Path(out))
    manifests = [one.manifest() for one in opened]
    seed = int(manifests[0].get("seed", 0))
    audits = [analyse(measurement, seed) for one in opened for measurement in one.measurements()]
    if not audits:
        raise InputError(f"{opened[0].path}: no measurement is finished; start the same audit again to go on")
    seen: set[tuple[str, str]] = set()
    for made in (one.measurement for one in audits):
        key = (made.model.name, made.probe.name)
        if key in seen:
            raise InputError(
                f"two of the runs hold {key[0]} on {key[1]}; use `evenband compare` for one model twice"
            )
        seen.add(key)
    return _write(target, audits, manifests, seed)


def _write(
    target: RunDirectory, audits: Sequence[Audit], manifests: Sequence[dict[str, Any]], seed: int
) -> Path:
    """summary.json, report.html and the figures."""
    comparisons = _comparisons(audits, seed)
    target.write_json("summary.json", analysis.summarise(audits))
    return reports.write(target.path, audits, comparisons, manifests)


def _comparisons(audits: Iterable[Audit], seed: int) -> list[Comparison]:
    """Every pair of models that measured the same thing."""
    made = [audit.measurement for audit in audits]
    return [
        compare(left, right, seed=seed)
        for left, right in combinations(made, 2)
        if left.probe.digest == right.probe.digest
    ]
