"""Recall over the bytes that a document takes: a point for each way of making vectors smaller."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evenband.analysis.retrieval.retrieval_audit import PipelineFigures, RetrievalAudit
from evenband.narrative.formats import count, percent
from evenband.report.charts.frame import (
    AXIS,
    TAG_SIZE,
    Frame,
    Size,
    Spec,
    caption_layers,
    domain,
    dots,
    more_digits,
    position,
    score_axis,
    text_layer,
)
from evenband.report.charts.lettering import text_width
from evenband.report.charts.placement import Anchor
from evenband.types import EXACT_PIPELINE

SIZES_READ = (
    "Each point is one way of keeping the vectors, placed by the bytes that a document takes in its index: "
    "further left is smaller, further up finds more.",
    "Where candidates are scored again with the whole vectors (rescore, pq), these count as well, though "
    "they may lie on disk.",
)

REDUCTION = re.compile(r"[?&](quantize|dim|pq)=")
"""Options of an index that make vectors smaller."""

FEWEST_SIZES = 3
"""Sizes from which on points of whole vectors alone, such as of cut models, are drawn."""

PLOT_HEIGHT = {"wide": 320, "medium": 280, "narrow": 260}
POINT_STYLES = ("left", "right")
TICK_GAP = 8


@dataclass(frozen=True)
class SizePoint:
    """One pipeline.

    Attributes:
        model: name of the subject.
        name: of the pipeline.
        nbytes: bytes per document.
        share: recall at the cutoff; without judgements, share of exact search's documents. In [0, 1].
    """

    model: str
    name: str
    nbytes: float
    share: float

    def __str__(self) -> str:
        return f"{self.model} {self.name}: {self.nbytes:,.0f} bytes, {percent(self.share, 1)}."


def size_points_of(audits: Sequence[RetrievalAudit]) -> list[SizePoint]:
    """Return exact search and each index of smaller vectors; none where all vectors are of one size."""
    points = [
        SizePoint(audit.measurement.subject.name, one.name, one.nbytes / documents, share)
        for audit in audits
        for documents in [audit.measurement.details.documents]
        for one in audit.pipelines
        for share in [_share(audit, one)]
        if share is not None and one.nbytes and documents and _is_of_vectors(one.name)
    ]
    sizes = {round(point.nbytes) for point in points}
    is_reduced = any(REDUCTION.search(point.name) for point in points)
    return points if len(sizes) >= (2 if is_reduced else FEWEST_SIZES) else []


def size_chart(points: Sequence[SizePoint], heading: str, size: Size) -> Spec:
    """Draw all points, with a logarithmic axis of bytes whose ticks are those of the points."""
    logs = [math.log2(point.nbytes) for point in points]
    span = domain([point.share for point in points], 0.15)
    width = size.total - AXIS - more_digits(span)
    frame = Frame(width, PLOT_HEIGHT[size.name], domain(logs, 0.12), span)
    x, y = position("x", frame.x, None), position("y", frame.y, {**score_axis(frame.y), "tickCount": 5})
    models = list(dict.fromkeys(point.model for point in points))
    layers: list[Spec] = []
    for number, model in enumerate(models):
        rows = [
            {
                "x": round(log, 6),
                "y": round(point.share, 6),
                "label": _caption(point, len(models)),
                "more": f"{count(round(point.nbytes))} bytes per document, {percent(point.share, 1)}",
                "model": model,
            }
            for log, point in zip(logs, points, strict=True)
            if point.model == model
        ]
        layers.append(dots(rows, POINT_STYLES[number % len(POINT_STYLES)], x, y))
    places = [frame.to_pixels(log, point.share) for log, point in zip(logs, points, strict=True)]
    anchors = [Anchor(*at, _caption(one, len(models))) for at, one in zip(places, points, strict=True)]
    cloud = np.array(places)
    layers += caption_layers(anchors, frame, cloud, cloud)
    layers += [
        text_layer(_ticks(points, frame), "tag", "center"),
        text_layer([{"px": 0, "py": -12, "text": heading}], "tag"),
    ]
    return {"width": frame.width, "height": frame.height, "layer": layers}


def _ticks(points: Sequence[SizePoint], frame: Frame) -> list[Spec]:
    """Return the bytes of the points below the plot, but those that would stand over another."""
    taken: list[tuple[float, float]] = []
    rows: list[Spec] = []
    for nbytes in sorted({round(point.nbytes) for point in points}):
        text, half = count(nbytes), text_width(count(nbytes), TAG_SIZE) / 2
        px = frame.to_pixels(math.log2(max(nbytes, 1)), 0.0)[0]
        if all(px - half - TICK_GAP > right or px + half + TICK_GAP < left for left, right in taken):
            taken.append((px - half, px + half))
            rows.append({"px": round(px, 1), "py": frame.height + 15, "text": text})
    return rows


def _caption(point: SizePoint, models: int) -> str:
    short = point.name.removeprefix(f"{EXACT_PIPELINE}?") or point.name
    return f"{point.model} {short}" if models > 1 else short


def _is_of_vectors(name: str) -> bool:
    """Return whether a pipeline is exact search, or an index of smaller vectors without further steps."""
    return name == EXACT_PIPELINE or ("+" not in name and REDUCTION.search(name) is not None)


def _share(audit: RetrievalAudit, figures: PipelineFigures) -> float | None:
    details = audit.measurement.details
    if not details.is_judged:
        return figures.against_exact.value
    return figures.recall[details.cutoff].value if details.cutoff in figures.recall else None
