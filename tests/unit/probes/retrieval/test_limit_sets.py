"""Generated LIMIT-like datasets: each pattern as defined, words that do not leak, and refusals."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import combinations

import pytest

from evenband.errors import InputError
from evenband.probes.retrieval.datasets import Dataset
from evenband.probes.retrieval.limit_sets import LimitSettings, make_fillers, make_limit, read_limit


def groups(dataset: Dataset) -> list[tuple[int, ...]]:
    """The rows of each query's documents."""
    return [tuple(sorted(dataset.rows[id_] for id_ in one)) for one in dataset.relevant]


def asked(dataset: Dataset) -> list[str]:
    return [query.removeprefix("Who likes ").removesuffix("?") for query in dataset.queries]


def liked(text: str) -> set[str]:
    return set(text.partition(" likes ")[2].rstrip(".").replace(" and ", ", ").split(", "))


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (LimitSettings(n=6, k=2), list(combinations(range(6), 2))),
        (LimitSettings(n=5, k=3, pattern="cycle"), [(0, 1, 2), (1, 2, 3), (2, 3, 4), (0, 3, 4), (0, 1, 4)]),
        (LimitSettings(n=7, k=2, pattern="disjoint"), [(0, 1), (2, 3), (4, 5)]),
    ],
)
def test_a_pattern_decides_who_likes_what(settings: LimitSettings, expected: list[tuple[int, ...]]) -> None:
    dataset = make_limit(settings)
    assert groups(dataset) == expected
    for thing, people in zip(asked(dataset), expected, strict=True):
        assert {row for row, text in enumerate(dataset.texts) if thing in liked(text)} == set(people)


def test_random_groups_are_all_different() -> None:
    dataset = make_limit(LimitSettings(n=8, k=2, pattern="random", queries=28))
    assert sorted(groups(dataset)) == list(combinations(range(8), 2))


def test_every_list_has_the_length_asked_for_and_fillers_like_nothing_asked() -> None:
    dataset = make_limit(read_limit("n=5,list=12,docs=40,objects=100"))
    assert len(dataset.ids) == len(set(dataset.ids)) == 40
    assert {len(liked(text)) for text in dataset.texts} == {12}
    assert all(not liked(text) & set(asked(dataset)) for text in dataset.texts[5:])
    assert len(set().union(*map(liked, dataset.texts))) <= 100


def test_without_a_leak_no_word_of_a_query_is_in_any_document() -> None:
    """A synonym is asked for, whose beginning is that of no thing in the lists."""
    dataset = make_limit(read_limit("n=8,leak=off"))
    starts = Counter(thing[:4] for text in dataset.texts for thing in liked(text))
    words = asked(dataset)
    assert not set(words) & set().union(*map(liked, dataset.texts))
    assert len(set(words)) == len(words) == 28
    own = make_limit(read_limit("n=8,leak=on"))
    assert all(word in set().union(*map(liked, own.texts)) for word in asked(own))
    assert starts


def test_the_same_settings_give_the_same_set_and_another_seed_another() -> None:
    one, two, other = (make_limit(read_limit(f"n=6,seed={seed}")) for seed in (3, 3, 4))
    assert one.digest == two.digest != other.digest
    assert other.name == "limit-n6-seed4"


def test_generated_fillers_drown_a_dataset() -> None:
    """They come last, are relevant to nothing, and no thing of theirs begins as a word of a query."""
    dataset = make_limit(read_limit("n=6"))
    filled = make_fillers(dataset, 50, seed=0)
    assert filled.ids[:6] == dataset.ids
    assert (len(filled.ids), filled.relevant) == (56, dataset.relevant)
    starts = {word[:4].lower() for word in asked(dataset)}
    words = {word for text in filled.texts[6:] for thing in liked(text) for word in thing.split()}
    assert not any(word[:4] in starts for word in words)
    assert (filled.name, filled.family) == ("limit-n6-filled-50", "limit")


def test_fillers_are_written_as_the_dataset_writes() -> None:
    """With capitals where the dataset has them."""
    dataset = make_limit(read_limit("n=6"))
    texts = ["Ada Byron likes Red Trees, Blue Pens, Old Books and Tame Cats."] * 6
    styled = make_fillers(replace(dataset, texts=tuple(texts)), 20, seed=0).texts[6:]
    things = set().union(*map(liked, styled))
    assert all(word[0].isupper() for thing in things for word in thing.split())
    plain = set().union(*map(liked, make_fillers(dataset, 20, seed=0).texts[6:]))
    assert not any(word[0].isupper() for thing in plain for word in thing.split())


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("m=3", "no setting is called 'm'"),
        ("n=x", "got 'n=x', expected a whole number"),
        ("pattern=dence", "no pattern is called 'dence'; did you mean 'dense'"),
        ("n=2,k=2", "got k=2 of n=2 people, expected k from 1 to n - 1"),
        ("n=10,docs=5", "got docs=5 and n=10, expected at least n documents"),
        ("n=5,queries=11", "has 10; expected no more"),
        ("leak=maybe", "got leak=maybe, expected on or off"),
    ],
)
def test_settings_that_cannot_be_are_refused(argument: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_limit(argument)


def test_a_list_that_is_too_short_is_refused() -> None:
    with pytest.raises(InputError, match="got list=3, and one person likes 5 things that are asked for"):
        make_limit(read_limit("n=6,list=3"))
