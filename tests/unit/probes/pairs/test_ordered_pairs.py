"""Minimal pairs on rerankers: orderings of planted scores, the direction of a pair, rivals, cuts, noise."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from evenband.analysis.pairs.notes import left_out_notes
from evenband.encoders import SkippingReranker
from evenband.errors import ModelError, UndecidableError
from evenband.probes.pairs.minimal_pairs import MinimalPairs, Template
from evenband.probes.pairs.ordered_pairs import measure_orderings
from evenband.probes.pairs.scored_rivals import count_pairs, draw_rivals
from evenband.types import ModelSpec, PairsMeasurement, Readings, Reranker, Role, Scores, Slot

Score = Callable[[str, str], float]


class Planted:
    """A reranker whose scores are a rule of its texts; it remembers what it was asked."""

    def __init__(self, rule: Score, jitter: float = 0.0) -> None:
        self.spec = ModelSpec("planted", "planted", "test", "1", "float64", 1, similarity="relevance")
        self.asked: set[tuple[str, str]] = set()
        self._rule, self._jitter, self._calls = rule, jitter, 0

    def score(self, pairs: Sequence[tuple[str, str]]) -> Scores:
        self._calls += 1
        self.asked.update(pairs)
        shift = self._jitter * (self._calls % 2)
        return np.array([self._rule(query, document) + shift for query, document in pairs], dtype=np.float64)


class Cutting(Planted):
    """One that reads the first characters of both texts only, in lower case."""

    limit = 12

    def read_pairs(self, pairs: Sequence[tuple[str, str]]) -> Readings:
        codes = [[ord(sign) for sign in f"{query}\0{document}".lower()] for query, document in pairs]
        return Readings.of_ids([code[: self.limit] for code in codes], [code[self.limit :] for code in codes])


def probe_of(type_: str, values: Sequence[str], *texts: str, roles: tuple[Role, ...] = ()) -> MinimalPairs:
    template = Template("t", texts[0], texts[1], tuple(texts[2:]))
    effect = "keeps" if type_ == "INV" else "changes"
    slot = Slot("list:", tuple(values), "list")
    return MinimalPairs("planted", type_, effect, "", slot, (template,), roles=roles)  # type: ignore[arg-type]


def measure(probe: MinimalPairs, reranker: Reranker, seed: int = 0) -> PairsMeasurement:
    return measure_orderings(probe, reranker, reranker, np.random.default_rng(seed))


def shared_words(query: str, document: str) -> float:
    return float(len(set(query.split()) & set(document.split())))


def test_an_inv_cell_passes_where_its_own_text_scores_highest_for_the_changed_query() -> None:
    """Text b asks, the texts a of all labels answer; one label is planted to lose to two others."""

    def rule(query: str, document: str) -> float:
        own = query.split()[-1] == document.split()[-1]
        if "bad" in query:
            return {"eat bad": 1.0, "eat one": 2.0, "eat two": 3.0}.get(document, 0.0)
        return 5.0 if own else 0.0

    reranker = Planted(rule)
    probe = probe_of("INV", ["one", "two", "bad", "four"], "eat {x}", "eat, {x}")
    made = measure(probe, reranker)
    assert made.details.passes is not None
    assert made.details.nearer is not None
    assert made.details.passes.ravel().tolist() == [1.0, 1.0, 0.0, 1.0]
    assert made.details.nearer.ravel().tolist() == [0.0, 0.0, 2.0, 0.0]
    assert made.details.rivals is not None
    assert made.details.rivals.ravel().tolist() == [3.0] * 4
    assert made.details.auc is not None
    assert made.details.auc[2, 0] == pytest.approx(1 / 3)
    assert made.scores[2, 0] == 1.0
    assert {query for query, _ in reranker.asked} == {"eat, one", "eat, two", "eat, bad", "eat, four"}
    assert made.metric.kind == "relevance"
    assert made.details.swap is None
    assert made.details.hit is None


def test_roles_decide_which_text_is_the_query() -> None:
    """Where text a is a query and text b a document, text a asks."""
    reranker = Planted(shared_words)
    roles = (Role.QUERY, Role.DOCUMENT)
    measure(probe_of("INV", ["one", "two"], "who is {x}", "{x} is here", roles=roles), reranker)
    assert ("who is one", "two is here") in reranker.asked
    assert {query for query, _ in reranker.asked} == {"who is one", "who is two"}


def test_diff_and_order_cells_pass_by_the_scores_of_one_query() -> None:
    """DIFF: the paraphrase above the changed text; ORDER: the relevant one above the other; ties half."""

    def rule(query: str, document: str) -> float:
        return {"same": 2.0, "other": 1.0, "level": 2.0}[document.split()[0]] * (1 if query[0] == "x" else -1)

    values = ["x", "y"]
    diff = measure(probe_of("DIFF", values, "{x} text", "other {x}", "same {x}"), Planted(rule))
    assert diff.details.passes is not None
    assert diff.details.passes.ravel().tolist() == [1.0, 0.0]
    order = measure(probe_of("ORDER", values, "{x} text", "same {x}", "other {x}"), Planted(rule))
    assert order.details.passes is not None
    assert order.details.passes.ravel().tolist() == [1.0, 0.0]
    assert order.scores.ravel().tolist() == [2.0, -2.0]
    assert [table.ravel().tolist() for table in order.details.similar] == [[1.0, -1.0]]
    tie = measure(probe_of("ORDER", values, "{x} text", "same {x}", "level {x}"), Planted(rule))
    assert tie.details.passes is not None
    assert tie.details.passes.ravel().tolist() == [0.5, 0.5]


def test_a_difference_within_the_noise_of_a_score_is_a_tie() -> None:
    """The noise is what scoring the same pairs again changes."""
    values = [f"v{k}" for k in range(8)]
    probe = probe_of("ORDER", values, "{x}", "{x} one", "{x} two")
    exact = measure(probe, Planted(lambda q, d: 1.0 if "one" in d else 0.999))
    noisy = measure(probe, Planted(lambda q, d: 1.0 if "one" in d else 0.999, jitter=0.01))
    assert exact.details.passes is not None
    assert (exact.details.passes == 1.0).all()
    assert noisy.details.passes is not None
    assert (noisy.details.passes == 0.5).all()
    assert noisy.score_noise == pytest.approx(0.01)
    assert exact.score_noise == 0.0


def test_rivals_are_others_texts_each_once_the_same_number_for_every_label_and_seeded() -> None:
    """31 of many, all of few; twins are none."""
    texts, queries = [f"text {k % 90}" for k in range(100)], range(100)
    drawn = draw_rivals(queries, texts, np.random.default_rng(1))
    for row, places in enumerate(drawn):
        chosen = [texts[place] for place in places]
        assert len(set(chosen)) == len(chosen) == 31
        assert texts[row] not in chosen
    again = draw_rivals(queries, texts, np.random.default_rng(1))
    other = draw_rivals(queries, texts, np.random.default_rng(2))
    assert all(np.array_equal(*pair) for pair in zip(drawn, again, strict=True))
    assert not all(np.array_equal(*pair) for pair in zip(drawn, other, strict=True))
    few = draw_rivals(range(4), ["a", "b", "a", "c"], np.random.default_rng(0))
    assert [places.tolist() for places in few] == [[1, 3], [0, 3], [1, 3], [0, 1]]
    share = np.bincount(np.concatenate(drawn), minlength=90)[:90]
    assert share.min() > 10  # every text is somebody's rival


def test_what_answers_the_same_query_is_no_rival() -> None:
    """Four queries with five documents each: a model that finds the right ones passes, among 15 rivals.

    A query of many documents is a rival to none of them either, whatever is drawn.
    """
    topics = [f"topic{k}" for k in range(4) for _ in range(5)]
    documents = tuple(f"{topic} page{k}" for k, topic in enumerate(topics))
    probe = MinimalPairs(
        "queries",
        "INV",
        "keeps",
        "",
        Slot("list:", documents, "list"),
        (Template("t", "{x.query}", "{x}"),),
        parts={"x.query": tuple(topics)},
        roles=(Role.QUERY, Role.DOCUMENT),
    )
    made = measure(probe, Planted(shared_words))
    assert made.details.rivals is not None
    assert made.details.passes is not None
    assert (made.details.rivals == 15.0).all()
    assert (made.details.passes == 1.0).all()
    queries = [k % 2 if k < 80 else k for k in range(200)]
    for row, places in enumerate(draw_rivals(queries, range(200), np.random.default_rng(0))):
        assert len(set(places)) == 31
        assert queries[row] not in [queries[place] for place in places]


def test_documents_that_the_model_reads_alike_are_one_rival() -> None:
    """Sixteen spellings of a word for a model without case; two that are cut behind the same letters."""
    words = ["".join(letters) for letters in itertools.product(*zip("word", "WORD", strict=True))]
    made = measure(probe_of("INV", [*words, "bob"], "{x}", "o {x}"), Cutting(shared_words))
    assert made.details.rivals is not None
    assert made.details.rivals.ravel().tolist() == [1.0] * 17
    cut = measure(
        probe_of("INV", ["kingdom one", "kingdom two", "bob"], "{x}", "o {x}"), Cutting(shared_words)
    )
    assert cut.details.rivals is not None
    assert cut.details.rivals.ravel().tolist() == [0.0, 0.0, 1.0]


def test_the_number_of_pairs_is_told_before_they_are_scored() -> None:
    """What a forecast counts is what is asked, the noise left out, which asks nothing new."""
    for type_, texts in (("INV", ("eat {x}", "eat, {x}")), ("ORDER", ("{x}", "{x} one", "{x} two"))):
        probe = probe_of(type_, [f"v{k}" for k in range(40)], *texts)
        reranker = Planted(shared_words)
        measure(probe, reranker)
        assert len(reranker.asked) == count_pairs(probe)


def test_a_rival_that_the_model_reads_as_the_label_itself_is_none() -> None:
    """Two labels that differ in case only, for a model that does not see case, are twins."""
    made = measure(probe_of("INV", ["Ann", "ann", "bob"], "{x}", "o {x}"), Cutting(shared_words))
    assert made.details.rivals is not None
    assert made.details.rivals.ravel().tolist() == [1.0, 1.0, 1.0]
    assert made.details.twin_of is not None
    assert made.details.twin_of.ravel().tolist() == [0.0, 0.0, 2.0]


def test_cut_pairs_are_counted_and_labels_that_differ_behind_the_cut_left_out() -> None:
    """Undecidable labels are named; a probe of such labels alone is not measured."""
    long = "a very long label"
    probe = probe_of("ORDER", ["ann", long], "{x}", "{x} one", "{x} two")
    made = measure(probe, Cutting(shared_words))
    assert made.items == ("ann",)
    truncation = made.details.truncation
    assert truncation is not None
    assert (truncation.labels, truncation.total) == (1, 2)
    assert truncation.undecidable == ((long, "t"),)
    with pytest.raises(UndecidableError, match="the pairs of every label are cut before they differ"):
        measure(replace(probe, slot=Slot("list:", (long,), "list")), Cutting(shared_words))


def test_a_change_behind_the_cut_leaves_an_inv_label_out() -> None:
    """The model reads the changed query as the original one: that it finds its text says nothing."""
    long = "a very long label"
    for roles in ((), (Role.QUERY, Role.DOCUMENT)):
        probe = probe_of("INV", ["al", "bo", long], "{x} end", "{x} fin", roles=roles)
        made = measure(probe, Cutting(shared_words))
        assert made.items == ("al", "bo")
        assert made.details.alike is None
        assert made.details.truncation is not None
        assert made.details.truncation.undecidable == ((long, "t"),)
        with pytest.raises(UndecidableError, match="the pairs of every label are cut before they differ"):
            measure(replace(probe, slot=Slot("list:", (long,), "list")), Cutting(shared_words))


def test_a_template_that_is_cut_everywhere_is_left_out_before_any_label() -> None:
    """The others are measured on all labels, as on an encoder."""
    values = [f"v{k}" for k in range(4)]
    probe = probe_of("ORDER", values, "{x}", "{x} one", "{x} two")
    short = Template("u", "a {x}", "{x} one", ("{x} two",))
    long = Template("long", "quite a long {x}", "{x} one", ("{x} two",))
    made = measure(replace(probe, templates=(*probe.templates, long, short)), Cutting(shared_words))
    assert made.items == tuple(values)
    assert made.conditions == ("t", "u")
    assert made.details.truncation is not None
    assert made.details.truncation.undecidable == tuple((value, "long") for value in values)


def test_a_change_that_the_model_does_not_read_is_marked() -> None:
    """Capitals, for a model without case; a change that it reads is not, and such a table is left out."""
    values, capitals = ("ann", "7", "bob"), ("ANN", "7", "rob")
    probe = probe_of("INV", values, "{x}", "{x.other}")
    made = measure(replace(probe, parts={"x.other": capitals}), Cutting(shared_words))
    assert made.details.alike is not None
    assert made.details.alike.ravel().tolist() == [1.0, 1.0, 0.0]
    assert "alike" in made.details.to_tables()
    assert measure(probe_of("INV", values, "{x}", "o {x}"), Cutting(shared_words)).details.alike is None


def test_one_label_has_no_rivals_and_so_no_pass_rate() -> None:
    """No value stays no value."""
    made = measure(probe_of("INV", ["one"], "eat {x}", "eat, {x}"), Planted(shared_words))
    assert made.details.passes is not None
    assert np.isnan(made.details.passes).all()


def test_labels_with_a_pair_that_cannot_be_scored_are_left_out_and_listed() -> None:
    """As if they were not there: neither as labels nor as rivals; without skipping the failure stands."""

    def rule(query: str, document: str) -> float:
        if "bad" in query or "bad" in document:
            raise ModelError("cannot read it")
        return float(query.split()[-1] == document.split()[-1])

    probe = probe_of("INV", ["one", "bad", "two", "four"], "eat {x}", "eat, {x}")
    with pytest.raises(ModelError, match="cannot read it"):
        measure(probe, Planted(rule))
    planted = Planted(rule)
    made = measure_orderings(probe, SkippingReranker(planted), planted, np.random.default_rng(0))
    assert made.items == ("one", "two", "four")
    assert made.details.missing == (("bad", "eat bad"),)
    assert made.details.rivals is not None
    assert made.details.rivals.ravel().tolist() == [2.0] * 3
    [note] = left_out_notes(made)
    assert note.startswith("missing: 1 of 4 labels has a pair that the reranker cannot score (bad); ")
