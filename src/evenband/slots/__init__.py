"""Slots: the values that fill a template, made by a reference ``scheme:argument``.

``load("wordnet:person.n.01").values`` are the 10,153 nouns of the article. Other packages add
a scheme through the entry-point group ``evenband.slots``: a :class:`Scheme`, or any function
from an argument to a :class:`~evenband.types.Slot`.
"""

from __future__ import annotations

import re

import numpy as np

from evenband.errors import InputError, UnknownReferenceError
from evenband.registry import Registry
from evenband.slots.scheme import Scheme
from evenband.types import Slot

__all__ = ["REGISTRY", "Scheme", "is_reference", "load", "schemes"]

REGISTRY: Registry[Slot] = Registry(
    "slot scheme",
    {
        "wordnet": "evenband.slots.wordnet:SCHEME",
        "letters": "evenband.slots.letters:SCHEME",
        "file": "evenband.slots.files:SCHEME",
        "list": "evenband.slots.lists:SCHEME",
        "table": "evenband.slots.vocabulary:SCHEME",
        "numbers": "evenband.slots.numbers:SCHEME",
        "dates": "evenband.slots.dates:SCHEME",
        "codes": "evenband.slots.codes:SCHEME",
        "names": "evenband.slots.names:SCHEME",
        "quantities": "evenband.slots.quantities:SCHEME",
        "money": "evenband.slots.money:SCHEME",
    },
    group="evenband.slots",
)


def load(ref: str, rng: np.random.Generator | None = None) -> Slot:
    """The slot of a reference, such as ``wordnet:person.n.01`` or ``file:terms.csv``.

    Args:
        ref: ``scheme:argument``.
        rng: where drawn values come from, as for ``numbers:``; by default a stream fixed by the
            reference. Other schemes do not touch it.

    Raises:
        UnknownReferenceError: if there is no such scheme or synset, naming what exists.
        InputError: if the scheme cannot use the argument.
    """
    name, colon, argument = ref.partition(":")
    if not colon:
        raise UnknownReferenceError(
            f"slot {ref!r} has no scheme, expected scheme:argument{_guess(ref)} "
            f"(there are: {', '.join(REGISTRY)})"
        )
    scheme = _scheme(name)
    if not argument.strip() and not scheme.bare:
        raise InputError(f"slot {ref!r} has nothing after its colon, expected for example {scheme.example!r}")
    return scheme(argument, rng)


def is_reference(text: str) -> bool:
    """Whether a text begins with the name of a scheme that is installed."""
    name, colon, _ = text.partition(":")
    return bool(colon) and name in REGISTRY


def schemes() -> tuple[Scheme, ...]:
    """Every scheme that is installed, by name, with what it gives and an example."""
    return tuple(_scheme(name) for name in REGISTRY)


def _scheme(name: str) -> Scheme:
    factory = REGISTRY.get(name)
    if isinstance(factory, Scheme):
        return factory
    about = (factory.__doc__ or "").strip().partition("\n")[0]
    return Scheme(name, about, f"{name}:...", factory)


def _guess(ref: str) -> str:
    """A clause that suggests the scheme that the user may have meant."""
    if re.search(r"\.[a-z]\.\d+", ref):
        return f"; did you mean 'wordnet:{ref}'?"
    if ref.count("?") == 1:
        return f"; did you mean 'letters:{ref}'?"
    if re.search(r"\.[A-Za-z]+$", ref):
        return f"; did you mean 'file:{ref}'?"
    return f"; did you mean 'list:{ref}'?" if "," in ref else ""
