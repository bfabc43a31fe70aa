"""Lines over the steps of a training, in small plots side by side, each with its own scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from evenband.narrative.formats import count, fixed, significant
from evenband.report.charts.frame import (
    AXIS,
    TAG_GAP,
    TAG_HEIGHT,
    TAG_SIZE,
    Size,
    Spec,
    domain,
    more_digits,
    position,
    score_axis,
    spread,
    text_layer,
    values,
)
from evenband.report.charts.lettering import shorten, text_width

STEP_HEIGHT = {"wide": 220, "medium": 190, "narrow": 160}
STEP_COLUMNS = {"wide": 2, "medium": 1, "narrow": 1}
STEP_GAP = 30

MOST_TICKS = 5
"""Steps below a plot, at most."""

STEP_TAG_ROOM = 96
"""Pixels for the names of lines at the right of a plot, at most."""

TINY = 1e-3
"""Values up to which an axis has powers of ten, such as that of learning rates."""

LINE_WIDTHS = {"thin": 1.0, "thick": 2.5}


@dataclass(frozen=True)
class StepPoint:
    """A value at a step, with the ends of its interval, which are the value itself where it has none."""

    step: int
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class StepLine:
    """A line of a plot.

    Attributes:
        name: for tooltips, and right of the plot where it is ``tagged``.
        points: in the order of steps.
        style: ``left``, ``right`` or ``unclear``: the colour, as in the charts of two models.
        width: ``thin`` or ``thick``.
        tagged: whether its name stands right of the plot.
    """

    name: str
    points: tuple[StepPoint, ...]
    style: str = "left"
    width: str = "thick"
    tagged: bool = False


@dataclass(frozen=True)
class StepPanel:
    """A plot: its title and its lines, each with at least one point."""

    title: str
    lines: tuple[StepLine, ...]


def step_panels(panels: Sequence[StepPanel], size: Size) -> Spec:
    """Draw plots over one range of steps."""
    columns = min(STEP_COLUMNS[size.name], len(panels))
    points = [point for panel in panels for line in panel.lines for point in line.points]
    steps = domain([float(point.step) for point in points], 0.03)
    spans = [_span(panel) for panel in panels]
    tags = max((_tag_room(panel) for panel in panels), default=0)
    axes = AXIS + max(0 if _is_tiny(span) else more_digits(span) for span in spans)
    width = (size.total - STEP_GAP * (columns - 1)) // columns - axes - tags - 8
    plots = [
        _plot(panel, steps, span, width, STEP_HEIGHT[size.name])
        for panel, span in zip(panels, spans, strict=True)
    ]
    return {"concat": plots, "columns": columns, "spacing": {"column": STEP_GAP, "row": 40}}


def _plot(
    panel: StepPanel, steps: tuple[float, float], span: tuple[float, float], width: int, height: int
) -> Spec:
    x = position("x", steps, None)
    y = position("y", span, _axis(span))
    layers: list[Spec] = []
    if span[0] < 0 < span[1]:
        zero = [{"x": steps[0], "y": 0.0, "x2": steps[1]}]
        layers.append(
            _layer(zero, {"type": "rule", "style": "false"}, {"x": x, "x2": {"field": "x2"}, "y": y})
        )
    for line in panel.lines:
        layers += _line_layers(line, x, y, panel.title)
    layers += [
        text_layer([{"px": 0, "py": -12, "text": panel.title}], "plain-text"),
        text_layer(_ticks(steps, width, height), "tag", "center"),
    ]
    tagged = [line for line in panel.lines if line.tagged]
    if tagged:
        layers.append(text_layer(_tags(tagged, span, width, height), "tag"))
    return {"width": width, "height": height, "layer": layers}


def _axis(span: tuple[float, float]) -> Spec:
    """Return a vertical axis; of tiny values with powers of ten."""
    axis = {**score_axis(span), "tickCount": 4}
    return {**axis, "format": ".1~e", "minExtent": AXIS, "maxExtent": AXIS} if _is_tiny(span) else axis


def _is_tiny(span: tuple[float, float]) -> bool:
    return max(map(abs, span)) < TINY


def _line_layers(line: StepLine, x: Spec, y: Spec, title: str) -> list[Spec]:
    rows = [
        {
            "x": point.step,
            "y": _short(point.value),
            "low": _short(point.low),
            "high": _short(point.high),
            "label": f"step {count(point.step)}",
            "more": f"{title}: {_told(point)}",
            "model": line.name,
        }
        for point in line.points
    ]
    width = LINE_WIDTHS[line.width]
    layers = [
        _layer(rows, {"type": "line", "style": f"{line.style}-line", "strokeWidth": width}, {"x": x, "y": y})
    ]
    if any(point.low < point.high for point in line.points):
        ends = {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}
        layers.append(_layer(rows, {"type": "rule", "style": f"{line.style}-line", "strokeWidth": 1.5}, ends))
    dot = {"type": "point", "filled": True, "style": f"{line.style}-dot"}
    area = 46 if line.width == "thick" and len(rows) <= 60 else 12
    layers.append(_layer(rows, {**dot, "size": area}, {"x": x, "y": y}))
    return layers


def _short(value: float) -> float:
    """Return a number with six significant digits: a learning rate of 2e-5 keeps its decay."""
    return float(f"{value:.6g}")


def _layer(rows: Sequence[Spec], mark: Spec, encoding: Spec) -> Spec:
    tooltip = {"content": "data"} if mark["type"] == "point" else None
    return {"data": values(rows), "mark": {**mark, "tooltip": tooltip}, "encoding": encoding}


def _told(point: StepPoint) -> str:
    value = significant(point.value, 4)
    return value if point.low == point.high else f"{value} [{fixed(point.low)}, {fixed(point.high)}]"


def _ticks(steps: tuple[float, float], width: int, height: int) -> list[Spec]:
    """Return round numbers of steps within a range, the same for all plots, a few at most."""
    least = max(1.0, (steps[1] - steps[0]) / MOST_TICKS)
    power = 10 ** math.floor(math.log10(least))
    apart = math.ceil(next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least))
    first = math.ceil(max(0.0, steps[0]) / apart) * apart
    ticks = range(first, math.floor(steps[1]) + 1, apart)
    scale = width / (steps[1] - steps[0])
    return [
        {"px": round((step - steps[0]) * scale, 1), "py": height + 15, "text": count(step)} for step in ticks
    ]


def _tags(lines: Sequence[StepLine], span: tuple[float, float], width: int, height: int) -> list[Spec]:
    heights = [(span[1] - line.points[-1].value) / (span[1] - span[0]) * height for line in lines]
    placed = spread(heights, TAG_HEIGHT, height)
    return [
        {
            "px": width + TAG_GAP,
            "py": round(top, 1),
            "text": shorten(line.name, STEP_TAG_ROOM - TAG_GAP, TAG_SIZE),
        }
        for line, top in zip(lines, placed, strict=True)
    ]


def _tag_room(panel: StepPanel) -> int:
    widths = [text_width(line.name, TAG_SIZE) for line in panel.lines if line.tagged]
    return min(STEP_TAG_ROOM, int(max(widths)) + TAG_GAP + 4) if widths else 0


def _span(panel: StepPanel) -> tuple[float, float]:
    ends = [end for line in panel.lines for point in line.points for end in (point.low, point.high)]
    low, high = min(ends), max(ends)
    if low < high and max(abs(low), abs(high)) < TINY:
        return low - 0.08 * (high - low), high + 0.08 * (high - low)
    return domain(ends, 0.08)
