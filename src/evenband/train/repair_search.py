"""The search for a map: learned on some sentences and words, chosen on others, then learned on all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from evenband.errors import InputError
from evenband.randomness import named_stream
from evenband.stats.linear_repair import (
    Matrix,
    directions_of,
    evened,
    mean_moment,
    removing,
    second_moment,
    shrinking,
)
from evenband.stats.paired import mean_difference
from evenband.train.repair_trials import Found, Setting, Trial
from evenband.train.repair_vectors import FamilyVectors, GuardVectors
from evenband.types import Estimate

EVENNESSES = (0.2, 1.0)
"""Shares of an even spread that are tried in what should stay."""

RANKS = (0, 1, 2, 4, 8, 16, 32)
"""Numbers of directions that are tried for removal, for each family."""

STRENGTHS = (0.1, 0.3, 1.0, 3.0)
"""Strengths of shrinking that are tried."""

MOST_COST = 0.01
"""Recall of definitions that the chosen map may lose."""

SAME_GAIN = 0.01
"""Pass rate by which more directions must gain more than fewer."""


NEARLY_BEST = 0.9
"""Share of the largest gain from which on trials count as equally good."""

SMALLEST = 1e-12
"""Displacement below which a family does not move at all."""


def search(
    repaired: Sequence[FamilyVectors],
    kept: Sequence[FamilyVectors],
    guard: GuardVectors,
    most_cost: float = MOST_COST,
) -> Found:
    """Find the map that repairs most on held-out sentences and words, within the costs allowed.

    The setting is chosen by maps that were learned from half of the sentences and labels, and judged on the
    other half; the map itself is then learned from all. A setting whose gains include zero is not chosen.

    Args:
        repaired: families whose pairs should not move apart; of DIFF, whose paraphrases should not.
        kept: families that must not lose.
        guard: a search that must not lose.
        most_cost: share of the guard's definitions that may be lost, 0 or more.

    Raises:
        InputError: if there is no family to repair, or no pair moves.
    """
    if not repaired:
        raise InputError("got no family to repair, expected one or more with --probes")
    parts = [family.halves() for family in repaired]
    held = [family.halves() for family in kept]
    judge = _Judge([last for _, last in parts], [last for _, last in held], guard)
    learned = [first for first, _ in parts], [first for first, _ in held]
    trials: list[Trial] = []
    for evenness in EVENNESSES:
        maps = _Maps(*learned, guard, evenness)
        trials += [judge.try_out(Setting(evenness, (), strength), maps) for strength in STRENGTHS]
        trials += _join(maps, judge, most_cost)
    chosen = _best(trials, most_cost)
    if chosen is None:
        return Found(None, None, tuple(trials))
    matrix = _Maps(repaired, kept, guard, chosen.setting.evenness).matrix(chosen.setting)
    return Found(matrix, chosen, tuple(trials))


class _Maps:
    """Maps that are learned from some families' vectors, at one evenness."""

    def __init__(
        self,
        repaired: Sequence[FamilyVectors],
        kept: Sequence[FamilyVectors],
        guard: GuardVectors,
        evenness: float,
    ) -> None:
        moves = [second_moment(family.rewordings) for family in repaired]
        keep = _what_stays(repaired, kept, guard)
        self.evenness, self.count = evenness, len(repaired)
        self._keep = evened(keep, evenness)
        self._spans = [directions_of(mean_moment([move]), keep, evenness) for move in moves]
        self._all = directions_of(mean_moment(moves), keep, evenness)

    def matrix(self, setting: Setting) -> Matrix:
        """Return the map of a setting. Shape: -> (d, d)."""
        if setting.ranks:
            return removing(self._spans, setting.ranks, self._keep)
        return shrinking(self._all, setting.strength)

    def fits(self, ranks: Sequence[int]) -> bool:
        """Return whether so many directions leave half of the space or more."""
        return sum(ranks) <= len(self._keep) // 2


class _Judge:
    """Judge of maps by sentences and words that they were not learned from."""

    def __init__(
        self, repaired: Sequence[FamilyVectors], kept: Sequence[FamilyVectors], guard: GuardVectors
    ) -> None:
        self._repaired, self._kept, self._guard = repaired, kept, guard
        self._before = {family.name: family.passing() for family in (*repaired, *kept)}
        self._apart = {family.name: max(family.displacement(), SMALLEST) for family in repaired}
        self._recall, self._nearest = guard.recall(), guard.nearest()

    def try_out(self, setting: Setting, maps: _Maps, only: int | None = None) -> Trial:
        """Return what the map of a setting gains and costs, for all families to repair or for one."""
        matrix = maps.matrix(setting)
        repaired = self._repaired if only is None else [self._repaired[only]]
        gains, kept = (
            {family.name: self._change(family, matrix) for family in families}
            for families in (repaired, self._kept)
        )
        lost = self._guard.recall(matrix) - self._recall
        stays = self._nearest[:, :, None] == self._guard.nearest(matrix)[:, None, :]
        ratios = [family.displacement(matrix) / self._apart[family.name] for family in repaired]
        nearer = 1 - float(np.mean(ratios))
        return Trial(setting, gains, kept, lost, float(stays.any(axis=2).mean()), nearer)

    def _change(self, family: FamilyVectors, matrix: Matrix) -> Estimate:
        rng = named_stream("repair", family.name)
        return mean_difference(self._before[family.name], family.passing(matrix), rng)


def _join(maps: _Maps, judge: _Judge, most_cost: float) -> Iterator[Trial]:
    """Yield trials of all families' directions together, each with the number that serves it best alone.

    Where they cost too much together, the family that loses least by it gets fewer, until that ends.
    """
    ladders = [list(_ladder(maps, judge, most_cost, family)) for family in range(maps.count)]
    while any(len(ladder) > 1 for ladder in ladders):
        ranks = tuple(ladder[0].rank for ladder in ladders)
        if maps.fits(ranks):
            trial = judge.try_out(Setting(maps.evenness, ranks), maps)
            yield trial
            if trial.is_allowed(most_cost):
                return
        shrinkable = [ladder for ladder in ladders if len(ladder) > 1]
        min(shrinkable, key=lambda ladder: ladder[0].gain - ladder[1].gain).pop(0)


class _Rung(NamedTuple):
    """A number of one family's directions, and what taking these alone gains for it."""

    rank: int
    gain: float


def _ladder(maps: _Maps, judge: _Judge, most_cost: float, family: int) -> Iterator[_Rung]:
    """Yield numbers of one family's directions from the best one down to none; each gains less than the last.

    Of numbers that gain almost the same the smallest counts.
    """
    gains = {0: 0.0}
    for rank in RANKS:
        ranks = tuple(rank if place == family else 0 for place in range(maps.count))
        if rank and maps.fits(ranks):
            trial = judge.try_out(Setting(maps.evenness, ranks), maps, family)
            if trial.is_allowed(most_cost):
                gains[rank] = trial.gain
    best = max(gains.values())
    rank = min(rank for rank, gain in gains.items() if gain >= best - SAME_GAIN)
    yield _Rung(rank, gains[rank])
    least = gains[rank]
    for lower in sorted((one for one in gains if one < rank), reverse=True):
        if gains[lower] < least or lower == 0:
            least = gains[lower]
            yield _Rung(lower, least)


def _what_stays(
    repaired: Sequence[FamilyVectors], kept: Sequence[FamilyVectors], guard: GuardVectors
) -> Matrix:
    """Return the moment of what should stay; every family counts alike. Shape: -> (d, d).

    It is of three parts: the differences between labels, the changes of meaning of DIFF and ORDER families,
    and the differences between unrelated terms and definitions.
    """
    families = [*repaired, *kept]
    labels = mean_moment(second_moment(family.between_labels) for family in families)
    changing = [family for family in families if family.type != "INV"]
    stays = [labels, mean_moment([second_moment(guard.unrelated)])]
    if changing:
        stays.append(mean_moment(second_moment(family.displacements) for family in changing))
    return mean_moment(stays)


def _best(trials: Sequence[Trial], most_cost: float) -> Trial | None:
    """Return the allowed trial with the largest mean gain; ``None`` if none gains beyond chance.

    Pass rates of few held-out cells are coarse. So of trials that gain nearly as much as the best, the one is
    taken that brings pairs nearest for the neighbours that it changes.
    """
    allowed = [
        trial
        for trial in trials
        if trial.is_allowed(most_cost)
        and any(one.low is not None and one.low > 0 for one in trial.gains.values())
    ]
    if not allowed:
        return None
    most = max(trial.gain for trial in allowed)
    if most <= 0:
        return None
    nearly = [trial for trial in allowed if trial.gain >= NEARLY_BEST * most]
    return max(nearly, key=lambda trial: trial.nearer + trial.neighbours)
