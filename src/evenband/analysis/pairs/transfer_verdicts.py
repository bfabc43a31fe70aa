"""Judging a training on one family: does the gain hold for unseen texts, and what does it cost?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean
from typing import Literal, TypeAlias

import numpy as np

from evenband.analysis.pairs.comparison import compare_pairs
from evenband.analysis.pairs.rivals import common_rivals, passes_among
from evenband.stats.multiple_testing import holm
from evenband.types import PairsMeasurement
from evenband.types.estimate import Estimate
from evenband.types.transfers import Transfer, TransferGroup, TransferLine

TransferVerdict: TypeAlias = Literal["transfers", "in part", "cherry-picked", "undecided", "no gain"]

CLEAR_SHARE = 0.5
"""Share of the gain on trained texts from which on the gain on new texts counts as the same gain."""

CHANGE_DRAWS = 2000
"""Draws of the bootstrap over families or labels."""

LOSS_LEVEL = 0.05
"""Chance that a family is said to lose where none does."""


@dataclass(frozen=True)
class TransferJudgement:
    """What a training did.

    Attributes:
        verdict: ``transfers`` if new sentences with new fillers gain at least half as much as the trained
            ones, and surely something; ``in part`` if surely something, but less; ``cherry-picked`` if they
            surely gain less than half of it and perhaps nothing; ``no gain`` if the trained ones gain
            nothing for sure; else ``undecided``.
        trained: what the trained texts gained.
        new: what new sentences with new fillers gained.
        others: mean change of the other families' pass rates; no value without any.
        losers: other families that surely lost, the largest loss first: at 5% for all of them together
            (Holm), since among twenty families one seems to lose by chance.
    """

    verdict: TransferVerdict
    trained: TransferLine
    new: TransferLine
    others: Estimate
    losers: tuple[TransferLine, ...]


def judge_transfer(transfer: Transfer, rng: np.random.Generator) -> TransferJudgement:
    """Judge a training on one family.

    Args:
        transfer: figures before and after.
        rng: generator for the bootstrap over families.
    """
    [trained], [new] = transfer.of("trained"), transfer.of("new both")
    others = transfer.of("other family")
    adjusted = holm([_chance_of_loss(line.change) for line in others])
    losers = sorted(
        (line for line, p in zip(others, adjusted, strict=True) if p < LOSS_LEVEL),
        key=lambda line: line.change.value or 0.0,
    )
    return TransferJudgement(
        _verdict(trained, new),
        trained,
        new,
        mean_change([line.change.value or 0.0 for line in others], rng),
        tuple(losers),
    )


def _chance_of_loss(change: Estimate) -> float:
    """Return the p-value of a loss, by the normal distribution of the interval's upper half."""
    if change.value is None or change.high is None:
        return float("nan")
    if change.high == change.value:
        return 0.0 if change.value < 0 else 1.0
    normal = NormalDist()
    return normal.cdf(change.value / (change.high - change.value) * normal.inv_cdf(0.95))


def change_of(
    group: TransferGroup, before: PairsMeasurement, after: PairsMeasurement, rng: np.random.Generator
) -> Estimate:
    """Return how a pass rate changed.

    On the sentences of the training the interval covers the choice of fillers only, since no other sentences
    are meant; elsewhere it covers sentences as well.

    Args:
        group: where the two were measured.
        before: n labels by t templates.
        after: the same texts.
        rng: generator for the bootstrap.
    """
    if group not in ("trained", "new fillers"):
        return compare_pairs(before, after, rng).pass_rate
    rivals = common_rivals(before, after)
    passes = [passes_among(one, rivals) for one in (before, after)]
    if passes[0] is None or passes[1] is None:
        return Estimate(None)
    moved = passes[1] - passes[0]
    used = moved[~np.isnan(moved).all(axis=1)]
    return mean_change(np.nanmean(used, axis=1).tolist(), rng) if used.size else Estimate(None)


def mean_change(changes: Sequence[float], rng: np.random.Generator) -> Estimate:
    """Return the mean of some changes with its 90% interval over the choice of what changed."""
    if not changes:
        return Estimate(None)
    if len(changes) == 1:
        return Estimate(changes[0], n=1)
    values = np.asarray(changes, dtype=np.float64)
    means = values[rng.integers(len(values), size=(CHANGE_DRAWS, len(values)))].mean(axis=1)
    low, high = np.quantile(means, (0.05, 0.95))
    return Estimate(fmean(changes), float(low), float(high), len(changes))


def _verdict(trained: TransferLine, new: TransferLine) -> TransferVerdict:
    gain, gained = trained.change.value or 0.0, new.change.value or 0.0
    if trained.change.low is None or trained.change.low <= 0:
        return "no gain"
    is_sure = new.change.low is not None and new.change.low > 0
    if is_sure:
        return "transfers" if gained >= CLEAR_SHARE * gain else "in part"
    is_less = new.change.high is not None and new.change.high < CLEAR_SHARE * gain
    return "cherry-picked" if is_less else "undecided"
