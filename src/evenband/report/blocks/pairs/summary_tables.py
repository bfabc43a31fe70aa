"""Figures of audits and comparisons as tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from evenband.analysis.pairs.rivals import rivals_of
from evenband.analysis.pairs.values import PairsAudit, Summary
from evenband.narrative.abridgement import abridge_label
from evenband.narrative.formats import (
    MISSING,
    NOT_COMPUTED,
    count,
    decimals,
    fixed,
    interval,
    noise,
    percent,
    significant,
)
from evenband.narrative.pairs.measures import among, measures_of, titled
from evenband.narrative.reticence import name_of
from evenband.report.charts.distribution import skewness
from evenband.report.charts.series import Series
from evenband.report.views import Cell, Column, Row, Table, TextPair
from evenband.types import Estimate
from evenband.types.picture_texts import shown_text

Figure = tuple[str, str, Callable[[PairsAudit], Cell]]
"""Name of a row, how to read it, and its cell for an audit."""


def estimate(value: Estimate, digits: int) -> Cell:
    """Return a cell with a figure and its 90% interval below it."""
    if value.value is None:
        return Cell(MISSING, title=NOT_COMPUTED)
    title = f"n = {count(value.n)}" if value.n else ""
    return Cell(fixed(value.value, digits), interval(value, digits), title, value.value)


def plain(text: str, title: str = "") -> Cell:
    """Return a cell with a figure that has no interval; a dash is explained by its tooltip."""
    return Cell(text, title=title or (NOT_COMPUTED if text == MISSING else ""))


def _of(name: str, digits: int) -> Callable[[PairsAudit], Cell]:
    def cell(audit: PairsAudit) -> Cell:
        value: Estimate = getattr(audit.summary, name)
        return estimate(value, digits)

    return cell


def _small(name: str, write: Callable[[float | None], str] = noise) -> Callable[[PairsAudit], Cell]:
    def cell(audit: PairsAudit) -> Cell:
        return Cell(write(getattr(audit.summary, name)))

    return cell


def _size(audit: PairsAudit) -> Cell:
    return Cell(f"{count(audit.summary.n)} × {audit.summary.templates}")


def _band(audit: PairsAudit) -> Cell:
    low, high = audit.summary.quantiles.get("q05"), audit.summary.quantiles.get("q95")
    if low is None or high is None:
        return plain(MISSING)
    digits = max(3, decimals(high - low))
    return Cell(f"{fixed(low, digits)} to {fixed(high, digits)}")


def _levels(audit: PairsAudit) -> Cell:
    summary: Summary = audit.summary
    return Cell(count(summary.levels), f"on the {summary.grid} grid" if summary.grid else "no coarse grid")


def _baseline(audit: PairsAudit) -> Cell:
    words = audit.measurement.details.baselines.get("words")
    return plain(MISSING if words is None else fixed(words, 3))


def _discoveries(audit: PairsAudit) -> Cell:
    if audit.discoveries is None:
        return plain(MISSING)
    return Cell(count(audit.discoveries), f"of {count(int(np.isfinite(audit.q).sum()))}")


FIGURES: tuple[Figure, ...] = (
    ("Labels × templates", "how many texts were changed", _size),
    ("Consistency C", "1 / Φ; 1 if the change moves all labels equally far", _of("consistency", 3)),
    ("Disparity Φ", "the factor by which the effects on two random labels differ", _of("phi", 3)),
    ("Tail T99", "how many times as far as the median the worst 1% goes", _of("t99", 2)),
    ("Sensitivity r50", "how far the change moves a text, against another label in its place", _of("r50", 4)),
    ("Median s", "the middle cosine similarity", _of("median", 4)),
    ("Band, 5% to 95%", "holds nine cells in ten", _band),
    ("Lowest s", "the farthest pair", _of("minimum", 4)),
    ("Pass rate p", "share of cells that behave as the probe’s type demands", _of("pass_rate", 3)),
    ("A bag of words passes", "baseline: what passes without understanding anything", _baseline),
    ("Uniformity U", "1 − 4p(1 − p): 1 if all cells pass or all fail", _of("uniformity", 3)),
    ("R@1", "guard: how often the changed text is nearest to its own original", _of("r_at_1", 3)),
    ("AUC", "guard: how often it is nearer than another label’s text", _of("auc", 4)),
    ("Claimed outliers", "beyond a heavy tail fitted to the band", _discoveries),
    ("Noise floor", "largest 1 − s of a text to itself, embedded again", _small("noise_floor")),
    ("Score noise", "largest change of s when the texts are embedded again", _small("score_noise")),
    ("Distinct scores", "few distinct scores mean rounding", _levels),
    (
        "MAD of s",
        "spread of s; 0 if rounding swallowed the band",
        _small("mad", partial(significant, digits=2)),
    ),
)


RATE_ROW = "Pass rate p"
ORDERING_ROWS = (RATE_ROW, "Uniformity U", "R@1", "AUC")
"""Names of the rows that say only which texts are nearer, by the model's own similarity."""

SIZE_ROWS = ("Labels × templates", "A bag of words passes")
"""Names of the rows that depend on no similarity of the model's."""

BAND_ROWS = ("Consistency C", "Disparity Φ", "Tail T99", "Sensitivity r50", "Claimed outliers", "MAD of s")
"""Names of the rows on the width of one band, which an ORDER probe does not have: it compares two."""


def summary_table(id_: str, audits: Sequence[PairsAudit]) -> Table:
    """Return every figure of every model on one probe."""
    order, distance = measures_of(audit.measurement for audit in audits)
    rivals = among(rivals_of(audit.measurement) for audit in audits)
    behind = {**dict.fromkeys(SIZE_ROWS, ""), **dict.fromkeys(ORDERING_ROWS, order), RATE_ROW: rivals + order}
    rows = tuple(
        Row(
            tuple(figure(audit) for audit in audits),
            f"{name}{behind.get(name, distance)}",
            reads,
        )
        for name, reads, figure in FIGURES
        if _applies(name, audits)
    )
    columns = tuple(Column(titled(audit.measurement), numeric=True, user=True) for audit in audits)
    caption = "All figures, with 90% intervals below them where they exist."
    return Table(id_, caption, (Column("Figure"), *columns), rows, stacked=True)


def _applies(name: str, audits: Sequence[PairsAudit]) -> bool:
    """Return whether a row means anything for a probe of this type, and has a value in an old run."""
    if name == "A bag of words passes":
        return any(audit.measurement.details.baselines for audit in audits)
    is_order = audits[0].measurement.probe.type == "ORDER"
    if is_order and name in ("R@1", "AUC"):
        return any(audit.summary.auc.value is not None for audit in audits)
    return not (is_order and name in BAND_ROWS)


def shape_table(id_: str, series: Sequence[Series]) -> Table:
    """Return the band and the skewness of each model and template."""
    rows = []
    for one in series:
        lowest = int(np.argmin(one.scores))
        skews = [skewness(values) for values in (one.scores, np.log(one.distances))]
        rows.append(
            Row(
                (
                    Cell(one.name, user=True),
                    *(Cell(fixed(q, 4), sort=q) for q in one.quantiles),
                    Cell(fixed(float(one.scores[lowest]), 4), sort=float(one.scores[lowest])),
                    label_cell(name_of(one.audit, lowest, one.column)),
                    *(Cell(fixed(skew, 1), sort=None if skew is None else round(skew, 6)) for skew in skews),
                )
            )
        )
    heads = ("5%", "Median s", "95%", "Lowest s", "Its label", "Skewness of s", "of log(1 − s)")
    columns = (Column("Series"), *(Column(head, head != "Its label") for head in heads))
    return Table(id_, "Each model and sentence by itself.", columns, tuple(rows), searchable=True)


def calibration_table(id_: str, audits: Sequence[PairsAudit]) -> Table:
    """Compare the probe's similarities with those of known kinds of pairs on the same model."""
    rows = tuple(
        _calibration_row(audit, kind, quantiles)
        for audit in audits
        for kind, quantiles in audit.measurement.details.calibration.items()
    )
    columns = (
        Column("Model"),
        Column("Kind of pair"),
        Column("5%", True),
        Column("Median s", True),
        Column("95%", True),
        Column("Probe’s median is above", True, "share of such pairs below the probe’s median similarity"),
    )
    return Table(id_, "The model’s own scale: similarities of pairs of known kinds.", columns, rows)


def _calibration_row(audit: PairsAudit, kind: str, quantiles: Sequence[float]) -> Row:
    grid = np.linspace(0, 100, len(quantiles))
    low, middle, high = (float(np.interp(p, grid, quantiles)) for p in (5, 50, 95))
    weighted = audit.measurement.details.design is not None and audit.summary.median.value
    middle_score = weighted or float(np.median(audit.measurement.scores))
    share = float(np.interp(middle_score, quantiles, grid)) / 100
    return Row(
        (
            Cell(audit.measurement.subject.name, user=True),
            Cell(kind, user=True),
            *(Cell(fixed(quantile, 3), sort=quantile) for quantile in (low, middle, high)),
            Cell(percent(share), sort=share),
        )
    )


def label_cell(label: str) -> Cell:
    """Return a cell with a label; a long one is cut short, and whole in the tooltip."""
    short = abridge_label(label)
    return Cell(short, title="" if short == label else label, user=True)


def difference(a: str, b: str) -> TextPair:
    """Cut two texts where they differ; a picture is its name."""
    a, b = shown_text(a), shown_text(b)
    shortest = min(len(a), len(b))
    start = next((k for k in range(shortest) if a[k] != b[k]), shortest)
    room = shortest - start
    end = next((k for k in range(room) if a[-1 - k] != b[-1 - k]), room)
    return TextPair(a[:start], a[start : len(a) - end], b[start : len(b) - end], a[len(a) - end :])
