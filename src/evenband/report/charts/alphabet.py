"""Letter ablation: 26 strings that differ in one letter, with real words beside them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evenband.analysis.pairs.ablation import letter_rows
from evenband.narrative.reticence import is_shown, name_of
from evenband.report.charts.frame import (
    AXIS,
    Frame,
    Size,
    Spec,
    caption_layers,
    domain,
    more_digits,
    position,
    score_axis,
    text_layer,
    values,
)
from evenband.report.charts.placement import Anchor
from evenband.report.charts.series import Series

PANEL_SPACE = 26
"""Pixels between the strings and the matched words."""


def ablation(series: Series, size: Size, span: tuple[float, float] | None = None) -> Spec:
    """Draw s of each letter's string, real words named, and matched real words on the same scale."""
    ablated, matched = letter_rows(series.audit)
    span = span or domain(series.scores, 0.08)
    room = size.total - AXIS - more_digits(span) - 4
    height = size.height * 0.85
    if not matched:
        return _panel(series, ablated, Frame(room, height, (-0.8, len(ablated) - 0.2), span), letters=True)
    share = 1.0 if size.stacked else 0.66
    left = room if size.stacked else round((room - PANEL_SPACE) * share)
    right = room if size.stacked else room - PANEL_SPACE - left
    plots = [
        _panel(series, ablated, Frame(left, height, (-0.8, len(ablated) - 0.2), span), letters=True),
        _panel(
            series,
            matched,
            Frame(right, height, (-0.8, len(matched) - 0.2), span),
            letters=False,
            axis=size.stacked,
        ),
    ]
    return {
        "concat": plots,
        "columns": 1 if size.stacked else 2,
        "spacing": {"column": PANEL_SPACE, "row": 40},
    }


def _panel(series: Series, rows: Sequence[int], frame: Frame, *, letters: bool, axis: bool = True) -> Spec:
    columns = series.audit.measurement.columns
    pixels = [frame.to_pixels(place, float(series.scores[row])) for place, row in enumerate(rows)]
    words = [bool(columns["is_word"][row]) for row in rows]
    anchors = [
        Anchor(*pixel, series.labels[row], "named" if letters else "plain")
        for pixel, row, word in zip(pixels, rows, words, strict=True)
        if word and is_shown(series.audit.measurement, series.labels[row])
    ]
    cloud = np.array(pixels, dtype=float).reshape(-1, 2)
    middle = float(np.median(series.scores[list(rows)]))
    y = position("s", frame.y, score_axis(frame.y, axis))
    heading = "strings with one letter replaced" if letters else "matched real words"
    layers = [
        {
            "data": values([{"s": middle}]),
            "mark": {"type": "rule", "style": "median", "tooltip": None},
            "encoding": {"y": y},
        },
        _dots(series, rows, [not word for word in words], frame, y, "string"),
        _dots(series, rows, words, frame, y, "named" if letters else "word"),
        *caption_layers(anchors, frame, cloud, cloud),
        text_layer([{"px": 0, "py": -10, "text": heading}], "tag"),
    ]
    if letters:
        layers.append(text_layer(_letters(series, rows, frame), "tag", "center", "top"))
    return {"width": frame.width, "height": frame.height, "layer": layers}


def _dots(
    series: Series, rows: Sequence[int], wanted: Sequence[bool], frame: Frame, y: Spec, style: str
) -> Spec:
    measurement, column = series.audit.measurement, series.column
    data = [
        {
            "x": place,
            "label": name_of(series.audit, row, column),
            "model": series.model,
            "template": series.template,
            "s": float(series.scores[row]),
            **{
                key: str(table[row, column])
                for key, table in zip("ab", measurement.details.texts, strict=False)
                if is_shown(measurement, series.labels[row])
            },
        }
        for place, (row, keep) in enumerate(zip(rows, wanted, strict=True))
        if keep
    ]
    return {
        "data": values(data),
        "mark": {"type": "circle", "style": style, "size": 70, "tooltip": {"content": "data"}},
        "encoding": {"x": position("x", frame.x, None), "y": y},
    }


def _letters(series: Series, rows: Sequence[int], frame: Frame) -> list[Spec]:
    letters = series.audit.measurement.columns["letter"]
    return [
        {"px": round(frame.to_pixels(place, 0)[0], 1), "py": frame.height + 6, "text": str(letters[row])}
        for place, row in enumerate(rows)
    ]
