"""Placement of captions so that they never overlap and never leave the plot.

It happens here, in pixels and before drawing, so that page and PNG file agree and tests can check it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenband.report.charts.lettering import shorten, text_width

Float = NDArray[np.float64]

LINE_HEIGHT = 1.25
"""Height of a caption over its font size."""

CAPTION_GAP = 2.0
"""Pixels kept free between two captions."""

DOT_RADIUS = 5.0
"""Pixels around the middle of a marked dot that no caption may cover."""

RADII = np.repeat([7, 11, 16, 24, 34, 46, 60, 78, 100, 130, 165], 24)
"""Distances in pixels at which a place for a caption is looked for, the nearest first."""

ANGLES = np.tile(np.linspace(0, 2 * np.pi, 24, endpoint=False), 11)
"""Directions of these places from the anchor."""

STEPS = np.linspace(0, 1, 12)[1:-1, None, None]
"""Where along a leader line collisions are checked."""


@dataclass(frozen=True)
class Anchor:
    """A point that wants a caption: its pixels from the top left, and the text."""

    x: float
    y: float
    text: str
    style: str = "outlier"


@dataclass(frozen=True)
class Caption:
    """A caption with its place: a box in pixels. The text starts at the left edge."""

    anchor: Anchor
    text: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> float:
        """Vertical middle of the box."""
        return (self.top + self.bottom) / 2

    @property
    def leader(self) -> tuple[float, float] | None:
        """Point of the box nearest to the anchor; ``None`` if no leader line is needed."""
        x = min(max(self.anchor.x, self.left), self.right)
        y = min(max(self.anchor.y, self.top), self.bottom)
        return None if math.hypot(x - self.anchor.x, y - self.anchor.y) < 9 else (x, y)


def place(
    anchors: Sequence[Anchor],
    width: float,
    height: float,
    cloud: Float,
    dots: Float | None = None,
    size: float = 12.0,
) -> tuple[Caption, ...]:
    """Place captions for as many anchors as there is room for, in the order given.

    Greedy over candidate places around each anchor. A place is ruled out if it is outside the plot,
    over another caption or a dot, or if its leader line crosses another line or caption. The others
    cost their distance, the points that they cover, and the dots that their line crosses.

    Args:
        anchors: points that want a caption, most important first.
        width: of the plot, in pixels.
        height: of the plot, in pixels.
        cloud: pixels of all points.
        dots: pixels of points that no caption may cover, besides the anchors.
        size: font size.

    Shape: cloud (m, 2), dots (k, 2).
    """
    occupied = _Occupancy(cloud, width, height)
    marked = np.array([(anchor.x, anchor.y) for anchor in anchors], dtype=float).reshape(-1, 2)
    dots = marked if dots is None else np.concatenate([marked, dots])
    captions: list[Caption] = []
    for anchor in anchors:
        bold = anchor.style == "named"
        text = shorten(anchor.text, min(190.0, width * 0.45), size, bold)
        if not text:
            continue
        extent = (text_width(text, size, bold), size * LINE_HEIGHT)
        boxes = _candidates(anchor, *extent)
        cost = _cost(anchor, boxes, captions, dots, occupied, (width, height))
        best = int(np.argmin(cost))
        if math.isfinite(cost[best]):
            captions.append(Caption(anchor, text, *(float(edge) for edge in boxes[best])))
    return tuple(captions)


def _candidates(anchor: Anchor, width: float, height: float) -> Float:
    """Return boxes around the anchor: left, top, right, bottom.

    Shape: (c, 4).
    """
    cosine, sine = np.cos(ANGLES), np.sin(ANGLES)
    left = anchor.x + RADII * cosine + width * (cosine - 1) / 2
    top = anchor.y + RADII * sine + height * (sine - 1) / 2
    return np.column_stack([left, top, left + width, top + height])


def _cost(
    anchor: Anchor,
    boxes: Float,
    captions: Sequence[Caption],
    dots: Float,
    occupied: _Occupancy,
    plot: tuple[float, float],
) -> Float:
    """Return the cost of each box; infinite if the caption may not be there.

    Shape: (c, 4) -> (c,).
    """
    width, height = plot
    cost = np.full(len(boxes), np.inf)
    outside = (boxes[:, :2] < 0).any(axis=1) | (boxes[:, 2] > width) | (boxes[:, 3] > height)
    free = np.flatnonzero(~outside)
    free = free[~_inside(dots[None], boxes[free, None], DOT_RADIUS).any(axis=1)]
    cost[free] = _cost_of_free(anchor, boxes[free], captions, dots, occupied)
    return cost


def _cost_of_free(
    anchor: Anchor, boxes: Float, captions: Sequence[Caption], dots: Float, occupied: _Occupancy
) -> Float:
    """Return the cost of boxes inside the plot that cover no dot.

    Shape: (c, 4) -> (c,).
    """
    centre = np.column_stack([(boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2])
    near = np.column_stack(
        [np.clip(anchor.x, boxes[:, 0], boxes[:, 2]), np.clip(anchor.y, boxes[:, 1], boxes[:, 3])]
    )
    distance = np.hypot(near[:, 0] - anchor.x, near[:, 1] - anchor.y)
    cost = 1.6 * distance + 2.5 * occupied.count(boxes) + 0.02 * np.abs(centre[:, 0] - anchor.x)
    start = np.array([anchor.x, anchor.y])
    line = start + STEPS * (near - start)
    strangers = dots[np.hypot(*(dots - start).T) > DOT_RADIUS]
    cost += 30.0 * (_distances(start, near, strangers) < DOT_RADIUS).sum(axis=1)
    for caption in captions:
        cost[_collides(caption, boxes, line, start, near)] = np.inf
    return cost


def _collides(caption: Caption, boxes: Float, line: Float, start: Float, near: Float) -> NDArray[np.bool_]:
    """Return which boxes collide with a placed caption, by themselves or by their leader lines.

    Shape: boxes (c, 4), line (steps, c, 2), start (2,), near (c, 2) -> (c,).
    """
    other = np.array([caption.left, caption.top, caption.right, caption.bottom])
    apart = (
        (boxes[:, 0] >= other[2] + CAPTION_GAP)
        | (boxes[:, 2] <= other[0] - CAPTION_GAP)
        | (boxes[:, 1] >= other[3] + CAPTION_GAP)
        | (boxes[:, 3] <= other[1] - CAPTION_GAP)
    )
    collides = ~apart | _inside(line, other, 1.0).any(axis=0)
    if caption.leader is not None:
        begin, end = np.array([caption.anchor.x, caption.anchor.y]), np.array(caption.leader)
        leader = (begin + STEPS * (end - begin))[:, 0]
        collides |= _inside(leader[None], boxes[:, None], 1.0).any(axis=1) | _cross(start, near, begin, end)
    return np.asarray(collides)


def _distances(start: Float, ends: Float, dots: Float) -> Float:
    """Return the distance of each dot from the lines between ``start`` and each of ``ends``.

    Shape: (2,), (c, 2), (k, 2) -> (c, k).
    """
    along, out = ends - start, dots - start
    length = np.maximum((along**2).sum(axis=1), 1e-12)
    share = np.clip(along @ out.T / length[:, None], 0.0, 1.0)
    gap = out - share[..., None] * along[:, None]
    return np.asarray(np.hypot(gap[..., 0], gap[..., 1]))


def _cross(start: Float, ends: Float, begin: Float, end: Float) -> NDArray[np.bool_]:
    """Return which lines from ``start`` to each of ``ends`` cross the one from ``begin`` to ``end``.

    Shape: (2,), (c, 2), (2,), (2,) -> (c,).
    """

    def side(a: Float, b: Float, c: Float) -> Float:
        return np.asarray(
            (b[..., 0] - a[..., 0]) * (c[..., 1] - a[..., 1])
            - (b[..., 1] - a[..., 1]) * (c[..., 0] - a[..., 0])
        )

    are_ends_apart = side(begin, end, start) * side(begin, end, ends) < 0
    are_sides_crossed = side(start, ends, begin) * side(start, ends, end) < 0
    return np.asarray(are_ends_apart & are_sides_crossed)


def _inside(points: Float, box: Float, margin: float) -> NDArray[np.bool_]:
    """Return which points are in which boxes, by broadcasting.

    Shape: (..., 2), (..., 4) -> (...).
    """
    x, y = points[..., 0], points[..., 1]
    inside: NDArray[np.bool_] = (
        (x > box[..., 0] - margin)
        & (x < box[..., 2] + margin)
        & (y > box[..., 1] - margin)
        & (y < box[..., 3] + margin)
    )
    return inside


class _Occupancy:
    """Counts of points in boxes, from a summed-area table of 4-pixel squares."""

    STEP = 4.0

    def __init__(self, cloud: Float, width: float, height: float) -> None:
        columns, rows = int(width // self.STEP) + 1, int(height // self.STEP) + 1
        grid, _, _ = np.histogram2d(
            cloud[:, 0],
            cloud[:, 1],
            bins=(columns, rows),
            range=((0, columns * self.STEP), (0, rows * self.STEP)),
        )
        self._table = np.zeros((columns + 1, rows + 1))
        self._table[1:, 1:] = grid.cumsum(axis=0).cumsum(axis=1)

    def count(self, boxes: Float) -> Float:
        """Count the points in each box, rounded outwards to whole squares.

        Shape: (c, 4) -> (c,).
        """
        columns, rows = self._table.shape
        left, right = (
            np.clip(f(boxes[:, k] / self.STEP), 0, columns - 1).astype(int)
            for k, f in ((0, np.floor), (2, np.ceil))
        )
        top, bottom = (
            np.clip(f(boxes[:, k] / self.STEP), 0, rows - 1).astype(int)
            for k, f in ((1, np.floor), (3, np.ceil))
        )
        table = self._table
        total: Float = table[right, bottom] - table[left, bottom] - table[right, top] + table[left, top]
        return total
