"""References and the schemes that exist."""

from __future__ import annotations

import pytest

from evenband import slots
from evenband.errors import InputError, UnknownReferenceError
from evenband.registry import Registry
from evenband.types import Slot


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        (
            "person.n.01",
            "did you mean 'wordnet:person.n.01'. .there are: codes, dates, file, letters, list, mon",
        ),
        ("grand?a", "did you mean 'letters:grand.a'"),
        ("a,b", "did you mean 'list:a,b'"),
        ("terms.csv", "did you mean 'file:terms.csv'"),
        ("grandma", "expected scheme:argument .there are"),
        ("wordnt:person.n.01", "'wordnt'; did you mean 'wordnet'. .there are: codes, dates, file, letters"),
    ],
)
def test_an_unknown_or_missing_scheme_is_told_the_nearest(ref: str, message: str) -> None:
    """The error lists what exists."""
    with pytest.raises(UnknownReferenceError, match=message):
        slots.load(ref)


def test_a_missing_argument_is_shown_an_example() -> None:
    """wordnet: alone."""
    with pytest.raises(
        InputError, match="'wordnet:' has nothing after its colon, expected for example 'wordnet:"
    ):
        slots.load("wordnet:")


def test_a_function_is_a_scheme_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plug-in may be a plain function; its docstring's first line says what it gives."""

    def load_vowels(argument: str) -> Slot:
        """The vowels.

        More of it.
        """
        return Slot(f"vowels:{argument}", tuple("aeiou"), "the alphabet")

    registry: Registry[Slot] = Registry("slot scheme", {})
    registry.register("vowels", load_vowels)
    monkeypatch.setattr(slots, "SCHEMES", registry)
    assert slots.load("vowels:all").values == ("a", "e", "i", "o", "u")
    (scheme,) = slots.schemes()
    assert (scheme.name, scheme.about, scheme.example) == ("vowels", "The vowels.", "vowels:...")
    assert scheme("all").name == "vowels:all"
