"""Precision over recall before and after a reranker, a line each, with a point for each depth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evenband.analysis.retrieval.retrieval_audit import RetrievalAudit
from evenband.narrative.searches import share_words
from evenband.report.charts.frame import (
    AXIS,
    Frame,
    Size,
    Spec,
    caption_layers,
    domain,
    dots,
    more_digits,
    path,
    position,
    round_numbers,
    score_axis,
    text_layer,
)
from evenband.report.charts.placement import Anchor
from evenband.report.charts.size_points import PLOT_HEIGHT
from evenband.types import RERANK_SUFFIX, RetrievalMeasurement, pipeline_base

RERANKED_READS = (
    "Each line is one pipeline, each point the first k documents: to the right, more of what is relevant is "
    "among them; up, more of them is relevant.",
    "A reranker moves the points of few documents; with all that was found, both lines meet.",
)

LINE_STYLES = ("right", "left")
RECALL_TICKS = 6


@dataclass(frozen=True)
class DepthLine:
    """One pipeline.

    Attributes:
        model: name of the subject.
        name: of subject and pipeline.
        depths: numbers of first documents, rising.
        recall: mean share of the relevant documents among these, in [0, 1].
        precision: mean share of these that are relevant, in [0, 1].
        is_reranked: whether a reranker ordered them.
    """

    model: str
    name: str
    depths: tuple[int, ...]
    recall: tuple[float, ...]
    precision: tuple[float, ...]
    is_reranked: bool

    def __str__(self) -> str:
        parts = zip(self.depths, self.recall, self.precision, strict=True)
        points = (f"{k}: recall {share_words(r)}, precision {share_words(p)}" for k, r, p in parts)
        return f"{self.name}: {'; '.join(points)}."


def depth_lines(audits: Sequence[RetrievalAudit]) -> list[DepthLine]:
    """Return exact search before and after the reranker, of each judged subject that has one."""
    lines = []
    for measurement in (audit.measurement for audit in audits if audit.measurement.details.is_judged):
        names = measurement.conditions
        after = next((name for name in names if name.endswith(RERANK_SUFFIX)), None)
        if after is not None:
            lines += [_line(measurement, name) for name in (pipeline_base(after, names), after) if name]
    return lines


def precision_chart(lines: Sequence[DepthLine], size: Size) -> Spec:
    """Draw all lines in one plot."""
    span = domain([share for line in lines for share in line.precision], 0.12)
    width = size.total - AXIS - more_digits(span)
    across = domain([share for line in lines for share in line.recall], 0.1)
    frame = Frame(width, PLOT_HEIGHT[size.name], across, span)
    x, y = position("x", frame.x, None), position("y", frame.y, {**score_axis(frame.y), "tickCount": 5})
    layers: list[Spec] = []
    for line in lines:
        rows = [
            {
                "x": round(recall, 6),
                "y": round(precision, 6),
                "label": f"{line.name}, first {k}",
                "more": f"recall {share_words(recall)}, precision {share_words(precision)}",
                "model": line.name,
            }
            for k, recall, precision in zip(line.depths, line.recall, line.precision, strict=True)
        ]
        line_of = path(rows, x, y)
        line_of["encoding"]["order"] = {"field": "x", "type": "quantitative"}
        layers += [line_of, dots(rows, LINE_STYLES[line.is_reranked], x, y)]
    places = [frame.to_pixels(*at) for line in lines for at in zip(line.recall, line.precision, strict=True)]
    anchors = [Anchor(*at, text) for at, text in zip(places, _captions(lines), strict=True)]
    cloud = np.array(places)
    ticks = [
        {"px": round(frame.to_pixels(at, 0.0)[0], 1), "py": frame.height + 15, "text": share_words(at)}
        for at in round_numbers(frame.x, RECALL_TICKS)
    ]
    layers += caption_layers(sorted(anchors, key=lambda one: -len(one.text)), frame, cloud, cloud)
    layers += [
        text_layer(ticks, "tag", "center"),
        text_layer([{"px": 0, "py": -12, "text": "precision over recall"}], "tag"),
    ]
    return {"width": frame.width, "height": frame.height, "layer": layers}


def _captions(lines: Sequence[DepthLine]) -> list[str]:
    """Return the name at the first point of each line, and the depth at the others."""
    models = {line.model for line in lines}
    names = [
        f"{f'{line.model} ' if len(models) > 1 else ''}{'reranked' if line.is_reranked else 'before'}"
        for line in lines
    ]
    return [
        f"{name}, k = {k}" if k == line.depths[0] else f"k = {k}"
        for name, line in zip(names, lines, strict=True)
        for k in line.depths
    ]


def _line(measurement: RetrievalMeasurement, name: str) -> DepthLine:
    details, column = measurement.details, measurement.conditions.index(name)
    relevant = np.maximum(1, np.array(measurement.columns["relevant"], dtype=np.float64))
    first = details.first_right[:, column]
    points = {1: (float((first / relevant).mean()), float(first.mean()))}
    for k, table in details.recall.items():
        recall = table[:, column]
        points[k] = float(recall.mean()), float((recall * relevant / k).mean())
    depths = tuple(sorted(points))
    return DepthLine(
        measurement.subject.name,
        f"{measurement.subject.name} {name}",
        depths,
        tuple(points[k][0] for k in depths),
        tuple(points[k][1] for k in depths),
        name.endswith(RERANK_SUFFIX),
    )
