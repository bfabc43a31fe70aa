"""Slots: the values that fill a template's gaps, by reference ``scheme:argument``; each scheme is a module.

``load("wordnet:person.n.01").values`` are the 10,153 nouns for persons in WordNet. Each scheme has
a module of its own:

* words: ``wordnet``, ``vocabulary`` (``table:``, word lists that ship with evenband),
  ``files`` (``file:``, the user's own lists), ``lists`` (``list:``, values written in the
  reference) and ``letters`` (a word with each letter of the alphabet in one place);
* values drawn at random: ``numbers``, ``dates``, ``codes``, ``names``,
  ``quantities`` and ``money``.

They share ``scheme`` (the class of all schemes and the syntax of options), ``tables`` (readers
of CSV, JSON and Parquet files), ``lexicon`` (WordNet's data) and ``matching`` (word frequency,
and words of equal frequency). ``lexical`` looks any values up in word lists. The package
``forms`` writes a value in another way, such as its plural.

Other packages add a scheme through the entry-point group ``evenband.slots``: a :class:`Scheme`, or
any function from an argument to a :class:`~evenband.types.Slot`.
"""

from __future__ import annotations

import re

import numpy as np

from evenband.errors import InputError, UnknownReferenceError
from evenband.registry import Registry
from evenband.slots.scheme import Scheme
from evenband.types import Slot

__all__ = ["SCHEMES", "Scheme", "is_reference", "load", "schemes"]

SCHEMES: Registry[Slot] = Registry(
    "slot scheme",
    {
        "wordnet": "evenband.slots.wordnet:WORDNET_SCHEME",
        "letters": "evenband.slots.letters:LETTERS_SCHEME",
        "file": "evenband.slots.files:FILE_SCHEME",
        "list": "evenband.slots.lists:LIST_SCHEME",
        "table": "evenband.slots.vocabulary:TABLE_SCHEME",
        "numbers": "evenband.slots.numbers:NUMBERS_SCHEME",
        "dates": "evenband.slots.dates:DATES_SCHEME",
        "codes": "evenband.slots.codes:CODES_SCHEME",
        "names": "evenband.slots.names:NAMES_SCHEME",
        "quantities": "evenband.slots.quantities:QUANTITIES_SCHEME",
        "money": "evenband.slots.money:MONEY_SCHEME",
    },
    group="evenband.slots",
)
"""Every scheme by the name that references begin with; modules are imported on first use."""


def load(ref: str, rng: np.random.Generator | None = None) -> Slot:
    """Load the slot that a reference names, such as ``wordnet:person.n.01`` or ``file:terms.csv``.

    Args:
        ref: ``scheme:argument``.
        rng: generator for schemes that draw their values, such as ``numbers:``. By default they use
            a generator seeded by the reference, so that the same reference always gives the same
            values. Other schemes do not use it.

    Raises:
        UnknownReferenceError: if there is no such scheme, synset or word list; the message lists
            what exists or the nearest names.
        InputError: if the scheme cannot use the argument.
    """
    name, colon, argument = ref.partition(":")
    if not colon:
        raise UnknownReferenceError(
            f"slot {ref!r} has no scheme, expected scheme:argument{_suggest_scheme(ref)} "
            f"(there are: {', '.join(SCHEMES)})"
        )
    scheme = _scheme(name)
    if not argument.strip() and not scheme.bare:
        raise InputError(f"slot {ref!r} has nothing after its colon, expected for example {scheme.example!r}")
    return scheme(argument, rng)


def is_reference(text: str) -> bool:
    """Return whether a text begins with the name of an installed scheme and a colon."""
    name, colon, _ = text.partition(":")
    return bool(colon) and name in SCHEMES


def schemes() -> tuple[Scheme, ...]:
    """Return every installed scheme, in alphabetical order of their names."""
    return tuple(_scheme(name) for name in SCHEMES)


def _scheme(name: str) -> Scheme:
    """Return a scheme by name; a plug-in that is a plain function is wrapped in a :class:`Scheme`."""
    factory = SCHEMES.get(name)
    if isinstance(factory, Scheme):
        return factory
    about = (factory.__doc__ or "").strip().partition("\n")[0]
    return Scheme(name, about, f"{name}:...", factory)


def _suggest_scheme(ref: str) -> str:
    """Return a clause with the reference that the user may have meant, or nothing."""
    if re.search(r"\.[a-z]\.\d+", ref):
        return f"; did you mean 'wordnet:{ref}'?"
    if ref.count("?") == 1:
        return f"; did you mean 'letters:{ref}'?"
    if re.search(r"\.[A-Za-z]+$", ref):
        return f"; did you mean 'file:{ref}'?"
    return f"; did you mean 'list:{ref}'?" if "," in ref else ""
