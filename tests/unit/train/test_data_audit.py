"""Audit of training data: planted shortcuts, copies, contradictions and leaks are found, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from evenband.errors import EvenbandError, InputError
from evenband.train import audit_data, data_audit, verdicts_of
from evenband.train.coverage_checks import find_coverage
from evenband.train.data_findings import DataAudit, Tally
from evenband.train.duplicate_checks import find_duplicates
from evenband.train.famous_pairs import find_famous
from evenband.train.leakage_checks import Reference, find_answers, find_leaks
from evenband.train.shortcut_checks import find_shortcuts
from evenband.train.training_examples import Examples, of_rows

WORDS = [f"{a}{b}{c}" for a in ("ba", "ko", "li", "mu") for b in ("ra", "te", "si") for c in ("n", "lo", "x")]


def text(rng: np.random.Generator, words: int | None = None) -> str:
    """A text of random words that means nothing."""
    return " ".join(rng.choice(WORDS, size=words or int(rng.integers(4, 12))))


def triplets(n: int, seed: int, negative_words: int | None = None) -> Examples:
    """Random triplets, with nothing to learn unless all negatives have one length."""
    rng = np.random.default_rng((1, seed))
    return of_rows([(text(rng), text(rng), text(rng, negative_words)) for _ in range(n)])


def flagged(examples: Examples, permutations: int = 99) -> set[str]:
    """Names of the shortcuts that are reported."""
    found = find_shortcuts(examples, np.random.default_rng(0), permutations)
    return {one.name for one in found if one.is_flagged}


@pytest.mark.parametrize("words", [2, 20])
def test_a_length_shortcut_is_found_before_training(words: int) -> None:
    """Negatives that are all short, or all long, are named, with lengths and a row."""
    examples = triplets(120, 0, words)
    [length] = [one for one in find_shortcuts(examples, np.random.default_rng(0)) if one.name == "length"]
    assert length.is_flagged
    assert length.auc is not None
    assert length.auc.value is not None
    assert length.auc.low is not None
    assert length.chance is not None
    assert length.auc.value > 0.95
    assert length.auc.low > length.chance
    sizes = [np.median([len(one) for one in column]) for column in examples.texts[1:]]
    assert length.how == f"median characters: positives {sizes[0]:.0f}, negatives {sizes[1]:.0f}"
    assert length.quotations[0].place in examples.places


def test_random_data_are_rarely_flagged() -> None:
    """Where nothing is planted, all four shortcuts together are flagged in at most one set in twenty."""
    alarms = sum(bool(flagged(triplets(50, seed), 79)) for seed in range(40))
    assert alarms <= 6  # binomial(40, .05): 7 or more once in 300


def test_shortcuts_of_every_sort_are_told_apart() -> None:
    """Copied words are overlap, a full stop is form, a single word is words."""
    rng = np.random.default_rng(2)
    rows = [(text(rng, 6), text(rng, 6), text(rng, 6)) for _ in range(150)]
    copied = [(a, " ".join([*a.split()[:3], *b.split()[:3]]), c) for a, b, c in rows]
    assert "overlap" in flagged(of_rows(copied))
    stopped = [(a, f"{b}.", c) for a, b, c in rows]
    assert flagged(of_rows(stopped)) == {"form", "length"} or flagged(of_rows(stopped)) == {"form"}
    negated = [(a, b, " ".join(["not", *c.split()[1:]])) for a, b, c in rows]
    [words] = [one for one in find_shortcuts(of_rows(negated), rng, 99) if one.name == "words"]
    assert words.is_flagged
    assert words.how == "the word 'not': in 0% of positives, 100% of negatives"


def test_scores_that_follow_length_are_found() -> None:
    """Scored pairs: long second texts have high scores, or nothing has."""
    rng = np.random.default_rng(3)
    rows = [(text(rng, 6), text(rng, 6), float(rng.random())) for _ in range(150)]
    assert flagged(of_rows(rows)) == set()
    planted = [(a, text(rng, 12 if score > 0.5 else 5), score) for a, _, score in rows]
    assert "length" in flagged(of_rows(planted))


def test_pairs_are_held_against_other_rows_positives() -> None:
    """Pairs that share words with their anchor only can be matched without reading; random ones cannot."""
    rng = np.random.default_rng(4)
    rows = [(text(rng, 6), text(rng, 6)) for _ in range(150)]
    assert flagged(of_rows(rows)) == set()
    assert "overlap" in flagged(of_rows([(a, f"{a.split()[0]} {a.split()[1]} {b}") for a, b in rows]))


def test_few_rows_have_no_verdict() -> None:
    """Nine rows cannot tell; nothing is claimed."""
    audit = audit_data(triplets(9, 0, 2), probes=["comma"])
    assert audit.flagged == ()
    assert verdicts_of(audit)["shortcuts"] == "too few rows to tell"


def tally(found: Sequence[Tally], start: str) -> Tally:
    """The one whose name begins so."""
    [one] = [one for one in found if one.name.startswith(start)]
    return one


def test_planted_copies_and_contradictions_are_counted() -> None:
    """Each sort of faulty row, planted once or twice, is counted and quoted by its place."""
    rng = np.random.default_rng(5)
    rows = [(text(rng, 8), text(rng, 8), text(rng, 8)) for _ in range(40)]
    a, b, c = rows[0]
    rows += [
        (a.upper(), b, c),
        (a, f"{b} x", c),
        ("p q", "p q", "r"),
        ("s", "t", "t"),
        ("u", "v", "u"),
        (a, c, "w"),
    ]
    found = find_duplicates(of_rows(rows))
    assert tally(found, "repeat").count == 1
    assert tally(found, "repeat").quotations[0].place == "row 41, row 1"
    assert tally(found, "nearly").count == 2
    assert tally(found, "have a positive equal").count == 1
    assert tally(found, "have a negative equal to the positive").count == 1
    assert tally(found, "have a negative equal to the anchor").count == 1
    wrong = tally(found, "have a negative that is a positive")
    assert (wrong.count, wrong.quotations[0].place) == (3, "row 1, row 46")


def test_scores_that_contradict_each_other_are_counted() -> None:
    """The same pair in either order with scores half the range apart; equal texts with a low score."""
    rows = [("a b", "c d", 0.1), ("c d", "A B", 0.9), ("e", "f", 0.4), ("e", "f", 0.5), ("g", "g", 0.0)]
    found = find_duplicates(of_rows(rows))
    assert tally(found, "have a pair").count == 2
    assert tally(found, "have two equal").count == 1


def test_two_words_with_one_definition_are_no_near_duplicates() -> None:
    """Each text of a row must be near its partner, not only most of the letters."""
    meaning = "a fabric made of crossing threads, worn by people who like it soft and warm"
    assert tally(find_duplicates(of_rows([("linen", meaning), ("tweed", meaning)])), "nearly").count == 0
    assert tally(find_duplicates(of_rows([("linens", meaning), ("linen", meaning)])), "nearly").count == 2


def test_clean_rows_have_no_duplicates() -> None:
    """Random rows: every count is 0; a comma makes another text."""
    assert [one.count for one in find_duplicates(triplets(200, 6))] == [0] * 6
    rows = [("let's eat, grandma", "x", "y"), ("let's eat grandma", "x", "y")]
    assert tally(find_duplicates(of_rows(rows)), "repeat").count == 0


def test_texts_of_probes_are_found_equal_and_nearly_equal() -> None:
    """Planted texts are counted by probe; single words and other texts are no leak."""
    reference = Reference("mine", ("the landlord sued the tenant", "a quiet evening at the lake", "word"))
    rows = [
        ("The landlord  sued the tenant", "something else entirely", "word"),
        ("the landlord sued the tenants", "another thing here", "zzzz yyyy xxxx"),
        ("a quiet evening at the lakes", "more of the other", "wwww vvvv uuuu"),
    ]
    found = find_leaks(of_rows(rows), [reference, Reference("others", ("nothing of this is there",))])
    assert [(one.name, one.count, one.of) for one in found] == [
        ("mine, equal", 1, 3),
        ("mine, nearly equal", 1, 3),
    ]
    assert found[0].quotations[0].place == "row 1"
    assert found[1].quotations[0].texts == ("a quiet evening at the lakes", "a quiet evening at the lake")


def test_data_without_a_sentence_leak_nothing() -> None:
    """The reference's own texts are near each other, which is no leak."""
    reference = Reference("fruit", ("the ripe red apple fell down", "the ripe red apples fell down"))
    assert find_leaks(of_rows([("apple", "pear"), ("a b", "c d")]), [reference]) == ()


def test_shipped_probes_are_looked_for() -> None:
    """The texts of a shipped probe are found in data made of them, by its name."""
    from evenband.running import plan as plans

    [probe] = plans.load_probes(
        plans.build(models=("toy:chars",), probes=("negation",), suite=None, sample=20)
    )
    first, second = (list(texts) for texts in probe.texts(probe.templates[0])[:2])
    examples = of_rows(list(zip(first, second, strict=True)))
    audit = audit_data(examples, probes=["negation"])
    assert audit.leaks[0].name == "negation, equal"
    assert audit.leaks[0].count == len({*first, *second})
    assert "negation" in verdicts_of(audit)["leakage"]


def test_a_retrieval_set_in_the_data_is_found() -> None:
    """Of a generated LIMIT set's queries with their answers: queries, documents and pairs are counted."""
    from evenband.probes.retrieval.dataset_references import load_dataset

    reference = "limit:n=20,k=2"
    dataset = load_dataset(reference)
    text_of = dict(zip(dataset.ids, dataset.texts, strict=True))
    rows = [
        (query, text_of[id_])
        for query, relevant in zip(dataset.queries[:5], dataset.relevant, strict=False)
        for id_ in relevant
    ]
    audit = audit_data(of_rows(rows), probes=["comma"], against=[reference])
    counts = {one.name: one.count for one in audit.leaks}
    assert counts[f"{dataset.name}, queries, equal"] == len({query for query, _ in rows})
    assert counts[f"{dataset.name}, documents, equal"] == len({document for _, document in rows})
    assert find_answers(of_rows(rows), reference).count == len(rows)


def corpus(folder: Path, texts: Sequence[str]) -> Path:
    """A corpus of JSON lines."""
    path = folder / "corpus.jsonl"
    path.write_text("".join(json.dumps({"text": one}) + "\n" for one in texts), encoding="utf-8")
    return path


def test_coverage_is_the_share_of_running_words(tmp_path: Path) -> None:
    """Worked by hand: of 8 running words the data has 5; the far document is quoted."""
    path = corpus(tmp_path, ["red wine", "red beer", "axle grease", "red wine"])
    found = find_coverage(["red wine", "beer"], path, None, np.random.default_rng(0))
    assert found.vocabulary == pytest.approx(6 / 8)
    assert found.missing == (("axle", 1), ("grease", 1))
    assert found.quotations[0].texts == ("axle grease",)


@pytest.mark.parametrize("model", [None, "toy:words"])
def test_data_of_the_corpus_cover_it_and_others_do_not(tmp_path: Path, model: str | None) -> None:
    """Half of a corpus covers the other half as well as itself; random letters do not."""
    rng = np.random.default_rng(7)
    texts = [text(rng, 10) for _ in range(300)]
    path = corpus(tmp_path, texts[:150])
    same = find_coverage(texts[150:], path, model, rng)
    other = find_coverage([f"{k} qqq zzz" for k in range(150)], path, model, rng)
    assert same.vocabulary == 1.0
    assert same.nearest == pytest.approx(same.within, abs=0.1)
    assert same.far < 0.2
    assert other.vocabulary == 0.0
    assert other.far > 0.8


def test_famous_pairs_are_found_anywhere_in_a_text() -> None:
    """Without case and punctuation; a word pair counts only where it is all that differs."""
    rows = [
        ("He said: Let's eat grandma!", "and then", "nothing"),
        ("the king sat down", "the queen sat down", "something else"),
        ("the king sat down", "the queen stood up", "let's eat grandmas"),
    ]
    assert [(one.name, one.count) for one in find_famous(of_rows(rows))] == [
        ("king/queen", 1),
        ("let's eat, grandma", 1),
    ]


def test_files_are_audited_and_samples_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is read as tuning reads it; what is drawn from many rows is in the remarks."""
    path = tmp_path / "data.jsonl"
    rows = [
        dict(zip(("anchor", "positive"), (one, other), strict=True))
        for one, other, _ in zip(*triplets(50, 8).texts, strict=True)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    monkeypatch.setattr(data_audit, "MOST_FOR_COPIES", 20)
    audit = audit_data(path, probes=["comma"])
    assert isinstance(audit, DataAudit)
    assert (audit.kind, audit.rows, audit.texts) == ("pairs", 50, 100)
    assert "duplicates and leaks: 20 of 50 rows, drawn at random" in audit.remarks


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """A model without a corpus, an unknown probe, a corpus without documents."""
    examples = triplets(20, 9)
    with pytest.raises(InputError, match="--corpus"):
        audit_data(examples, model="toy:words")
    with pytest.raises(EvenbandError, match="nonsense"):
        audit_data(examples, probes=["nonsense"])
    with pytest.raises(InputError, match="two or more"):
        audit_data(examples, probes=["comma"], corpus=corpus(tmp_path, ["one"]))
