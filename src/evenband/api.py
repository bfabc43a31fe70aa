"""The Python interface: what the command line does, in a few lines of Python.

>>> import evenband
>>> [found] = evenband.audit("toy:words", "comma", sample=300)
>>> found.measurement.to_arrow().num_rows
300
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

from evenband import analysis, encoders, slots
from evenband import report as reports
from evenband.analysis import Audit, Comparison, Explanation, Scorecard
from evenband.analysis.pairs.choice import choose
from evenband.analysis.pairs.comparison import pairs_of
from evenband.analysis.pairs.scorecard import is_suite
from evenband.errors import InputError
from evenband.probes.pairs.minimal_pairs import MinimalPairs
from evenband.randomness import stream
from evenband.records import RunDirectory
from evenband.running import inspections as insights
from evenband.running import plan as plans
from evenband.running import session as runner
from evenband.running.plan import Plan
from evenband.types import Encoder, Measurement, Progress

Model = str | Encoder

EXPLAINED = 3
"""So many outliers of each audit are explained in the report without being asked for."""

MERGED = Path("evenband-runs") / "report"
"""Where the report of several runs goes if nobody says."""


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
) -> list[Audit]:
    """Measure probes on models, and say what the measurements show.

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
        options: other fields of :class:`~evenband.running.plan.Plan`, such as ``engine`` or ``screen``.

    Returns:
        One audit for each model and probe, model by model, the reference's first.

    Raises:
        EvenbandError: in one line, if something that was asked for cannot be done.
    """
    given = _listed(models)
    names = [model if isinstance(model, str) else model.spec.ref for model in given]
    chosen = (probes,) if isinstance(probes, str) else tuple(probes)
    todo = plans.build(models=names, probes=chosen, reference=reference, sample=sample, seed=seed, **options)
    if out is not None:
        return perform(todo, Path(out), models=given, progress=progress)
    loaded = plans.load_probes(todo)
    few = not is_suite(probe.name for probe in loaded)
    measured: list[Measurement] = []
    audits: list[Audit] = []
    for model in runner.load_models(todo, given, progress):
        name = measured[0].model.name if measured and reference else None
        for probe in loaded:
            made = runner.measure(probe, model)
            measured.append(made)
            other = runner.reference_of(measured, made, name)
            asked = runner.is_followed_up(probe, todo)
            controls = runner.follow_up(probe, made, model, seed, other) if asked else None
            audits.append(analyse(made, seed, controls, other, power=few))
    return audits


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
    todo: Plan,
    out: Path,
    *,
    models: Sequence[Model] | None = None,
    command: Sequence[str] = (),
    progress: Progress | None = None,
) -> list[Audit]:
    """Run a plan into a directory, with summary and report. See :func:`audit`."""
    reports.prepare()
    measured = runner.run(todo, out, models=models, command=command, progress=progress)
    directory = RunDirectory(out)
    audits = _audits(directory)
    _write(directory, audits, [directory.manifest()], todo.seed)
    asked = {(made.model.name, made.probe.name) for made in measured}
    return [one for one in audits if (one.measurement.model.name, one.measurement.probe.name) in asked]


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
    [model] = _listed(model)
    names = [model if isinstance(model, str) else model.spec.ref]
    todo = plans.build(models=names, probes=(probe,), seed=seed, **options)
    templates = plans.load_probes(todo)[0]
    letters = MinimalPairs(
        name=f"{templates.name}-letters",
        type=templates.type,
        effect=templates.effect,
        why=templates.why,
        slot=slots.load(f"letters:{pattern}@matched"),
        templates=templates.templates,
    )
    [loaded] = runner.load_models(todo, [model], progress)
    return analyse(runner.measure(letters, loaded), seed)


def analyse(
    measurement: Measurement,
    seed: int = 0,
    controls: Measurement | None = None,
    reference: Measurement | None = None,
    *,
    power: bool = True,
) -> Audit:
    """What a measurement shows; the same seed gives the same intervals.

    Args:
        measurement: what it is about.
        seed: of the intervals.
        controls: the control perturbations of its outliers.
        reference: the same probe on a model to compare with.
        power: also find the smallest effect that would have been seen.
    """
    rng = stream(seed, "analysis")
    return analysis.audit(measurement, rng, controls=controls, reference=reference, power=power)


def compare(left: Measurement | Audit, right: Measurement | Audit, *, seed: int = 0) -> Comparison:
    """Two models on one probe, or one model in two runs, paired label by label.

    Raises:
        InputError: if the two cannot be compared, naming the field that differs.
    """
    pair = [side.measurement if isinstance(side, Audit) else side for side in (left, right)]
    return analysis.compare(pair[0], pair[1], stream(seed, "analysis"))


def score(audits: Sequence[Audit]) -> list[Scorecard]:
    """A scorecard for every model that was measured on three probes or more; letters do not count."""
    return analysis.score(audits)


def compare_runs(directories: Sequence[Path]) -> list[Comparison]:
    """All the models of one run, or the models that two runs share, probe by probe.

    Raises:
        InputError: if there is nothing to compare, or a field differs.
    """
    groups = [read(directory) for directory in directories]
    seed = _seed(RunDirectory.open(directories[0]))
    return [compare(left, right, seed=seed) for left, right in pairs_of(groups)]


def explain(
    directory: Path | str,
    label: str,
    *,
    model: str | None = None,
    probe: str | None = None,
    look_inside: bool = True,
    trust_remote_code: bool = False,
) -> Explanation:
    """Why one label of a run lies where it lies.

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
    found, *others = _candidates(opened, label, model, probe)
    insight = insights.read(opened, found, label)
    if insight is None and look_inside and not found.summary.blind:
        insight = insights.look(found, label, _seed(opened), trust_remote_code)
        if insight is not None:
            insights.keep(opened, found, label, insight)
    rng = stream(_seed(opened), "analysis")
    explanation = analysis.explain(found, label, rng, insight)
    if insight is not None:
        write_report(opened.path)
    elsewhere = tuple((one.measurement.model.name, one.measurement.probe.name) for one in others)
    return replace(explanation, elsewhere=elsewhere)


def _candidates(opened: RunDirectory, label: str, model: str | None, probe: str | None) -> list[Audit]:
    reference = opened.manifest().get("reference")
    try:
        return choose(_audits(opened), label, model=model, probe=probe, reference=reference)
    except InputError as error:
        raise InputError(f"{opened.path}: {error}") from None


def read(directory: Path | str) -> list[Measurement]:
    """The measurements of a run directory, without the follow-ups of their outliers.

    Raises:
        RunError: if it is not one, or a file of it is damaged.
    """
    return [made for made in RunDirectory.open(Path(directory)).measurements() if not made.probe.of]


def read_audits(directory: Path | str) -> list[Audit]:
    """What the measurements of a run directory show, with their controls and reference.

    Raises:
        RunError: as :func:`read`.
    """
    return _audits(RunDirectory.open(Path(directory)))


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
    if target.manifest() and target.path.resolve() not in [one.path.resolve() for one in opened]:
        raise InputError(f"{target.path} is another run's directory; choose another folder with -o")
    manifests = [one.manifest() for one in opened]
    audits = [audit for one in opened for audit in _audits(one)]
    if not audits:
        raise InputError(f"{opened[0].path}: no measurement is finished; start the same audit again to go on")
    seen: set[tuple[str, str]] = set()
    for made in (one.measurement for one in audits):
        key = (made.model.name, made.probe.name)
        if key in seen:
            raise InputError(
                f"two of the runs hold {key[0]} on {key[1]}, expected each once; name one of them here, "
                "or set two runs with the same --sample and --seed side by side with `evenband compare`"
            )
        seen.add(key)
    return _write(target, audits, manifests, _seed(opened[0]))


def _audits(directory: RunDirectory) -> list[Audit]:
    """An audit of every measurement, with its controls, against the run's reference."""
    made = list(directory.measurements())
    controls = {(one.model.name, one.probe.of): one for one in made if one.probe.of}
    measured = [one for one in made if not one.probe.of]
    name = directory.manifest().get("reference")
    few = not is_suite(one.probe.name for one in measured)
    itself = {one.model.name for one in measured} == {name}
    return [
        analyse(
            one,
            _seed(directory),
            controls.get((one.model.name, one.probe.name)),
            one if itself else runner.reference_of(measured, one, name),
            power=few,
        )
        for one in measured
    ]


def _seed(directory: RunDirectory) -> int:
    return int(directory.manifest().get("seed", 0))


def _write(
    target: RunDirectory, audits: Sequence[Audit], manifests: Sequence[dict[str, Any]], seed: int
) -> Path:
    """summary.json, report.html, the figures and the scorecard."""
    few = not is_suite(audit.measurement.probe.name for audit in audits)
    comparisons = _comparisons(audits, seed) if few else []
    cards = analysis.score(audits)
    target.write_json("summary.json", analysis.summarise(audits, cards))
    most = EXPLAINED if few else 0
    explanations = [one for audit in audits for one in _explanations(target, audit, seed, most)]
    return reports.write(target.path, audits, comparisons, manifests, explanations, cards)


def _explanations(target: RunDirectory, audit: Audit, seed: int, most: int) -> Iterator[Explanation]:
    """Of the first outliers that have a verdict, and of every label that somebody asked about."""
    judged = list(dict.fromkeys(one.label for one in audit.outliers if one.verdict is not None))[:most]
    asked = insights.labels(target, audit)
    if not judged and not asked:
        return
    rng = stream(seed, "analysis")
    expectations = analysis.expect(audit.measurement, rng)
    for label in dict.fromkeys([*judged, *asked]):
        yield analysis.explain(audit, label, rng, insights.read(target, audit, label), expectations)


def _comparisons(audits: Iterable[Audit], seed: int) -> list[Comparison]:
    """Every pair of models that measured the same thing."""
    made = [audit.measurement for audit in audits]
    return [
        compare(left, right, seed=seed)
        for left, right in combinations(made, 2)
        if left.probe.digest == right.probe.digest
    ]
