"""Fresh datasets in the manner of LIMIT, since a published one can be trained on.

Each document says what one person likes, each query asks who likes one thing, and k people do. Which k
people is decided by a pattern (Weller et al. 2025, arXiv 2508.21038):

    dense: every k of the n people that there are, so that all combinations are asked for, or as many of them
    as there are queries, drawn at random;
    cycle: the i-th query's people are i, i + 1 ...;
    disjoint: no person is asked for twice;
    random: k people at random.

``limit:n=50,k=2,pattern=dense,list=60,docs=1000,leak=off,seed=1`` names one. With ``leak=off`` the query uses
a synonym of the word in the documents, so that nothing is gained by comparing words.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from itertools import combinations
from typing import Any

import numpy as np

from evenband.errors import InputError
from evenband.probes.retrieval.datasets import Dataset
from evenband.probes.retrieval.limit_words import draw_people, draw_things, enumerate_things
from evenband.registry import nearest
from evenband.slots.names import MOST_NAMES

LIMIT_SCHEME = "limit"
LIMIT_PATTERNS = ("dense", "cycle", "disjoint", "random")
SWITCH = {"on": True, "off": False}

MOST_LIMIT_QUERIES = 1000
"""Queries of a generated dataset, unless more are asked for: as in the published one."""

NAMED_SETTINGS = ("n", "k", "pattern")
"""Settings that always stand in a dataset's name."""

SIZE_SETTINGS = ("n", "docs")
"""Settings in which the datasets of one family differ."""

MOST_LIMIT_THINGS = 100_000
"""More things than WordNet has words for."""

MOST_DIGITS = 9
"""Digits of a setting's number."""

MOST_LISTED_GROUPS = 1_000_000
"""Combinations that are written down to choose from; of more, groups are drawn one by one."""

SPARE_OBJECTS = 10
"""Things of a list that nobody asks for, unless the list's length is given."""


@dataclass(frozen=True)
class LimitSettings:
    """How a dataset is made. The names are those of a reference.

    Attributes:
        n: people that queries ask for.
        k: people that like what a query asks for.
        pattern: of :data:`LIMIT_PATTERNS`.
        queries: number of queries, or as many as the pattern has, 1,000 at most.
        objects: number of different things in the lists, those of the queries included; 0 for twice as many
            as one list and the queries need.
        list: number of things that each person likes; 0 for ten more than the queries need.
        docs: number of documents; all people beyond n like nothing that is asked for. 0 for n.
        leak: whether a query names the thing by the word that the documents have, or by a synonym.
        seed: of all random choices.
    """

    n: int = 46
    k: int = 2
    pattern: str = "dense"
    queries: int = 0
    objects: int = 0
    list: int = 0
    docs: int = 0
    leak: bool = True
    seed: int = 1

    def __post_init__(self) -> None:
        if self.pattern not in LIMIT_PATTERNS:
            raise InputError(
                f"limit: no pattern is called {self.pattern!r}{nearest(self.pattern, LIMIT_PATTERNS)}, "
                f"expected one of {', '.join(LIMIT_PATTERNS)}"
            )
        if not 1 <= self.k < self.n:
            raise InputError(f"limit: got k={self.k} of n={self.n} people, expected k from 1 to n - 1")
        if max(self.n, self.docs) > MOST_NAMES:
            raise InputError(
                f"limit: got n={self.n} and docs={self.docs}, expected {MOST_NAMES:,} or fewer, one a name"
            )
        for name in ("queries", "objects", "list"):
            if getattr(self, name) > MOST_LIMIT_THINGS:
                raise InputError(
                    f"limit: got {name}={getattr(self, name)}, expected {MOST_LIMIT_THINGS:,} or fewer"
                )
        if self.docs and self.docs < self.n:
            raise InputError(f"limit: got docs={self.docs} and n={self.n}, expected at least n documents")
        if self.queries > self.most_queries:
            raise InputError(
                f"limit: got queries={self.queries:,}, and the pattern {self.pattern} of {self.k} of "
                f"{self.n} people has {self.most_queries:,}; expected no more"
            )

    @property
    def most_queries(self) -> int:
        """Number of queries that the pattern has."""
        return {"cycle": self.n, "disjoint": self.n // self.k}.get(self.pattern, math.comb(self.n, self.k))

    @property
    def name(self) -> str:
        """Name for tables and files: people and pattern, and all other settings that are not the usual ones.

        It is never that of the published set.
        """
        return self._name(NAMED_SETTINGS)

    @property
    def family(self) -> str:
        """Name of the sets that differ in their size only."""
        return self._name(("k", "pattern"), SIZE_SETTINGS)

    def _name(self, always: Sequence[str], never: Sequence[str] = ()) -> str:
        usual = LimitSettings()
        parts = [
            f"{'' if one.name == 'pattern' else one.name}{_word(getattr(self, one.name))}"
            for one in fields(self)
            if one.name in always
            or (one.name not in never and getattr(self, one.name) != getattr(usual, one.name))
        ]
        return "-".join([LIMIT_SCHEME, *parts])


def read_limit(argument: str) -> LimitSettings:
    """Read the argument of a reference: ``n=50,k=2,pattern=dense``; empty for the usual settings.

    Raises:
        InputError: naming the setting, what was found and what was expected.
    """
    names = {one.name: one.type for one in fields(LimitSettings)}
    settings: dict[str, Any] = {}
    for part in filter(None, map(str.strip, argument.split(","))):
        key, _, value = part.partition("=")
        if key not in names:
            raise InputError(
                f"limit: no setting is called {key!r}{nearest(key, names)} (there are: {', '.join(names)})"
            )
        if key in settings:
            raise InputError(f"limit: got {key} twice, expected each setting once")
        if key == "leak":
            if value not in SWITCH:
                raise InputError(f"limit: got leak={value}, expected on or off")
            settings[key] = SWITCH[value]
        elif key == "pattern":
            settings[key] = value
        elif value.isdecimal() and value.isascii() and len(value) <= MOST_DIGITS:
            settings[key] = int(value)
        else:
            raise InputError(
                f"limit: got {part[:40]!r}, expected a whole number of {MOST_DIGITS} digits or fewer, as in "
                f"{key}=50"
            )
    return LimitSettings(**settings)


def make_limit(settings: LimitSettings) -> Dataset:
    """Make a dataset; the same settings give the same one.

    Raises:
        InputError: if lists are too short for the queries, or there are not enough words.
    """
    rng = np.random.default_rng((settings.seed, settings.n, settings.k))
    groups = _groups(settings, rng)
    liked: list[list[int]] = [[] for _ in range(max(settings.docs, settings.n))]
    for query, people in enumerate(groups):
        for person in people:
            liked[person].append(query)
    length = _list_length(settings, max(map(len, liked)))
    spare = max(settings.objects, len(groups) + 2 * length) - len(groups)
    things, synonyms = draw_things(len(groups) + spare, 0 if settings.leak else len(groups), rng)
    for likes in liked:
        fillers = rng.choice(spare, length - len(likes), replace=False)
        likes += (len(groups) + fillers).tolist()
        rng.shuffle(likes)
    ids = draw_people(len(liked), rng)
    asked = things[: len(groups)] if settings.leak else synonyms
    return Dataset(
        name=settings.name,
        ids=tuple(ids),
        texts=tuple(
            f"{name} likes {enumerate_things([things[one] for one in likes])}."
            for name, likes in zip(ids, liked, strict=True)
        ),
        query_ids=tuple(f"query_{number}" for number in range(len(groups))),
        queries=tuple(f"Who likes {thing}?" for thing in asked),
        relevant=tuple({ids[person]: 1 for person in people} for people in groups),
        family=settings.family,
        settings=asdict(settings),
    )


def _groups(settings: LimitSettings, rng: np.random.Generator) -> list[tuple[int, ...]]:
    """Return the k people that each query asks for."""
    n, k = settings.n, settings.k
    count = settings.queries or min(settings.most_queries, MOST_LIMIT_QUERIES)
    if settings.pattern == "cycle":
        return [tuple((start + step) % n for step in range(k)) for start in range(count)]
    if settings.pattern == "disjoint":
        return [tuple(range(start * k, start * k + k)) for start in range(count)]
    if settings.pattern == "dense" and settings.most_queries <= MOST_LISTED_GROUPS:
        groups = list(combinations(range(n), k))
        if count == len(groups):
            return groups
        return [groups[place] for place in sorted(rng.choice(len(groups), count, replace=False).tolist())]
    drawn: dict[tuple[int, ...], None] = {}
    while len(drawn) < count:
        drawn.setdefault(tuple(sorted(rng.choice(n, k, replace=False).tolist())), None)
    return list(drawn)


def _list_length(settings: LimitSettings, needed: int) -> int:
    if settings.list and settings.list < needed:
        raise InputError(
            f"limit: got list={settings.list}, and one person likes {needed} things that are asked for; "
            f"expected list={needed} or more, or fewer queries"
        )
    return settings.list or needed + SPARE_OBJECTS


def _word(value: object) -> str:
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)
