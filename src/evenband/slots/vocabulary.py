"""The word lists that evenband brings along: ``table:disease``, ``table:antonym``, ``table:de-person``.

A list is a CSV file in ``data/tables``: its first column has the values, further columns are texts
that belong to them, such as an antonym or a gloss. A list of another language than English begins
with that language, as in ``de-person``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

from evenband.errors import InputError, UnknownReferenceError
from evenband.registry import nearest
from evenband.slots.scheme import Scheme
from evenband.slots.tables import read_delimited
from evenband.types import Slot

LANGUAGES = ("de", "es", "fr", "zh")
"""What a list's name may begin with; all others are English."""


@cache
def load(argument: str) -> Slot:
    """The slot of ``disease``.

    Raises:
        UnknownReferenceError: if there is no such list, naming those that exist.
        InputError: if the list cannot be read.
    """
    name = argument.strip()
    if name not in names():
        raise UnknownReferenceError(
            f"slot 'table:{argument}': no table is called {name!r}{nearest(name, names())} "
            f"(there are: {', '.join(names())})"
        )
    with _folder() as folder:
        try:
            columns = read_delimited(folder / f"{name}.csv", ",").columns
        except ValueError as error:
            raise InputError(f"slot 'table:{argument}': {error}") from error
    first, *others = columns
    values = tuple(cell or "" for cell in columns[first])
    return Slot(
        f"table:{argument}",
        values,
        f"evenband's own list {name!r}",
        {key: columns[key] for key in others},
        language=language_of(name),
    )


def names() -> tuple[str, ...]:
    """Every list that there is, in alphabetical order."""
    with _folder() as folder:
        return tuple(sorted(path.stem for path in folder.glob("*.csv")))


def language_of(name: str) -> str:
    """The language of a list by its name: ``de`` for ``de-person``, ``en`` for ``person``."""
    match = re.match(r"([a-z]{2})-", name)
    return match[1] if match and match[1] in LANGUAGES else "en"


@contextmanager
def _folder() -> Iterator[Path]:
    with as_file(files("evenband.slots") / "data" / "tables") as folder:
        yield folder


TABLE_SCHEME = Scheme(
    name="table",
    about="a list of words that evenband brings along",
    example="table:disease",
    make=load,
)
