"""Series: one template of one audit as the charts draw it, thinned if the page would be too large."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenband.analysis.pairs.structure import scores_at
from evenband.analysis.pairs.values import Contrast, PairsAudit
from evenband.narrative.reticence import is_shown, name_of
from evenband.types import Scores
from evenband.types.picture_texts import shown_text
from evenband.unshown_words import NOT_SHOWN

POINTS_ON_A_PAGE = 45_000
"""Points on a page, at most."""

NAMED_WORDS = ("grandma", "grandpa")
"""Words of evenband's first experiment, which every chart names if they are in the list."""

OUTLIER, NAMED_WORD = 1, 2
"""Marks of points that are drawn in a style of their own."""


@dataclass(frozen=True)
class Series:
    """One template of one audit.

    Attributes:
        key: name of its points in the page.
        audit: of which it is a part.
        column: index of the template.
        rows: (m,) indices of the labels that are drawn, ascending; all unless the page would be too large.
        farthest: indices of the farthest labels by falling z, the candidates for a caption.
        list_key: name of its list of labels in the page, shared by series with the same labels.
    """

    key: str
    audit: PairsAudit
    column: int
    rows: NDArray[np.intp]
    farthest: tuple[int, ...]
    list_key: str = "l0"

    @property
    def scores(self) -> Scores:
        """All scores of the template, drawn or not.

        Shape: (n,).
        """
        scores: Scores = self.audit.measurement.scores[:, self.column]
        return scores

    @property
    def distances(self) -> Scores:
        """Distances 1 - s, at least the noise floor (the largest distance of a text to itself).

        Shape: (n,).
        """
        return np.maximum(1.0 - self.scores, max(self.audit.measurement.noise_floor, 1e-12))

    def reference_distances(self, contrast: Contrast) -> Scores:
        """Return :attr:`distances` in the reference, NaN if it has no vectors.

        Shape: (n,).
        """
        scores = scores_at(contrast.reference, self.audit.measurement)[:, self.column]
        return np.maximum(1.0 - scores, max(contrast.reference.noise_floor, 1e-12))

    @property
    def labels(self) -> tuple[str, ...]:
        """All labels."""
        return self.audit.measurement.items

    @property
    def model(self) -> str:
        """Name of the model."""
        return self.audit.measurement.subject.name

    @property
    def template(self) -> str:
        """Name of the template."""
        return self.audit.measurement.conditions[self.column]

    @property
    def name(self) -> str:
        """Name of the model, and of the template if there are several."""
        several = len(self.audit.measurement.conditions) > 1
        return f"{self.model} · {self.template}" if several else self.model

    @property
    def quantiles(self) -> tuple[float, float, float]:
        """The 5%, 50% and 95% quantiles of the template's scores."""
        low, middle, high = (float(q) for q in np.quantile(self.scores, (0.05, 0.5, 0.95)))
        return low, middle, high

    @property
    def named(self) -> tuple[int, ...]:
        """Rows of the words that every chart names."""
        return tuple(self.labels.index(word) for word in NAMED_WORDS if word in self.labels)

    @property
    def marks(self) -> Mapping[int, int]:
        """Marks of the farthest cells and the named words, by row."""
        marks = dict.fromkeys(self.farthest, OUTLIER)
        return {**marks, **dict.fromkeys(self.named, NAMED_WORD)}


def series_of(audits: Sequence[PairsAudit]) -> list[list[Series]]:
    """Return the templates of each audit as series."""
    total = sum(len(audit.measurement.conditions) for audit in audits)
    cells = sum(audit.measurement.scores.size for audit in audits)
    budget = None if cells <= POINTS_ON_A_PAGE else max(500, POINTS_ON_A_PAGE // max(total, 1))
    lists: dict[tuple[str, ...], str] = {}
    result: list[list[Series]] = []
    for number, audit in enumerate(audits):
        columns = range(len(audit.measurement.conditions))
        name = lists.setdefault(audit.measurement.items, f"l{len(lists)}")
        group = [_series(f"p{number}_{column}", audit, column, budget) for column in columns]
        result.append([replace(one, list_key=name) for one in group])
    return result


def _may_be_named(audit: PairsAudit, row: int, column: int) -> bool:
    """Return whether a cell may have a caption: a slur only where the cell is certified."""
    return name_of(audit, row, column) is not NOT_SHOWN


def label_lists(groups: Sequence[Sequence[Series]]) -> dict[str, Any]:
    """Return the drawn labels of each list: all of them, or some with their positions ``x``."""
    lists: dict[str, Any] = {}
    for key in dict.fromkeys(one.list_key for group in groups for one in group):
        members = [one for group in groups for one in group if one.list_key == key]
        labels = _names(members)
        rows = sorted(set().union(*(one.rows.tolist() for one in members)))
        if len(rows) == len(labels):
            lists[key] = {"label": list(labels)}
        else:
            lists[key] = {"x": rows, "label": [labels[row] for row in rows]}
    return lists


def _names(members: Sequence[Series]) -> list[str]:
    """Return all labels of a list as tooltips show them: a slur only where a cell of it is certified."""
    labels = members[0].labels
    hidden = {row for row, label in enumerate(labels) if not is_shown(members[0].audit.measurement, label)}
    for one in members:
        claimed = one.audit.claimed[:, one.column]
        hidden -= {row for row in hidden if claimed[row]}
    return [NOT_SHOWN if row in hidden else label for row, label in enumerate(labels)]


def _series(key: str, audit: PairsAudit, column: int, budget: int | None) -> Series:
    """Return a template as a series of up to ``budget`` points: the tail and an even sample."""
    z = audit.z[:, column]
    order = np.argsort(-z, kind="stable")
    farthest = tuple(int(row) for row in order[:16] if z[row] > 0 and _may_be_named(audit, int(row), column))
    whole = Series(key, audit, column, np.arange(len(z)), farthest)
    if budget is None or len(z) <= budget:
        return whole
    tail = order[: budget // 10]
    spread = np.arange(0, len(z), max(1, -(-len(z) // (budget - len(tail)))))
    rows = np.union1d(np.union1d(tail, spread), np.array([*farthest, *whole.named], dtype=np.intp))
    return Series(key, audit, column, rows.astype(np.intp), farthest)


def points(series: Series) -> dict[str, Any]:
    """Return the drawn cells of a series by column, for JSON.

    ``x`` is the position in the list; it is left out if all labels are drawn. ``a`` and ``b`` are the
    pieces before and after the label if these are the same in all texts, otherwise every text.
    """
    measurement, column, rows = series.audit.measurement, series.column, series.rows
    labels = [series.labels[row] for row in rows]
    columns: dict[str, Any] = {
        "list": series.list_key,
        "s": [round(float(s), 7) for s in series.scores[rows]],
        "z": [_rounded(z, 2) for z in series.audit.z[rows, column]],
        "q": [_rounded(q, 4) for q in series.audit.q[rows, column]],
        "template": series.template,
        "model": series.model,
        "k": {str(row): mark for row, mark in series.marks.items()},
    }
    if series.audit.contrast is not None:
        columns["u"] = [
            None if np.isnan(d) else float(f"{d:.4g}")
            for d in series.reference_distances(series.audit.contrast)[rows]
        ]
        columns["v"] = [float(f"{d:.4g}") for d in series.distances[rows]]
    if len(rows) < len(series.labels):
        columns["x"] = [int(row) for row in rows]
    for key, table in zip("ab", measurement.details.texts, strict=False):
        texts = [shown_text(str(text)) for text in table[rows, column]]
        columns[key] = _pieces(labels, texts) or _texts(series, texts)
    return columns


def _texts(series: Series, texts: Sequence[str]) -> list[str]:
    """Return the drawn texts, without those of labels whose names tooltips do not show."""
    audit, column = series.audit, series.column
    is_hidden = (name_of(audit, int(row), column) is NOT_SHOWN for row in series.rows)
    return [NOT_SHOWN if hidden else text for hidden, text in zip(is_hidden, texts, strict=True)]


def _pieces(labels: list[str], texts: list[str]) -> dict[str, str] | None:
    """Return what is before and after the label if that is the same in all texts."""
    before, label, after = texts[0].partition(labels[0]) if texts else ("", "", "")
    if not label or any(before + own + after != text for own, text in zip(labels, texts, strict=True)):
        return None
    return {"before": before, "after": after}


def _rounded(value: float, digits: int) -> float | None:
    return round(float(value), digits) if np.isfinite(value) else None


def records(columns: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Convert points to rows without texts, for the renderer of the PNG files."""
    marks, x = columns["k"], columns.get("x", range(len(columns["s"])))
    rows = [{"x": i, "s": s, "k": marks.get(str(i), 0)} for i, s in zip(x, columns["s"], strict=True)]
    if "u" not in columns:
        return rows
    return [{**row, "u": u, "v": v} for row, u, v in zip(rows, columns["u"], columns["v"], strict=True)]
