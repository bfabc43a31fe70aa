"""Generated LIMIT-like datasets: each pattern as defined, words that do not leak, and refusals."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import combinations

import pytest

from evenband.errors import InputError
from evenband.probes.retrieval.datasets import Dataset
from evenband.probes.retrieval.limit_fillers import make_fillers
from evenband.probes.retrieval.limit_sets import LimitSettings, make_limit, read_limit


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


def test_fewer_queries_than_combinations_are_spread_over_all_people() -> None:
    """Sixty of the 435 pairs of 30 people: drawn from all, not those of the first two people."""
    chosen = groups(make_limit(LimitSettings(n=30, queries=60)))
    assert len(set(chosen)) == 60
    asked_for = Counter(person for pair in chosen for person in pair)
    assert max(asked_for.values()) < 15
    assert len(asked_for) > 25


def test_a_generated_set_is_never_called_as_the_published_one_and_shares_no_family_with_others() -> None:
    """Settings that are no size tell families apart; names tell all settings apart."""
    names = [LimitSettings(), LimitSettings(k=3), LimitSettings(pattern="cycle"), LimitSettings(n=8, docs=60)]
    assert [one.name for one in names] == [
        "limit-n46-k2-dense",
        "limit-n46-k3-dense",
        "limit-n46-k2-cycle",
        "limit-n8-k2-dense-docs60",
    ]
    assert [one.family for one in names] == [
        "limit-k2-dense",
        "limit-k3-dense",
        "limit-k2-cycle",
        "limit-k2-dense",
    ]


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
    assert other.name == "limit-n6-k2-dense-seed4"


def test_generated_fillers_drown_a_dataset() -> None:
    """They come last, are relevant to nothing, and no thing of theirs begins as a word of a query."""
    dataset = make_limit(read_limit("n=6"))
    filled = make_fillers(dataset, 50, seed=0)
    assert filled.ids[:6] == dataset.ids
    assert (len(filled.ids), filled.relevant) == (56, dataset.relevant)
    starts = {word[:4].lower() for word in asked(dataset)}
    words = {word for text in filled.texts[6:] for thing in liked(text) for word in thing.split()}
    assert not any(word[:4] in starts for word in words)
    assert (filled.name, filled.family) == ("limit-n6-k2-dense-filled-50", "limit-k2-dense")


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
        ("n=5,k=2,n=6", "got n twice, expected each setting once"),
        ("n=" + "9" * 5000, "expected a whole number of 9 digits or fewer"),
        ("docs=900000000", "got n=46 and docs=900000000, expected 20,000 or fewer, one a name"),
        ("n=9000,queries=900000000", "got queries=900000000, expected 100,000 or fewer"),
    ],
)
def test_settings_that_cannot_be_are_refused(argument: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_limit(argument)


def test_a_list_that_is_too_short_is_refused() -> None:
    with pytest.raises(InputError, match="got list=3, and one person likes 5 things that are asked for"):
        make_limit(read_limit("n=6,list=3"))
