"""A probe measured within a budget of texts: a random part, then the labels predicted to be farthest.

The random part is measured as any sample is: noise floor, rivals, calibration. What the labels that were
chosen add is their scores. How many labels each one stands for comes from :mod:`evenband.stats.targeting`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from evenband import stages
from evenband.analysis.pairs.covariates import covariates_of
from evenband.encoders import Tokenizing
from evenband.errors import InputError
from evenband.probes.embedding import encode
from evenband.probes.pairs.budget_size import labels_drawn, labels_within
from evenband.probes.pairs.label_columns import label_columns
from evenband.probes.pairs.minimal_pairs import MinimalPairs
from evenband.similarity import paired_similarity
from evenband.slots.lexical import lexical_columns
from evenband.stats.dispersion import log_distance
from evenband.stats.prediction import CurvePredictor
from evenband.stats.targeting import Rows, Targeted, search
from evenband.types import COSINE, Encoder, Measurement, PairsDetails, PairsMeasurement, Scores
from evenband.types.design_details import DesignDetails

SMALLEST_PREDICTED = 2.0**-40
"""Distance at which a logarithm is cut off."""

FIRST_ROWS = ("twin_of", "twin_of_b", "drawn_with")
"""Tables that name the first row of a label's kind; a chosen label is of its own."""


def measure_within(
    probe: MinimalPairs,
    encoder: Encoder,
    fresh: Encoder,
    rng: np.random.Generator,
    predictor: Encoder | None = None,
) -> PairsMeasurement:
    """Measure as many labels as the probe's budget pays for, a quarter of them at random.

    Args:
        probe: with a budget that is searched; see :func:`is_searched`.
        encoder: may be cached.
        fresh: the same model uncached.
        rng: draws the random part.
        predictor: a model whose texts cost nothing, to predict with.

    Raises:
        InputError: if a label of the random part cannot be measured.
        ModelError: if an encoder fails.
    """
    assert probe.budget is not None
    labels = labels_within(probe, probe.budget)
    sample = labels_drawn(labels)
    stages.enter("predicting the farthest labels")
    curves = _predictor_of(probe, fresh, predictor)
    look = _Look(probe, encoder, fresh)
    chosen = search(len(probe.slot), sample, labels, look, curves.predict, rng)
    return look.put_together(chosen)


class _Look:
    """Measures labels when a search asks: first the random part as a whole, then scores only."""

    def __init__(self, probe: MinimalPairs, encoder: Encoder, fresh: Encoder) -> None:
        self._probe, self._encoder, self._fresh = probe, encoder, fresh
        self._drawn: PairsMeasurement | None = None
        self._rows: Rows = np.empty(0, dtype=np.intp)
        self._scores = np.empty((len(probe.slot), len(probe.templates)))
        self._usual = np.zeros(len(probe.templates))

    def __call__(self, rows: Rows) -> Scores:
        """Return how far labels are: their largest log-distance over its template's median. Shape: (m,)."""
        if self._drawn is None:
            self._measure(rows)
        else:
            self._scores[rows] = self._embed(rows)
        y = log_distance(self._scores[rows], SMALLEST_PREDICTED)
        if not self._usual.any():
            self._usual = np.median(y, axis=0)
        return np.asarray((y - self._usual).max(axis=1))

    def _measure(self, rows: Rows) -> None:
        """Measure the random part.

        Raises:
            InputError: if a label or sentence is left out: nobody knows how many of the others would be.
        """
        part = self._probe.take(rows.tolist())
        drawn = part.measure(self._encoder, self._fresh)
        if drawn.scores.shape != (len(rows), len(self._probe.templates)):
            raise InputError(
                f"probe {self._probe.name!r}: {self._encoder.spec.ref} cannot measure all of the random part "
                "(texts without a vector, or cut before they differ); leave --budget out, or use --sample"
            )
        self._drawn, self._rows, self._scores[rows] = drawn, rows, drawn.scores

    def _embed(self, rows: Rows) -> Scores:
        """Return the scores of some labels. Shape: (m,) -> (m, t)."""
        part, columns = self._probe.take(rows.tolist()), []
        texts = [part.texts(template) for template in part.templates]
        sides = [
            encode(self._encoder, [text for filled in texts for text in filled[side]], part.role(side))
            for side in (0, 1)
        ]
        for number in range(len(texts)):
            place = slice(number * len(rows), (number + 1) * len(rows))
            columns.append(paired_similarity(sides[0][place], sides[1][place]))
        return np.stack(columns, axis=1)

    def put_together(self, targeted: Targeted) -> PairsMeasurement:
        """Return one measurement: the random part's labels first, then those that were chosen."""
        assert self._drawn is not None
        chosen = np.flatnonzero(targeted.found & ~targeted.random)
        rows = np.concatenate([self._rows, chosen])
        part = self._probe.take(rows.tolist())
        tables = _extended(self._drawn.details, part, len(chosen))
        spread = (len(rows), len(part.templates))
        inclusion = [np.broadcast_to(one[rows, None], spread).copy() for one in targeted.inclusion]
        design = DesignDetails(
            random=np.broadcast_to(targeted.random[rows, None], spread).astype(np.float64),
            weight=np.broadcast_to(targeted.weight[rows, None], spread).copy(),
            inclusion=(inclusion[0], inclusion[1]),
            facts={
                "texts": self._probe.budget,
                "population": len(self._probe.slot),
                "predictor": self._probe.predictor or None,
            },
        )
        details = PairsDetails.rebuild(tables, self._drawn.details.to_facts())
        columns, own = label_columns(part.slot, part.parts, lexical_columns(part.slot.values))
        return replace(
            self._drawn,
            probe=self._probe.spec,
            items=part.slot.values,
            scores=np.ascontiguousarray(self._scores[rows]),
            details=replace(details, design=design),
            columns=columns,
            own=own,
        )


def _extended(details: PairsDetails, part: MinimalPairs, chosen: int) -> dict[str, Any]:
    """Return the tables of the random part with rows for the chosen labels: their texts, else NaN."""
    n, t = len(part.slot), len(part.templates)
    filled = [part.texts(template) for template in part.templates]
    tables: dict[str, Any] = {}
    for name, table in details.to_tables().items():
        if table.dtype == object:
            side = "abcdefgh".index(name.removeprefix("text_"))
            tables[name] = np.array([texts[side] for texts in filled], dtype=object).T.copy()
            continue
        rest = np.full((chosen, t), np.nan)
        if name in FIRST_ROWS:
            rest = np.repeat(np.arange(n - chosen, n, dtype=np.float64)[:, None], t, axis=1)
        tables[name] = np.vstack([table, rest])
    return tables


def _predictor_of(probe: MinimalPairs, fresh: Encoder, predictor: Encoder | None) -> CurvePredictor:
    """Return what predicts distances: curves over covariates and another model's distances, its vectors."""
    first = probe.texts(probe.templates[0])[0]
    tokens = None
    if isinstance(fresh, Tokenizing):
        tokens = np.array(fresh.count_tokens(first, probe.role(0)), np.float64)[:, None]
    columns, own = label_columns(probe.slot, probe.parts, lexical_columns(probe.slot.values))
    known = Measurement(
        probe=probe.spec,
        subject=fresh.spec,
        metric=COSINE,
        items=probe.slot.values,
        conditions=(probe.templates[0].name,),
        scores=np.zeros((len(probe.slot), 1)),
        noise=None,
        details=PairsDetails(tokens=tokens),
        columns=columns,
        own=own,
    )
    table = covariates_of(known, geometry=False).values
    if predictor is None:
        return CurvePredictor(table)
    distances = []
    for template in probe.templates:
        filled = probe.texts(template)[:2]
        sides = [encode(predictor, texts, probe.role(side)) for side, texts in enumerate(filled)]
        distances.append(log_distance(paired_similarity(*sides), SMALLEST_PREDICTED))
    vectors = encode(predictor, first, probe.role(0)).astype(np.float64)
    return CurvePredictor(np.column_stack([table, *distances]), vectors)
