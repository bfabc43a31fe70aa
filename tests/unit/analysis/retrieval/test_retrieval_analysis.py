"""The analysis of retrieval on planted measurements."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evenband.analysis import (
    Circumstances,
    RetrievalAudit,
    RetrievalComparison,
    analyse,
    compare,
    summarise_comparison,
)
from evenband.analysis.retrieval.paired_tests import model_tests
from evenband.errors import InputError
from evenband.types import (
    Measurement,
    ModelSpec,
    PipelineFacts,
    ProbeSpec,
    RetrievalDetails,
    RetrievalMeasurement,
    ndcg_metric,
)
from evenband.types.details import details_class

NAMES = ("exact", "ivf", "exact+rerank")


def planted(
    name: str = "one", shift: float = 0.0, names: tuple[str, ...] = NAMES, n: int = 60
) -> RetrievalMeasurement:
    """Queries of which every third is found by exact search only, and that the reranker puts first."""
    rng = np.random.default_rng(1)
    found = np.ones((n, len(names)))
    if "ivf" in names:
        found[::3, names.index("ivf")] = 0.0
    scores = np.clip(rng.random((n, 1)) * 0.5 + 0.2 + shift + np.zeros((1, len(names))), 0, 1) * found
    rank = np.where(found == 1, 3.0, np.nan)
    first_right = np.zeros_like(found)
    if "exact+rerank" in names:
        column = names.index("exact+rerank")
        rank[:, column], first_right[:, column] = 1.0, 1.0
        scores[:, column] += 0.3
    exact = np.where(np.array([one.endswith("+rerank") for one in names])[None, :], np.nan, found)
    return Measurement(
        probe=ProbeSpec(name="shop", digest=f"d{len(names)}", items=n, conditions=len(names)),
        subject=ModelSpec(f"toy:{name}", name, "toy", name, "float32", 8),
        metric=ndcg_metric(10),
        items=tuple(f"q{row}" for row in range(n)),
        conditions=names,
        scores=scores,
        noise=None,
        details=RetrievalDetails(
            recall={10: found.copy(), 100: np.ones_like(found)},
            reciprocal_rank=np.where(np.isnan(rank), 0, 1 / np.nan_to_num(rank, nan=1)),
            first_right=first_right,
            rank=rank,
            against_exact=exact,
            first=np.full(found.shape, "d", dtype=object),
            documents=500,
            corpus="c",
            pipelines=tuple(PipelineFacts(one, one.removesuffix("+rerank"), 8) for one in names),
        ),
        columns={"text": tuple(f"text {row}" for row in range(n)), "relevant": (1,) * n},
    )


def audit(measurement: RetrievalMeasurement, **costs: float) -> RetrievalAudit:
    circumstances = Circumstances(np.random.default_rng(0), costs={"ivf": costs})
    result = analyse(measurement, circumstances)
    assert isinstance(result, RetrievalAudit)
    return result


def test_figures_are_means_over_queries_and_costs_come_from_the_manifest() -> None:
    result = audit(planted(), build_seconds=2.0, queries_per_second=50.0)
    exact, ivf, reranked = result.pipelines
    assert ivf.recall[10].value == pytest.approx(2 / 3)
    assert ivf.recall[10].low < 2 / 3 < ivf.recall[10].high  # type: ignore[operator]
    assert exact.against_exact.value == 1.0
    assert ivf.against_exact.value == pytest.approx(2 / 3)
    assert reranked.against_exact.value is None
    assert (exact.first_right.value, reranked.first_right.value) == (0.0, 1.0)
    assert exact.reciprocal_rank.value == pytest.approx(1 / 3)
    assert (ivf.build_seconds, ivf.queries_per_second, exact.build_seconds) == (2.0, 50.0, None)
    assert result.chance == 10 / 500


def test_precision_counts_the_relevant_among_the_first() -> None:
    """Of 4 relevant documents, half are among the first 10: 2 of 10, at every depth and with an interval."""
    one = planted(names=("exact",))
    half = replace(one.details, recall={10: np.full((60, 1), 0.5), 100: np.ones((60, 1))})
    columns = {**one.columns, "relevant": (4,) * 60}
    [exact] = audit(replace(one, details=half, columns=columns)).pipelines
    assert exact.precision[10].value == pytest.approx(0.2)
    assert exact.precision[100].value == pytest.approx(0.04)
    assert exact.precision[10].n == 60


def test_each_step_names_the_queries_that_it_loses() -> None:
    """The index loses every third query against exact search; the reranker loses none."""
    model, index, reranker = audit(planted()).steps
    assert (model.base, index.base, reranker.base) == ("", "exact", "exact")
    assert (model.lost, index.lost, reranker.lost) == (0, 20, 0)
    assert [one.id for one in index.worst[:2]] == ["q0", "q3"]
    assert (index.worst[0].before, index.worst[0].after, index.worst[0].text) == (3.0, None, "text 0")
    assert not reranker.worst


def test_pipelines_are_tested_against_the_step_before_and_adjusted_together() -> None:
    index, reranker = audit(planted()).tests
    assert (index.left, index.right, reranker.left, reranker.right) == (
        "exact",
        "ivf",
        "exact",
        "exact+rerank",
    )
    assert index.difference.value < 0 < reranker.difference.value  # type: ignore[operator]
    assert reranker.q <= 2 * reranker.p + 1e-12
    assert max(index.q, reranker.q) < 0.01


def test_models_are_tested_on_the_pipelines_that_both_have() -> None:
    """A planted difference is claimed, none is not; all tests of the table share the adjustment."""
    same, better = audit(planted("two")), audit(planted("three", 0.05, ("exact", "ivf")))
    tests = model_tests([audit(planted()), same, better])
    assert [(one.left, one.right, one.within) for one in tests[:3]] == [
        ("one", "two", name) for name in NAMES
    ]
    assert all(one.q == 1.0 and one.difference.value == 0 for one in tests[:3])
    assert [one.within for one in tests[3:]] == ["exact", "ivf"] * 2
    assert all(one.q < 0.05 for one in tests[3:])
    assert all(one.difference.value == pytest.approx(0.05, abs=0.02) for one in tests[3:])
    assert all(one.q >= one.p for one in tests)


def test_runs_with_other_pipelines_are_compared_on_those_they_share() -> None:
    left, right = planted(), planted("two", 0.1, ("ivf", "exact"))
    result = compare(left, right, np.random.default_rng(0))
    assert isinstance(result, RetrievalComparison)
    assert set(result.ndcg) == {"exact", "ivf"}
    assert result.ndcg["exact"].value == pytest.approx(0.1)
    assert result.recall["ivf"].value == 0.0
    plain = summarise_comparison(result)
    assert (plain["metric"], plain["difference"]["exact"]["n"]) == ("nDCG@10", 60)


def test_other_documents_are_not_compared() -> None:
    other = planted("two")
    other = replace(other, details=replace(other.details, corpus="x"))
    with pytest.raises(InputError, match="the two runs have other documents, queries or judgements"):
        compare(planted(), other, np.random.default_rng(0))


def test_figures_at_other_depths_are_not_compared() -> None:
    with pytest.raises(InputError, match="nDCG@10 and nDCG@5 do not compare; measure both with the same -k"):
        compare(planted(), replace(planted("two"), metric=ndcg_metric(5)), np.random.default_rng(0))


def test_subjects_without_a_common_pipeline_are_compared_by_their_first() -> None:
    """Such as a model's exact search and a run file."""
    result = compare(planted(), planted("run", 0.1, ("run",)), np.random.default_rng(0))
    assert isinstance(result, RetrievalComparison)
    assert list(result.ndcg) == ["exact"]
    assert result.ndcg["exact"].value == pytest.approx(0.1)


def test_details_come_back_from_a_file_and_are_cut_with_the_scores() -> None:
    details = planted().details
    again = details_class("retrieval").rebuild(details.to_tables(), details.to_facts())
    assert again.to_facts() == details.to_facts()
    part = planted().take([3, 1], [2, 0])
    assert part.details.recall[10].shape == (2, 2)
    assert [one.name for one in part.details.pipelines] == ["exact+rerank", "exact"]


def test_what_a_model_says_of_queries_and_documents_is_among_the_notes() -> None:
    """Such as that it has no prompt for a role: both roles were embedded."""
    one = planted(names=("exact",))
    notes = {"query": "no prompt: for queries", "document": "no prompt: for documents", "none": "never"}
    found = audit(replace(one, subject=replace(one.subject, role_notes=notes))).notes
    assert found == ("no prompt: for queries", "no prompt: for documents")


def test_what_a_reader_must_know_comes_first() -> None:
    few = planted(n=12)
    empty = replace(few, details=replace(few.details, remarks=("odd: 1",), reciprocal_rank=np.zeros((12, 3))))
    assert audit(empty).notes == (
        "odd: 1",
        "few queries: 12, so that the intervals are wide",
        "nothing found: no relevant document among the first 100 by exact, ivf, exact+rerank",
    )


def test_a_query_with_more_relevant_documents_than_places_is_not_lost() -> None:
    """Ten of 50 relevant documents among the first ten are all that can be; nine are one too few."""
    one = planted(names=("exact",), n=40)
    recall = np.full((40, 1), 0.2)
    recall[3] = 0.18
    one = replace(
        one,
        details=replace(one.details, recall={10: recall}),
        columns={**one.columns, "relevant": (50,) * 40},
    )
    [step] = audit(one).steps
    assert (step.lost, step.gained, [lost.id for lost in step.worst]) == (1, 0, ["q3"])


def test_several_things_are_counted_in_words() -> None:
    """The short form of an audit says queries."""
    assert "queries=60, pipelines=3" in repr(audit(planted()))
