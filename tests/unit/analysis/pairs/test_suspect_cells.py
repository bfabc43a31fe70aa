"""A clear first cell that is not certified is named, with its q; power is known for frequent words apart."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from types import ModuleType

import numpy as np
import pytest

from evenband import analysis
from evenband.analysis import PairsAudit, Results
from evenband.analysis.pairs.frequent_words import prior_weights
from evenband.analysis.pairs.scale import scale_of
from evenband.analysis.pairs.structure import cell_covariates, structure_of
from evenband.analysis.pairs.suspect_cells import LARGEST_SUSPECT_Q, strongest_suspect
from evenband.narrative.pairs.frequencies import missed_by_frequency
from evenband.narrative.pairs.verdicts import amount
from evenband.stats.detection import detect
from evenband.stats.multiple_testing import adjust
from evenband.types.details import LEXICAL_PREFIX
from unit.analysis.pairs import labelled

ROW, COLUMN = 17, 3


@cache
def _ordinary() -> np.ndarray:
    """Log-distances of which no cell is far out."""
    for seed in range(20):
        y = labelled.additive_table(6, seed=seed)
        y[ROW, COLUMN] = np.median(y)
        measured = labelled.of_animals(y)
        cells = detect(y, cell_covariates(measured), weights=prior_weights(measured))
        if cells.q.min() > 2 * LARGEST_SUSPECT_Q:
            return y
    raise AssertionError("every table has a far cell")


def _nearly_certified() -> np.ndarray:
    """The same with one effect that is just too small to be certified."""
    y = _ordinary().copy()
    measured = labelled.of_animals(y)
    covariates, weights = cell_covariates(measured), prior_weights(measured)
    start = y[ROW, COLUMN] + 0.6
    for step in (0.1, 0.02):  # first in large steps, then back by one and on in small ones
        y[ROW, COLUMN] = start
        while detect(y, covariates, weights=weights).q[ROW, COLUMN] > 0.3:
            start, y[ROW, COLUMN] = y[ROW, COLUMN], y[ROW, COLUMN] + step
    return y


@pytest.fixture(scope="module")
def nearly() -> PairsAudit:
    return labelled.audit(labelled.of_animals(_nearly_certified()), detailed=False)


def test_the_strongest_suspect_is_named_with_its_q(nearly: PairsAudit) -> None:
    """It heads the list, is called neither ordinary nor certified, and stands in the summary."""
    label = labelled.animals()[ROW]
    first = nearly.outliers[0]
    assert nearly.discoveries == 0
    assert (first.label, first.template, first.verdict) == (label, f"template {COLUMN}", "unexplained")
    assert first.q is not None
    assert nearly.level < first.q < LARGEST_SUSPECT_Q
    assert "not certified: more sentences or a reference model would settle it" in first.evidence
    assert amount(nearly, "noun") == (
        f"No cell is certified; the strongest suspect is {label} in “template {COLUMN}” (q {first.q:.2f}): "
        "a reference model would settle it.",
    )
    [result] = analysis.summarise(Results((nearly,)))["results"]
    assert result["suspect"] == {
        "label": label, "template": f"template {COLUMN}", "q": first.q, "z": first.z,
    }  # fmt: skip


def test_an_ordinary_table_has_no_suspect() -> None:
    """A table without a far cell names nobody."""
    audit = labelled.audit(labelled.of_animals(_ordinary()), detailed=False)
    assert strongest_suspect(audit.outliers) is None
    assert "suspect" not in amount(audit, "noun")[0]


def test_explained_and_certified_cells_are_no_suspects(planted: ModuleType) -> None:
    """A fragile word is explained; where a cell is certified, there is no other suspect."""
    first, second = planted.structured(memorised=False).outliers[:2]
    fragile, open_ = replace(first, q=0.07, verdict="fragile word"), replace(second, q=0.2, verdict=None)
    assert strongest_suspect((fragile, open_)) == open_
    assert strongest_suspect((replace(fragile, q=0.01), open_)) is None
    assert strongest_suspect((replace(open_, q=0.5),)) is None
    assert strongest_suspect(()) is None


def test_power_is_told_apart_by_frequency() -> None:
    """Frequent words that scatter more have a larger detectable effect, and the sentence says so."""
    rng = np.random.default_rng(4)
    y = labelled.additive_table(6, seed=4, noise=0.1)
    words = [i for i, label in enumerate(labelled.animals()) if label.isalpha()]
    frequent = np.isin(np.arange(len(y)), words[:120])
    y[frequent] += rng.normal(0, 0.35, (120, 6))
    measured = labelled.of_animals(y)
    zipf = tuple(np.where(frequent, 5.0, 1.0).tolist())
    measured = replace(measured, columns={**measured.columns, f"{LEXICAL_PREFIX}frequency": zipf})
    structure = structure_of(measured, scale_of(measured), rng)
    assert structure is not None
    often, rarely = structure.by_frequency
    assert (often.frequent, often.labels, rarely.frequent, rarely.labels) == (True, 120, False, 480)
    assert often.power.recall.mean() < rarely.power.recall.mean() - 0.1
    said = missed_by_frequency(labelled.audit(measured, detailed=False), structure.by_frequency)
    assert "120 frequent words" in said
    assert f"480 other labels from {rarely.power.minimum:.1f} times the distance" in said
    few = replace(measured, columns={**measured.columns, f"{LEXICAL_PREFIX}frequency": (1.0,) * len(y)})
    alone = structure_of(few, scale_of(few), rng)
    assert alone is not None
    assert alone.by_frequency == ()


def test_frequent_words_weigh_more_and_phrases_do_not() -> None:
    """A word with a Zipf frequency of 3.5 or more has weight 4; without English frequencies all are alike."""
    measured = labelled.of_animals(_ordinary())
    words = [i for i, label in enumerate(measured.items) if label.isalpha()]
    phrases = [i for i, label in enumerate(measured.items) if not label.isalpha()]
    zipf = np.full(len(measured.items), 3.49)
    zipf[words[:2]], zipf[phrases[:2]] = (3.5, 9.0), (3.5, 9.0)
    often = replace(
        measured, columns={**measured.columns, f"{LEXICAL_PREFIX}frequency": tuple(zipf.tolist())}
    )
    weights = prior_weights(often)
    assert weights is not None
    assert np.flatnonzero(weights == 4.0).tolist() == words[:2]
    assert (np.delete(weights, words[:2]) == 1.0).all()
    assert prior_weights(replace(often, probe=replace(often.probe, language="de"))) is None
    columns = {k: v for k, v in measured.columns.items() if k != f"{LEXICAL_PREFIX}frequency"}
    assert prior_weights(replace(measured, columns=columns)) is None


def test_an_audit_alone_adjusts_by_the_weights_of_its_words() -> None:
    """q of the structure is p over the prior weight, adjusted; without frequencies it is p alone."""
    measured = labelled.of_animals(_ordinary())
    zipf = tuple(np.where(np.arange(len(measured.items)) % 3 == 0, 5.0, 1.0).tolist())
    often = replace(measured, columns={**measured.columns, f"{LEXICAL_PREFIX}frequency": zipf})
    structure, weights = structure_of(often, scale_of(often), None), prior_weights(often)
    assert structure is not None
    assert weights is not None
    assert structure.cells.q == pytest.approx(adjust(structure.cells.p, weights[:, None]))
    assert structure.cells.q != pytest.approx(adjust(structure.cells.p))
