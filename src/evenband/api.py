"""The Python interface: what the command line does, in a few lines of Python.

>>> import evenband
>>> [audit] = evenband.audit("toy:words", "comma", sample=300)
>>> audit.measurement.to_arrow().num_rows
300
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from evenband import analysis, encoders, report, slots
from evenband.analysis import Audit, Comparison, Explanation, PairsAudit, Results, Scorecard, assemble
from evenband.analysis.pairing import pairs_of
from evenband.analysis.pairs.choice import choose
from evenband.errors import InputError
from evenband.probes.pairs.minimal_pairs import MinimalPairs
from evenband.randomness import stream
from evenband.records import Manifest, RunDirectory
from evenband.records.summary import read_summary
from evenband.running import inspections
from evenband.running import plan as plans
from evenband.running.plan import Plan
from evenband.running.reading import read_run
from evenband.running.session import Session
from evenband.running.sinks import DirectorySink, MemorySink
from evenband.types import Encoder, Measurement, Progress

__all__ = [
    "ablate",
    "audit",
    "compare",
    "compare_runs",
    "explain",
    "load",
    "perform",
    "read",
    "read_audits",
    "read_summary",
    "score",
    "write_report",
]

Model = str | Encoder

MERGED = Path("evenband-runs") / "report"
"""Where the report of several runs goes if nobody says."""


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
    """Make an encoder of a live ``SentenceTransformer``, such as one in training, and leave it as it is.

    Weights, modules, device, training mode, gradients and random state are the same afterwards. The
    model may be trained between two audits: the encoder's spec follows its weights.

    Args:
        model: a ``SentenceTransformer``.
        name: for tables and files; by default that of its model card, or ``model``.

    Raises:
        InputError: if it is no ``SentenceTransformer``, or the name cannot be a file name.
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
    progress: Progress | None = None,
    **options: Any,
) -> list[PairsAudit]:
    """Measure probes on models, and say what the measurements show.

    The same call gives the same audits with and without a directory, and as the command line does.

    Args:
        models: references or :class:`~evenband.types.Encoder` objects of your own, one or several.
            Vectors of your own objects are not cached: nothing is known of what decides them.
        probes: names of ``evenband list probes``, ``.toml`` files or tables of pairs; by default
            those of the suite, else ``comma`` and ``ablation``.
        reference: model to hold the others against: same base, earlier checkpoint, other precision.
        sample: keep at most that many values of each slot.
        seed: of every random choice.
        out: run directory to write measurements, summary and report into; nothing is written
            without it (vectors are cached all the same).
        progress: told how far it is.
        options: other fields of :class:`~evenband.running.plan.Plan`, such as ``suite`` or ``screen``.

    Returns:
        One audit for each model and probe, model by model, the reference's first.

    Raises:
        EvenbandError: in one line, if something that was asked for cannot be done.
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
    progress: Progress | None = None,
) -> Results:
    """Carry out a plan in memory, or into a directory with summary and report. See :func:`audit`."""
    if out is None:
        return Session(plan, MemorySink(), progress=progress, command=command).run(models)
    report.prepare()
    return Session(plan, DirectorySink(out), progress=progress, command=command).run(models)


def ablate(
    model: Model,
    pattern: str,
    *,
    probe: str = "comma",
    seed: int = 0,
    progress: Progress | None = None,
    **options: Any,
) -> PairsAudit:
    """Run the letter ablation: all 26 letters in place of the ``?``, matched real words beside them.

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
    [model] = _listed(model)
    names = [model if isinstance(model, str) else model.spec.ref]
    plan = plans.build(models=names, probes=(probe,), seed=seed, **options)
    templates = plans.load_probes(plan)[0]
    letters = MinimalPairs(
        name=f"{templates.name}-letters",
        type=templates.type,
        effect=templates.effect,
        why=templates.why,
        slot=slots.load(f"letters:{pattern}@matched"),
        templates=templates.templates,
    )
    [found] = Session(plan, MemorySink(), probes=[letters], progress=progress).run([model]).pairs
    return found


def compare(left: Measurement | Audit, right: Measurement | Audit, *, seed: int = 0) -> Comparison:
    """Compare two models on one probe, or one model in two runs, paired label by label.

    Raises:
        InputError: if the two cannot be compared, naming the field that differs.
    """
    sides = [side.measurement if isinstance(side, Audit) else side for side in (left, right)]
    return analysis.compare(sides[0], sides[1], stream(seed, "analysis"))


def score(audits: Sequence[PairsAudit]) -> list[Scorecard]:
    """Return a scorecard for every model that was measured on three probes or more, letters apart."""
    return analysis.score(audits)


def compare_runs(directories: Sequence[Path]) -> list[Comparison]:
    """Compare all the models of one run, or the models that two runs share, probe by probe.

    Raises:
        InputError: if there is nothing to compare, or a field differs.
    """
    groups = [read(directory) for directory in directories]
    manifest = RunDirectory.open(directories[0]).manifest()
    return [
        compare(left, right, seed=manifest.settings_of(left.key).seed) for left, right in pairs_of(groups)
    ]


def explain(
    directory: Path | str,
    label: str,
    *,
    model: str | None = None,
    probe: str | None = None,
    look_inside: bool = True,
    trust_remote_code: bool = False,
) -> Explanation:
    """Say why one label of a run lies where it lies.

    Args:
        directory: a run directory; what is seen inside the model is kept there, and its report
            is written again with the explanation.
        label: a slot value.
        model: name or reference of the model, where the run has several; by default the first that is
            not the reference and not blind.
        probe: name of the probe, likewise; by default the one in which the label is farthest out.
        look_inside: load the model, if it is a local one that can be loaded here.
        trust_remote_code: run code that came with the model.

    Raises:
        InputError: if the run has no such model, probe or label; the message says what there is.
    """
    opened = RunDirectory.open(Path(directory))
    run = read_run(opened)
    audits = [one for one in analysis.audits_of(run) if isinstance(one, PairsAudit)]
    reference = _reference_in(run.manifest, [one.measurement.key for one in audits])
    try:
        chosen, *others = choose(audits, label, model=model, probe=probe, reference=reference)
    except InputError as error:
        raise InputError(f"{opened.path}: {error}") from None
    seed = run.manifest.settings_of(chosen.measurement.key).seed
    insight = run.insights.get((*chosen.measurement.key, label))
    if insight is None and look_inside and not chosen.summary.blind:
        insight = inspections.look(chosen, label, seed, trust_remote_code)
        if insight is not None:
            inspections.keep(opened, chosen, label, insight)
    explanation = analysis.explain(chosen, label, stream(seed, "analysis"), insight)
    if insight is not None:
        write_report(opened.path)
    return replace(explanation, elsewhere=tuple(one.measurement.key for one in others))


def _reference_in(manifest: Manifest, keys: Sequence[tuple[str, str]]) -> str | None:
    """Return the reference of the last command into a directory, else the first that any of them had."""
    named = (manifest.settings_of(key).reference for key in keys)
    return manifest.reference or next((name for name in named if name is not None), None)


def read(directory: Path | str) -> list[Measurement]:
    """Return the measurements of a run directory, without the follow-ups of their outliers.

    Raises:
        RunError: if it is not one, or a file of it is damaged.
    """
    run = read_run(RunDirectory.open(Path(directory)))
    return [measurement for measurement in run.measurements if not measurement.probe.of]


def read_audits(directory: Path | str) -> list[Audit]:
    """Return what the measurements of a run directory show, with their controls and reference.

    Raises:
        RunError: as :func:`read`.
    """
    return list(analysis.audits_of(read_run(RunDirectory.open(Path(directory)))))


def write_report(*directories: Path | str, out: Path | str | None = None) -> Path:
    """Write summary and report again from the measurements; no model is loaded.

    Args:
        directories: one or more run directories; several make one report.
        out: where to write it; the directory itself for one, ``evenband-runs/report`` for several.
            Only summary, report and figures are written there: it is no run directory.

    Raises:
        EvenbandError: if a directory cannot be read or two of them have a model and probe in common.
    """
    opened = [RunDirectory.open(Path(directory)) for directory in directories]
    target = opened[0] if out is None and len(opened) == 1 else RunDirectory(Path(out or MERGED))
    is_run = (target.path / "manifest.json").exists()
    if is_run and target.path.resolve() not in [one.path.resolve() for one in opened]:
        raise InputError(f"{target.path} is another run's directory; choose another folder with -o")
    results = assemble([read_run(one) for one in opened])
    if not results.audits:
        raise InputError(f"{opened[0].path}: no measurement is finished; start the same audit again to go on")
    return report.write(target.path, results)
