"""The Python interface: what the command line does, in a few lines of Python.

>>> import evenband
>>> [audit] = evenband.audit("toy:words", "comma", sample=300)
>>> audit.measurement.to_arrow().num_rows
300

The module is long for its docstrings; the work is done in :mod:`evenband.running` and below.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from evenband import analysis, encoders, report, stages
from evenband.analysis import AgreementAudit, Audit, Comparison, Explanation, PairsAudit, Results, Scorecard
from evenband.analysis.pairing import pairs_of
from evenband.randomness import stream
from evenband.records import RunDirectory
from evenband.records.summary import read_summary
from evenband.running import label_explanations, run_reports
from evenband.running import plan as plans
from evenband.running.letter_ablation import letter_probe
from evenband.running.plan import Plan
from evenband.running.progress_display import shown
from evenband.running.reading import read_run
from evenband.running.session import Session
from evenband.running.sides import ParityPlan, build_parity, run_parity
from evenband.running.sinks import DirectorySink, MemorySink
from evenband.types import Encoder, Measurement, Progress

__all__ = [
    "ablate",
    "audit",
    "compare",
    "compare_runs",
    "explain",
    "load",
    "parity",
    "perform",
    "perform_parity",
    "read",
    "read_audits",
    "read_summary",
    "score",
    "write_report",
]

Model = str | Encoder


def load(ref: str, *, trust_remote_code: bool = False, engine: str = "auto") -> Encoder:
    """Return the model of a reference, such as ``minilm``, ``Qwen/Qwen3-Embedding-0.6B`` or a folder.

    Args:
        ref: see ``evenband list models``.
        trust_remote_code: run Python code that came with the model.
        engine: ``plain`` for the model library's own encode.

    Raises:
        EvenbandError: if it does not exist, cannot be trusted or needs an extra.
    """
    return encoders.load(ref, trust_remote_code=trust_remote_code, engine=engine)


def wrap(model: Any, name: str | None = None) -> Encoder:
    """Make an encoder of a live ``SentenceTransformer``, such as one in training, without changing it.

    Weights, modules, device, training mode, gradients and random state are the same afterwards. The
    model may be trained between two audits: the encoder's spec follows its weights.

    Args:
        model: a ``SentenceTransformer``.
        name: for tables and files; by default that of its model card, or ``model``.

    Raises:
        InputError: if it is not a ``SentenceTransformer``, or the name cannot be a file name.
    """
    return encoders.wrap(model, name)


def audit(
    models: Model | Sequence[Model],
    probes: str | Sequence[str] = (),
    *,
    reference: str | None = None,
    sample: int | None = None,
    seed: int = 0,
    out: Path | str | None = None,
    progress: Progress | bool | None = None,
    **options: Any,
) -> list[PairsAudit]:
    """Measure probes on models, and analyse the measurements.

    The same call gives the same audits with and without a directory, and the same as the command line.

    Args:
        models: references or :class:`~evenband.types.Encoder` objects of your own, one or several.
            Vectors of your own objects are not cached, since nothing is known of what decides them.
        probes: names of ``evenband list probes``, ``.toml`` files or tables of pairs; by default
            those of the suite, else ``comma`` and ``ablation``.
        reference: model to compare the others with: the same base, an earlier checkpoint, another precision.
        sample: largest number of values of each slot.
        seed: of every random choice.
        out: run directory for measurements, summary and report. Without it nothing is written but the cache
            of vectors.
        progress: true to show on stderr how far the run is, or a display of your own.
        options: other fields of :class:`~evenband.running.plan.Plan`, such as ``suite`` or ``screen``.

    Returns:
        One audit for each model and probe, model by model, the reference's first.

    Raises:
        EvenbandError: if something that was asked for cannot be done; the message is one line.
    """
    given = _listed(models)
    names = [model if isinstance(model, str) else model.spec.ref for model in given]
    chosen = (probes,) if isinstance(probes, str) else tuple(probes)
    plan = plans.build(models=names, probes=chosen, reference=reference, sample=sample, seed=seed, **options)
    return list(perform(plan, None if out is None else Path(out), models=given, progress=progress).pairs)


def _listed(models: Model | Sequence[Model]) -> list[Model]:
    """Return the models as a list, each a reference or an encoder.

    Raises:
        InputError: if one is neither; for a live ``SentenceTransformer`` it says how to wrap it.
    """
    given: list[Any] = [models]
    if not isinstance(models, str | Encoder) and not encoders.is_sentence_transformer(models):
        given = list(models) if isinstance(models, Iterable) else given
    return [model if isinstance(model, str) else encoders.checked_encoder(model) for model in given]


def perform(
    plan: Plan,
    out: Path | None = None,
    *,
    models: Sequence[Model] | None = None,
    command: Sequence[str] = (),
    progress: Progress | bool | None = None,
) -> Results:
    """Carry out a plan in memory, or into a directory with summary and report. See :func:`audit`.

    Args:
        plan: what to measure.
        out: run directory; ``None`` for memory.
        models: encoders to use in place of the plan's references.
        command: what the user typed, for the manifest.
        progress: true to show on stderr how far the run is, or a display of your own.

    Raises:
        EvenbandError: if something that was asked for cannot be done.
    """
    if out is not None:
        report.prepare()
    sink = MemorySink() if out is None else DirectorySink(out)
    with shown(progress) as display:
        return Session(plan, sink, progress=display, command=command).run(models)


def parity(
    left: Model,
    right: Model,
    probes: str | Sequence[str] = (),
    *,
    out: Path | str | None = None,
    progress: Progress | bool | None = None,
    **options: Any,
) -> list[AgreementAudit]:
    """Embed the same texts with two models that should be one, and say how far they differ.

    Args:
        left: reference or encoder to compare with.
        right: reference or encoder that should give the same vectors.
        probes: whose texts to embed: names or files, as for :func:`audit`; by default ``comma``.
        out: run directory to write measurements, summary and report into; nothing is written
            without it.
        progress: as for :func:`audit`.
        options: ``texts``, ``engines`` and ``tolerance`` of :class:`~evenband.running.sides.ParityPlan`
            and ``sample``, ``seed``, ``roles`` and ``trust_remote_code`` of
            :class:`~evenband.running.plan.Plan`.

    Returns:
        One audit for each probe and role; ``audit.excess`` is not ``None`` where the tolerance is exceeded.

    Raises:
        EvenbandError: in one line, if something that was asked for cannot be done.
    """
    names = [model if isinstance(model, str) else model.spec.ref for model in (left, right)]
    chosen = (probes,) if isinstance(probes, str) else tuple(probes)
    todo = build_parity(names[0], names[1], chosen, **options)
    results = perform_parity(
        todo, None if out is None else Path(out), models=(left, right), progress=progress
    )
    return [audit for audit in results.audits if isinstance(audit, AgreementAudit)]


def perform_parity(
    todo: ParityPlan,
    out: Path | None = None,
    *,
    models: Sequence[Model] | None = None,
    command: Sequence[str] = (),
    progress: Progress | bool | None = None,
) -> Results:
    """Compare two models in memory, or into a directory with summary and report. See :func:`parity`."""
    if out is not None:
        report.prepare()
    sink = MemorySink() if out is None else DirectorySink(out)
    with shown(progress) as display:
        return run_parity(todo, sink, models, command=command, progress=display)


def ablate(
    model: Model,
    pattern: str,
    *,
    probe: str = "comma",
    seed: int = 0,
    progress: Progress | bool | None = None,
    **options: Any,
) -> PairsAudit:
    """Run the letter ablation: all 26 letters in place of the ``?``, matched real words beside them.

    Args:
        model: reference or encoder.
        pattern: a word with one ``?``, such as ``grand?a``.
        probe: the probe whose templates are filled: a name or a ``.toml`` file with one probe.
        seed: of every random choice.
        progress: true to show on stderr how far the run is, or a display of your own.
        options: as for :func:`audit`.

    Raises:
        EvenbandError: if the pattern has not exactly one ``?`` or the model cannot be used.
    """
    [model] = _listed(model)
    names = [model if isinstance(model, str) else model.spec.ref]
    plan = plans.build(models=names, probes=(probe,), seed=seed, **options)
    with shown(progress) as display:
        session = Session(plan, MemorySink(), probes=[letter_probe(plan, pattern)], progress=display)
        [letters] = session.run([model]).pairs
    return letters


def compare(left: Measurement | Audit, right: Measurement | Audit, *, seed: int = 0) -> Comparison:
    """Compare two models on one probe, or one model in two runs, paired item by item.

    Args:
        left: measurement or audit of the first.
        right: of the second, on the same probe.
        seed: of the intervals.

    Raises:
        InputError: if the two cannot be compared, naming the field that differs.
    """
    sides = [side.measurement if isinstance(side, Audit) else side for side in (left, right)]
    return analysis.compare(sides[0], sides[1], stream(seed, "analysis"))


def score(audits: Sequence[PairsAudit]) -> list[Scorecard]:
    """Return a scorecard for every model with three probes or more; letter ablations do not count."""
    return analysis.score(audits)


def compare_runs(directories: Sequence[Path]) -> list[Comparison]:
    """Compare all models of one run, or the models that two runs share, probe by probe.

    Raises:
        InputError: if there is nothing to compare, or two measurements differ in what they asked.
    """
    groups = [read(directory) for directory in directories]
    manifest = RunDirectory.open(directories[0]).manifest()
    pairs, comparisons = pairs_of(groups), []
    for number, (left, right) in enumerate(pairs, 1):
        stages.enter(f"comparing on {left.probe.name}", number, len(pairs))
        comparisons.append(compare(left, right, seed=manifest.settings_of(left.key).seed))
    return comparisons


def explain(
    directory: Path | str,
    label: str,
    *,
    model: str | None = None,
    probe: str | None = None,
    look_inside: bool = True,
    trust_remote_code: bool = False,
) -> Explanation:
    """Explain the score of one label of a run.

    Args:
        directory: a run directory. An inspection of the model is stored there, and the report is written
            again with the explanation.
        label: a slot value.
        model: name or reference of the model, where the run has several; by default the first that is
            not the reference and not blind.
        probe: name of the probe, where the run has several; by default the one in which the label is
            farthest out.
        look_inside: load and inspect the model, if it is a local one that can be loaded here.
        trust_remote_code: run code that came with the model.

    Raises:
        InputError: if the run has no such model, probe or label; the message says what there is.
    """
    return label_explanations.explain_label(
        RunDirectory.open(Path(directory)),
        label,
        model=model,
        probe=probe,
        look_inside=look_inside,
        trust_remote_code=trust_remote_code,
    )


def read(directory: Path | str) -> list[Measurement]:
    """Return the measurements of a run directory, without the follow-ups of their outliers.

    Raises:
        RunError: if it is not a run directory, or a file of it is damaged.
    """
    run = read_run(RunDirectory.open(Path(directory)))
    return [measurement for measurement in run.measurements if not measurement.probe.of]


def read_audits(directory: Path | str) -> list[Audit]:
    """Return the audits of a run directory, with the controls and the reference of each measurement.

    Raises:
        RunError: as :func:`read`.
    """
    return list(analysis.audits_of(read_run(RunDirectory.open(Path(directory)))))


def write_report(*directories: Path | str, out: Path | str | None = None) -> Path:
    """Write summary and report again from the measurements; no model is loaded.

    Args:
        directories: one or more run directories; several make one report.
        out: folder to write to; by default the directory itself for one, ``evenband-runs/report`` for
            several. Only summary, report and figures are written there, so it is no run directory.

    Returns:
        Path of the page.

    Raises:
        EvenbandError: if a directory cannot be read or two of them have a model and probe in common.
    """
    return run_reports.write_report([RunDirectory.open(Path(directory)) for directory in directories], out)
