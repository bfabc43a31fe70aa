"""The analysis of overlap on planted measurements."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evenband.analysis import Circumstances, OverlapAudit, OverlapComparison, analyse, compare
from evenband.types import (
    Measurement,
    ModelSpec,
    OperatorFacts,
    OverlapDetails,
    OverlapMeasurement,
    ProbeSpec,
    overlap_metric,
)
from evenband.types.details import details_class


def planted(name: str = "one", kept: float = 0.9, other: float = 0.1, n: int = 40) -> OverlapMeasurement:
    """A comma keeps most of the list for all queries but one; a negation changes half the queries."""
    applied = np.stack([np.ones(n), np.arange(n) % 2.0], axis=1)
    overlap = np.where(applied == 1, np.array([[kept, 0.5]]), 1.0)
    overlap[7, 0] = 0.1
    first_rank = np.where(applied == 1, np.array([[1.0, 2.0]]), 1.0)
    first_rank[7, 0] = np.nan
    return Measurement(
        probe=ProbeSpec(name="shop-ranks", digest="d", items=n, conditions=2),
        subject=ModelSpec(f"toy:{name}", name, "toy", name, "float32", 8),
        metric=overlap_metric(10),
        items=tuple(f"q{row}" for row in range(n)),
        conditions=("comma", "negation"),
        scores=overlap,
        noise=None,
        details=OverlapDetails(
            changed=np.array([[f"q{row},", f"not q{row}"] for row in range(n)], dtype=object),
            applied=applied,
            rank_biased=overlap.copy(),
            first_rank=first_rank,
            other_overlap=np.full((n, 2), other),
            lost=np.full((n, 2), "d", dtype=object),
            documents=500,
            operators=(
                OperatorFacts("comma", "keeps", "w"),
                OperatorFacts("negation", "reverses", "w"),
            ),
        ),
    )


def audit(measurement: OverlapMeasurement) -> OverlapAudit:
    result = analyse(measurement, Circumstances(np.random.default_rng(0)))
    assert isinstance(result, OverlapAudit)
    return result


def test_only_queries_that_an_operator_changes_count() -> None:
    comma, negation = audit(planted()).operators
    assert comma.overlap.value == pytest.approx((39 * 0.9 + 0.1) / 40)
    assert negation.overlap.value == pytest.approx(0.5)
    assert (negation.overlap.n, negation.queries, comma.queries) == (20, 20, 40)
    assert comma.first_kept.value == pytest.approx(39 / 40)
    assert negation.first_kept.value == 0.0


def test_the_query_that_lost_most_is_named_and_counted_as_far_below_the_band() -> None:
    """Where the meaning changes, it is the queries that changed least that are listed."""
    comma, negation = audit(planted()).operators
    assert comma.outliers == 1
    assert comma.band == pytest.approx((0.9, 0.9, 0.9))
    worst = comma.most[0]
    assert (worst.query, worst.changed, worst.first_rank, worst.lost) == ("q7", "q7,", None, "d")
    assert [one.query for one in negation.most[:2]] == ["q1", "q3"]


def test_lists_that_are_all_alike_are_reported() -> None:
    """A model that answers every query with the same documents has an overlap of 1 that means nothing."""
    assert audit(planted()).notes == ()
    [note] = audit(planted(other=0.8)).notes
    assert note.startswith("alike: two different queries have 80% of their first 10 documents in common")
    small = planted()
    [note] = audit(replace(small, details=replace(small.details, documents=15))).notes
    assert note.startswith("small corpus: 15 documents")


def test_two_models_are_compared_over_the_queries_that_are_changed() -> None:
    result = compare(planted(), planted("two", kept=0.7), np.random.default_rng(0))
    assert isinstance(result, OverlapComparison)
    assert result.rank_biased["comma"].value == pytest.approx(-0.2 * 39 / 40)
    assert (result.rank_biased["negation"].value, result.rank_biased["negation"].n) == (0.0, 20)


def test_details_come_back_from_a_file_and_are_cut_with_the_scores() -> None:
    details = planted().details
    again = details_class("overlap").rebuild(details.to_tables(), details.to_facts())
    assert again.to_facts() == details.to_facts()
    part = planted().take([7, 1, 2], [1])
    assert [one.name for one in part.details.operators] == ["negation"]
    assert part.details.changed.tolist() == [["not q7"], ["not q1"], ["not q2"]]
