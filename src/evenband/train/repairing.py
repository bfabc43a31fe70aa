"""The repair of a model without training: a linear map of its vectors, learned, chosen, saved and judged."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from evenband import probes as families_of
from evenband import report
from evenband.analysis.audits import Audit
from evenband.analysis.repairs import Part, RepairJudgement, judge_repair
from evenband.encoders.redaction import redact
from evenband.errors import InputError
from evenband.probes.retrieval.dataset_references import load_dataset
from evenband.running import plan as plans
from evenband.running.given_models import encoder_of, path_of, refs_of, texts_of
from evenband.running.progress_display import shown
from evenband.running.retrieval_plans import build_retrieval
from evenband.running.retrieval_runs import run_retrieval
from evenband.running.session import Session
from evenband.running.sinks import DirectorySink
from evenband.running.subjects import Subject, load_subject
from evenband.train.repair_draws import (
    LABELS_LEARNED,
    SplitFamily,
    check_learnable,
    definitions_of,
    split_family,
)
from evenband.train.repair_folder import RepairFolder
from evenband.train.repair_models import (
    check_can_be_repaired,
    repaired_encoder,
    repaired_reference,
    save_repaired,
)
from evenband.train.repair_search import MOST_COST, Found, search
from evenband.train.repair_vectors import embed_family, embed_guard
from evenband.types import Encoder, Progress, Vectors

RECALL_DEPTH = 10
"""Depth at which recall is counted before and after."""

ALL_OTHERS, NO_OTHERS = "standard", "none"
"""What else is audited before and after, in place of names: all families of the suite, or none."""


@dataclass(frozen=True)
class RepairPlan:
    """What is to be repaired, and at which cost.

    Attributes:
        probes: names or files of the families to repair.
        keep: those that must not lose.
        others: names or files of other families to audit, too; or ``standard`` for the suite's, ``none``.
        retrieval: datasets with judged queries to search before and after.
        labels: of each family, at most.
        most_cost: share of definitions that may no longer find their term, from 0 to 1.
        seed: of draws and intervals.

    Raises:
        InputError: if a value is out of range, or a family is to be repaired and kept.
    """

    probes: tuple[str, ...]
    keep: tuple[str, ...] = ()
    others: tuple[str, ...] = (ALL_OTHERS,)
    retrieval: tuple[str, ...] = ()
    labels: int = LABELS_LEARNED
    most_cost: float = MOST_COST
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.most_cost <= 1:
            raise InputError(f"most_cost: got {self.most_cost}, expected a share from 0 to 1, such as 0.01")
        if self.labels < 2:
            raise InputError(f"sample: got {self.labels} labels, expected 2 or more")

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, for the record."""
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()
        }


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
    todo = RepairPlan(
        texts_of(probes), texts_of(keep), texts_of(others), texts_of(retrieval), sample, most_cost, seed
    )
    families = _split(todo)
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
        models: list[str | Encoder]
        if isinstance(given, str):
            models = [given, repaired_reference(given, folder.matrix, normalize)]
        else:
            models = [given, repaired_encoder(given, matrix, normalize)]
        audits = _audit(todo, families, models, folder, trust_remote_code, display, command)
        names = list(dict.fromkeys(audit.measurement.subject.name for audit in audits))
        single = [family.name for family in families.all if family.is_one_sentence]
        judgement = judge_repair(audits, names[0], names[1], families.parts, single, todo.seed)
        saved = None
        if out is not None and isinstance(given, str):
            saved = save_repaired(given, matrix, normalize, folder, trust_remote_code)
        folder.write_record(_record(todo, subject, found, judgement))
    return Repair(found, judgement, matrix, path_of(out), saved)


@dataclass(frozen=True)
class _Families:
    """The families of a repair by their part, each once."""

    repaired: tuple[SplitFamily, ...]
    kept: tuple[SplitFamily, ...]
    others: tuple[SplitFamily, ...]

    @property
    def all(self) -> tuple[SplitFamily, ...]:
        return (*self.repaired, *self.kept, *self.others)

    @property
    def parts(self) -> dict[str, Part]:
        parts: dict[str, Part] = {family.name: "repaired" for family in self.repaired}
        return parts | {family.name: "kept" for family in self.kept}


def _split(todo: RepairPlan) -> _Families:
    """Draw the texts of every family.

    Raises:
        InputError: if a family does not exist, is named twice or is too small, or an ORDER family is to be
            repaired.
    """
    named = {"--probes": definitions_of(todo.probes), "--keep": definitions_of(todo.keep)}
    names = [one.name for ones in named.values() for one in ones]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"got {name!r} twice among the families to repair and to keep, expected once")
    for one in named["--probes"]:
        if one.type == "ORDER":
            raise InputError(
                f"probe {one.name!r} is of type ORDER, which has no two texts that should be alike; expected "
                "INV or DIFF to repair (it can be kept)"
            )
    repaired, kept = (
        tuple(split_family(one, todo.seed, todo.labels) for one in ones) for ones in named.values()
    )
    rest = [one for one in _others(todo.others) if one.name not in names]
    split = [split_family(one, todo.seed, todo.labels) for one in rest]
    check_learnable([*repaired, *kept])
    return _Families(repaired, kept, tuple(split))


def _others(names: Sequence[str]) -> list[families_of.Definition | families_of.PairTable]:
    """Return the other families of a plan; a letter ablation, which is no family, is left out.

    Raises:
        InputError: if one does not exist.
    """
    if tuple(names) == (NO_OTHERS,):
        return []
    if tuple(names) != (ALL_OTHERS,):
        return definitions_of(names)
    suite = families_of.in_suite("standard")
    return [one for one in suite if not any(slot.startswith("letters:") for slot in one.slots.values())]


def _learn(todo: RepairPlan, families: _Families, encoder: Encoder) -> Found:
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
    families: _Families,
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
