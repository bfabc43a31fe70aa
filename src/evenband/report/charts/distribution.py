"""Distribution of the similarities, on s and on the log of the distance."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from evenband.narrative.formats import decimals, fixed
from evenband.report.charts.frame import (
    AXIS,
    NARROWEST,
    Frame,
    Size,
    Spec,
    domain,
    position,
    spread,
    text_layer,
    values,
)
from evenband.report.charts.lettering import text_width
from evenband.report.charts.series import Series
from evenband.types import Scores

BINS = 60
HISTOGRAM_SPACE = 30
"""Pixels between the two histograms."""


TAG_ROW = 14
"""Pixels from one row of tags to the next."""

COUNT_AXIS: Spec = {
    "tickCount": 4,
    "tickMinStep": 1,
    "format": ",d",
    "minExtent": AXIS,
    "maxExtent": AXIS,
    "domain": False,
    "title": None,
}
"""The vertical axis of a histogram."""


def distribution(series: Series, size: Size) -> Spec:
    """Draw histograms of s and of log10(1 - s) with their 5%, 50% and 95% quantiles."""
    across = 1 if size.stacked else 2
    width = round((size.total - across * AXIS - (across - 1) * HISTOGRAM_SPACE) / across - 6)
    height = size.height * 0.55
    return {
        "concat": [
            _histogram(series.scores, "cosine similarity s", width, height),
            _histogram(np.log10(series.distances), "log10(1 − s): right is farther apart", width, height),
        ],
        "columns": across,
        "spacing": {"column": HISTOGRAM_SPACE, "row": 34},
    }


def skewness(sample: Scores) -> float | None:
    """Return the third standardised moment; ``None`` if all values are equal.

    Shape: sample (n,).
    """
    centred = sample - sample.mean()
    scale = float(np.sqrt(np.mean(centred**2)))
    return float(np.mean(centred**3)) / scale**3 if scale > 1e-15 else None


def _histogram(sample: Scores, title: str, width: float, height: float) -> Spec:
    span = domain(sample, 0.02)
    low, high = float(sample.min()), float(sample.max())
    binned = (low, high) if high - low > NARROWEST else span
    counts, edges = np.histogram(np.clip(sample, *binned), bins=BINS, range=binned)
    frame = Frame(width, height, span, (0.0, float(counts.max()) * 1.05))
    digits = decimals(span[1] - span[0])
    bars = [
        {"x": float(left), "x2": float(right), "n": int(n)}
        for left, right, n in zip(edges[:-1], edges[1:], counts, strict=True)
        if n
    ]
    x = position("x", span, {"format": f".{digits}f", "tickCount": 5, "grid": False, "title": title})
    x["axis"]["labelBound"] = True
    quantiles = [float(q) for q in np.quantile(sample, (0.05, 0.5, 0.95))]
    return {
        "width": width,
        "height": height,
        "layer": [
            {
                "data": values(bars),
                "mark": {"type": "rect", "style": "bar", "tooltip": {"content": "data"}},
                "encoding": {
                    "x": x,
                    "x2": {"field": "x2"},
                    "y": position("n", frame.y, COUNT_AXIS),
                    "y2": {"datum": 0},
                },
            },
            {
                "data": values([{"x": q} for q in quantiles]),
                "mark": {"type": "rule", "style": "quantile", "tooltip": None},
                "encoding": {"x": x},
            },
            text_layer(_tags(quantiles, frame, digits), "tag", "center", "bottom"),
        ],
    }


def _tags(quantiles: list[float], frame: Frame, digits: int) -> list[Spec]:
    """Return the quantiles' names and values above the plot, each over its own line.

    Where they would overlap, the median's goes up a row, and the other two move apart only as far as they
    still stand over their lines.
    """
    places = [frame.to_pixels(q, 0)[0] for q in quantiles]
    texts = [f"{name} {fixed(q, digits)}" for name, q in zip(("5%", "median", "95%"), quantiles, strict=True)]
    gap = _widest(texts)
    inside = [min(max(place, gap / 2), frame.width - gap / 2) for place in places]
    heights = [-5.0] * len(texts)
    if min(right - left for left, right in pairwise(inside)) < gap:
        heights[1] -= TAG_ROW
        outer = spread([inside[0] - gap / 2, inside[2] - gap / 2], gap, frame.width - gap)
        inside[0], inside[2] = (left + gap / 2 for left in outer)
    return [
        {"px": round(x, 1), "py": y, "text": text} for x, y, text in zip(inside, heights, texts, strict=True)
    ]


def _widest(texts: list[str]) -> float:
    return max(text_width(text, 11) for text in texts) + 4
