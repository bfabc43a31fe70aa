"""The search for a map: learned on some sentences and words, chosen on others, then learned on all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

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

MOST_LOST = 0.02
"""Pass rate that the chosen map may lose on a family that is to be kept."""

LEAST_STEP = 0.002
"""Mean pass rate that more directions must gain."""


@dataclass(frozen=True)
class Setting:
    """One way to make a map of moments.

    Attributes:
        evenness: share of an even spread in what should stay, in (0, 1].
        ranks: number of directions that are taken away for each family; empty for shrinking.
        strength: of shrinking; 0 for none.
    """

    evenness: float
    ranks: tuple[int, ...] = ()
    strength: float = 0.0


@dataclass(frozen=True)
class Trial:
    """What one setting does on sentences and words that it was not learned from.

    Attributes:
        setting: how the map was made.
        gains: change of the pass rate of each family to repair, by name.
        kept: change of the pass rate of each family to keep, by name.
        guard: change of the share of definitions that find their term.
    """

    setting: Setting
    gains: dict[str, Estimate]
    kept: dict[str, Estimate]
    guard: float

    @property
    def gain(self) -> float:
        """Mean gain over the families to repair."""
        return float(np.mean([one.value for one in self.gains.values()]))

    def is_allowed(self, most_cost: float) -> bool:
        """Return whether it costs no more than allowed, in the guard and in every family to keep."""
        return self.guard >= -most_cost and all(
            one.value is None or one.value >= -MOST_LOST for one in self.kept.values()
        )


@dataclass(frozen=True)
class Found:
    """The outcome of a search.

    Attributes:
        matrix: of the map, to multiply rows with from the right; ``None`` where no setting helps.
            Shape: (d, d).
        chosen: the trial whose setting made it; ``None`` likewise.
        trials: all of them, in the order tried.
    """

    matrix: Matrix | None
    chosen: Trial | None
    trials: tuple[Trial, ...] = field(default=())


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
        trials += _climb(maps, judge, most_cost)
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
        self._recall = guard.recall()

    def try_out(self, setting: Setting, maps: _Maps) -> Trial:
        """Return what the map of a setting gains and costs."""
        matrix = maps.matrix(setting)
        gains, kept = (
            {family.name: self._change(family, matrix) for family in families}
            for families in (self._repaired, self._kept)
        )
        return Trial(setting, gains, kept, self._guard.recall(matrix) - self._recall)

    def _change(self, family: FamilyVectors, matrix: Matrix) -> Estimate:
        rng = named_stream("repair", family.name)
        return mean_difference(self._before[family.name], family.passing(matrix), rng)


def _climb(maps: _Maps, judge: _Judge, most_cost: float) -> Iterator[Trial]:
    """Yield trials of more and more directions: each time those of the family whose next ones gain most.

    It ends where no family's next directions gain anything, or all would cost too much.
    """
    places, best = [0] * maps.count, 0.0
    while True:
        steps: list[tuple[Trial, list[int]]] = []
        for family in range(maps.count):
            for place in range(places[family] + 1, min(places[family] + 3, len(RANKS))):
                tried = [*places[:family], place, *places[family + 1 :]]
                ranks = tuple(RANKS[one] for one in tried)
                if maps.fits(ranks):
                    steps.append((judge.try_out(Setting(maps.evenness, ranks), maps), tried))
        yield from (trial for trial, _ in steps)
        allowed = [step for step in steps if step[0].is_allowed(most_cost)]
        top = max(allowed, key=lambda step: step[0].gain, default=None)
        if top is None or top[0].gain < best + LEAST_STEP:
            return
        best, places = top[0].gain, top[1]


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
    unrelated = np.concatenate([guard.queries, guard.documents])
    unrelated = unrelated - np.roll(unrelated, 1, axis=0)
    stays = [labels, mean_moment([second_moment(unrelated)])]
    if changing:
        stays.append(mean_moment(second_moment(family.displacements) for family in changing))
    return mean_moment(stays)


def _best(trials: Sequence[Trial], most_cost: float) -> Trial | None:
    """Return the allowed trial with the largest mean gain; ``None`` if none gains beyond chance.

    Of trials that gain within a hundredth of the largest, the one that costs the guard least is taken.
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
    return max((trial for trial in allowed if trial.gain >= most - MOST_COST), key=lambda trial: trial.guard)
