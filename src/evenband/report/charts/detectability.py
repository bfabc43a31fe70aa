"""What could have been missed: share of planted effects found, and of false discoveries, by size."""

from __future__ import annotations

import math

from evenband.narrative.formats import fixed, percent
from evenband.report.charts.frame import AXIS, Size, Spec, text_layer, values
from evenband.report.charts.lettering import text_width
from evenband.stats.power import DETECTABLE_RECALL, Power
from evenband.types import Scores

HEIGHT = 200
WIDEST = 560
TICKS = (2, 3, 4, 6, 8, 12, 16)
"""Numbers on the horizontal axis."""

RECALL, FALSE = "found", "false among what is found"
"""Names of the two lines."""


def power_chart(power: Power, size: Size) -> Spec:
    """Draw both shares over the factor on the distance; the detectable effect is marked."""
    room = text_width(FALSE, 11) + 12 if not size.stacked else 10.0
    width = min(size.total, WIDEST) - AXIS - room
    low, high = float(power.factors[0]) * 0.94, float(power.factors[-1]) * 1.06
    x, y = _factor_axis(low, high), _share_axis()
    layers = [_rule({"y": DETECTABLE_RECALL}, "y", y, "quantile")]
    if power.minimum is not None:
        layers.append(_rule({"x": power.minimum}, "x", x, "mover-rule"))
    layers += _line(RECALL, power.factors, power.recall, "recall", {"x": x, "y": y})
    layers += _line(FALSE, power.factors, power.fdp, "false", {"x": x, "y": y})
    layers += _names(power, size, width, (math.log(low), math.log(high)))
    return {"width": width, "height": HEIGHT, "layer": layers}


def _factor_axis(low: float, high: float) -> Spec:
    return {
        "field": "x",
        "type": "quantitative",
        "title": "factor on the distance of a planted cell",
        "scale": {"type": "log", "domain": [low, high], "nice": False},
        "axis": {
            "values": [tick for tick in TICKS if low <= tick <= high],
            "format": "d",
            "grid": False,
            "labelBound": True,
        },
    }


def _share_axis() -> Spec:
    return {
        "field": "y",
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [-0.03, 1.03], "nice": False},
        "axis": {
            "values": [0, 0.2, 0.4, 0.6, 0.8, 1],
            "format": "%",
            "domain": False,
            "minExtent": AXIS,
            "maxExtent": AXIS,
        },
    }


def _line(name: str, factors: Scores, shares: Scores, style: str, encoding: Spec) -> list[Spec]:
    """Return a line and its dots.

    Shape: factors (f,), shares (f,).
    """
    rows = [
        {
            "x": float(factor),
            "y": round(float(share), 4),
            "label": name,
            "more": f"× {factor:g}: {percent(float(share))}",
        }
        for factor, share in zip(factors, shares, strict=True)
    ]
    mark = {"type": "line", "style": style, "tooltip": None}
    dots = {"type": "circle", "style": f"{style}-dot", "size": 46, "tooltip": {"content": "data"}}
    return [
        {"data": values(rows), "mark": mark, "encoding": encoding},
        {"data": values(rows), "mark": dots, "encoding": encoding},
    ]


def _rule(row: Spec, channel: str, encoding: Spec, style: str) -> Spec:
    mark = {"type": "rule", "style": style, "tooltip": None}
    return {"data": values([row]), "mark": mark, "encoding": {channel: encoding}}


def _names(power: Power, size: Size, width: float, span: tuple[float, float]) -> list[Spec]:
    """Return the lines' names at their ends, above them in a narrow chart, and the detectable factor."""
    layers = []
    for name, share, style in ((RECALL, power.recall, "recall-text"), (FALSE, power.fdp, "tag")):
        y = (1.03 - float(share[-1])) / 1.06 * HEIGHT
        row = {"px": width + 8, "py": round(y, 1), "text": name}
        if size.stacked:
            row = {"px": width, "py": round(y + 14 if name == RECALL else y - 10, 1), "text": name}
        layers.append(text_layer([row], style, "right" if size.stacked else "left"))
    if power.minimum is not None:
        text = f"× {fixed(power.minimum, 1)}"
        at = (math.log(power.minimum) - span[0]) / (span[1] - span[0]) * width
        at = min(max(at, text_width(text, 12) / 2), width - text_width(text, 12) / 2)
        layers.append(text_layer([{"px": round(at, 1), "py": -8, "text": text}], "outlier-text", "center"))
    return layers
