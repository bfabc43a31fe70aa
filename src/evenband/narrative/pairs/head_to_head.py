"""Two models on all families, in sentences: which one, where, and what of it may be chance.

C is the consistency (1 if a change moves all labels equally far). How far a change moves a text is measured
against another label in the same place (r50). A model tells the kinds of changes apart *better* if changes of
meaning move its texts farther against those that keep the meaning.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evenband.analysis.pairs.head_to_head import BOTH_SIDES, FamilyDifference, HeadToHead, Side
from evenband.narrative.formats import counted, factor, fixed, percent
from evenband.types import Estimate

MOST_NAMED = 6
"""Families that a sentence names, at most."""

NOTHING_MEASURED = "No family gives both models a pass rate: there is nothing to compare."


def answer(one: HeadToHead) -> str:
    """Return which of two models passes more often, is more even and tells meanings apart, in one line."""
    nature = "; ".join(filter(None, (_evenness(one), _reaction(one))))
    nature = f"{nature[:1].upper() if nature.startswith(('they', 'changes')) else nature[:1]}{nature[1:]}."
    parts = [_overall(one), _counts(one), nature if len(nature) > 1 else ""]
    text = " ".join(part for part in parts if part) or NOTHING_MEASURED
    return f"{_start(one)}{text}"


def answers(head_to_heads: Sequence[HeadToHead]) -> list[str]:
    """Return a sentence for each pair of models; of three models or more their ranking comes first."""
    ranking = [_ranking(head_to_heads)] if len(head_to_heads) > 1 else []
    return [*filter(None, ranking), *map(answer, head_to_heads)]


def moved_since(one: HeadToHead) -> str:
    """Return what has moved against the reference, in one line; empty if left is not the reference."""
    if not one.has_reference:
        return ""
    up, down = one.better("right"), one.better("left")
    if len(one.tested) > 1:
        moves = f"rose on {listed_families(up)}, fell on {listed_families(down)}"
        rates = f"pass rates {moves}, of {_families(one.tested)}"
    else:
        rates = f"pass rate {difference_in_points(one.pass_rate)}" if one.pass_rate.value is not None else ""
    parts = [rates, counted_moves(one).rstrip(".")]
    return f"{one.right} against its reference {one.left}: {'; '.join(part for part in parts if part)}."


def difference_in_points(estimate: Estimate) -> str:
    """Format a difference of pass rates in percentage points: ``+5 points, 90% interval +3 to +7``."""
    if estimate.value is None:
        return ""
    points = f"{_points(estimate.value)} points"
    if estimate.low is None or estimate.high is None:
        return points
    return f"{points}, 90% interval {_points(estimate.low)} to {_points(estimate.high)}"


def _points(value: float) -> str:
    rounded = f"{100 * value:+.0f}" if abs(value) >= 0.095 else f"{100 * value:+.1f}"
    return rounded.replace("-", "−").replace("+0.0", "0").replace("−0.0", "0")


def _start(one: HeadToHead) -> str:
    return f"Against its reference {one.left}: " if one.has_reference else ""


def _overall(one: HeadToHead) -> str:
    """Say which model passes more often on average."""
    left, right = one.mean_rate("left"), one.mean_rate("right")
    if left is None or right is None:
        return ""
    side = one.passes_more
    (ahead, most), (behind, least) = sorted(((one.left, left), (one.right, right)), key=lambda pair: -pair[1])
    gap = one.pass_rate if right >= left else _negative(one.pass_rate)
    start = f"{ahead} passes more often than {behind}" if side else "Neither passes clearly more often"
    rates = (percent(most, 1), percent(least, 1))
    amounts = f"{rates[0]} against {rates[1]}" if side else f"{ahead} {rates[0]}, {behind} {rates[1]}"
    amounts += " of the cells (one label in one sentence each)"
    where = f" on {one.families[0].probe}"
    if len(one.families) > 1:
        where = f", on average over {_families(one.families)}"
    return f"{start}: {amounts}{where}{_common_labels(one)} ({difference_in_points(gap)})."


def _common_labels(one: HeadToHead) -> str:
    """Say that a rate is of the labels only that both models could be measured on."""
    counts = [
        (
            len(family.comparison.left.items),
            max(len(side.measurement.items) for side in (family.left, family.right)),
        )
        for family in one.families
    ]
    fewer = [(common, measured) for common, measured in counts if common < measured]
    if not fewer:
        return ""
    if len(counts) == 1:
        return f", on the {fewer[0][0]:,} of {fewer[0][1]:,} labels that both could be measured on"
    return f", on {_count_of(len(fewer))} on fewer labels, those that both could be measured on"


def _count_of(families: int) -> str:
    return "one of them" if families == 1 else f"{families} of them"


def _counts(one: HeadToHead) -> str:
    """Say on how many families each model is better beyond its interval."""
    if len(one.tested) < 2:
        return ""
    first: Side = "right" if len(one.better("right")) >= len(one.better("left")) else "left"
    second: Side = "left" if first == "right" else "right"
    more, fewer = len(one.better(first)), len(one.better(second))
    if not more:
        return "On no single family is one of them better with its interval clear of zero."
    return (
        f"Family by family, {one.name_of(first)} is better on {more} and {one.name_of(second)} on {fewer}, "
        "each with its interval clear of zero."
    )


def _evenness(one: HeadToHead) -> str:
    """Say which model is more even."""
    left, right = one.consistency("left"), one.consistency("right")
    if left is None or right is None:
        return ""
    side = one.more_even
    seen = sum(family.comparison.phi_ratio.value is not None for family in one.families)
    where = f", over {counted(seen, 'family', 'families')} that both see" if len(one.families) > 1 else ""
    if side is None:
        return f"they are about equally even (C {fixed(right)} against {fixed(left)}{where})"
    own, other = (right, left) if side == "right" else (left, right)
    return f"{one.name_of(side)} is more even (C {fixed(own)} against {fixed(other)}{where})"


def _reaction(one: HeadToHead) -> str:
    """Say which model tells changes of meaning from those that keep it; of one kind only, how far they move.

    To react more to everything alike is no merit.
    """
    changed, kept, ratio = one.r50_changed.value, one.r50_kept.value, one.selectivity.value
    if changed is not None and kept is not None and ratio is not None:
        side = one.more_selective
        if side is None:
            return f"they tell changes of meaning from changes that keep it about equally ({factor(ratio)})"
        seen_from = (changed, kept, ratio)
        far, near, times = seen_from if side == "right" else (1 / value for value in seen_from)
        return (
            f"{one.name_of(side)} tells changes of meaning from changes that keep it better "
            f"({factor(times)}): the first move its texts {factor(far)} as far as the other’s, the second "
            f"{factor(near)}"
        )
    moved = kept if changed is None else changed
    if moved is None:
        return ""
    merit = "far is good" if changed is not None else "near is good"
    what = "changes of meaning" if changed is not None else "changes that keep the meaning"
    return f"{what} move the texts of {one.right} {factor(moved)} as far as those of {one.left} ({merit})"


def counted_moves(one: HeadToHead) -> str:
    """Count the labels and cells that moved against the reference beyond what all did."""
    contrasts = [family.right.contrast for family in one.families if family.right.contrast is not None]
    tested = [contrast for contrast in contrasts if contrast.tested]
    if not one.has_reference or not contrasts:
        return ""
    middle = float(np.nanmedian([np.nanmedian(contrast.moved) for contrast in contrasts]))
    start = f"the changes move its texts {factor(middle).removeprefix('× ')} times as far in the median"
    if not tested:
        return f"{start}."
    labels = sum(int(contrast.labels.sum()) for contrast in tested)
    cells = sum(int(contrast.cells.sum()) for contrast in tested)
    return f"{start}, {counted(labels, 'label')} and {counted(cells, 'single cell')} moved beyond that."


def _ranking(head_to_heads: Sequence[HeadToHead]) -> str:
    """Order three models or more by their mean pass rate over the families that all of them have."""
    rates: dict[str, dict[str, float]] = {}
    for one in head_to_heads:
        for family in one.families:
            for name, side in zip((one.left, one.right), BOTH_SIDES, strict=True):
                value = family.rate(side).value
                if value is not None:
                    rates.setdefault(name, {})[family.probe] = value
    shared = set.intersection(*(set(of_model) for of_model in rates.values())) if rates else set()
    if not shared:
        return ""
    means = {name: sum(of_model[probe] for probe in shared) / len(shared) for name, of_model in rates.items()}
    order = sorted(means, key=lambda name: -means[name])
    listed = ", ".join(f"{name} {percent(means[name], 1)}" for name in order)
    where = f"over {len(shared)} families" if len(shared) > 1 else f"on {next(iter(shared))}"
    return f"Cells that pass, on average {where}: {listed}."


def listed_families(families: Sequence[FamilyDifference], with_size: bool = False) -> str:
    """Count and name families: ``2 families (typo +12, casing +9)``."""
    if not families:
        return "none"
    names = [
        f"{one.probe} {_points(abs(one.difference.value or 0.0))}" if with_size else one.probe
        for one in families[:MOST_NAMED]
    ]
    rest = len(families) - MOST_NAMED
    return f"{_families(families)} ({', '.join([*names, *([f'{rest} more'] if rest > 0 else [])])})"


def _families(families: Sequence[FamilyDifference]) -> str:
    return "1 family" if len(families) == 1 else f"{len(families)} families"


def _negative(estimate: Estimate) -> Estimate:
    """Return the difference seen from the other side."""
    value, low, high = (
        None if end is None else -end for end in (estimate.value, estimate.high, estimate.low)
    )
    return Estimate(value, low, high, estimate.n)
