"""The wordnet scheme: counts, options, columns, errors."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenband.errors import InputError, UnknownReferenceError
from evenband.slots import lexicon, load, wordnet


@pytest.mark.parametrize(
    ("ref", "count"),
    [
        ("wordnet:person.n.01", 10_153),
        ("wordnet:person.n.01@root", 10_159),
        ("wordnet:person.n.01@instances", 17_865),
        ("wordnet:person.n.01@first", 9_543),
        ("wordnet:food.n.01@first", 1_860),
        ("wordnet:disease.n.01@first", 1_020),
        ("wordnet:drug.n.01@first", 1_575),
    ],
)
def test_the_published_counts(ref: str, count: int) -> None:
    """The article's 10,153 nouns and the counts of the method."""
    assert len(load(ref)) == count


def test_the_articles_words_are_among_the_persons() -> None:
    """Words that the article and the method name, in their spelling; the root's own lemmas are not."""
    values = set(load("wordnet:person.n.01").values)
    assert {
        "grandma",
        "grandpa",
        "listener",
        "madam",
        "minister",
        "NP",
        "surety",
        "point man",
        "Mon",
        "PM",
    } <= values
    assert not {"person", "someone", "human being"} & values & set(wordnet.senses("person")[0].words)


def test_root_adds_exactly_the_roots_lemmas() -> None:
    """The option root adds person, individual and its other lemmas, at depth 0."""
    with_root = load("wordnet:person.n.01@root")
    added = set(with_root.values) - set(load("wordnet:person.n.01").values)
    assert added == set(wordnet.senses("person")[0].words) - set(load("wordnet:person.n.01").values)
    depths = dict(zip(with_root.values, with_root.columns["depth"], strict=True))
    assert {depths[word] for word in added} == {0}


def test_instances_reach_paris() -> None:
    """Instance links are followed only where asked."""
    assert "Paris" in load("wordnet:city.n.01@instances").values
    assert "Paris" not in load("wordnet:city.n.01").values


def test_single_words_have_neither_space_nor_hyphen() -> None:
    """The option single drops those, and nothing else."""
    every = load("wordnet:animal.n.01").values
    assert load("wordnet:animal.n.01@single").values == tuple(
        v for v in every if " " not in v and "-" not in v
    )


def test_first_is_the_most_frequent_sense_in_any_capitals() -> None:
    """Of every kept value sense 1 lies below the category, of every dropped one it does not."""
    every = load("wordnet:food.n.01")
    nouns = lexicon.load()
    (root, *_) = nouns.entries["food"]
    inside = nouns.depths(int(nouns.synsets[root])) > 0
    kept = set(load("wordnet:food.n.01@first").values)
    names = {nouns.name(at): bool(inside[at]) for at in range(len(inside)) if inside[at]}
    for value in every.values:
        assert (value in kept) == names.get(wordnet.senses(value)[0].synset, False)


def test_options_combine() -> None:
    """Options in any order give one slot's values."""
    one, two = load("wordnet:person.n.01@first,single"), load("wordnet:person.n.01@single, first")
    assert one.values == two.values
    assert len(one) == 6_942


def test_columns_know_synset_sense_and_depth() -> None:
    """grandma, grandparent, forebear, ancestor, relative, person: five links."""
    slot = load("wordnet:person.n.01")
    row = slot.values.index("grandma")
    assert {key: column[row] for key, column in slot.columns.items()} == {
        "synset": "grandma.n.01",
        "sense": 1,
        "depth": 5,
    }


def test_the_order_is_alphabetical_regardless_of_case() -> None:
    """A value's place can be found in a plot."""
    values = load("wordnet:person.n.01").values
    assert list(values) == sorted(values, key=lambda value: (value.casefold(), value))


def test_any_lemma_names_its_synset() -> None:
    """As in NLTK, mortal.n.01 is person.n.01; spaces and a short number are understood."""
    assert load("wordnet:mortal.n.01").values == load("wordnet:person.n.01").values
    assert load("wordnet:musical instrument.n.1").values == load("wordnet:musical_instrument.n.01").values


@given(st.integers(0, 82_114))
@settings(max_examples=60)
def test_every_synset_has_a_slot_with_root(synset: int) -> None:
    """With its root, any noun synset gives values that WordNet knows as nouns, columns that agree with it."""
    slot = load(f"wordnet:{lexicon.load().name(synset)}@root,instances")
    for value, name, number in zip(
        *(slot.values, slot.columns["synset"], slot.columns["sense"]), strict=True
    ):
        if len(slot) < 2_000:
            assert (name, number) in {(sense.synset, sense.number) for sense in wordnet.senses(value)}
    assert set(lexicon.load().words(synset)) <= set(slot.values)


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        ("wordnet:persn.n.01", "did you mean person.n.01"),
        (
            "wordnet:person.v.01",
            "the nouns called 'person' are person.n.01 .person, individual, someone.*, person.n.02",
        ),
        ("wordnet:dog", "dog.n.01 .dog, domestic dog, Canis familiaris.*, frump.n.01"),
        ("wordnet:dog.n.00", "dog.n.01"),
        ("wordnet:qzzqqx", "expected a name such as person.n.01"),
    ],
)
def test_an_unknown_synset_is_told_the_nearest(ref: str, message: str) -> None:
    """The error names the reference and what to write instead."""
    with pytest.raises(UnknownReferenceError, match=message) as caught:
        load(ref)
    assert repr(ref) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        ("wordnet:person.n.01@frist", "'frist'; did you mean 'first'"),
        ("wordnet:person.n.01@root=1", "got 'root=1', expected 'root'"),
        ("wordnet:person.n.01@", "there are: first, instances, root, single"),
        ("wordnet:benthos.n.01", "nothing below benthos.n.01 is left.*add @root"),
    ],
)
def test_a_bad_option_or_an_empty_category_is_refused(ref: str, message: str) -> None:
    """The error names the reference, what was found and what was expected."""
    with pytest.raises(InputError, match=message) as caught:
        load(ref)
    assert repr(ref) in str(caught.value)


def test_is_noun_ignores_case_and_takes_spaces() -> None:
    """Nouns and non-nouns."""
    assert all(map(wordnet.is_noun, ("grandma", "GRANDPA", "point man", "point_man", "NP")))
    assert not any(map(wordnet.is_noun, ("grandba", "", "beautifully")))


def test_senses_of_a_word_that_is_none() -> None:
    """No noun has no senses and no other parts of speech."""
    assert wordnet.senses("grandba") == ()
    assert wordnet.other_parts("grandba") == ()


def test_in_category_is_about_the_first_sense() -> None:
    """grandma is a person; a source is a place first and a person only in a later sense."""
    assert wordnet.in_category("Grandma", "person.n.01")
    assert not wordnet.in_category("source", "person.n.01")
    assert "source" in load("wordnet:person.n.01").values
    assert not wordnet.in_category("grandba", "person.n.01")
    with pytest.raises(UnknownReferenceError, match="persn"):
        wordnet.in_category("grandma", "persn.n.01")
