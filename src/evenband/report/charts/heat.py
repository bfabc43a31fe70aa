"""Table of labels by sentences, coloured by distance: is a label odd everywhere, or once?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evenband.analysis.pairs.values import PairsAudit
from evenband.narrative.formats import adjusted, fixed, significant
from evenband.narrative.reticence import shown_outliers
from evenband.report.charts.frame import Size, Spec, text_layer, values
from evenband.report.charts.lettering import shorten, telling, text_width
from evenband.types import Scores
from evenband.types.picture_texts import shown_text

ROW = 26
"""Pixels of a row."""

MOST_ROWS = 15
"""Labels that get a row, at most."""

DEEPEST = 16.0
"""The colour is the same from this factor on."""

READABLE = 21.0
"""Pixels of a column that can hold a number; narrower columns show only a colour."""

SLANT = 0.45
"""Sine of the angle at which the sentences are written above their columns."""


def rows_of(audit: PairsAudit) -> list[int]:
    """Return the rows of the most suspicious labels, gravest first."""
    labels = dict.fromkeys(outlier.label for outlier in shown_outliers(audit))
    places = {label: row for row, label in enumerate(audit.measurement.items) if label in labels}
    return [places[label] for label in labels][:MOST_ROWS]


def factors(audit: PairsAudit) -> Scores:
    """Return each cell's distance over the median distance in its sentence.

    Shape: (n, t).
    """
    s = audit.measurement.scores
    d = np.maximum(1.0 - s, max(audit.measurement.noise_floor, 1e-12))
    return np.asarray(d / np.median(d, axis=0))


def claimed(audit: PairsAudit) -> NDArray[np.bool_]:
    """Return which cells are claimed as outliers, by themselves or against the reference.

    Shape: (n, t).
    """
    return audit.claimed if audit.contrast is None else audit.claimed | audit.contrast.cells


def heat(audit: PairsAudit, size: Size) -> Spec:
    """Draw a row for each suspicious label and a column for each sentence."""
    rows = rows_of(audit)
    columns = len(audit.measurement.conditions)
    width = size.total - 2
    verdicts = _verdicts(audit, rows)
    left = min(width * 0.28, max(text_width(audit.measurement.items[row], 12) for row in rows) + 10)
    right = 0.0 if size.stacked else max(text_width(text, 11) for text in verdicts) + 12
    step = (width - left - right) / columns
    heads = _heads(audit, size.stacked, left, right, step)
    top = 18 if size.stacked else SLANT * max(text_width(str(head["text"]), 11) for head in heads) + 16
    cells = _cells(audit, rows, left, top, step)
    middle = [top + ROW * (k + 0.5) for k in range(len(rows))]
    items = audit.measurement.items
    row_names = telling([items[row] for row in rows], items)
    captions = [
        {"px": round(left - 8, 1), "py": y, "text": shorten(name, left - 10, 12)}
        for y, name in zip(middle, row_names, strict=True)
    ]
    layers = [
        _rects(cells, "heat"),
        _rects([cell for cell in cells if cell["claimed"]], "claimed"),
        text_layer([cell["text"] for cell in cells if step >= READABLE], "heat-text", "center"),
        text_layer(captions, "plain-text", "right"),
    ]
    names = text_layer([{**head, "py": round(top - 8, 1)} for head in heads], "tag")
    if not size.stacked:
        names["mark"]["angle"] = -27
        tags = [
            {"px": round(width - right + 8, 1), "py": y, "text": text}
            for y, text in zip(middle, verdicts, strict=True)
        ]
        layers.append(text_layer(tags, "tag"))
    return {"width": width, "height": round(top + ROW * len(rows) + 2), "layer": [*layers, names]}


def _heads(audit: PairsAudit, stacked: bool, left: float, right: float, step: float) -> list[Spec]:
    """Return the numbered sentences above the columns; only numbers if there is no room."""
    heads = []
    for number, template in enumerate(audit.measurement.conditions, 1):
        if step < READABLE and number % 5 != 1:
            continue
        text = str(number) if stacked else f"{number}  {template.replace('{x}', '…')}"
        room = max(right + (len(audit.measurement.conditions) - number + 0.5) * step, 60.0)
        heads.append(
            {"px": round(left + (number - 0.5) * step, 1), "text": shorten(text, min(room, 170.0), 11)}
        )
    return heads


def _cells(audit: PairsAudit, rows: Sequence[int], left: float, top: float, step: float) -> list[Spec]:
    """Return the rectangles of all cells, with what their tooltips show."""
    measurement, factor, is_claimed = audit.measurement, factors(audit), claimed(audit)
    small = step < text_width("88.8", 11) + 2
    cells = []
    for place, row in enumerate(rows):
        for column, template in enumerate(measurement.conditions):
            value = float(factor[row, column])
            x, y = left + column * step, top + place * ROW
            box = {"x": x + 1, "x2": x + step - 1, "y": y + 1, "y2": y + ROW - 1}
            text = fixed(value, 0 if small and value >= 9.5 else 1)
            cells.append(
                {
                    **{key: round(edge, 1) for key, edge in box.items()},
                    "v": round(float(np.log2(np.clip(value, 1.0, DEEPEST))), 3),
                    "claimed": bool(is_claimed[row, column]),
                    "text": {"px": round(x + step / 2, 1), "py": round(y + ROW / 2, 1), "text": text},
                    "label": measurement.items[row],
                    "a": shown_text(str(measurement.details.texts[0][row, column])),
                    "b": shown_text(str(measurement.details.texts[1][row, column])),
                    "more": _more(audit, row, column, value),
                    "model": measurement.subject.name,
                    "template": template,
                }
            )
    return cells


def _more(audit: PairsAudit, row: int, column: int, factor: float) -> str:
    """Return the figures of a cell for its tooltip."""
    q = float(audit.q[row, column])
    parts = [
        f"s {fixed(float(audit.measurement.scores[row, column]), 4)}",
        f"{fixed(factor, 1)} times the sentence’s median distance",
    ]
    if audit.structure is not None:
        cells = audit.structure.cells
        expected = float(np.exp(cells.expected[row, column]))
        parts.append(f"distance expected from the other sentences {significant(expected, 2)}")
        parts.append(f"beyond it z {fixed(float(cells.z[row, column]), 1)}")
    if np.isfinite(q):
        parts.append(f"q {adjusted(q)}")
    return "\n".join(parts)


def _rects(cells: Sequence[Spec], style: str) -> Spec:
    """Return a layer of rectangles: coloured ones, or the frames of the claimed cells."""
    rows = [{key: value for key, value in cell.items() if key not in ("text", "claimed")} for cell in cells]
    encoding: Spec = {
        "x": {"field": "x", "type": "quantitative", "scale": None},
        "y": {"field": "y", "type": "quantitative", "scale": None},
        "x2": {"field": "x2"},
        "y2": {"field": "y2"},
    }
    mark: Spec = {"type": "rect", "style": style, "tooltip": {"content": "data"}}
    if style == "heat":
        scale: Spec = {"domain": [0, float(np.log2(DEEPEST))], "range": "ramp", "interpolate": "rgb"}
        scale["clamp"] = True
        encoding["color"] = {"field": "v", "type": "quantitative", "scale": scale, "legend": None}
    else:
        mark["tooltip"] = None
        rows = [{key: row[key] for key in ("x", "x2", "y", "y2")} for row in rows]
    return {"data": values(rows), "mark": mark, "encoding": encoding}


def _verdicts(audit: PairsAudit, rows: Sequence[int]) -> list[str]:
    """Return the gravest verdict of each label, which is the first in the list of outliers."""
    first: dict[str, str] = {}
    for outlier in audit.outliers:
        if outlier.verdict is not None:
            first.setdefault(outlier.label, outlier.verdict)
    return [first.get(audit.measurement.items[row], "not judged") for row in rows]
