"""Recall against exact search over the effort of an approximate search, a line for each subject and index."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from evenband.analysis.retrieval.retrieval_audit import RetrievalAudit
from evenband.narrative.formats import percent
from evenband.report.charts.frame import (
    AXIS,
    TAG_GAP,
    TAG_HEIGHT,
    TAG_SIZE,
    Size,
    Spec,
    domain,
    dots,
    path,
    position,
    score_axis,
    spread,
    text_layer,
)
from evenband.report.charts.lettering import shorten

CURVE_READS = (
    "Each line is one index of one model; each point is one setting of how much a search looks at, "
    "such as the number of clusters probed.",
    "Its height is the share of exact search's first documents that it finds.",
)

EFFORTS = ("probes", "nprobe", "ef", "efsearch")
"""Options that say how much a search looks at."""

FEWEST_POINTS = 2
CURVE_HEIGHT = {"wide": 300, "medium": 260, "narrow": 200}
CURVE_STYLES = ("left", "right")
LABEL_ROOM = 130
"""Pixels for the names of the lines, right of the plot."""


@dataclass(frozen=True)
class Curve:
    """One index with several efforts.

    Attributes:
        name: of subject and index.
        efforts: rising.
        shares: of exact search's documents, in [0, 1].
    """

    name: str
    efforts: tuple[int, ...]
    shares: tuple[float, ...]

    def __str__(self) -> str:
        points = ", ".join(
            f"{effort}: {percent(share, 1)}" for effort, share in zip(self.efforts, self.shares, strict=True)
        )
        return f"{self.name}: {points}."


def curves_of(audits: Sequence[RetrievalAudit]) -> list[Curve]:
    """Return the indexes that were searched with two efforts or more."""
    points: dict[str, dict[int, float]] = {}
    for audit in audits:
        for one in audit.pipelines:
            effort = _effort(one.name)
            if effort is not None and one.against_exact.value is not None:
                base = re.sub(rf"[?&]({'|'.join(EFFORTS)})=\d+", "", one.name)
                points.setdefault(f"{audit.measurement.subject.name} {base}", {})[effort] = (
                    one.against_exact.value
                )
    return [
        Curve(name, tuple(sorted(found)), tuple(found[effort] for effort in sorted(found)))
        for name, found in points.items()
        if len(found) >= FEWEST_POINTS
    ]


def recall_curve(curves: Sequence[Curve], size: Size) -> Spec:
    """Draw all curves in one plot; efforts are spaced evenly, since they usually double."""
    efforts = sorted({effort for curve in curves for effort in curve.efforts})
    span = domain([share for curve in curves for share in curve.shares] + [1.0], 0.08)
    width, height = size.total - AXIS - LABEL_ROOM, CURVE_HEIGHT[size.name]
    x = position("x", (-0.5, len(efforts) - 0.5), None)
    y = position("y", span, {**score_axis(span), "tickCount": 5})
    layers: list[Spec] = []
    for number, curve in enumerate(curves):
        rows = [
            {
                "x": efforts.index(effort),
                "y": round(share, 6),
                "label": f"{curve.name}, effort {effort}",
                "more": f"{percent(share, 2)} of exact search's",
                "model": curve.name,
            }
            for effort, share in zip(curve.efforts, curve.shares, strict=True)
        ]
        layers += [path(rows, x, y), dots(rows, CURVE_STYLES[number % len(CURVE_STYLES)], x, y)]
    room = width / len(efforts)
    ticks = [
        {"px": (column + 0.5) * room, "py": height + 15, "text": str(effort)}
        for column, effort in enumerate(efforts)
    ]
    heights = spread([_height(curve.shares[-1], span, height) for curve in curves], TAG_HEIGHT, height)
    tags = [
        {
            "px": width + TAG_GAP,
            "py": round(top, 1),
            "text": shorten(curve.name, LABEL_ROOM - TAG_GAP, TAG_SIZE),
        }
        for curve, top in zip(curves, heights, strict=True)
    ]
    layers += [text_layer(ticks, "tag", "center"), text_layer(tags, "tag")]
    return {"width": width, "height": height, "layer": layers}


def _effort(name: str) -> int | None:
    found = re.search(rf"[?&](?:{'|'.join(EFFORTS)})=(\d+)", name)
    return None if found is None else int(found[1])


def _height(share: float, span: tuple[float, float], height: int) -> float:
    return round((span[1] - share) / (span[1] - span[0]) * height, 1)
