"""Gates on the figures of a run: what is surely worse, what may be, limits, what is no longer measured."""

from __future__ import annotations

import numpy as np
import pytest

from evenband import encoders
from evenband.analysis.gated import Terms
from evenband.analysis.gates import Gate, judge_gates
from evenband.errors import InputError
from evenband.probes.pairs.minimal_pairs import MinimalPairs, Template
from evenband.types import (
    Measurement,
    ModelSpec,
    OperatorFacts,
    OverlapDetails,
    OverlapMeasurement,
    PipelineFacts,
    ProbeSpec,
    RetrievalDetails,
    RetrievalMeasurement,
    Scores,
    Slot,
    ndcg_metric,
    overlap_metric,
)

SUBJECT = ModelSpec("m", "m", "test", "1", "float32", 4)
N = 400


def searched(recall: Scores, names: tuple[str, ...] = ("exact",), corpus: str = "c") -> RetrievalMeasurement:
    """A measurement of retrieval whose nDCG, recall@10, MRR and precision@1 are all the same table."""
    table = np.broadcast_to(recall[:, None], (len(recall), len(names))).copy()
    details = RetrievalDetails(
        recall={10: table},
        reciprocal_rank=table,
        first_right=table,
        rank=table,
        against_exact=table,
        first=np.full(table.shape, "d", dtype=object),
        cutoff=10,
        depth=10,
        documents=50,
        corpus=corpus,
        pipelines=tuple(PipelineFacts(name, name, 0) for name in names),
        reranker=None,
    )
    spec = ProbeSpec("set", "", f"{corpus} {names}", len(recall), len(names))
    items = tuple(f"q{row}" for row in range(len(recall)))
    columns = {"text": items, "relevant": (1,) * len(recall)}
    return Measurement(spec, SUBJECT, ndcg_metric(10), items, names, table, None, details, columns)


def changed(effect: str, kept: float) -> OverlapMeasurement:
    """A measurement of overlap with one operator of that effect."""
    table = np.full((40, 1), kept)
    details = OverlapDetails(
        changed=np.full((40, 1), "x", dtype=object),
        applied=np.ones((40, 1)),
        rank_biased=table,
        first_rank=np.ones((40, 1)),
        other_overlap=np.zeros((40, 1)),
        lost=np.full((40, 1), "", dtype=object),
        operators=(OperatorFacts("op", effect, ""),),
    )
    spec = ProbeSpec("set-ranks", "", effect, 40, 1)
    items = tuple(f"q{row}" for row in range(40))
    return Measurement(spec, SUBJECT, overlap_metric(10), items, ("op",), table, None, details, {})


def judge(before: Measurement, after: Measurement | None, **terms: object) -> list[Gate]:
    return judge_gates([(before, after)], Terms(**terms), np.random.default_rng(0))  # type: ignore[arg-type]


def with_losses(share: float) -> tuple[Scores, Scores]:
    """Queries of which a half is found, and the same after so large a share was lost."""
    before = np.asarray(np.arange(N) % 2, dtype=np.float64)
    after = before.copy()
    after[np.flatnonzero(before)[: round(share * N)]] = 0.0
    return before, after


def test_a_loss_that_is_beyond_chance_and_more_than_is_accepted_breaks_the_gate() -> None:
    """Ten points of recall@10 are surely lost; a loss of 15 is accepted, 5 are not; equal runs hold."""
    before, after = (searched(one) for one in with_losses(0.1))
    [gate] = judge(before, after, metrics=("recall@10",))
    assert (gate.verdict, gate.before) == ("worse", 0.5)
    assert gate.after == pytest.approx(0.4)
    assert gate.change.value == pytest.approx(-0.1)
    assert (gate.change.low or 0) < -0.1 < (gate.change.high or 0) < -0.05
    accepted = {
        loss: judge(before, after, metrics=("recall@10",), allowed={"recall@10": loss})[0].verdict
        for loss in (0.05, 0.15)
    }
    assert accepted == {0.05: "worse", 0.15: "holds"}
    assert [one.verdict for one in judge(before, before)] == ["holds", "holds"]
    assert [one.verdict for one in judge(after, before)] == ["holds", "holds"]  # better than before


def test_a_small_loss_holds_unless_the_terms_are_strict() -> None:
    """One query in 400 less is no sure loss; under strict terms it must be excluded, or accepted."""
    before, after = (searched(one) for one in with_losses(1 / N))
    assert {one.verdict for one in judge(before, after)} == {"holds"}
    assert {one.verdict for one in judge(before, after, strict=True)} == {"uncertain"}
    assert {one.verdict for one in judge(before, after, strict=True, allowed={"": 0.05})} == {"holds"}


def test_intervals_widen_with_the_number_of_gates() -> None:
    """Held for six datasets at once, the same change has a wider interval than alone."""
    before, after = (searched(one) for one in with_losses(0.1))
    alone = judge(before, after, metrics=("recall@10",))[0].change
    pairs = [(before, after)] * 6
    terms = Terms(metrics=("recall@10",))
    among = judge_gates(pairs, terms, np.random.default_rng(0))[0].change
    widths = [(one.high or 0) - (one.low or 0) for one in (alone, among)]
    assert widths[1] > 1.3 * widths[0]  # normal quantiles: 1.46 times


def test_a_limit_is_held_by_the_value_itself_without_an_earlier_run() -> None:
    found = searched(with_losses(0)[0])
    verdicts = {
        least: judge_gates([(None, found)], Terms(limits={"recall@10": least}), np.random.default_rng(0))[
            0
        ].verdict
        for least in (0.5, 0.51)
    }
    assert verdicts == {0.5: "holds", 0.51: "limit"}


def test_what_the_run_no_longer_measures_does_not_hold() -> None:
    """A pipeline that is gone, and a whole dataset that is."""
    recall = with_losses(0)[0]
    before, after = searched(recall, ("exact", "hnsw")), searched(recall)
    gates = judge(before, after, metrics=("recall@10",))
    assert [(one.condition, one.verdict) for one in gates] == [("exact", "holds"), ("hnsw", "missing")]
    assert {one.verdict for one in judge(before, None)} == {"missing"}


def test_more_overlap_is_worse_where_an_operator_changes_the_meaning() -> None:
    verdicts = {
        (effect, kept): judge(changed(effect, 0.5), changed(effect, kept))[0].verdict
        for effect in ("keeps", "changes")
        for kept in (0.3, 0.7)
    }
    assert verdicts == {
        ("keeps", 0.3): "worse",
        ("keeps", 0.7): "holds",
        ("changes", 0.3): "holds",
        ("changes", 0.7): "worse",
    }


def test_pass_rates_of_minimal_pairs_are_gated_over_labels_and_templates() -> None:
    """Words without their order pass a comma family, random vectors hardly; other texts are refused."""
    labels = [f"{a}{b}" for a in ("ba", "de", "fi", "go", "lu") for b in ("ne", "pol", "ri", "mar")]
    texts = (("eat", "let's eat, {x}", "let's eat {x}"), ("help", "please help, {x}", "please help {x}"))

    def probe(values: list[str]) -> MinimalPairs:
        slot = Slot("list:", tuple(values), "test")
        return MinimalPairs("comma", "INV", "keeps", "", slot, tuple(Template(*text) for text in texts))

    words, random = (probe(labels).measure(encoders.load(f"toy:{name}")) for name in ("words", "random"))
    [gate] = judge(words, random)
    assert (gate.metric, gate.verdict, gate.before) == ("pass rate", "worse", 1.0)
    assert judge(random, words)[0].verdict == "holds"
    other = probe(labels[1:]).measure(encoders.load("toy:words"))
    with pytest.raises(InputError, match="probe labels is 20 and 19, expected the same"):
        judge(words, other)


def test_other_documents_and_unknown_figures_are_refused_by_name() -> None:
    recall = with_losses(0)[0]
    with pytest.raises(InputError, match="other documents, queries or judgements"):
        judge(searched(recall), searched(recall, corpus="another"))
    with pytest.raises(InputError, match=r"called 'recall@9'; did you mean 'recall@10'\?; expected nDCG@10"):
        judge(searched(recall), searched(recall), metrics=("recall@9",))
