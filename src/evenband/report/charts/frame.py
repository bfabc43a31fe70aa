"""Frames: where a value lies in the pixels of a plot, and the layers that charts share."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evenband.narrative.formats import decimals, fixed
from evenband.report.charts.lettering import text_width
from evenband.report.charts.placement import Anchor, Caption, place

AXIS = 46
"""Pixels kept for the numbers of the vertical axis, up to three decimals."""

TAG_SIZE = 11
TAG_GAP = 6
"""Font size of a tag, and pixels between the plot and the tag."""

TAG_HEIGHT = 14
"""Pixels that a tag needs above or below the next one."""

DOT_AREA = 60
"""Area of a point that stands alone, in square pixels."""

DIGIT = 7.5
"""Pixels of one more decimal."""

NARROWEST = 1e-7
"""Scores closer together than this are drawn as equal: the page holds seven decimals."""

Spec = dict[str, Any]
"""A Vega-Lite spec or a part of one."""


@dataclass(frozen=True)
class Size:
    """One of the widths from which the page chooses.

    Attributes:
        name: ``wide``, ``medium``, ``narrow``.
        total: width of the whole chart in pixels.
        height: height of one plot in pixels.
        captions: number of points with a caption, at most.
    """

    name: str
    total: int
    height: int
    captions: int

    @property
    def stacked(self) -> bool:
        """Whether plots are below each other and not side by side."""
        return self.name == "narrow"


SIZES = (Size("wide", 1036, 440, 16), Size("medium", 640, 400, 11), Size("narrow", 320, 340, 7))


@dataclass(frozen=True)
class Frame:
    """A plot: its width and height in pixels, and the ranges of x and y in units of data."""

    width: float
    height: float
    x: tuple[float, float]
    y: tuple[float, float]

    def to_pixels(self, x: float, y: float) -> tuple[float, float]:
        """Convert data to pixels from the top left."""
        return (
            (x - self.x[0]) / (self.x[1] - self.x[0]) * self.width,
            (self.y[1] - y) / (self.y[1] - self.y[0]) * self.height,
        )


def domain(values: Iterable[float], pad: float = 0.05) -> tuple[float, float]:
    """Return the range of the values with some room around it; never empty."""
    array = np.fromiter(values, dtype=float)
    low, high = float(array.min()), float(array.max())
    room = (high - low) * pad if high - low > NARROWEST else max(abs(high) * 1e-3, 1e-3)
    return low - room, high + room


def round_numbers(span: tuple[float, float], most: int) -> list[float]:
    """Return multiples of 1, 2 or 5 times a power of ten within a span, ``most`` of them at most."""
    low, high = span
    power = math.floor(math.log10((high - low) / most))
    for unit in (1, 2, 5, 10, 20):
        step = unit * 10.0**power
        first, last = math.ceil(low / step), math.floor(high / step)
        if last - first < most:
            break
    return [number * step for number in range(first, last + 1)]


def more_digits(span: tuple[float, float]) -> int:
    """Return the pixels that numbers on this span need beyond three decimals."""
    return round(DIGIT * max(0, decimals(span[1] - span[0]) - 3))


def position(field: str, span: tuple[float, float], axis: Spec | None, title: str | None = None) -> Spec:
    """Return a quantitative encoding on exactly this span."""
    return {
        "field": field,
        "type": "quantitative",
        "title": title,
        "scale": {"domain": list(span), "nice": False, "zero": False},
        "axis": axis,
    }


def dots(rows: Sequence[Spec], style: str, x: Spec, y: Spec) -> Spec:
    """Return a layer of filled points in a style of the page, each with its row as a tooltip."""
    tooltip = {"content": "data"}
    mark = {"type": "point", "filled": True, "style": f"{style}-dot", "size": DOT_AREA, "tooltip": tooltip}
    return {"data": values(rows), "mark": mark, "encoding": {"x": x, "y": y}}


def path(rows: Sequence[Spec], x: Spec, y: Spec) -> Spec:
    """Return a layer with a line through the rows, from left to right."""
    return {
        "data": values(rows),
        "mark": {"type": "line", "style": "false", "tooltip": None},
        "encoding": {"x": x, "y": y},
    }


def score_axis(span: tuple[float, float], shown: bool = True) -> Spec:
    """Return an axis for s, with as many decimals as its ticks need."""
    digits = decimals(span[1] - span[0])
    extent = AXIS + more_digits(span) if shown else 0
    return {
        "format": f".{digits}f",
        "tickCount": 6,
        "minExtent": extent,
        "maxExtent": extent,
        "labels": shown,
        "ticks": shown,
        "domain": False,
        "title": None,
    }


def values(rows: Sequence[Spec]) -> Spec:
    """Return inline data."""
    return {"values": list(rows)}


def text_layer(rows: Sequence[Spec], style: str, align: str = "left", baseline: str = "middle") -> Spec:
    """Return a layer of texts at pixels ``px``, ``py``, which may be outside the plot."""
    return {
        "data": values(rows),
        "mark": {
            "type": "text",
            "style": style,
            "align": align,
            "baseline": baseline,
            "clip": False,
            "tooltip": None,
        },
        "encoding": {
            "x": {"field": "px", "type": "quantitative", "scale": None},
            "y": {"field": "py", "type": "quantitative", "scale": None},
            "text": {"field": "text", "type": "nominal"},
        },
    }


def caption_layers(
    anchors: Sequence[Anchor], frame: Frame, cloud: np.ndarray[Any, Any], dots: np.ndarray[Any, Any]
) -> list[Spec]:
    """Return the layers of the captions and their leader lines.

    Shape: cloud (m, 2) and dots (k, 2), in pixels; see :func:`.placement.place`.
    """
    captions = place(anchors, frame.width, frame.height, cloud, dots)
    layers: list[Spec] = []
    leaders = [_leader(caption) for caption in captions if caption.leader is not None]
    if leaders:
        layers.append(
            {
                "data": values(leaders),
                "mark": {"type": "rule", "style": "leader", "tooltip": None},
                "encoding": {
                    key: {"field": key, "type": "quantitative", "scale": None}
                    if key in ("x", "y")
                    else {"field": key}
                    for key in ("x", "y", "x2", "y2")
                },
            }
        )
    for style in dict.fromkeys(caption.anchor.style for caption in captions):
        rows = [
            {"px": round(caption.left, 1), "py": round(caption.middle, 1), "text": caption.text}
            for caption in captions
            if caption.anchor.style == style
        ]
        halo = text_layer(rows, "halo")
        halo["mark"]["fontWeight"] = 700 if style == "named" else 400
        layers += [halo, text_layer(rows, f"{style}-text")]
    return layers


def _leader(caption: Caption) -> Spec:
    end = caption.leader or (caption.anchor.x, caption.anchor.y)
    return {
        "x": round(caption.anchor.x, 1),
        "y": round(caption.anchor.y, 1),
        "x2": round(end[0], 1),
        "y2": round(end[1], 1),
    }


def tag_texts(span: tuple[float, float], quantiles: Sequence[float], names: Sequence[str]) -> list[str]:
    """Return the names and values of horizontal lines on an axis of this span."""
    digits = decimals(span[1] - span[0])
    return [f"{name} {fixed(q, digits)}".strip() for name, q in zip(names, quantiles, strict=True)]


def tag_room(texts: Sequence[str]) -> int:
    """Return the pixels that tags need at the right of a plot."""
    return math.ceil(max(text_width(text, TAG_SIZE) for text in texts)) + TAG_GAP + 2


def quantile_tags(frame: Frame, quantiles: Sequence[float], texts: Sequence[str]) -> Spec:
    """Return a layer of tags of three horizontal lines, the highest first, right of the plot.

    The middle tag stands at its line; the outer ones move away from it where they would overlap.
    """
    high, middle, low = (frame.to_pixels(0, quantile)[1] for quantile in quantiles)
    heights = (min(high, middle - TAG_HEIGHT), middle, max(low, middle + TAG_HEIGHT))
    rows = [
        {"px": frame.width + TAG_GAP, "py": round(y, 1), "text": text}
        for y, text in zip(heights, texts, strict=True)
    ]
    return text_layer(rows, "tag")


def spread(positions: Sequence[float], gap: float, limit: float) -> list[float]:
    """Move positions as little as possible so that they are ``gap`` apart and within [0, limit].

    Least squares under an order: subtract multiples of the gap, then pool adjacent violators.
    """
    order = sorted(range(len(positions)), key=lambda i: positions[i])
    pools: list[tuple[float, int]] = []
    for rank, i in enumerate(order):
        pools.append((positions[i] - rank * gap, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (right, m), (left, n) = pools.pop(), pools.pop()
            pools.append(((left * n + right * m) / (n + m), n + m))
    free = max(0.0, limit - gap * (len(order) - 1))
    level = [min(max(value, 0.0), free) for value, size in pools for _ in range(size)]
    result = [0.0] * len(order)
    for rank, i in enumerate(order):
        result[i] = level[rank] + rank * gap
    return result
