"""A model against its reference: how far each sentence moved, and which labels moved more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from evenband.analysis.pairs.values import Contrast
from evenband.narrative.formats import MISSING, NOT_COMPUTED, factor
from evenband.narrative.pairs.headlines import moved, noun_of
from evenband.report.charts.frame import SIZES
from evenband.report.charts.series import Series
from evenband.report.charts.shift import movers_of, shift
from evenband.report.views import Block, Cell, Column, Figure, Option, Prose, Row, Table
from evenband.wording import listed


def contrast_blocks(prefix: str, groups: Sequence[Sequence[Series]]) -> Iterator[Block]:
    """Yield what moved against the references, for audits that have one."""
    contrasts = ((group, group[0].audit.contrast) for group in groups)
    pairs = [(group, contrast) for group, contrast in contrasts if contrast is not None]
    if not pairs:
        return
    yield Prose(tuple(moved(group[0].audit, contrast) for group, contrast in pairs))
    yield moved_table(f"{prefix}-moved", pairs)
    yield shift_figure(f"{prefix}-shift", pairs)


def moved_table(id_: str, pairs: Sequence[tuple[Sequence[Series], Contrast]]) -> Table:
    """Return how many times as far as in the reference each sentence moves its labels."""
    several = len(pairs) > 1
    rows = []
    for group, contrast in pairs:
        for one in group:
            ratio = float(contrast.moved[one.column])
            if np.isnan(ratio):
                continue
            cells = [
                Cell(one.template, user=True),
                Cell(factor(ratio), sort=ratio),
                *_beyond(one, contrast),
            ]
            rows.append(Row(tuple([Cell(one.model, user=True)] * several + cells)))
    columns = (
        *([Column("Model")] * several),
        Column("Sentence"),
        Column("Moved", True, "the model’s distance over the reference’s, median over labels"),
        Column("Labels beyond it", True, "moved as a whole or in this sentence, beyond what all labels do"),
        Column("Which"),
    )
    return Table(id_, "Against the reference, sentence by sentence.", columns, tuple(rows), searchable=True)


def _beyond(series: Series, contrast: Contrast) -> tuple[Cell, Cell]:
    """Return how many labels moved beyond the rest, and which; dashes where none could be tested."""
    if not contrast.tested:
        return Cell(MISSING, title=NOT_COMPUTED), Cell(MISSING, title=NOT_COMPUTED)
    movers = movers_of(series, contrast)
    names = listed([series.labels[row] for row in movers])
    return Cell(str(len(movers)), sort=len(movers)), Cell(names or "none", user=bool(movers))


def shift_figure(id_: str, pairs: Sequence[tuple[Sequence[Series], Contrast]]) -> Figure:
    """Return a scatter plot of the model's distances over the reference's, a chart for each sentence."""
    title = "What moved against the reference"
    noun = noun_of(pairs[0][0][0].audit)
    options, alts = [], []
    for group, contrast in pairs:
        shown = [one for one in group if one.template in contrast.reference.conditions]
        for one in shown:
            draw = partial(shift, one, contrast)
            specs = tuple((size.total, draw(size)) for size in SIZES)
            options.append(
                Option(one.name, specs, (one.key,), f"{title}: {one.name}", one is shown[0], ("u", "v"))
            )
        alts.append(moved(group[0].audit, contrast))
    reads = (
        f"Each dot is one {noun}: to the right its distance 1 − s in the reference, upwards in the model, "
        "both on a logarithmic axis. On the line nothing has changed. A cloud above the line is a rule that "
        f"the model has learned; single dots above the cloud are {noun}s that it treats as special. Those in "
        "the warm colour moved more than the tail of all moves explains.",
    )
    alt = f"Scatter plot of distances in a model against its reference. {' '.join(alts)}"
    return Figure(id_, title, alt, reads, tuple(options))
