"""Values by sentences: is a value odd everywhere, or once?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evenband.analysis.pairs.values import PairsAudit
from evenband.narrative.formats import fixed, significant
from evenband.report.charts.frame import Size, Spec, text_layer, values
from evenband.report.charts.lettering import shorten, text_width
from evenband.types import Scores

ROW = 26
"""Pixels of a row."""

SHOWN = 15
"""Values that get a row."""

DEEPEST = 16.0
"""Factor from which on the colour stays the same."""

READABLE = 21.0
"""Pixels of a column that can hold a number; narrower ones show their colour alone."""

SLANT = 0.45
"""Sine of the angle at which the sentences stand above their columns."""


def rows_of(audit: PairsAudit) -> list[int]:
    """Rows of the most suspicious values, the gravest first."""
    labels = dict.fromkeys(outlier.label for outlier in audit.outliers)
    places = {label: row for row, label in enumerate(audit.measurement.items) if label in labels}
    return [places[label] for label in labels][:SHOWN]


def factors(audit: PairsAudit) -> Scores:
    """How many times as far as the sentence's median a cell lies. Shape: (n, t)."""
    s = audit.measurement.scores
    d = np.maximum(1.0 - s, max(audit.measurement.noise_floor, 1e-12))
    return np.asarray(d / np.median(d, axis=0))


def certified(audit: PairsAudit) -> NDArray[np.bool_]:
    """Cells that survive, by themselves or against the reference. Shape: (n, t)."""
    found: NDArray[np.bool_] = audit.q <= audit.level
    return found if audit.contrast is None else found | audit.contrast.cells


def heat(audit: PairsAudit, size: Size) -> Spec:
    """A row for each suspicious value, a column for each sentence; the colour is the factor."""
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
    labels = [
        {"px": round(left - 8, 1), "py": y, "text": shorten(audit.measurement.items[row], left - 10, 12)}
        for y, row in zip(middle, rows, strict=True)
    ]
    layers = [
        _rects(cells, "heat"),
        _rects([cell for cell in cells if cell["certified"]], "certified"),
        text_layer([cell["text"] for cell in cells if step >= READABLE], "heat-text", "center"),
        text_layer(labels, "plain-text", "right"),
    ]
    names = text_layer([{**head, "py": round(top - 8, 1)} for head in heads], "tag")
    if not size.stacked:
        names["mark"]["angle"] = -27
        told = [
            {"px": round(width - right + 8, 1), "py": y, "text": text}
            for y, text in zip(middle, verdicts, strict=True)
        ]
        layers.append(text_layer(told, "tag"))
    return {"width": width, "height": round(top + ROW * len(rows) + 2), "layer": [*layers, names]}


def _heads(audit: PairsAudit, stacked: bool, left: float, right: float, step: float) -> list[Spec]:
    """The sentences, numbered; numbers alone where there is no room."""
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
    made, factor, certain = audit.measurement, factors(audit), certified(audit)
    small = step < text_width("88.8", 11) + 2
    cells = []
    for place, row in enumerate(rows):
        for column, template in enumerate(made.conditions):
            value = float(factor[row, column])
            x, y = left + column * step, top + place * ROW
            box = {"x": x + 1, "x2": x + step - 1, "y": y + 1, "y2": y + ROW - 1}
            text = fixed(value, 0 if small and value >= 9.5 else 1)
            cells.append(
                {
                    **{key: round(edge, 1) for key, edge in box.items()},
                    "v": round(float(np.log2(np.clip(value, 1.0, DEEPEST))), 3),
                    "certified": bool(certain[row, column]),
                    "text": {"px": round(x + step / 2, 1), "py": round(y + ROW / 2, 1), "text": text},
                    "label": made.items[row],
                    "a": str(made.details.texts[0][row, column]),
                    "b": str(made.details.texts[1][row, column]),
                    "more": _more(audit, row, column, value),
                    "model": made.subject.name,
                    "template": template,
                }
            )
    return cells


def _more(audit: PairsAudit, row: int, column: int, factor: float) -> str:
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
        parts.append(f"q {fixed(q, 3)}")
    return "\n".join(parts)


def _rects(cells: Sequence[Spec], style: str) -> Spec:
    rows = [{key: value for key, value in cell.items() if key not in ("text", "certified")} for cell in cells]
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
    """The gravest verdict of each value, its first in the list of outliers."""
    first: dict[str, str] = {}
    for outlier in audit.outliers:
        if outlier.verdict is not None:
            first.setdefault(outlier.label, outlier.verdict)
    return [first.get(audit.measurement.items[row], "not judged") for row in rows]
