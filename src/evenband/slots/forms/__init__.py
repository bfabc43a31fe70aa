"""Forms of a value, for placeholders such as ``{x.typo}``: an apple, apples, a-p-p-l-e, 1,000.

``apply("plural", ("apple",), rng)`` is ``("apples",)``. This package has the list of all forms; its
modules write them: ``articles`` (a or an), ``plurals``, ``typos``, ``spelling`` (capitals and single
letters) and ``numerals`` (numbers).

A form with a random choice makes it for each value separately, with a seed that depends on the value,
so that a value's form does not depend on which other values stand beside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evenband.errors import InputError, UnknownReferenceError
from evenband.registry import nearest
from evenband.slots.forms import numerals, spelling
from evenband.slots.forms.articles import add_article
from evenband.slots.forms.plurals import pluralise
from evenband.slots.forms.typos import make_typo


@dataclass(frozen=True)
class Form:
    """One way to write a value. Exactly one of ``make`` and ``draw`` is given.

    Attributes:
        name: what stands after the dot of a placeholder.
        about: one line for users that says what it gives.
        make: function from a value to its form; raises ``ValueError`` with what was expected if the
            value does not have it.
        draw: the same with a random generator, for a form with a random choice.
        differs: whether the form must differ from the value; a value that it leaves as it is is
            refused.
    """

    name: str
    about: str
    make: Callable[[str], str] | None = None
    draw: Callable[[str, np.random.Generator], str] | None = None
    differs: bool = True


def apply(name: str, values: Sequence[str], rng: np.random.Generator) -> tuple[str, ...]:
    """Write each value in a form.

    Args:
        name: name of the form.
        values: n texts.
        rng: generator; a form with a random choice takes one number from it for all values, other
            forms take none.

    Returns:
        n texts in the order of ``values``.

    Raises:
        UnknownReferenceError: if there is no such form; the message names the nearest.
        InputError: if a value does not have the form; the message names the value.
    """
    if name not in FORMS:
        raise UnknownReferenceError(
            f"no form is called {name!r}{nearest(name, FORMS)} (there are: {', '.join(FORMS)})"
        )
    form = FORMS[name]
    seed = int(rng.integers(2**63)) if form.draw else 0
    return tuple(_write(form, value, seed) for value in values)


def _write(form: Form, value: str, seed: int) -> str:
    """Write one value in a form."""
    try:
        if form.draw:
            result = form.draw(value, np.random.default_rng([seed, _hash(value)]))
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


def _of_number(write: Callable[[int], str]) -> Callable[[str], str]:
    """Make a form of values that are whole numbers from a function of the number."""
    return lambda value: write(numerals.read_number(value))


FORMS: Mapping[str, Form] = {
    form.name: form
    for form in (
        Form("a", "with its article: an apple, a university, an MRI scan", add_article),
        Form("cap", "with a capital first letter", spelling.capitalise, differs=False),
        Form("upper", "in capitals", str.upper),
        Form("lower", "in lower case", str.lower, differs=False),
        Form("title", "with a capital first letter in each word", spelling.capitalise_words, differs=False),
        Form("plural", "in the plural: apples, mothers-in-law", pluralise),
        Form("typo", "with one typing error in its longest word: appel", draw=make_typo),
        Form("spelled", "letter by letter: a-p-p-l-e", spelling.spell_out),
        Form("letter", "a letter that is in it", draw=spelling.draw_present_letter, differs=False),
        Form("absent", "a letter that is not in it", draw=spelling.draw_absent_letter),
        Form("comma", "a number of 1,000 or more with commas: 1,000", _of_number(numerals.add_commas)),
        Form(
            "dot",
            "the same with dots, as in German and Spanish: 1.000",
            _of_number(numerals.add_dots),
        ),
        Form("space", "the same with spaces, as in French: 1 000", _of_number(numerals.add_spaces)),
        Form("hanzi", "a number in Chinese characters: 一千", _of_number(numerals.write_hanzi)),
        Form("near", "a number 2% higher, and at least one higher", _of_number(numerals.increase_slightly)),
        Form("tenfold", "a number ten times as high", _of_number(numerals.increase_tenfold)),
    )
}
"""Every form by its name."""
