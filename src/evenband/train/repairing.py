"""The repair of a model without training: a linear map of its vectors, learned, chosen, saved and judged."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from evenband import report
from evenband.analysis.audits import Audit
from evenband.analysis.repairs import RepairJudgement, judge_repair
from evenband.encoders.redaction import redact
from evenband.probes.retrieval.dataset_references import load_dataset
from evenband.running import plan as plans
from evenband.running.given_models import encoder_of, path_of, refs_of, texts_of
from evenband.running.progress_display import shown
from evenband.running.retrieval_plans import build_retrieval
from evenband.running.retrieval_runs import run_retrieval
from evenband.running.session import Session
from evenband.running.sinks import DirectorySink
from evenband.running.subjects import Subject, load_subject
from evenband.train.repair_draws import LABELS_LEARNED
from evenband.train.repair_folder import RepairFolder
from evenband.train.repair_models import (
    check_can_be_repaired,
    repaired_encoder,
    repaired_reference,
    save_repaired,
)
from evenband.train.repair_plans import ALL_OTHERS, RepairFamilies, RepairPlan, split_plan
from evenband.train.repair_search import MOST_COST, search
from evenband.train.repair_trials import Found
from evenband.train.repair_vectors import embed_family, embed_guard
from evenband.types import Encoder, Progress, Vectors

RECALL_DEPTH = 10
"""Depth at which recall is counted before and after."""


@dataclass(frozen=True)
class Repair:
    """A finished repair.

    Attributes:
        found: the map, how it was chosen, and what else was tried.
        judgement: what it gained and cost on texts that it was neither learned from nor chosen by; ``None``
            where no map was found.
        matrix: the map, to multiply rows with from the right; ``None`` likewise. Shape: (d, d) float32.
        out: folder that it was saved in; ``None`` for none.
        model: folder of the repaired model; ``None`` where the model is not a local one.
    """

    found: Found
    judgement: RepairJudgement | None
    matrix: Vectors | None
    out: Path | None = None
    model: Path | None = None


def repair(
    model: Any,
    probes: Any,
    keep: Any = (),
    *,
    out: Any = None,
    retrieval: Any = (),
    others: Any = ALL_OTHERS,
    sample: int = LABELS_LEARNED,
    most_cost: float = MOST_COST,
    seed: int = 0,
    trust_remote_code: bool = False,
    progress: Progress | bool | None = None,
    command: Sequence[str] = (),
) -> Repair:
    """Learn a linear map of a model's vectors that mends families of pairs, and judge it on fresh texts.

    Args:
        model: as for :func:`evenband.audit`; nothing of it is changed.
        probes: names or files of the families to repair.
        keep: names or files of families that must not lose.
        out: folder for the map, the repaired model, the record and the audit; nothing is written without one.
        retrieval: one dataset or several, as for :func:`evenband.retrieve`.
        others: names or files of other families to audit before and after; ``standard`` for all others of the
            suite, ``none`` for none.
        sample: labels of each family, at most.
        most_cost: share of shipped definitions that may no longer find their term.
        seed: of draws and intervals.
        trust_remote_code: run code that comes with the model.
        progress: true to show on stderr how far it is, or a display of your own.
        command: what the user typed, for the manifest.

    Raises:
        EvenbandError: in one line, if something that was asked for cannot be done.
    """
    names = (texts_of(given) for given in (probes, keep, others, retrieval))
    todo = RepairPlan(*names, sample, most_cost, seed)
    families = split_plan(todo)
    for dataset in todo.retrieval:
        load_dataset(dataset, seed=todo.seed)  # a mistake is told before anything is embedded
    given = encoder_of(model)
    if isinstance(given, str):
        check_can_be_repaired(given)
    with ExitStack() as stack:
        place = stack.enter_context(TemporaryDirectory()) if out is None else out
        folder = RepairFolder(Path(place).expanduser())
        report.prepare()
        display = stack.enter_context(shown(progress))
        subject = load_subject(given, trust_remote_code=trust_remote_code, progress=display)
        folder.check_same({"plan": todo.to_dict(), "model": subject.spec.digest})
        found = _learn(todo, families, subject.cached)
        if found.matrix is None:
            folder.write_record(_record(todo, subject, found, None))
            return Repair(found, None, None, path_of(out))
        matrix = folder.write_matrix(found.matrix)
        folder.write_record(_record(todo, subject, found, None))
        normalize = bool(subject.spec.normalize)
        audits = _audit(
            todo,
            families,
            _both(given, matrix, normalize, folder),
            folder,
            trust_remote_code,
            display,
            command,
        )
        judgement = _judge(todo, families, audits)
        saved = None
        if out is not None and isinstance(given, str):
            saved = save_repaired(given, matrix, normalize, folder, trust_remote_code)
        folder.write_record(_record(todo, subject, found, judgement))
    return Repair(found, judgement, matrix, path_of(out), saved)


def _both(
    given: str | Encoder, matrix: Vectors, normalize: bool, folder: RepairFolder
) -> list[str | Encoder]:
    """Return the model, and the model with the map behind it."""
    if isinstance(given, str):
        return [given, repaired_reference(given, folder.matrix, normalize)]
    return [given, repaired_encoder(given, matrix, normalize)]


def _judge(todo: RepairPlan, families: RepairFamilies, audits: Sequence[Audit]) -> RepairJudgement:
    """Hold the repaired model's audits against those of the model, which come first."""
    names = list(dict.fromkeys(audit.measurement.subject.name for audit in audits))
    single = [family.name for family in families.all if family.is_one_sentence]
    return judge_repair(audits, names[0], names[1], families.parts, single, todo.seed)


def _learn(todo: RepairPlan, families: RepairFamilies, encoder: Encoder) -> Found:
    """Embed what is learned from, and search for a map.

    Raises:
        EvenbandError: if the model fails or no pair moves.
    """
    repaired, kept = (
        [embed_family(one.learned, encoder) for one in part] for part in (families.repaired, families.kept)
    )
    return search(repaired, kept, embed_guard(encoder), todo.most_cost)


def _audit(
    todo: RepairPlan,
    families: RepairFamilies,
    models: Sequence[str | Encoder],
    folder: RepairFolder,
    trust_remote_code: bool,
    progress: Progress | None,
    command: Sequence[str],
) -> list[Audit]:
    """Measure model and repaired model on texts that nothing was learned from or chosen by."""
    sink = DirectorySink(folder.audit)
    refs = refs_of(models)
    plan = plans.build(
        models=refs,
        suite="standard",
        probes=[family.name for family in families.all],
        seed=todo.seed,
        trust_remote_code=trust_remote_code,
    )
    judged = [family.judged for family in families.all]
    session = Session(plan, sink, probes=judged, progress=progress, command=command)
    audits = list(session.run(models).audits)
    for dataset in todo.retrieval:
        searched = build_retrieval(
            dataset, refs, k=(RECALL_DEPTH,), seed=todo.seed, trust_remote_code=trust_remote_code
        )
        audits += run_retrieval(searched, sink, models, progress=progress, command=command).audits
    return audits


def _record(
    todo: RepairPlan, subject: Subject, found: Found, judgement: RepairJudgement | None
) -> dict[str, Any]:
    """Return how a repair was learned, chosen and judged, as plain data."""
    chosen = found.chosen
    return {
        "decides": {"plan": todo.to_dict(), "model": subject.spec.digest},
        "model": redact(subject.spec.to_dict()),
        "normalize": bool(subject.spec.normalize),
        "chosen": None if chosen is None else {**asdict(chosen), "gain": chosen.gain},
        "tried": len(found.trials),
        "judgement": None if judgement is None else judgement.to_dict(),
    }
