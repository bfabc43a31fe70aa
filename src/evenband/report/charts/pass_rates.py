"""Pass rates of two models, family by family, and the paired difference, all with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evenband.analysis.pairs.head_to_head import BOTH_SIDES, FamilyDifference, HeadToHead
from evenband.narrative.formats import interval, percent
from evenband.narrative.pairs.head_to_head import difference_in_points
from evenband.report.charts.frame import Size, Spec, position, text_layer, values
from evenband.report.charts.lettering import shorten, text_width
from evenband.types import Estimate

ROW, STACKED_ROW = 24, 36
"""Pixels of a family's row; in a narrow chart its name stands above the marks."""

ROWS_APART = 0.17
"""Distance of a model's marks from the middle of their part of the row, in rows."""

LOWER = 0.2
"""How far below the middle of the row that part is in a narrow chart, where the name needs the upper part."""

SPACE = 30
"""Pixels between the two plots."""

NAME_SIZE = 12
POINT_AREA = 62

NAMES_HEIGHT = 34
"""Pixels above the plots, for the models' names and what the plots show."""


@dataclass(frozen=True)
class Layout:
    """Pixels of the two plots, and of the names left of them (0: the names are above the marks)."""

    names: float
    rates: float
    differences: float
    row: int

    @property
    def middle(self) -> float:
        """Where the marks of a row are, from its middle, in rows."""
        return 0.0 if self.names else LOWER


def pass_rates(one: HeadToHead, size: Size) -> Spec:
    """Draw a row for each family, those on which the right model gains most first."""
    families = ordered(one)
    layout = _layout(families, size)
    height = layout.row * len(families)
    span = (len(families) - 0.5, -0.5)
    plots = [
        {
            "width": layout.rates,
            "height": height,
            "layer": [
                *_grid(families, span, layout.middle),
                *_rates(one, families, span, layout),
                *_heads(one, layout),
            ],
        },
        {
            "width": layout.differences,
            "height": height,
            "layer": [*_differences(one, families, span, layout)],
        },
    ]
    return {"concat": plots, "columns": 2, "spacing": {"column": SPACE if not size.stacked else 18}}


def ordered(one: HeadToHead) -> list[FamilyDifference]:
    """Return the families that have a difference, right's largest gain first."""
    known = [family for family in one.families if family.difference.value is not None]
    return sorted(known, key=lambda family: -(family.difference.value or 0.0))


def _layout(families: Sequence[FamilyDifference], size: Size) -> Layout:
    if size.stacked:
        rates = round((size.total - 18 - 16) * 0.6)
        return Layout(0, rates, size.total - 18 - 16 - rates, STACKED_ROW)
    names = max(text_width(family.probe, NAME_SIZE) for family in families) + 12
    names = min(names, size.total * 0.3)
    rates = round((size.total - names - SPACE - 16) * 0.58)
    return Layout(names, rates, round(size.total - names - SPACE - 16 - rates), ROW)


def _grid(families: Sequence[FamilyDifference], span: tuple[float, float], middle: float) -> list[Spec]:
    """Return a faint line for each row, so that the eye finds the row's name."""
    return [
        {
            "data": values([{"row": row + middle} for row in range(len(families))]),
            "mark": {"type": "rule", "style": "row", "tooltip": None},
            "encoding": {"y": position("row", span, None)},
        }
    ]


def _rates(
    one: HeadToHead, families: Sequence[FamilyDifference], span: tuple[float, float], layout: Layout
) -> list[Spec]:
    """Return the marks of both models and the names of the families."""
    x = position(
        "x",
        (0.0, 1.0),
        {"format": "%", "values": [0, 0.25, 0.5, 0.75, 1], "domain": False, "labelBound": True},
    )
    layers: list[Spec] = []
    for side, name, offset in zip(BOTH_SIDES, (one.left, one.right), (-ROWS_APART, ROWS_APART), strict=True):
        rows = [
            {
                **_ends(family.rate(side)),
                "row": row + layout.middle + offset,
                "label": family.probe,
                "more": _in_words(one, family),
                "model": name,
            }
            for row, family in enumerate(families)
        ]
        layers += _marks(rows, x, span, side, "circle" if side == "left" else "diamond")
    if layout.names:
        texts = [
            {
                "px": -10,
                "py": (row + 0.5) * layout.row,
                "text": shorten(family.probe, layout.names - 10, NAME_SIZE),
            }
            for row, family in enumerate(families)
        ]
        layers.append(text_layer(texts, "plain-text", "right"))
    else:
        texts = [
            {"px": 0, "py": row * layout.row + 7, "text": shorten(family.probe, layout.rates, 11)}
            for row, family in enumerate(families)
        ]
        layers.append(text_layer(texts, "tag"))
    return layers


def _differences(
    one: HeadToHead, families: Sequence[FamilyDifference], span: tuple[float, float], layout: Layout
) -> list[Spec]:
    """Return the paired differences; one that is clear of zero has the colour of the better model."""
    reach = max(max(abs(end) for end in _ends(family.difference).values()) for family in families)
    reach = min(1.0, 1.08 * max(reach, 0.05))
    step = next(step for step in (0.5, 0.2, 0.1, 0.05, 0.02) if step < 0.75 * reach or step == 0.02)
    ticks = [-step, 0, step] if 2 * step > reach else [-2 * step, -step, 0, step, 2 * step]
    axis = {"format": "+.0%", "values": ticks, "domain": False, "labelOverlap": True}
    x = position("x", (-reach, reach), axis)
    layers: list[Spec] = [
        *_grid(families, span, layout.middle),
        {
            "data": values([{"x": 0}]),
            "mark": {"type": "rule", "style": "quantile", "tooltip": None},
            "encoding": {"x": x},
        },
    ]
    for better, style in (("left", "left"), ("right", "right"), (None, "unclear")):
        rows = [
            {
                **_ends(family.difference),
                "row": row + layout.middle,
                "label": family.probe,
                "more": _in_words(one, family),
                "model": f"{one.right} minus {one.left}",
            }
            for row, family in enumerate(families)
            if family.better == better
        ]
        shape = {"left": "circle", "right": "diamond"}.get(better or "", "square")
        layers += _marks(rows, x, span, style, shape) if rows else []
    width = layout.differences
    for text, at, align in (
        ("← " + one.left + " better", 0, "left"),
        (one.right + " better →", width, "right"),
    ):
        short = shorten(text, width, 11) if align == "left" else _shorten_middle(one.right, width)
        py = -NAMES_HEIGHT + 2 if align == "left" else -NAMES_HEIGHT + 18
        layers.append(text_layer([{"px": at, "py": py, "text": short}], "tag", align))
    return layers


def _shorten_middle(name: str, width: float) -> str:
    """Return ``NAME better →``, the name shortened so that the arrow stays."""
    room = width - text_width(" better →", 11)
    return f"{shorten(name, room, 11)} better →"


def _marks(rows: Sequence[Spec], x: Spec, span: tuple[float, float], style: str, shape: str) -> list[Spec]:
    """Return the intervals as lines and the values as dots."""
    y = position("row", span, None)
    low = {**x, "field": "low"}
    return [
        {
            "data": values(rows),
            "mark": {"type": "rule", "style": f"{style}-line", "tooltip": {"content": "data"}},
            "encoding": {"x": low, "x2": {"field": "high"}, "y": y},
        },
        {
            "data": values(rows),
            "mark": {
                "type": "point", "filled": True, "shape": shape, "style": f"{style}-dot", "size": POINT_AREA,
                "tooltip": {"content": "data"},
            },
            "encoding": {"x": x, "y": y},
        },
    ]  # fmt: skip


def _heads(one: HeadToHead, layout: Layout) -> list[Spec]:
    """Return the models' names with the signs of their dots."""
    layers = []
    for sign, name, style, py in (
        ("●", one.left, "left", -NAMES_HEIGHT + 2),
        ("◆", one.right, "right", -NAMES_HEIGHT + 18),
    ):
        text = f"{sign} {shorten(name, layout.rates - 16, NAME_SIZE)}"
        layers.append(text_layer([{"px": 0, "py": py, "text": text}], f"{style}-text"))
    return layers


def _ends(estimate: Estimate) -> dict[str, float]:
    """Return value and ends; without an interval the ends are the value."""
    value = estimate.value if estimate.value is not None else 0.0
    low = value if estimate.low is None else estimate.low
    high = value if estimate.high is None else estimate.high
    return {"x": round(value, 4), "low": round(low, 4), "high": round(high, 4)}


def _in_words(one: HeadToHead, family: FamilyDifference) -> str:
    """Return both pass rates and the difference, for the tooltip."""
    lines = [
        f"{name}: {percent(rate.value)} [{interval(rate, 2)}]"
        for name, rate in (
            (one.left, family.left.summary.pass_rate),
            (one.right, family.right.summary.pass_rate),
        )
    ]
    return "\n".join([*lines, f"difference {difference_in_points(family.difference)}"])
