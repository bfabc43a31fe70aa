"""Labels of points that never cover each other and never leave the plot.

Placed here, in pixels and before drawing, so that the page and the PNG agree and a test can check
it.
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
GAP = 2.0
"""Pixels kept free between two labels."""

DOT = 5.0
"""Pixels around the middle of a marked dot that no label may cover."""

STEPS = np.linspace(0, 1, 12)[1:-1, None, None]
"""Where a leader line is looked at."""


@dataclass(frozen=True)
class Anchor:
    """A point that wants a label: where it is, in pixels from the top left, and what to write."""

    x: float
    y: float
    text: str
    style: str = "outlier"


@dataclass(frozen=True)
class Label:
    """A label that found its place. The box is in pixels, the text starts at its left edge."""

    anchor: Anchor
    text: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> float:
        """Where the text's baseline "middle" goes."""
        return (self.top + self.bottom) / 2

    @property
    def leader(self) -> tuple[float, float] | None:
        """The box's nearest point to the anchor, or ``None`` where no line is needed."""
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
) -> tuple[Label, ...]:
    """Labels for as many anchors as there is room for; the first in the list come first.

    Greedy over candidate places around each anchor: those outside the plot, over a label that
    stands, over a dot, or with a leader line across another line or label are ruled out; the others
    cost their distance, the points of the cloud that they would cover and the dots that their line
    would cross.

    Shape: cloud is (m, 2), pixels of all points; dots (k, 2), those that no label may cover, the
    anchors among them if not given.
    """
    occupied = _Occupancy(cloud, width, height)
    own = np.array([(anchor.x, anchor.y) for anchor in anchors], dtype=float).reshape(-1, 2)
    dots = own if dots is None else np.concatenate([own, dots])
    placed: list[Label] = []
    for anchor in anchors:
        bold = anchor.style == "named"
        text = shorten(anchor.text, min(190.0, width * 0.45), size, bold)
        if not text:
            continue
        extent = (text_width(text, size, bold), size * LINE_HEIGHT)
        boxes = _candidates(anchor, *extent)
        cost = _cost(anchor, boxes, placed, dots, occupied, (width, height))
        best = int(np.argmin(cost))
        if math.isfinite(cost[best]):
            placed.append(Label(anchor, text, *(float(edge) for edge in boxes[best])))
    return tuple(placed)


def _candidates(anchor: Anchor, width: float, height: float) -> Float:
    """Boxes around the anchor. Shape: (c, 4): left, top, right, bottom."""
    radii = np.array([7, 11, 16, 24, 34, 46, 60, 78, 100, 130, 165])
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    radius, angle = (grid.ravel() for grid in np.meshgrid(radii, angles, indexing="ij"))
    cosine, sine = np.cos(angle), np.sin(angle)
    left = anchor.x + radius * cosine + width * (cosine - 1) / 2
    top = anchor.y + radius * sine + height * (sine - 1) / 2
    return np.column_stack([left, top, left + width, top + height])


def _cost(
    anchor: Anchor,
    boxes: Float,
    placed: Sequence[Label],
    dots: Float,
    occupied: _Occupancy,
    plot: tuple[float, float],
) -> Float:
    """Infinite where the box may not be. Shape: (c, 4) -> (c,)."""
    width, height = plot
    centre = np.column_stack([(boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2])
    near = np.column_stack(
        [np.clip(anchor.x, boxes[:, 0], boxes[:, 2]), np.clip(anchor.y, boxes[:, 1], boxes[:, 3])]
    )
    distance = np.hypot(near[:, 0] - anchor.x, near[:, 1] - anchor.y)
    cost = 1.6 * distance + 2.5 * occupied.count(boxes) + 0.02 * np.abs(centre[:, 0] - anchor.x)
    outside = (boxes[:, :2] < 0).any(axis=1) | (boxes[:, 2] > width) | (boxes[:, 3] > height)
    covers = _inside(dots[None], boxes[:, None], DOT).any(axis=1)
    cost[outside | covers] = np.inf
    start = np.array([anchor.x, anchor.y])
    line = start + STEPS * (near - start)
    strangers = dots[np.hypot(*(dots - start).T) > DOT]
    cost += 30.0 * (_distances(start, near, strangers) < DOT).sum(axis=1)
    for label in placed:
        other = np.array([label.left, label.top, label.right, label.bottom])
        apart = (
            (boxes[:, 0] >= other[2] + GAP)
            | (boxes[:, 2] <= other[0] - GAP)
            | (boxes[:, 1] >= other[3] + GAP)
            | (boxes[:, 3] <= other[1] - GAP)
        )
        cost[~apart | _inside(line, other, 1.0).any(axis=0)] = np.inf
        if label.leader is not None:
            begin, end = np.array([label.anchor.x, label.anchor.y]), np.array(label.leader)
            standing = (begin + STEPS * (end - begin))[:, 0]
            covered = _inside(standing[None], boxes[:, None], 1.0).any(axis=1)
            cost[covered | _cross(start, near, begin, end)] = np.inf
    return cost


def _distances(start: Float, ends: Float, dots: Float) -> Float:
    """From the lines between ``start`` and each of ``ends`` to each dot.

    Shape: (2,), (c, 2), (k, 2) -> (c, k).
    """
    along, out = ends - start, dots - start
    length = np.maximum((along**2).sum(axis=1), 1e-12)
    share = np.clip(along @ out.T / length[:, None], 0.0, 1.0)
    gap = out - share[..., None] * along[:, None]
    return np.asarray(np.hypot(gap[..., 0], gap[..., 1]))


def _cross(start: Float, ends: Float, begin: Float, end: Float) -> NDArray[np.bool_]:
    """Whether the lines from ``start`` to each of ``ends`` cross the one from ``begin`` to ``end``.

    Shape: (2,), (c, 2), (2,), (2,) -> (c,).
    """

    def side(a: Float, b: Float, c: Float) -> Float:
        return np.asarray(
            (b[..., 0] - a[..., 0]) * (c[..., 1] - a[..., 1])
            - (b[..., 1] - a[..., 1]) * (c[..., 0] - a[..., 0])
        )

    theirs = side(begin, end, start) * side(begin, end, ends) < 0
    ours = side(start, ends, begin) * side(start, ends, end) < 0
    return np.asarray(theirs & ours)


def _inside(points: Float, box: Float, margin: float) -> NDArray[np.bool_]:
    """Whether points lie in boxes, by broadcasting. Shape: (..., 2), (..., 4) -> (...)."""
    x, y = points[..., 0], points[..., 1]
    inside: NDArray[np.bool_] = (
        (x > box[..., 0] - margin)
        & (x < box[..., 2] + margin)
        & (y > box[..., 1] - margin)
        & (y < box[..., 3] + margin)
    )
    return inside


class _Occupancy:
    """How many points of a cloud lie in a box, from a summed-area table of 4-pixel squares."""

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
        """Points in each box, rounded outwards to whole squares. Shape: (c, 4) -> (c,)."""
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
