"""What a repair of a model gained and what it cost, judged by audits before and after on the same texts.

A gain is claimed only where the interval of the paired difference lies above zero, and a loss only where it
lies below. Where several families are to be repaired, or to be kept, chance alone would make one of them seem
to gain or lose; so the intervals that decide hold for all of a part's families at once (Bonferroni).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from evenband.analysis.audits import Audit, compare
from evenband.analysis.pairs.comparison import PairsComparison
from evenband.analysis.pairs.values import PairsAudit
from evenband.analysis.retrieval.retrieval_audit import RetrievalAudit, RetrievalComparison
from evenband.analysis.simultaneous import change_at_once
from evenband.randomness import stream
from evenband.types import EXACT_PIPELINE, Estimate, ProbeType
from evenband.types.summaries import Field, Summarised

Part = Literal["repaired", "kept", "other"]
Outcome = Literal["gained", "lost", "not confirmed"]
Novelty = Literal["sentences and words", "words", "sentences", "combinations", "pairs", "rows"]
"""What judged texts have that the texts learned from lack: of ``sentences`` and ``combinations`` the words
were learned from too; of a table all texts (``pairs``), or only their combination in a row (``rows``)."""


def outcome_of(change: Estimate) -> Outcome:
    """Return what a paired difference shows: ``not confirmed`` where its interval includes zero."""
    if change.low is not None and change.low > 0:
        return "gained"
    return "lost" if change.high is not None and change.high < 0 else "not confirmed"


@dataclass(frozen=True)
class RepairLine:
    """One family before and after a repair.

    Attributes:
        family: its name.
        type: INV, DIFF or ORDER.
        part: whether it was to be repaired, to be kept, or neither.
        before: pass rate of the model, in [0, 1].
        after: pass rate of the repaired model, on the same texts.
        change: after minus before, with the interval of the paired difference.
        consistency_before: C of the model, in (0, 1]; no value for ORDER and where it is blind.
        consistency_after: likewise of the repaired model.
        one_sentence: whether its sentence was learned from too, so that only its words are new.
        new: what the judged texts have that the texts learned from lack.
        at_once: the change with the interval that holds for all families of its part at once; ``None`` for
            the only family of its part, and for those neither to be repaired nor kept.
    """

    family: str
    type: ProbeType
    part: Part
    before: Estimate
    after: Estimate
    change: Estimate
    consistency_before: Estimate
    consistency_after: Estimate
    one_sentence: bool = False
    new: Novelty = "sentences and words"
    at_once: Estimate | None = None

    @property
    def deciding(self) -> Estimate:
        """The change with the interval that decides what is claimed."""
        return self.at_once or self.change

    @property
    def outcome(self) -> Outcome:
        """What the change of the pass rate shows."""
        return outcome_of(self.deciding)


@dataclass(frozen=True)
class RepairedSearch:
    """One dataset searched before and after a repair, by exact search.

    Attributes:
        dataset: its name.
        queries: number of them.
        depth: k of recall@k.
        before: mean recall of the model, in [0, 1].
        after: mean recall of the repaired model.
        change: after minus before, with the interval of the paired difference over queries.
    """

    dataset: str
    queries: int
    depth: int
    before: Estimate
    after: Estimate
    change: Estimate

    @property
    def outcome(self) -> Outcome:
        """What the change of recall shows."""
        return outcome_of(self.change)


@dataclass(frozen=True, repr=False)
class RepairJudgement(Summarised):
    """A repair, judged.

    Attributes:
        model: name of the model.
        repaired: name of the repaired model.
        lines: one for each family, in the order of measurement.
        searches: one for each dataset.
    """

    model: str
    repaired: str
    lines: tuple[RepairLine, ...]
    searches: tuple[RepairedSearch, ...] = field(default=())

    def summary_fields(self) -> Iterable[Field]:
        """Return the model and how many families gained and lost."""
        yield "model", self.model
        yield "families", len(self.lines)
        yield "gained", len(self.of("repaired", "gained"))
        yield "lost", sum(line.outcome == "lost" for line in self.lines)

    def of(self, part: Part, outcome: Outcome | None = None) -> tuple[RepairLine, ...]:
        """Return the lines of a part, all or those of one outcome."""
        return tuple(line for line in self.lines if line.part == part and outcome in (None, line.outcome))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, for JSON; each line and search with its outcome."""
        return {
            "model": self.model,
            "repaired": self.repaired,
            "families": [{**asdict(line), "outcome": line.outcome} for line in self.lines],
            "searches": [{**asdict(one), "outcome": one.outcome} for one in self.searches],
        }


def judge_repair(
    audits: Iterable[Audit],
    model: str,
    repaired: str,
    parts: Mapping[str, Part],
    new: Mapping[str, Novelty] | None = None,
    seed: int = 0,
) -> RepairJudgement:
    """Hold the audits of a repaired model against those of the model itself.

    Args:
        audits: of both, on the same probes and datasets.
        model: name of the model.
        repaired: name of the repaired model.
        parts: whether each family was to be repaired or kept; the others are neither.
        new: what each family's judged texts have that the texts learned from lack.
        seed: of the intervals.

    Raises:
        InputError: if two audits are not of the same texts.
    """
    before: dict[str, Audit] = {}
    after: dict[str, Audit] = {}
    for audit in audits:
        sides = {model: before, repaired: after}
        sides.get(audit.measurement.subject.name, {})[audit.measurement.probe.name] = audit
    together = _together(before, after, parts)
    lines: list[RepairLine] = []
    searches: list[RepairedSearch] = []
    for name in (name for name in before if name in after):
        left, right = before[name], after[name]
        comparison = compare(left.measurement, right.measurement, stream(seed, "analysis"))
        if isinstance(left, PairsAudit) and isinstance(right, PairsAudit):
            assert isinstance(comparison, PairsComparison)
            family = left.measurement.probe.family
            part = parts.get(family, "other")
            line = _line(left, right, comparison, part, (new or {}).get(family, "sentences and words"))
            at_once = change_at_once(left, right, together[part], stream(seed, "analysis"))
            lines.append(replace(line, at_once=at_once))
        elif isinstance(left, RetrievalAudit) and isinstance(right, RetrievalAudit):
            assert isinstance(comparison, RetrievalComparison)
            searches.append(_search(left, right, comparison))
    return RepairJudgement(model, repaired, tuple(lines), tuple(searches))


def _together(
    before: Mapping[str, Audit], after: Mapping[str, Audit], parts: Mapping[str, Part]
) -> Counter[Part]:
    """Return how many families each part has of which claims are made; none of the others."""
    both = [audit for name, audit in before.items() if name in after and isinstance(audit, PairsAudit)]
    found: list[Part] = [parts.get(audit.measurement.probe.family, "other") for audit in both]
    return Counter(part for part in found if part != "other")


def _line(
    left: PairsAudit, right: PairsAudit, comparison: PairsComparison, part: Part, new: Novelty
) -> RepairLine:
    probe = left.measurement.probe
    return RepairLine(
        family=probe.family,
        type=probe.type,
        part=part,
        before=left.summary.pass_rate,
        after=right.summary.pass_rate,
        change=comparison.pass_rate,
        consistency_before=left.summary.consistency,
        consistency_after=right.summary.consistency,
        one_sentence=not new.startswith("sentences"),
        new=new,
    )


def _search(left: RetrievalAudit, right: RetrievalAudit, comparison: RetrievalComparison) -> RepairedSearch:
    depth = left.measurement.details.cutoff
    before, after = (
        next(one for one in side.pipelines if one.name == EXACT_PIPELINE).recall[depth]
        for side in (left, right)
    )
    return RepairedSearch(
        dataset=left.measurement.probe.name,
        queries=len(left.measurement.items),
        depth=depth,
        before=before,
        after=after,
        change=comparison.recall[EXACT_PIPELINE],
    )
