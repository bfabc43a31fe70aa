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
    place_of,
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
    named = [texts_of(given) for given in (probes, keep, others, retrieval)]
    todo = RepairPlan(named[0], named[1], named[2], named[3], sample, most_cost, seed)
    with ExitStack() as stack:
        place = stack.enter_context(TemporaryDirectory()) if out is None else out
        folder = RepairFolder(Path(place).expanduser())
        given = _checked(model, todo, folder)
        families = split_plan(todo)
        report.prepare()
        display = stack.enter_context(shown(progress))
        work = _Work(todo, families, given, folder, trust_remote_code, display, tuple(command))
        return work.carry_out(path_of(out))


def _checked(model: Any, todo: RepairPlan, folder: RepairFolder) -> str | Encoder:
    """Return the model as a reference or an encoder, once all is checked that can be before it is loaded.

    Raises:
        InputError: if the model cannot be repaired, a dataset does not exist, or the folder is taken.
    """
    given = encoder_of(model)
    if isinstance(given, str):
        check_can_be_repaired(given)
        folder.check_free(place_of(given))
    else:
        folder.check_free()
    for dataset in todo.retrieval:
        load_dataset(dataset, seed=todo.seed)
    return given


@dataclass(frozen=True)
class _Work:
    """One repair at work: what is to be done, to which model, and where."""

    todo: RepairPlan
    families: RepairFamilies
    given: str | Encoder
    folder: RepairFolder
    trust: bool
    progress: Progress | None
    command: tuple[str, ...]

    def carry_out(self, out: Path | None) -> Repair:
        """Learn a map, judge it and save the model with it; without a map only the record is written."""
        todo, folder = self.todo, self.folder
        subject = load_subject(self.given, trust_remote_code=self.trust, progress=self.progress)
        folder.check_same({"plan": todo.to_dict(), "model": subject.spec.digest})
        found = self._learn(subject.cached)
        folder.write_record(_record(todo, subject, found, None))  # first: a folder with a map has a record
        if found.matrix is None:
            return Repair(found, None, None, out)
        matrix = folder.write_matrix(found.matrix)
        normalize = bool(subject.spec.normalize)
        judgement = self._judge(self._audit(self._both(matrix, normalize)))
        saved = None
        if out is not None and isinstance(self.given, str):
            saved = save_repaired(self.given, matrix, normalize, folder, self.trust)
        folder.write_record(_record(todo, subject, found, judgement))
        return Repair(found, judgement, matrix, out, saved)

    def _learn(self, encoder: Encoder) -> Found:
        """Embed what is learned from, and search for a map."""
        repaired, kept = (
            [embed_family(one.learned, encoder) for one in part]
            for part in (self.families.repaired, self.families.kept)
        )
        return search(repaired, kept, embed_guard(encoder), self.todo.most_cost)

    def _both(self, matrix: Vectors, normalize: bool) -> list[str | Encoder]:
        """Return the model, and the model with the map behind it."""
        if isinstance(self.given, str):
            return [self.given, repaired_reference(self.given, self.folder.matrix, normalize)]
        return [self.given, repaired_encoder(self.given, matrix, normalize)]

    def _audit(self, models: Sequence[str | Encoder]) -> list[Audit]:
        """Measure model and repaired model on texts that nothing was learned from or chosen by."""
        todo, sink, refs = self.todo, DirectorySink(self.folder.audit), refs_of(models)
        plan = plans.build(
            models=refs,
            suite="standard",
            probes=[family.name for family in self.families.all],
            seed=todo.seed,
            trust_remote_code=self.trust,
        )
        judged = [family.judged for family in self.families.all]
        session = Session(plan, sink, probes=judged, progress=self.progress, command=self.command)
        audits = list(session.run(models).audits)
        for dataset in todo.retrieval:
            searched = build_retrieval(
                dataset, refs, k=(RECALL_DEPTH,), seed=todo.seed, trust_remote_code=self.trust
            )
            found = run_retrieval(searched, sink, models, progress=self.progress, command=self.command)
            audits += found.audits
        return audits

    def _judge(self, audits: Sequence[Audit]) -> RepairJudgement:
        """Hold the repaired model's audits against those of the model, which come first."""
        names = list(dict.fromkeys(audit.measurement.subject.name for audit in audits))
        new = {family.name: family.new for family in self.families.all}
        return judge_repair(audits, names[0], names[1], self.families.parts, new, self.todo.seed)


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
