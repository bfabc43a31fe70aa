"""The Python interface: what the command line does, in a few lines of Python.

>>> import evenband
>>> [audit] = evenband.audit("toy:words", "comma", sample=300)
>>> audit.measurement.to_arrow().num_rows
300

The module is long for its docstrings; the work is done in :mod:`evenband.running` and below.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias, overload

from evenband import analysis, encoders, report, stages
from evenband.analysis import AgreementAudit, Audit, Comparison, Explanation, PairsAudit, Results, Scorecard
from evenband.analysis.pairing import pairs_of
from evenband.corpora.corpus_files import Corpus
from evenband.errors import InputError
from evenband.probes.analogy import WordSpace
from evenband.randomness import stream
from evenband.records import RunDirectory
from evenband.records.canary_files import Canary
from evenband.records.summary import read_summary
from evenband.running import arithmetic_runs, label_explanations, run_reports
from evenband.running import plan as plans
from evenband.running.canaries import CANARY_TOLERANCE, CanaryCheck, check_canary, save_canary
from evenband.running.corpus_census import Census
from evenband.running.embedding_engines import EngineName
from evenband.running.embedding_runs import EmbeddedCorpus, embed_corpus
from evenband.running.given_models import (
    EmbeddingModel,
    Model,
    SentenceModel,
    as_texts,
    encoder_of,
    model_of,
    models_of,
    path_of,
    reference_text,
    refs_of,
    same_encoder,
    texts_of,
)
from evenband.running.letter_ablation import letter_probe
from evenband.running.plan import Plan
from evenband.running.progress_display import shown
from evenband.running.reading import read_run
from evenband.running.retrieval_plans import RetrievalPlan, build_retrieval
from evenband.running.retrieval_runs import run_retrieval
from evenband.running.session import Session
from evenband.running.sides import ParityPlan, build_parity, run_parity
from evenband.running.sinks import DirectorySink, MemorySink
from evenband.running.store_searches import OpenStore
from evenband.running.subjects import load_subject
from evenband.types import Auditable, Encoder, Measurement, Progress, Reranker

__all__ = [
    "ablate",
    "analogy",
    "audit",
    "canary_check",
    "canary_save",
    "compare",
    "compare_runs",
    "embed",
    "explain",
    "load",
    "open_store",
    "parity",
    "perform",
    "perform_analogies",
    "perform_parity",
    "perform_retrieval",
    "read",
    "read_audits",
    "read_summary",
    "retrieve",
    "score",
    "write_report",
]

AnyPath: TypeAlias = str | os.PathLike[str]
"""A path, or a name that stands for one."""

AnyModel: TypeAlias = "AnyPath | Encoder | Reranker | SentenceModel | Mapping[str, AnyModel]"
"""A reference, a folder's path, a live model, an encoder or reranker, or one of these by a name."""


def load(ref: AnyPath, *, trust_remote_code: bool = False, engine: str = "auto") -> Encoder:
    """Return the model of a reference, such as ``minilm``, ``Qwen/Qwen3-Embedding-0.6B`` or a folder.

    Args:
        ref: see ``evenband list models``; with a name for tables and files: ``base=./A/final``.
        trust_remote_code: run Python code that came with the model.
        engine: ``plain`` for the model library's own encode.

    Raises:
        EvenbandError: if it does not exist, cannot be trusted or needs an extra.
    """
    return encoders.load(reference_text(ref), trust_remote_code=trust_remote_code, engine=engine)


@overload
def wrap(model: EmbeddingModel, name: str | None = None) -> Encoder: ...
@overload
def wrap(model: Any, name: str | None = None) -> Encoder | Reranker: ...
def wrap(model: Any, name: str | None = None) -> Encoder | Reranker:
    """Make an encoder of a live ``SentenceTransformer``, such as one in training, without changing it.

    A ``CrossEncoder`` or ``MultiVectorEncoder`` becomes a reranker, which is audited by orderings.

    Weights, modules, device, training mode, gradients and random state are the same afterwards. The
    model may be trained between two audits: the encoder's spec follows its weights.

    Args:
        model: a ``SentenceTransformer``, ``CrossEncoder`` or ``MultiVectorEncoder``.
        name: for tables and files; by default that of its model card, or ``model``.

    Raises:
        InputError: if it is none of these, or the name cannot be a file name.
    """
    return encoders.wrap_model(model, name)


def audit(
    models: AnyModel | Sequence[AnyModel],
    probes: AnyPath | Sequence[AnyPath] = (),
    *,
    reference: AnyModel | None = None,
    sample: int | None = None,
    seed: int = 0,
    out: AnyPath | None = None,
    progress: Progress | bool | None = None,
    **options: Any,
) -> list[PairsAudit]:
    """Measure probes on models, and analyse the measurements.

    The same call gives the same audits with and without a directory, and the same as the command line.

    Args:
        models: references, folders' paths, live ``SentenceTransformer`` models (see :func:`wrap`) or
            :class:`~evenband.types.Encoder` objects of your own, one or several; or a mapping from names
            for tables and files to these: ``{"base": "./A/final", "new": "./B/final"}``. Vectors of your
            own objects are not cached, since nothing is known of what decides them.
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
    given = models_of(models)
    against = None if reference is None else model_of(reference)
    named = None if against is None else refs_of([against])[0]
    plan = plans.build(
        models=refs_of(given),
        probes=texts_of(probes),
        reference=named,
        sample=sample,
        seed=seed,
        **options,
    )
    own = None if against is None or isinstance(against, str) else same_encoder(against, given)
    results = perform(plan, path_of(out), models=given, reference=own, progress=progress)
    return list(results.pairs)


def perform(
    plan: Plan,
    out: Path | None = None,
    *,
    models: Sequence[Model] | None = None,
    reference: Auditable | None = None,
    command: Sequence[str] = (),
    progress: Progress | bool | None = None,
) -> Results:
    """Carry out a plan in memory, or into a directory with summary and report. See :func:`audit`.

    Args:
        plan: what to measure.
        out: run directory; ``None`` for memory.
        models: encoders to use in place of the plan's references.
        reference: an encoder to use in place of the plan's reference.
        command: what the user typed, for the manifest.
        progress: true to show on stderr how far the run is, or a display of your own.

    Raises:
        EvenbandError: if something that was asked for cannot be done.
    """
    if out is not None:
        report.prepare()
    sink = MemorySink() if out is None else DirectorySink(out)
    with shown(progress) as display:
        return Session(plan, sink, progress=display, command=command).run(models, reference)


def parity(
    left: AnyModel,
    right: AnyModel,
    probes: AnyPath | Sequence[AnyPath] = (),
    *,
    out: AnyPath | None = None,
    progress: Progress | bool | None = None,
    **options: Any,
) -> list[AgreementAudit]:
    """Embed the same texts with two models that should be one, and say how far they differ.

    Args:
        left: model to compare with: as for :func:`audit`.
        right: model that should give the same vectors.
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
    sides = encoder_of(left), encoder_of(right)
    left_ref, right_ref = refs_of(sides)
    todo = build_parity(left_ref, right_ref, texts_of(probes), **as_texts(options))
    results = perform_parity(todo, path_of(out), models=sides, progress=progress)
    return [audit for audit in results.audits if isinstance(audit, AgreementAudit)]


def perform_parity(
    todo: ParityPlan,
    out: Path | None = None,
    *,
    models: Sequence[str | Encoder] | None = None,
    command: Sequence[str] = (),
    progress: Progress | bool | None = None,
) -> Results:
    """Compare two models in memory, or into a directory with summary and report. See :func:`parity`."""
    if out is not None:
        report.prepare()
    sink = MemorySink() if out is None else DirectorySink(out)
    with shown(progress) as display:
        return run_parity(todo, sink, models, command=command, progress=display)


def embed(
    corpus: AnyPath,
    model: AnyPath | Encoder | None,
    store: AnyPath,
    *,
    id_column: str | None = None,
    text: str | Sequence[str] = (),
    prune: bool = False,
    skip_bad: bool = False,
    trust_remote_code: bool = False,
    engine: EngineName = "local",
    workers: int | None = None,
    consent: Callable[[str, Census], None] | None = None,
    progress: Progress | bool | None = None,
) -> EmbeddedCorpus:
    """Embed the documents of a corpus that a store does not have yet, or has with other content.

    Args:
        corpus: JSON lines, Parquet, CSV or TSV, a folder of texts or of pictures, or one that
            ``save_to_disk`` wrote.
        model: a reference, a folder or an encoder; ``None`` for the model of the store.
        store: folder of the store, or its address in object storage (``s3://bucket/name``); it is made if
            there is none.
        id_column: where ids stand; by default ``_id`` or ``id``; ``row`` for the numbers of the rows.
        text: column of the texts, or several, which are joined; by default ``title`` and ``text``.
        prune: delete documents from the store that the corpus does not have.
        skip_bad: leave faulty rows out, instead of refusing the corpus.
        trust_remote_code: run Python code that came with the model.
        engine: ``ray`` embeds on a Ray cluster, which ``RAY_ADDRESS`` names; without it on this machine.
        workers: how many; by default one for each GPU, or for each four processors.
        consent: called with the reference and what it is to embed; raises an error to refuse.
        progress: true to show on stderr how far the run is, or a display of your own.

    Returns:
        What was new, changed and unchanged, and what the store holds now.

    Raises:
        EvenbandError: in one line, if something that was asked for cannot be done.
    """
    given = model if model is None or isinstance(model, Encoder) else reference_text(model)
    columns = text.split(",") if isinstance(text, str) else text
    with shown(progress) as display:
        return embed_corpus(
            Corpus(Path(corpus), id_column, tuple(columns)),
            given,
            os.fspath(store),
            prune=prune,
            skip_bad=skip_bad,
            trust_remote_code=trust_remote_code,
            engine=engine,
            workers=workers,
            progress=display,
            consent=consent,
        )


def open_store(
    store: AnyPath, model: AnyPath | Encoder | None = None, *, trust_remote_code: bool = False
) -> OpenStore:
    """Open a store, to search in it: ``open_store("packages").search("chess engine", k=5)``.

    Args:
        store: folder or address that :func:`embed` wrote to.
        model: a reference or an encoder in place of the store's model, whose vectors it must give.
        trust_remote_code: run Python code that came with the model.

    Raises:
        EvenbandError: in one line, if there is no store or it cannot be read.
    """
    given = model if model is None or isinstance(model, Encoder) else reference_text(model)
    return OpenStore(os.fspath(store), given, trust_remote_code=trust_remote_code)


def analogy(
    model: AnyModel,
    expression: str,
    against: str | None = None,
    *,
    words: str | None = None,
    vocabulary: int | None = None,
    k: int = arithmetic_runs.NEAREST_SHOWN,
    trust_remote_code: bool = False,
    progress: Progress | bool | None = None,
) -> arithmetic_runs.Arithmetic | arithmetic_runs.Parallel:
    """Do arithmetic with words: the nearest to ``king - man + woman``, by three conventions.

    Args:
        model: word vectors such as ``glove``; any other reference or encoder needs ``words``.
        expression: words with ``+`` or ``-`` between spaces.
        against: a second expression; the cosine of the two is returned in place of nearest words.
        words: slot or file of the words to search; the model's own list if not given.
        vocabulary: search the first words of the list only.
        k: number of words.
        trust_remote_code: run code that came with the model.
        progress: a display of how far the embedding is.

    Raises:
        EvenbandError: if the model cannot be used, or a word has no vector.
    """
    given = encoder_of(model)
    searched = arithmetic_runs.words_for([given], words)
    with shown(progress) as display:
        subject = load_subject(given, trust_remote_code=trust_remote_code, progress=display)
        space = WordSpace.of(subject.cached, searched, vocabulary)
    if against is not None:
        return arithmetic_runs.hold_against(space, expression, against)
    return arithmetic_runs.solve(space, expression, k)


def perform_analogies(
    models: Sequence[Model],
    questions: Path,
    out: Path | None = None,
    *,
    words: str | None = None,
    vocabulary: int | None = None,
    progress: Progress | bool | None = None,
    **options: Any,
) -> Results:
    """Rank the answers of a file of questions, in memory or into a directory with summary and report.

    Args:
        models: references or encoders.
        questions: a file in the format of ``questions-words.txt``.
        out: run directory.
        words: as for :func:`analogy`.
        vocabulary: likewise.
        progress: likewise.
        options: as for :func:`evenband.running.arithmetic_runs.run_analogies`.

    Raises:
        EvenbandError: if a model, the questions or the words cannot be used.
    """
    if out is not None:
        report.prepare()
    sink = MemorySink() if out is None else DirectorySink(out)
    with shown(progress) as display:
        return arithmetic_runs.run_analogies(
            [encoder_of(model) for model in models_of(list(models))],
            questions,
            sink,
            words=words,
            limit=vocabulary,
            progress=display,
            **options,
        )


def retrieve(
    dataset: AnyPath,
    models: Any,
    *,
    index: str | Sequence[str] = (),
    store: AnyPath | Sequence[AnyPath] = (),
    out: AnyPath | None = None,
    progress: Progress | bool | None = None,
    **options: Any,
) -> list[Audit]:
    """Search a dataset with judged queries by every model and index, and say what is found and lost.

    Args:
        dataset: a folder in the format of BEIR or MTEB, ``limit-small``, or ``limit:n=50,k=2``.
        models: as for :func:`audit`; also ``bm25`` with settings, and ``run:FILE``.
        index: references such as ``exact``, ``ivf:256?probes={1,4,16}`` and ``hnsw``.
        store: one or several that :func:`embed` made: documents with texts that they hold are not embedded
            again. Each model must be that of one of them; without models it is theirs.
        out: run directory to write measurements, rankings, summary and report into.
        progress: as for :func:`audit`.
        options: ``rerank``, ``k``, ``bm25``, ``split``, ``fillers``, ``sample``, ``queries``, ``suite``,
            ``trec``, ``seed`` and ``trust_remote_code``, of
            :class:`~evenband.running.retrieval_plans.RetrievalPlan`.

    Returns:
        For each model a :class:`~evenband.analysis.RetrievalAudit`, and with ``suite`` or ``queries`` an
        :class:`~evenband.analysis.OverlapAudit`.

    Raises:
        EvenbandError: in one line, if something that was asked for cannot be done.
    """
    given = models_of(models)
    listed = [index] if isinstance(index, str) else list(index)
    refs = refs_of(given)
    todo = build_retrieval(os.fspath(dataset), refs, index=listed, store=texts_of(store), **as_texts(options))
    given += [one for one in todo.models if one not in refs]  # BM25, or the model of a store
    return list(perform_retrieval(todo, path_of(out), models=given, progress=progress).audits)


def perform_retrieval(
    todo: RetrievalPlan,
    out: Path | None = None,
    *,
    models: Sequence[Model] | None = None,
    command: Sequence[str] = (),
    progress: Progress | bool | None = None,
) -> Results:
    """Measure retrieval in memory, or into a directory with summary and report. See :func:`retrieve`."""
    if out is not None:
        report.prepare()
    elif todo.trec:
        raise InputError("--trec writes run files into a directory; name one with -o")
    sink = MemorySink() if out is None else DirectorySink(out)
    with shown(progress) as display:
        return run_retrieval(todo, sink, models, command=command, progress=display)


def ablate(
    model: AnyModel,
    pattern: str,
    *,
    probe: AnyPath = "comma",
    seed: int = 0,
    progress: Progress | bool | None = None,
    **options: Any,
) -> PairsAudit:
    """Run the letter ablation: all 26 letters in place of the ``?``, matched real words beside them.

    Args:
        model: as for :func:`audit`.
        pattern: a word with one ``?``, such as ``grand?a``.
        probe: the probe whose templates are filled: a name or a ``.toml`` file with one probe.
        seed: of every random choice.
        progress: true to show on stderr how far the run is, or a display of your own.
        options: as for :func:`audit`.

    Raises:
        EvenbandError: if the pattern has not exactly one ``?`` or the model cannot be used.
    """
    subject = model_of(model)
    plan = plans.build(models=refs_of([subject]), probes=texts_of(probe), seed=seed, **options)
    with shown(progress) as display:
        session = Session(plan, MemorySink(), probes=[letter_probe(plan, pattern)], progress=display)
        [letters] = session.run([subject]).pairs
    return letters


def canary_save(
    model: AnyModel,
    out: AnyPath,
    texts: AnyPath | Sequence[str] | None = None,
    *,
    trust_remote_code: bool = False,
    force: bool = False,
) -> Canary:
    """Pin the vectors of a few texts in a file, to be held against the model of later days.

    Args:
        model: as for :func:`audit`.
        out: a ``.json`` or ``.parquet`` file.
        texts: a file, or the texts themselves; 25 of many kinds if not given.
        trust_remote_code: run code that came with the model.
        force: replace a file that exists.

    Raises:
        EvenbandError: if the model, the texts or the file cannot be used.
    """
    chosen = os.fspath(texts) if isinstance(texts, os.PathLike) else texts
    return save_canary(encoder_of(model), Path(out), chosen, trust_remote_code=trust_remote_code, force=force)


def canary_check(
    file: AnyPath,
    model: AnyModel | None = None,
    *,
    tolerance: float = CANARY_TOLERANCE,
    trust_remote_code: bool = False,
) -> CanaryCheck:
    """Embed the texts of a canary anew, past the cache; ``.moved`` of the result is empty if none has moved.

    Args:
        file: what :func:`canary_save` wrote.
        model: as for :func:`audit`; the one that was saved if not given.
        tolerance: largest 1 - cosine of a text that has not moved.
        trust_remote_code: run code that came with the model.

    Raises:
        EvenbandError: if the file or the model cannot be used, or its vectors have another length.
    """
    given = None if model is None else encoder_of(model)
    return check_canary(Path(file), given, tolerance, trust_remote_code=trust_remote_code)


def compare(left: Measurement | Audit, right: Measurement | Audit, *, seed: int = 0) -> Comparison:
    """Compare two models on one probe, or one model in two runs, paired item by item.

    Args:
        left: measurement or audit of the first.
        right: of the second, on the same probe.
        seed: of the intervals.

    Raises:
        InputError: if the two cannot be compared, naming the field that differs.
    """
    sides = [_measurement_of(side) for side in (left, right)]
    return analysis.compare(sides[0], sides[1], stream(seed, "analysis"))


def _measurement_of(side: object) -> Measurement:
    """Return the measurement of an audit, or the measurement that it is.

    Raises:
        InputError: if it is neither, such as a model.
    """
    if isinstance(side, Audit):
        return side.measurement
    if isinstance(side, Measurement):
        return side
    raise InputError(
        f"got {encoders.type_of(side)}, expected an audit or a measurement; "
        "evenband.audit([left, right], probe) makes one of each model"
    )


def score(audits: Sequence[PairsAudit]) -> list[Scorecard]:
    """Return a scorecard for every model with three probes or more; letter ablations do not count.

    Raises:
        InputError: if something else than audits is given, such as a model.
    """
    wrong = [audits] if not isinstance(audits, Sequence) else [one for one in audits if not _is_audit(one)]
    if wrong:
        raise InputError(
            f"got {encoders.type_of(wrong[0])}, expected audits; evenband.audit(model, suite='quick') "
            "makes them"
        )
    return analysis.score(audits)


def _is_audit(value: object) -> bool:
    return isinstance(value, PairsAudit)


def compare_runs(directories: Sequence[AnyPath]) -> list[Comparison]:
    """Compare all models of one run, or the models that two runs share, probe by probe.

    Raises:
        InputError: if there is nothing to compare, or two measurements differ in what they asked.
    """
    groups = [read(directory) for directory in directories]
    manifest = RunDirectory.open(Path(directories[0])).manifest()
    pairs, comparisons = pairs_of(groups), []
    for number, (left, right) in enumerate(pairs, 1):
        stages.enter(f"comparing on {left.probe.name}", number, len(pairs))
        comparisons.append(compare(left, right, seed=manifest.settings_of(left.key).seed))
    return comparisons


def explain(
    directory: AnyPath,
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


def read(directory: AnyPath) -> list[Measurement]:
    """Return the measurements of a run directory, without the follow-ups of their outliers.

    Raises:
        RunError: if it is not a run directory, or a file of it is damaged.
    """
    run = read_run(RunDirectory.open(Path(directory)))
    return [measurement for measurement in run.measurements if not measurement.probe.of]


def read_audits(directory: AnyPath) -> list[Audit]:
    """Return the audits of a run directory, with the controls and the reference of each measurement.

    Raises:
        RunError: as :func:`read`.
    """
    return list(analysis.audits_of(read_run(RunDirectory.open(Path(directory)))))


def write_report(*directories: AnyPath, out: AnyPath | None = None) -> Path:
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
    return run_reports.write_report(
        [RunDirectory.open(Path(directory)) for directory in directories], path_of(out)
    )
