"""The scheme ``names:``, made-up full names such as Maya Okafor.

A given and a family name are drawn from two lists that ship with evenband. A full name that is in
WordNet, or on a third list of well-known people, is left out. The columns ``given`` and ``family``
hold the two parts. The option ``@n=500`` says how many names to draw.
"""

from __future__ import annotations

from importlib.resources import files

import numpy as np

from evenband.errors import InputError
from evenband.slots import wordnet
from evenband.slots.numbers import read_size
from evenband.slots.scheme import Scheme, split_options
from evenband.types import Slot

MOST_NAMES = 20_000
"""Largest number of names to draw; the lists can make more than that."""


def load(argument: str, rng: np.random.Generator) -> Slot:
    """Return the slot of the empty argument, or of ``@n=500``.

    Raises:
        InputError: if the argument is anything else, or n is above 20,000.
    """
    body, options = split_options("names", argument, valued=("n",))
    if body.strip():
        raise InputError(
            f"slot 'names:{argument}': got {body!r}, expected nothing but an option, such as @n=500"
        )
    n = read_size("names", argument, options.get("n"))
    if n > MOST_NAMES:
        raise InputError(f"slot 'names:{argument}': got n={n}, expected {MOST_NAMES} or fewer")
    pairs = _draw(n, rng)
    return Slot(
        f"names:{argument}",
        tuple(" ".join(pair) for pair in pairs),
        f"{n:,} made-up names",
        {"given": tuple(pair[0] for pair in pairs), "family": tuple(pair[1] for pair in pairs)},
    )


def _draw(n: int, rng: np.random.Generator) -> list[tuple[str, str]]:
    """Draw n different pairs of a given and a family name that are nobody's well-known name."""
    given, family = read_names("given"), read_names("family")
    well_known = set(read_names("known"))
    pairs: list[tuple[str, str]] = []
    for index in rng.permutation(len(given) * len(family)):
        pair = given[index // len(family)], family[index % len(family)]
        if len(pairs) == n:
            break
        if " ".join(pair) not in well_known and not wordnet.is_noun(" ".join(pair)):
            pairs.append(pair)
    return pairs


def read_names(kind: str) -> tuple[str, ...]:
    """Read a list of names: ``given``, ``family``, or ``known`` for full names of well-known people."""
    text = (files("evenband.slots") / "data" / "names" / f"{kind}.txt").read_text(encoding="utf-8")
    return tuple(text.split("\n"))[:-1]


NAMES_SCHEME = Scheme(
    name="names",
    about="made-up full names; with given, family; option n=HOW MANY",
    example="names:@n=500",
    make=load,
    draws=True,
    bare=True,
)
