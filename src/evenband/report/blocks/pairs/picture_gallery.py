"""Captions and pictures of a probe, as a reader can check them: the cells that fail first."""

from __future__ import annotations

import numpy as np

from evenband.analysis.pairs.scale import passes_of
from evenband.analysis.pairs.values import PairsAudit
from evenband.analysis.pairs.violations import margins_of, similarities_of
from evenband.narrative.formats import significant
from evenband.report.blocks.pairs.failing_cells import CASE_TEXTS
from evenband.report.blocks.pairs.pair_views import Gallery, Hanging, Sight
from evenband.types.picture_texts import digest_in, shown_text

MOST_HUNG = 12
"""Cells that a gallery shows, at most."""


def gallery(id_: str, audit: PairsAudit) -> Gallery | None:
    """Return the cells of a probe with pictures, the widest failure first; ``None`` without pictures."""
    measurement = audit.measurement
    if not measurement.details.pictures:
        return None
    margins = margins_of(measurement)
    order = np.argsort(np.where(np.isnan(margins), np.inf, margins), axis=None, kind="stable")[:MOST_HUNG]
    cells = [divmod(int(place), margins.shape[1]) for place in order]
    return Gallery(
        id=id_,
        title=f"Pictures: {measurement.subject.name}",
        rows=tuple(_hanging(audit, row, column) for row, column in cells),
        reads="Each row is one query with its right and its wrong answer, and the similarity to the query; "
        "those that the model has the wrong way round come first.",
    )


def _hanging(audit: PairsAudit, row: int, column: int) -> Hanging:
    measurement = audit.measurement
    names = [*CASE_TEXTS[measurement.probe.type]]
    texts = [str(table[row, column]) for table in measurement.details.texts]
    names += names[-1:] * (len(texts) - len(names))
    scores = ["", *(significant(float(one[row, column]), 3) for one in similarities_of(measurement))]
    passes = passes_of(measurement)
    rate = None if passes is None else float(passes[row, column])
    return Hanging(
        label=measurement.items[row],
        fails=rate is not None and rate < 0.5,
        sights=tuple(
            Sight(name, shown_text(text), measurement.details.pictures.get(digest_in(text), ""), score)
            for name, text, score in zip(names, texts, scores, strict=False)
        ),
    )
