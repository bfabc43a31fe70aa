"""Scatter plot of similarity over all labels, with the band shaded and the farthest labels named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np

from evenband.report.charts.frame import (
    AXIS,
    Frame,
    Size,
    Spec,
    caption_layers,
    domain,
    more_digits,
    position,
    quantile_tags,
    score_axis,
    tag_room,
    tag_texts,
    text_layer,
    values,
)
from evenband.report.charts.lettering import printable, shorten, telling, text_width
from evenband.report.charts.placement import Anchor
from evenband.report.charts.series import NAMED_WORD, OUTLIER, Series

PLOT_SPACE = 24
"""Pixels between two plots."""

FEWEST_INITIALS = 2
"""Different first letters from which they are ticks below a plot."""

ROOM = 0.06
"""Share of the scores' range that is kept free above and below, for whole dots and captions."""


def scatter(series: Series, size: Size, span: tuple[float, float] | None = None) -> Spec:
    """Draw one series: x is the position in the list, y the similarity."""
    span = span or domain(series.scores, ROOM)
    names = ("", "", "") if size.stacked else ("95%", "median", "5%")
    tags = tag_texts(span, series.quantiles[::-1], names)
    room = size.total - AXIS - more_digits(span) - tag_room(tags)
    frame = Frame(room, size.height, _positions(series), span)
    return panel(series, frame, size.captions, tags=tags)


def side_by_side(group: Sequence[Series], size: Size) -> Spec:
    """Draw several models on one scale, side by side or below each other."""
    span = domain(np.concatenate([series.scores for series in group]), ROOM)
    across = 1 if size.stacked else min(len(group), 2 if size.name == "medium" else 3)
    width = (size.total - AXIS - more_digits(span) - (across - 1) * PLOT_SPACE) / across - 2
    captions = max(3, round(0.8 * size.captions * width / size.total))
    panels = []
    for number, series in enumerate(group):
        frame = Frame(round(width), size.height * 0.82, _positions(series), span)
        first = number % across == 0
        panels.append(panel(series, frame, captions, axis=first, title=shorten(series.model, width, 12)))
    return {"concat": panels, "columns": across, "spacing": {"column": PLOT_SPACE, "row": 40}}


def panel(
    series: Series,
    frame: Frame,
    captions: int,
    *,
    axis: bool = True,
    tags: Sequence[str] = (),
    title: str = "",
) -> Spec:
    """Draw one plot: band, median, cells, captions, positions."""
    low, middle, high = series.quantiles
    cloud = _cloud(series, frame)
    heading = "cosine similarity s, in the order of the list"
    x = position("x", frame.x, None)
    y = position("s", frame.y, score_axis(frame.y, axis))
    layers = [
        {
            "data": values([{"s": low, "s2": high}]),
            "mark": {"type": "rect", "style": "band", "tooltip": None},
            "encoding": {"y": y, "y2": {"field": "s2"}},
        },
        {
            "data": values([{"s": middle}]),
            "mark": {"type": "rule", "style": "median", "tooltip": None},
            "encoding": {"y": y},
        },
        _cells(series, x, y, "dot", 0, 13),
        _cells(series, x, y, "outlier", OUTLIER, 34),
        _cells(series, x, y, "named", NAMED_WORD, 52),
        *caption_layers(_anchors(series, frame, captions), frame, cloud, cloud[list(series.marks)]),
        text_layer(_initials(series, frame), "tag", "center", "top"),
        text_layer([{"px": 0, "py": -10, "text": title or heading}], "plain-text" if title else "tag"),
    ]
    if tags:
        layers.append(quantile_tags(frame, (high, middle, low), tags))
    return {"width": frame.width, "height": frame.height, "layer": layers}


def _cells(series: Series, x: Spec, y: Spec, style: str, mark: int, size: int) -> Spec:
    return {
        "data": {"name": series.key},
        "transform": [{"filter": {"field": "k", "equal": mark}}],
        "mark": {"type": "circle", "style": style, "size": size, "tooltip": {"content": "data"}},
        "encoding": {"x": x, "y": y},
    }


def _positions(series: Series) -> tuple[float, float]:
    n = len(series.labels)
    return -0.01 * n - 0.5, 1.01 * n - 0.5


def _anchors(series: Series, frame: Frame, limit: int) -> list[Anchor]:
    """Return the named words and the farthest labels, which get captions."""
    named = series.named
    rows = [(row, "named") for row in named]
    rows += [(row, "outlier") for row in series.farthest if row not in named][:limit]
    names = telling([series.labels[row] for row, _ in rows], series.labels)
    return [
        Anchor(*frame.to_pixels(row, float(series.scores[row])), name, style)
        for (row, style), name in zip(rows, names, strict=True)
    ]


def _cloud(series: Series, frame: Frame) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return the pixels of all points.

    Shape: (n, 2).
    """
    x, y = frame.to_pixels(0.0, 0.0), frame.to_pixels(1.0, 1.0)
    rows = np.arange(len(series.labels), dtype=float)
    return np.column_stack([x[0] + rows * (y[0] - x[0]), x[1] + series.scores * (y[1] - x[1])])


def _initials(series: Series, frame: Frame) -> list[Spec]:
    """Return ticks below the plot: initial letters of an alphabetical list, positions in any other."""
    y = frame.height + 6
    taken: list[tuple[float, float]] = []
    rows: list[Spec] = []
    for row, text in _ticks(series.labels):
        half = text_width(text, 11) / 2
        px = min(frame.to_pixels(row, 0)[0], frame.width - half)
        if all(px + half + 3 < left or px - half - 3 > right for left, right in taken):
            taken.append((px - half, px + half))
            rows.append({"px": round(px, 1), "py": y, "text": text})
    return rows


@lru_cache(maxsize=8)
def _ticks(labels: tuple[str, ...]) -> list[tuple[int, str]]:
    """Return rows with what is written below them, most important first."""
    initials = [printable(label)[:1].casefold() for label in labels]
    if len(set(initials)) < FEWEST_INITIALS or any(a > b for a, b in pairwise(initials)):
        ticks = np.linspace(0, len(initials) - 1, 5).astype(int)
        return [(int(row), f"{row + 1:,}") for row in dict.fromkeys(ticks)]
    starts = {initial: row for row, initial in reversed(list(enumerate(initials)))}
    weights = Counter(initials)
    marks = [(row, initial) for initial, row in reversed(starts.items())]
    return sorted(marks, key=lambda mark: -weights[mark[1]])
