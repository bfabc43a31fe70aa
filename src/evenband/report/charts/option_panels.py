"""Figures of one probe over the variants of a model: a small plot for each of C, pass rate, R@1 and AUC."""

from __future__ import annotations

from collections.abc import Sequence

from evenband.analysis.pairs.option_curves import OptionCurve
from evenband.analysis.pairs.values import PairsAudit
from evenband.narrative.formats import bracketed
from evenband.report.charts.frame import (
    AXIS,
    Size,
    Spec,
    domain,
    dots,
    more_digits,
    path,
    position,
    score_axis,
    text_layer,
    values,
)
from evenband.report.charts.lettering import shorten
from evenband.types import Estimate

PANELS = (
    ("consistency", "Consistency C"),
    ("pass_rate", "Pass rate"),
    ("r_at_1", "Guard R@1"),
    ("auc", "Guard AUC"),
)
"""Figures of a summary that are drawn, and their names."""

PANEL_HEIGHT = {"wide": 230, "medium": 170, "narrow": 130}
COLUMNS = {"wide": 4, "medium": 2, "narrow": 1}

BELOW = 15
"""Pixels from a plot to the values below it."""

PANEL_GAP = 24

LEAST_SPAN = 0.05
"""Range of an axis, at least: all four figures are between 0 and 1."""


def option_panels(curve: OptionCurve, audits: Sequence[PairsAudit], size: Size) -> Spec:
    """Draw the figures of one probe, each with its interval, over the values of the option."""
    drawn = [(name, title) for name, title in PANELS if _estimates(audits, name)]
    columns = min(COLUMNS[size.name], len(drawn))
    spans = [_span(audits, name) for name, _ in drawn]
    axes = AXIS + max(map(more_digits, spans))
    width = (size.total - PANEL_GAP * (columns - 1)) // columns - axes - 8
    plots = [
        _panel(curve, audits, name, title, span, (width, PANEL_HEIGHT[size.name]))
        for (name, title), span in zip(drawn, spans, strict=True)
    ]
    return {"concat": plots, "columns": columns, "spacing": {"column": PANEL_GAP, "row": 34}}


def _panel(
    curve: OptionCurve,
    audits: Sequence[PairsAudit],
    name: str,
    title: str,
    span: tuple[float, float],
    pixels: tuple[int, int],
) -> Spec:
    width, height = pixels
    count = len(curve.values)
    rows = [
        {
            **_ends(getattr(audit.summary, name)),
            "x": column,
            "label": f"{curve.option} {curve.values[column]}",
            "more": f"{title}: {bracketed(getattr(audit.summary, name))}",
            "model": audit.measurement.subject.name,
        }
        for column, audit in enumerate(audits)
        if getattr(audit.summary, name).value is not None
    ]
    x = position("x", (-0.5, count - 0.5), None)
    y = position("y", span, {**score_axis(span), "tickCount": 4})
    room = width / count
    below = [
        {"px": (column + 0.5) * room, "py": height + BELOW, "text": shorten(value, room - 4, 11)}
        for column, value in enumerate(curve.values)
    ]
    layers: list[Spec] = [
        path(rows, x, y),
        {
            "data": values(rows),
            "mark": {"type": "rule", "style": "left-line", "tooltip": {"content": "data"}},
            "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
        },
        dots(rows, "left", x, y),
        text_layer([{"px": 0, "py": -12, "text": title}], "plain-text"),
        text_layer(below, "tag", "center"),
    ]
    return {"width": width, "height": height, "layer": layers}


def _estimates(audits: Sequence[PairsAudit], name: str) -> list[Estimate]:
    """Return the values of a figure that exist."""
    found = [getattr(audit.summary, name) for audit in audits]
    return [one for one in found if one.value is not None]


def _span(audits: Sequence[PairsAudit], name: str) -> tuple[float, float]:
    """Return the range of an axis: not so narrow that nothing looks like much, and within [0, 1]."""
    ends = [end for one in _estimates(audits, name) for end in _ends(one).values()]
    low, high = min(ends), max(ends)
    room = max(0.0, LEAST_SPAN - (high - low)) / 2
    high = max(high, min(1.0, high + room))
    return domain([min(low, high - LEAST_SPAN), high], 0.06)


def _ends(estimate: Estimate) -> dict[str, float]:
    """Return value and ends; without an interval the ends are the value."""
    value = estimate.value or 0.0
    low = value if estimate.low is None else estimate.low
    high = value if estimate.high is None else estimate.high
    return {"y": round(value, 6), "low": round(low, 6), "high": round(high, 6)}
