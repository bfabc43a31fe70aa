"""Scatter plot of a model's distances over its reference's, with the labels that moved named."""

from __future__ import annotations

import math

import numpy as np

from evenband.analysis.pairs.structure import scores_at
from evenband.analysis.pairs.values import Contrast
from evenband.narrative.formats import fixed
from evenband.report.charts.frame import AXIS, Frame, Size, Spec, caption_layers, text_layer, values
from evenband.report.charts.lettering import shorten, telling
from evenband.report.charts.placement import Anchor
from evenband.report.charts.series import Series
from evenband.types import Scores
from evenband.types.picture_texts import shown_text

MOST_CAPTIONS = 12
"""Labels that moved and get a caption, at most."""


def shift(series: Series, contrast: Contrast, size: Size) -> Spec:
    """Draw one template: x is the reference's distance, y the model's, both on logarithmic axes."""
    x, y = series.reference_distances(contrast), series.distances
    measured = np.isfinite(x)
    span = _span(x[measured], y[measured])
    frame = Frame(
        size.total - AXIS - 10,
        round(size.height * (0.95 if size.stacked else 0.85)),
        (float(np.log(span[0])), float(np.log(span[1]))),
        (float(np.log(span[0])), float(np.log(span[1]))),
    )
    movers = movers_of(series, contrast)
    across, up = (
        _axis("u", span, f"1 − s in {shorten(contrast.reference.subject.name, 200, 12)}"),
        _axis("v", span),
    )
    ends = [{"u": end, "v": end} for end in span]
    cloud = np.array([frame.to_pixels(*pair) for pair in np.log(np.column_stack([x, y]))])
    captioned = movers[: min(MOST_CAPTIONS, size.captions)]
    names = telling([series.labels[row] for row in captioned], series.labels)
    anchors = [
        Anchor(float(cloud[row, 0]), float(cloud[row, 1]), name)
        for row, name in zip(captioned, names, strict=True)
    ]
    heading = f"1 − s in {shorten(series.model, size.total / 2, 11)}"
    return {
        "width": frame.width,
        "height": frame.height,
        "layer": [
            {
                "data": values(ends),
                "mark": {"type": "line", "style": "identity", "tooltip": None},
                "encoding": {"x": across, "y": up},
            },
            {
                "data": {"name": series.key},
                "mark": {"type": "circle", "style": "dot", "size": 13, "tooltip": {"content": "data"}},
                "encoding": {"x": across, "y": up},
            },
            _movers(series, contrast, movers, x, y, across, up),
            *caption_layers(anchors, frame, cloud[measured], cloud[movers]),
            text_layer([{"px": 0, "py": -10, "text": heading}], "tag"),
        ],
    }


def movers_of(series: Series, contrast: Contrast) -> list[int]:
    """Return the labels that moved against the reference, here or as a whole, farthest first."""
    shifts, column = contrast.shifts, series.column
    single = contrast.cells[:, column] if shifts.cells is not None else shifts.q[:, column] <= contrast.level
    moved = contrast.labels | single
    rows = np.flatnonzero(moved)
    return [int(row) for row in rows[np.argsort(-shifts.z[rows, column], kind="stable")]]


def _movers(
    series: Series, contrast: Contrast, rows: list[int], x: Scores, y: Scores, across: Spec, up: Spec
) -> Spec:
    """Return a layer with the labels that moved, and what their tooltips show."""
    measurement, column = series.audit.measurement, series.column
    reference_scores = scores_at(contrast.reference, measurement)
    data = [
        {
            "u": float(x[row]),
            "v": float(y[row]),
            "label": series.labels[row],
            "a": shown_text(str(measurement.details.texts[0][row, column])),
            "b": shown_text(str(measurement.details.texts[1][row, column])),
            "more": f"s {fixed(float(series.scores[row]), 4)}, in the reference "
            f"{fixed(float(reference_scores[row, column]), 4)}\n"
            f"moved with z {fixed(float(contrast.shifts.z[row, column]), 1)}",
            "model": series.model,
            "template": series.template,
        }
        for row in rows
    ]
    return {
        "data": values(data),
        "mark": {"type": "circle", "style": "outlier", "size": 40, "tooltip": {"content": "data"}},
        "encoding": {"x": across, "y": up},
    }


def _span(x: Scores, y: Scores) -> tuple[float, float]:
    low, high = float(min(x.min(), y.min())), float(max(x.max(), y.max()))
    room = max((high / low) ** 0.05, 1.02)
    return low / room, high * room


def _axis(field: str, span: tuple[float, float], title: str | None = None) -> Spec:
    decades = range(math.floor(math.log10(span[0])), math.ceil(math.log10(span[1])) + 1)
    ticks = [step * 10.0**decade for decade in decades for step in (1, 2, 5)]
    axis: Spec = {"format": ".2~g", "domain": False, "labelOverlap": True}
    axis["values"] = [float(f"{tick:.1g}") for tick in ticks if span[0] <= tick <= span[1]]
    if field == "v":
        axis |= {"minExtent": AXIS, "maxExtent": AXIS}
    return {
        "field": field,
        "type": "quantitative",
        "title": title,
        "scale": {"type": "log", "domain": list(span), "nice": False},
        "axis": axis,
    }
