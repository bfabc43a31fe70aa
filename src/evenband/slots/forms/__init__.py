"""Named forms of a value, for placeholders such as ``{x.typo}``: an apple, apples, a-p-p-l-e, 1,000.

``apply("plural", ("apple",), rng)`` is ``("apples",)``. Forms that draw do so for each value
from a seed of its own, so that a value has the same form whichever others stand beside it.
"""

from __future__ import annotations

import hashlib
import re
import string
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evenband.errors import InputError, UnknownReferenceError
from evenband.registry import nearest
from evenband.slots.forms.articles import choose_article
from evenband.slots.forms.numerals import add_dots, add_spaces, write_hanzi
from evenband.slots.forms.plurals import pluralise
from evenband.slots.forms.typos import slip

_LETTERS = """
a 8.2 b 1.5 c 2.8 d 4.3 e 12.7 f 2.2 g 2.0 h 6.1 i 7.0 j 0.2 k 0.8 l 4.0 m 2.4
n 6.7 o 7.5 p 1.9 q 0.1 r 6.0 s 6.3 t 9.1 u 2.8 v 1.0 w 2.4 x 0.2 y 2.0 z 0.1
"""

LETTER_FREQUENCY = dict(zip(_LETTERS.split()[::2], map(float, _LETTERS.split()[1::2]), strict=True))
"""Per cent of the letters of English text, from 0.1 up."""


@dataclass(frozen=True)
class Form:
    """One way to write a value.

    Attributes:
        name: after the dot of a placeholder.
        about: what it gives, in one line.
        make: the form of one value; raises ``ValueError`` with what was expected instead.
        draw: the same for a form that draws.
        differs: whether the result always differs from the value.
    """

    name: str
    about: str
    make: Callable[[str], str] | None = None
    draw: Callable[[str, np.random.Generator], str] | None = None
    differs: bool = True


def apply(name: str, values: Sequence[str], rng: np.random.Generator) -> tuple[str, ...]:
    """That form of every value.

    Args:
        name: of the form.
        values: n texts.
        rng: gives one number to a form that draws, and nothing to others.

    Returns:
        n texts.

    Raises:
        UnknownReferenceError: if there is no such form, naming the nearest.
        InputError: if a value does not have it, naming the value.
    """
    if name not in FORMS:
        raise UnknownReferenceError(
            f"no form is called {name!r}{nearest(name, FORMS)} (there are: {', '.join(FORMS)})"
        )
    form = FORMS[name]
    key = int(rng.integers(2**63)) if form.draw else 0
    return tuple(_write(form, value, key) for value in values)


def _write(form: Form, value: str, key: int) -> str:
    try:
        if form.draw:
            result = form.draw(value, np.random.default_rng([key, _hash(value)]))
        else:
            assert form.make is not None
            result = form.make(value)
    except ValueError as error:
        raise InputError(
            f"{value!r} has no form {form.name!r}: {error}; drop the value or the form"
        ) from error
    if form.differs and result == value:
        raise InputError(
            f"{value!r} has no form {form.name!r} that differs from it; drop the value or the form"
        )
    return result


def _hash(value: str) -> int:
    return int.from_bytes(hashlib.blake2b(value.encode(), digest_size=8).digest())


def _add_article(value: str) -> str:
    return f"{choose_article(value)} {value}"


def _capitalise(value: str) -> str:
    return value[:1].upper() + value[1:]


def _title(value: str) -> str:
    """Each word's first letter in capitals; what follows an apostrophe or a capital stays as it is."""
    return re.sub(r"(?:(?<=^)|(?<=[\s-]))[^\W\d_]", lambda match: match[0].upper(), value)


def _spell(value: str) -> str:
    """Letters and digits joined by hyphens, word by word, apostrophes dropped."""
    words = re.findall(r"[^\W_]+", re.sub("['’]", "", unicodedata.normalize("NFC", value)))
    return " ".join("-".join(word) for word in words)


def _letters_in(value: str) -> list[str]:
    """The different letters from a to z, accents taken off."""
    plain = unicodedata.normalize("NFD", value).lower()
    return sorted(set(plain) & set(string.ascii_lowercase))


def _draw_letter(value: str, rng: np.random.Generator) -> str:
    letters = _letters_in(value)
    if not letters:
        raise ValueError("expected a letter from a to z")
    return str(rng.choice(letters))


def _draw_absent(value: str, rng: np.random.Generator) -> str:
    """A letter that is missing, as often as it occurs in English, so that rare ones do not give it away."""
    missing = [letter for letter in LETTER_FREQUENCY if letter not in _letters_in(value)]
    if not missing:
        raise ValueError("expected a letter from a to z that is not in it")
    weights = np.array([LETTER_FREQUENCY[letter] for letter in missing])
    return str(rng.choice(missing, p=weights / weights.sum()))


def _read_number(value: str) -> int:
    if not re.fullmatch(r"0|[1-9]\d*", value, flags=re.ASCII):
        raise ValueError("expected a whole number in digits alone")
    return int(value)


def _add_commas(value: str) -> str:
    return f"{_read_number(value):,}"


def _go_near(value: str) -> str:
    number = _read_number(value)
    return str(max((number * 102 + 50) // 100, number + 1))


def _go_tenfold(value: str) -> str:
    return str(_read_number(value) * 10)


FORMS: Mapping[str, Form] = {
    form.name: form
    for form in (
        Form("a", "with its article: an apple, a university, an MRI scan", _add_article),
        Form("cap", "its first letter in capitals", _capitalise, differs=False),
        Form("upper", "in capitals", str.upper),
        Form("lower", "in small letters", str.lower, differs=False),
        Form("title", "each word's first letter in capitals", _title, differs=False),
        Form("plural", "the plural: apples, mothers-in-law", pluralise),
        Form("typo", "one slip on the keyboard inside its longest word: appel", draw=slip),
        Form("spelled", "letter by letter: a-p-p-l-e", _spell),
        Form("letter", "a letter that is in it", draw=_draw_letter, differs=False),
        Form("absent", "a letter that is not in it", draw=_draw_absent),
        Form("comma", "a number of four digits or more with commas: 1,000", _add_commas),
        Form(
            "dot",
            "the same with dots, as in German and Spanish: 1.000",
            lambda value: add_dots(_read_number(value)),
        ),
        Form(
            "space",
            "the same with spaces, as in French: 1 000",
            lambda value: add_spaces(_read_number(value)),
        ),
        Form("hanzi", "a number in Chinese characters: 一千", lambda value: write_hanzi(_read_number(value))),
        Form("near", "a number two per cent higher, and at least by one", _go_near),
        Form("tenfold", "a number ten times as high", _go_tenfold),
    )
}
"""Every form, by name."""
