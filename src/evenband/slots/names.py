"""Made-up full names: ``names:``, drawn from a list of given and a list of family names.

A combination that WordNet knows as a person, or that the list of well-known people has, is not
drawn. Columns: ``given`` and ``family``. The option ``@n=500`` says how many.
"""

from __future__ import annotations

from importlib.resources import files

import numpy as np

from evenband.errors import InputError
from evenband.slots import wordnet
from evenband.slots.numbers import read_size
from evenband.slots.scheme import Scheme, split_options
from evenband.types import Slot

MOST = 20_000


def load(argument: str, rng: np.random.Generator) -> Slot:
    """The slot of nothing, or of ``@n=500``.

    Raises:
        InputError: if anything but the option is written, or more names are wanted than there are.
    """
    body, options = split_options("names", argument, valued=("n",))
    if body.strip():
        raise InputError(
            f"slot 'names:{argument}': got {body!r}, expected nothing but an option, such as @n=500"
        )
    n = read_size("names", argument, options.get("n"))
    if n > MOST:
        raise InputError(f"slot 'names:{argument}': got n={n}, expected {MOST} or fewer")
    given, family = read_names("given"), read_names("family")
    known = set(read_names("known"))
    drawn: list[tuple[str, str]] = []
    for at in rng.permutation(len(given) * len(family)):
        pair = given[at // len(family)], family[at % len(family)]
        if len(drawn) == n:
            break
        if " ".join(pair) not in known and not wordnet.is_noun(" ".join(pair)):
            drawn.append(pair)
    return Slot(
        f"names:{argument}",
        tuple(" ".join(pair) for pair in drawn),
        f"{n:,} made-up names",
        {"given": tuple(pair[0] for pair in drawn), "family": tuple(pair[1] for pair in drawn)},
    )


def read_names(kind: str) -> tuple[str, ...]:
    """The list ``given``, ``family`` or ``known`` (full names of well-known people)."""
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
