"""Which of two models, and where: the answer, a figure of all families, the numbers behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from evenband.analysis.pairs.head_to_head import BOTH_SIDES, FamilyDifference, HeadToHead
from evenband.narrative.formats import MISSING, fixed, interval, percent
from evenband.narrative.pairs.head_to_head import answers, difference_in_points, moved_since
from evenband.narrative.pairs.mending import mended
from evenband.narrative.pairs.two_model_advice import reasons
from evenband.report.charts.frame import SIZES
from evenband.report.charts.pass_rates import ordered, pass_rates
from evenband.report.views import Block, Cell, Column, Figure, Option, Points, Row, Table

FEWEST_FAMILIES_DRAWN = 2
"""A single family needs no figure."""


FAMILY_ROWS_SHOWN = 10
"""Rows of the table that are visible at once; the figure shows all families."""


def headline_of(head_to_heads: Sequence[HeadToHead]) -> tuple[str, ...]:
    """Return the sentences with which the page opens: the answer, and what a reranker would mend or moved."""
    opening = answers(head_to_heads)[:1]
    return (*opening, *mended(head_to_heads), *filter(None, map(moved_since, head_to_heads)))


def two_models_blocks(head_to_heads: Sequence[HeadToHead]) -> Iterator[Block]:
    """Yield the reasons for the answer, and a figure and a table of all families."""
    if len(head_to_heads) > 1:
        yield Points("Two at a time", tuple(answers(head_to_heads)[1:]))
    for one in head_to_heads:
        title = "Where, and how sure" if len(head_to_heads) == 1 else f"{one.left} and {one.right}"
        if told := tuple(reasons(one)):
            yield Points(title, told)
    drawn = [one for one in head_to_heads if len(ordered(one)) >= FEWEST_FAMILIES_DRAWN]
    if drawn:
        yield rates_figure("comparisons-rates", drawn)
    for number, one in enumerate(drawn):
        yield rates_table(f"comparisons-{number}-table", one)


def rates_figure(id_: str, head_to_heads: Sequence[HeadToHead]) -> Figure:
    """Return both models' pass rates and the paired difference of every family, a chart for each pair."""
    title = "Every family on both models"
    options = []
    for one in head_to_heads:
        specs = tuple((size.total, draw(size)) for size in SIZES for draw in [partial(pass_rates, one)])
        name = f"{one.left} and {one.right}"
        options.append(Option(name, specs, (), f"{title}: {name}"))
    reads = (
        "Left: the pass rate, the share of cells (one label in one sentence) that behave as the family "
        "demands: a change that keeps the meaning moves the text less than another label would, or the text "
        "that means the same is the nearer one. The line is its 90% interval over labels and sentences.",
        "Right: their difference, paired by label and sentence. It has the better model’s colour if its "
        "90% interval is clear of zero, and is grey if not. It may be clear although the two lines on the "
        "left overlap: both models read the same texts, so what is hard for both cancels out.",
    )
    alt = " ".join(_alternative(one) for one in head_to_heads)
    return Figure(id_, title, alt, reads, tuple(options))


def rates_table(id_: str, one: HeadToHead) -> Table:
    """Return the numbers of the figure, folded but for the largest differences."""
    families = sorted(ordered(one), key=lambda family: -abs(family.difference.value or 0.0))
    columns = (
        Column("Family"),
        Column(one.left, True, user=True),
        Column(one.right, True, user=True),
        Column("Difference, points", True, f"{one.right} minus {one.left}, in percentage points"),
        Column("Ratio of Φ", True, f"above 1: {one.right} is less even"),
        Column("Ratio of r50", True, f"above 1: the change moves {one.right}'s texts farther"),
    )
    rows = tuple(_row(one, family) for family in families)
    caption = (
        "Pass rates and paired differences with 90% intervals, the largest difference first. Ratio of Φ "
        f"above 1: {one.right} is less even; ratio of r50 above 1: the change moves its texts farther."
    )
    return Table(id_, caption, columns, rows, searchable=True, shown=FAMILY_ROWS_SHOWN, stacked=True)


def _row(one: HeadToHead, family: FamilyDifference) -> Row:
    rates = (family.rate(side) for side in BOTH_SIDES)
    cells = [Cell(percent(rate.value), interval(rate, 2), sort=rate.value) for rate in rates]
    gap = family.difference
    text, _, ends = difference_in_points(gap).partition(", 90% interval ")
    better = {"left": one.left, "right": one.right}.get(family.better or "", "")
    note = f"{ends}{f'; {better} is better' if better else ''}"
    cells.append(Cell(text.removesuffix(" points"), note, sort=gap.value))
    for ratio in (family.comparison.phi_ratio, family.comparison.r50_ratio):
        shown = MISSING if ratio.value is None else fixed(ratio.value, 2)
        cells.append(
            Cell(shown, interval(ratio, 2), "not computed" if ratio.value is None else "", ratio.value)
        )
    return Row((Cell(family.probe, user=True), *cells))


def _alternative(one: HeadToHead) -> str:
    """Return the text alternative of a chart."""
    clear = [*one.better("right"), *one.better("left")]
    listed = "; ".join(f"{family.probe} {difference_in_points(family.difference)}" for family in clear[:12])
    return (
        f"Dot chart of the pass rates of {one.left} and {one.right} on {len(ordered(one))} families, with "
        f"the paired differences. Clear of zero: {listed or 'none'}."
    )
