"""Two models on all families that both were measured on: which passes more often, is more even, reacts more.

A pass rate is the share of cells (one label in one sentence) that behave as a family demands. Phi is the
factor between two random labels' distances, and C is 1 / Phi. r50 is how far a change moves a text against
another label in its place. Every family counts alike. The families are those that were measured; they are not
taken for a sample of others.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal, TypeAlias

from evenband import stages
from evenband.analysis.alignment import can_be_paired
from evenband.analysis.audits import Comparison, compare
from evenband.analysis.pairs.comparison import PairsComparison, passed_in
from evenband.analysis.pairs.orderings import has_distances
from evenband.analysis.pairs.roles import drop_repeated
from evenband.analysis.pairs.scorecard import is_scored
from evenband.analysis.pairs.values import PairsAudit
from evenband.randomness import stream
from evenband.stats.intervals import INTERVAL_LEVEL
from evenband.types import Estimate

Key: TypeAlias = tuple[str, str]
Side: TypeAlias = Literal["left", "right"]

BOTH_SIDES: tuple[Side, ...] = ("left", "right")

ROUNDING = 1e-9
"""Distance from the neutral value up to which an interval ends on it, but for float64's rounding."""

MOST_PAIRED_MODELS = 4
"""Of more models than this, each is set against the first only, and each encoder against each reranker."""


@dataclass(frozen=True)
class FamilyDifference:
    """One family on two models.

    Attributes:
        left: audit of the first model.
        right: audit of the second model.
        comparison: the two, paired by label and sentence.
    """

    left: PairsAudit
    right: PairsAudit
    comparison: PairsComparison

    @property
    def probe(self) -> str:
        """Name of the family's probe."""
        return self.left.measurement.probe.name

    @property
    def difference(self) -> Estimate:
        """Pass rate of right minus that of left, with the interval of the paired difference."""
        return self.comparison.pass_rate

    def rate(self, side: Side) -> Estimate:
        """Return a side's pass rate on the labels and among the rivals that the difference is of.

        The interval is the audit's own, and there is none where the audit is of more labels or rivals.
        """
        own = getattr(self, side).summary.pass_rate
        value = passed_in(getattr(self.comparison, side), self.comparison.rivals)
        if value is None or (own.value is not None and math.isclose(own.value, value, abs_tol=1e-9)):
            return own if value is not None else Estimate(None)
        return Estimate(value, n=own.n)

    @property
    def better(self) -> Side | None:
        """The model that passes more often; ``None`` where the interval of the difference includes zero."""
        return _clear_side(self.difference, 0.0)


@dataclass(frozen=True)
class HeadToHead:
    """Two models on all families that both were measured on.

    Attributes:
        left: name of the first model; the reference, if right has one among the models.
        right: name of the second model.
        families: in the order of measurement, at least one.
        pass_rate: mean over families of right's pass rate minus left's, in [-1, 1].
        phi_ratio: geometric mean over families of right's Phi over left's; above 1: left is more even.
        r50_kept: geometric mean of right's r50 over left's, over families whose change keeps the meaning.
        r50_changed: the same over families whose change does not keep it.
        has_reference: whether left is the reference that right was held against.
    """

    left: str
    right: str
    families: tuple[FamilyDifference, ...]
    pass_rate: Estimate
    phi_ratio: Estimate
    r50_kept: Estimate
    r50_changed: Estimate
    has_reference: bool = False

    @property
    def tested(self) -> tuple[FamilyDifference, ...]:
        """Families whose paired difference has an interval."""
        return tuple(one for one in self.families if one.difference.low is not None)

    @property
    def by_chance(self) -> float:
        """Number of intervals that chance alone would put clear of zero if the models were equal."""
        return len(self.tested) * (1 - INTERVAL_LEVEL)

    @property
    def selectivity(self) -> Estimate:
        """Ratio of the two ratios of r50: above 1, right tells changes of meaning from others better.

        It is how far changes of meaning move right's texts against left's, over the same for changes that
        keep the meaning. A model that reacts more to everything alike has 1.
        """
        return _quotient(self.r50_changed, self.r50_kept)

    @property
    def more_selective(self) -> Side | None:
        """The model that tells changes of meaning from others better, if the interval is clear of one."""
        return _clear_side(self.selectivity, 1.0)

    @property
    def passes_more(self) -> Side | None:
        """The model that passes more often on average, if the interval is clear of zero."""
        return _clear_side(self.pass_rate, 0.0)

    @property
    def more_even(self) -> Side | None:
        """The model whose Phi is smaller on average, if the interval is clear of one."""
        side = _clear_side(self.phi_ratio, 1.0)
        return None if side is None else "left" if side == "right" else "right"

    def name_of(self, side: Side) -> str:
        """Return the name of a side's model."""
        return self.right if side == "right" else self.left

    def better(self, side: Side) -> tuple[FamilyDifference, ...]:
        """Return the families on which one side passes more often, the largest difference first."""
        clear = [one for one in self.families if one.better == side]
        return tuple(sorted(clear, key=lambda one: -abs(one.difference.value or 0.0)))

    def mean_rate(self, side: Side) -> float | None:
        """Return a side's mean pass rate over the families in which both have one, in [0, 1]."""
        paired = [one for one in self.families if one.difference.value is not None]
        rates = [rate for one in paired if (rate := one.rate(side).value) is not None]
        return sum(rates) / len(rates) if rates else None

    def consistency(self, side: Side) -> float | None:
        """Return a side's C, the geometric mean over the families in which both have one, in (0, 1]."""
        both = [one for one in self.families if one.comparison.phi_ratio.value is not None]
        logs = [math.log(getattr(one, side).summary.consistency.value) for one in both]
        return math.exp(sum(logs) / len(logs)) if logs else None


def head_to_heads(
    audits: Sequence[PairsAudit],
    seed_of: Callable[[Key], int],
    compared: Mapping[tuple[Key, Key], Comparison],
) -> Iterator[HeadToHead]:
    """Yield two models at a time, on the families that both have; fresh draws and ablations are left out.

    Args:
        audits: of all models, in the order of measurement; the reference's come first.
        seed_of: returns the seed of the analysis of a left side.
        compared: comparisons that were made already, by the keys of their sides.
    """
    by_model: dict[str, list[PairsAudit]] = {}
    for audit in audits:
        if is_scored(audit) and not audit.measurement.probe.draw:
            by_model.setdefault(audit.measurement.subject.name, []).append(audit)
    pairs = list(combinations(by_model, 2))
    if len(by_model) > MOST_PAIRED_MODELS:
        pairs = [pair for pair in pairs if pair[0] == next(iter(by_model)) or _is_mixed(by_model, pair)]
    for number, (left, right) in enumerate(pairs, 1):
        stages.enter(f"comparing {left} and {right}", number, len(pairs))
        families = list(_families(by_model[left], by_model[right], seed_of, compared))
        if families:
            yield _head_to_head(left, right, families)


def _is_mixed(by_model: Mapping[str, Sequence[PairsAudit]], pair: tuple[str, str]) -> bool:
    """Return whether one of two models is a reranker, and the other an encoder that it may stand behind."""
    left, right = (has_distances(by_model[name][0].measurement) for name in pair)
    return left != right


def set_against(
    names: tuple[str, str],
    audits: tuple[Sequence[PairsAudit], Sequence[PairsAudit]],
    seed_of: Callable[[Key], int],
    compared: Mapping[tuple[Key, Key], Comparison],
) -> HeadToHead | None:
    """Set two lists of audits against each other, such as one model's in two runs.

    Args:
        names: what to call the two sides.
        audits: of each side.
        seed_of: as in :func:`head_to_heads`.
        compared: as there.

    Returns:
        ``None`` where they have no family in common.
    """
    lefts, rights = (
        [audit for audit in side if is_scored(audit) and not audit.measurement.probe.draw] for side in audits
    )
    families = list(_families(lefts, rights, seed_of, compared))
    return _head_to_head(*names, families) if families else None


def _families(
    lefts: Sequence[PairsAudit],
    rights: Sequence[PairsAudit],
    seed_of: Callable[[Key], int],
    compared: Mapping[tuple[Key, Key], Comparison],
) -> Iterator[FamilyDifference]:
    """Pair the audits of two models that are of the same texts."""
    by_probe = {_identity(audit): audit for audit in drop_repeated(rights)}
    for left in drop_repeated(lefts):
        right = by_probe.get(_identity(left))
        if right is None or not can_be_paired(left.measurement, right.measurement):
            continue
        keys = left.measurement.key, right.measurement.key
        comparison = compared.get(keys)
        if comparison is None:
            comparison = compare(left.measurement, right.measurement, stream(seed_of(keys[0]), "analysis"))
        assert isinstance(comparison, PairsComparison)
        yield FamilyDifference(left, right, comparison)


def _identity(audit: PairsAudit) -> tuple[str, str]:
    return audit.measurement.probe.name, audit.measurement.probe.digest


def _head_to_head(left: str, right: str, families: Sequence[FamilyDifference]) -> HeadToHead:
    """Average the families' paired differences and ratios."""
    kept = [one for one in families if one.left.measurement.probe.effect == "keeps"]
    changed = [one for one in families if one.left.measurement.probe.effect != "keeps"]
    contrasts = (one.right.contrast for one in families)
    return HeadToHead(
        left=left,
        right=right,
        families=tuple(families),
        pass_rate=_mean([one.comparison.pass_rate for one in families]),
        phi_ratio=_geometric_mean([one.comparison.phi_ratio for one in families]),
        r50_kept=_geometric_mean([one.comparison.r50_ratio for one in kept]),
        r50_changed=_geometric_mean([one.comparison.r50_ratio for one in changed]),
        has_reference=any(one is not None and one.reference.subject.name == left for one in contrasts),
    )


def _mean(estimates: Sequence[Estimate]) -> Estimate:
    """Return the mean of independent estimates; on each side the half-widths add up as squares.

    Those without a value are left out. There is no interval where one of the others has none.
    """
    known = [(one.value, one.low, one.high) for one in estimates if one.value is not None]
    if not known:
        return Estimate(None)
    k = len(known)
    mean = sum(value for value, _, _ in known) / k
    below = [value - low for value, low, _ in known if low is not None]
    above = [high - value for value, _, high in known if high is not None]
    if len(below) < k or len(above) < k:
        return Estimate(mean, n=k)
    low, high = (math.sqrt(sum(width**2 for width in widths)) / k for widths in (below, above))
    return Estimate(mean, mean - low, mean + high, k)


def _geometric_mean(ratios: Sequence[Estimate]) -> Estimate:
    """Return the geometric mean of independent ratios, as :func:`_mean` of their logarithms."""
    logs = [Estimate(_log(one.value), _log(one.low), _log(one.high)) for one in ratios]
    mean = _mean(logs)
    value, low, high = (None if end is None else math.exp(end) for end in (mean.value, mean.low, mean.high))
    return Estimate(value, low, high, mean.n)


def _quotient(above: Estimate, below: Estimate) -> Estimate:
    """Return the quotient of two independent ratios, its interval as that of :func:`_geometric_mean`."""
    if above.value is None or below.value is None:
        return Estimate(None)
    value = above.value / below.value
    if above.low is None or above.high is None or below.low is None or below.high is None:
        return Estimate(value)
    down = math.hypot(math.log(above.value / above.low), math.log(below.high / below.value))
    up = math.hypot(math.log(above.high / above.value), math.log(below.value / below.low))
    return Estimate(value, value * math.exp(-down), value * math.exp(up))


def _log(end: float | None) -> float | None:
    return None if end is None or end <= 0 else math.log(end)


def _clear_side(estimate: Estimate, neutral: float) -> Side | None:
    """Return the side to which an interval is clear of the neutral value, by more than rounding."""
    if estimate.low is None or estimate.high is None:
        return None
    is_above, is_below = estimate.low > neutral + ROUNDING, estimate.high < neutral - ROUNDING
    return "right" if is_above else "left" if is_below else None
