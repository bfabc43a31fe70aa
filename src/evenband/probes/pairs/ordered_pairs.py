"""Minimal pairs on a reranker, which gives scores of pairs and no distance between texts: orderings only.

A reranker is asymmetric: it scores a document for a query. Which text is the query:

* INV: text b, the changed text, is the query, and the texts a of all labels are the documents. The cell
  passes if its own text a scores higher than those of the rivals, up to 31 other labels.
* DIFF: text a is the query; a paraphrase must score higher than the changed text.
* ORDER: text a is the query; the relevant text must score higher than the irrelevant one.

Where the probe gives text a the role of a query and text b that of a document, an INV probe asks the other
way round: text a is the query, and the rivals are other labels' texts b. Other correct documents of the same
query are no rivals, and documents that the model reads as the same tokens are one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from evenband import stages
from evenband.errors import MissingVectorsError, UndecidableError
from evenband.probes.embedding import check_pictures
from evenband.probes.pairs.asked_pairs import (
    Asked,
    Mask,
    ask,
    count_cut_pairs,
    find_refused_pairs,
    find_undecidable_pairs,
    find_unseen_changes,
    read_asked,
)
from evenband.probes.pairs.cells import SMALLEST_DIFFERENCE, stack_cells
from evenband.probes.pairs.covered_cells import choose_cells
from evenband.probes.pairs.label_columns import label_columns
from evenband.probes.pairs.minimal_pairs import MinimalPairs
from evenband.probes.pairs.noise import TEXTS_PER_SMALL_CALL, repeated_rows
from evenband.probes.pairs.templates import Template, gaps
from evenband.slots.lexical import lexical_columns
from evenband.stats.groups import join
from evenband.stats.ordering import passes
from evenband.stats.ranks import undefeated
from evenband.types import (
    RELEVANCE,
    Measurement,
    NoiseFloor,
    PairsDetails,
    PairsMeasurement,
    Readings,
    Reranker,
    Scores,
    Truncation,
)
from evenband.types.details import ALIKE_TABLE


def measure_orderings(
    probe: MinimalPairs, reranker: Reranker, fresh: Reranker, rng: np.random.Generator
) -> PairsMeasurement:
    """Measure how a reranker orders the texts of a probe, and by what scores.

    Args:
        probe: what to measure.
        reranker: may be cached.
        fresh: the same model uncached, for the noise of a score.
        rng: draws the rivals.

    Raises:
        MissingVectorsError: if the probe has pictures, or no label whose pairs are all scored.
        UndecidableError: if the model reads the pairs of every label as the same, since they are cut.
        ModelError: if the reranker fails.
    """
    stages.enter("scoring pairs")
    asked = _ask_all(probe, reranker, fresh, rng)
    refused = np.stack([find_refused_pairs(reranker, one) for one in asked], axis=1)
    if refused.any():
        return _measure_scored(probe, reranker, fresh, rng, asked, refused)
    readings = [read_asked(fresh, one) for one in asked]
    masks = [find_undecidable_pairs(*both) for both in zip(asked, readings, strict=True)]
    undecidable = np.stack(masks, axis=1)
    truncation = count_cut_pairs(probe, asked, readings, undecidable, reranker.spec.max_tokens)
    if undecidable.any():
        return _measure_decidable(probe, reranker, fresh, rng, undecidable, truncation)
    scores = [reranker.score(one.all_pairs) for one in asked]
    noise = _noise(fresh, asked, scores)
    cells = [
        _cells(probe, one, score, read, max(noise.score, SMALLEST_DIFFERENCE * float(np.abs(score).max())))
        | _twins(template, one)
        for template, one, score, read in zip(probe.templates, asked, scores, readings, strict=True)
    ]
    table, tables = stack_cells([one.texts for one in asked], cells)
    looked_up = {} if probe.of else lexical_columns(probe.slot.values)
    columns, own = label_columns(probe.slot, probe.parts, looked_up)
    facts = {"truncation": None if truncation is None else truncation.to_dict()}
    return Measurement(
        probe=probe.spec,
        subject=reranker.spec,
        metric=RELEVANCE,
        items=probe.slot.values,
        conditions=tuple(template.name for template in probe.templates),
        scores=table,
        noise=noise,
        details=PairsDetails.rebuild(tables, facts),
        columns=columns,
        own=own,
    )


def _ask_all(
    probe: MinimalPairs, reranker: Reranker, fresh: Reranker, rng: np.random.Generator
) -> list[Asked]:
    """Return what is asked for each template.

    Raises:
        MissingVectorsError: if the probe has pictures.
    """
    asked = [ask(probe, template, fresh, rng) for template in probe.templates]
    for one in asked:
        check_pictures(reranker.spec, [text for filled in one.texts for text in filled])
    return asked


def _measure_decidable(
    probe: MinimalPairs,
    reranker: Reranker,
    fresh: Reranker,
    rng: np.random.Generator,
    undecidable: Mask,
    truncation: Truncation | None,
) -> PairsMeasurement:
    """Measure the templates and labels whose pairs differ before the cut, and list the others."""
    rows, columns = choose_cells(~undecidable)
    if not rows:
        raise UndecidableError(
            f"probe {probe.name!r}: not measured: the pairs of every label are cut before they differ; "
            f"expected texts that {reranker.spec.ref} reads to the end"
        )
    part = replace(probe.take(rows), templates=tuple(probe.templates[column] for column in columns))
    measurement = measure_orderings(part, reranker, fresh, rng)
    details = replace(measurement.details, truncation=truncation)
    return replace(measurement, probe=probe.spec, details=details)


def _measure_scored(
    probe: MinimalPairs,
    reranker: Reranker,
    fresh: Reranker,
    rng: np.random.Generator,
    asked: Sequence[Asked],
    refused: Mask,
) -> PairsMeasurement:
    """Measure the templates and labels all of whose pairs the reranker scores, and list the others."""
    rows, columns = choose_cells(~refused)
    if not rows:
        raise MissingVectorsError(
            f"probe {probe.name!r}: not measured: {reranker.spec.ref} cannot score a pair of each label"
        )
    part = replace(probe.take(rows), templates=tuple(probe.templates[column] for column in columns))
    measurement = measure_orderings(part, reranker, fresh, rng)
    missing = tuple(
        (probe.slot.values[row], asked[column].texts[0][row]) for row, column in np.argwhere(refused).tolist()
    )
    details = replace(measurement.details, missing=(*missing, *measurement.details.missing))
    return replace(measurement, probe=probe.spec, details=details)


def _cells(
    probe: MinimalPairs, asked: Asked, scores: Scores, readings: Readings | None, tie: float
) -> dict[str, Scores]:
    """Return everything that is measured of one template's cells, by name. Shape: (n,) each."""
    n, kinds = len(asked.texts[0]), len(asked.pairs)
    own = [scores[k * n : (k + 1) * n] for k in range(kinds)]
    names = ("score", *(f"score_{letter}" for letter in "cdefghijklmnopqrstuvwxyz"))
    named = dict(zip(names, own, strict=False))
    if probe.type != "INV":
        return {**named, "pass": passes(probe.type, own, tie)}
    alike = find_unseen_changes(asked, readings).astype(np.float64)
    return {**named, **_against_rivals(asked, scores, readings, tie), ALIKE_TABLE: alike}


def _against_rivals(asked: Asked, scores: Scores, readings: Readings | None, tie: float) -> dict[str, Scores]:
    """Count the rivals of each label that score higher than its own document, and those that score as high.

    A rival that the model reads as the label's own pair is none, and rivals that it reads alike are one.
    Shape: (n,) each.
    """
    n = len(asked.texts[0])
    counts = np.array([len(row) for row in asked.rivals])
    label = np.repeat(np.arange(n), counts)
    gap = scores[n:] - scores[:n][label]
    is_rival = np.ones(len(gap), dtype=np.bool_)
    if readings is not None:
        keys = readings.keys[n : n + len(gap)]
        is_rival = (keys != readings.keys[:n][label]) & _are_first(label, keys)

    def number(mask: Mask) -> Scores:
        return np.bincount(label[mask & is_rival], minlength=n).astype(np.float64)

    rivals, nearer = number(np.ones_like(is_rival)), number(gap > tie)
    tied = number(np.abs(gap) <= tie)
    auc = np.where(rivals > 0, (rivals - nearer - tied / 2) / np.maximum(rivals, 1), np.nan)
    passed = undefeated(nearer, tied, rivals)
    return {"auc": auc, "pass": passed, "rivals": rivals, "nearer": nearer, "tied": tied}


def _are_first(label: NDArray[np.intp], keys: NDArray[np.int64]) -> Mask:
    """Return which pairs are the first of their label with such a key. Shape: (m,), (m,) -> (m,)."""
    order = np.lexsort((keys, label))  # stable: of equal ones, the first stays first
    is_repeated = np.zeros(len(keys), dtype=np.bool_)
    is_repeated[order[1:]] = (np.diff(label[order]) == 0) & (keys[order][1:] == keys[order][:-1])
    return ~is_repeated


def _twins(template: Template, asked: Asked) -> dict[str, Scores]:
    """Return the first label of each label's twins, with the same text a, and of those drawn as one.

    Shape: (n,) each.
    """
    n = len(asked.texts[0])
    same_a = join(n, asked.codes[:1])
    drawn = [codes for codes, text in zip(asked.codes, template.texts, strict=False) if gaps(text)]
    clusters = join(n, drawn)
    return {
        "twin_of": same_a.first[same_a.of].astype(np.float64),
        "drawn_with": clusters.first[clusters.of].astype(np.float64),
    }


def _noise(fresh: Reranker, asked: Sequence[Asked], scores: Sequence[Scores]) -> NoiseFloor:
    """Return the largest change of a score when pairs are scored again, in other batches and order."""
    stages.enter("noise floor")
    n, cells = len(asked[0].texts[0]), len(asked[0].texts[0]) * len(asked)
    largest, count = 0.0, 0
    for one, before in zip(asked, scores, strict=True):
        rows = repeated_rows(n, cells, len(asked))
        pairs = [one.pairs[0][row] for row in rows]
        starts = range(0, len(pairs), TEXTS_PER_SMALL_CALL)
        calls = [fresh.score(pairs[start : start + TEXTS_PER_SMALL_CALL]) for start in starts]
        for again in (fresh.score(pairs[::-1])[::-1], np.concatenate(calls)):
            largest = max(largest, float(np.abs(again - before[rows]).max()))
        count += len(pairs)
    return NoiseFloor(0.0, largest, count)
