"""The scheme ``table:``, word lists that ship with evenband: ``table:disease``, ``table:de-person``.

A word list is a CSV file in ``data/tables``. Its first column holds the values; further columns hold
texts that belong to them, such as an antonym or a gloss. The name of a list that is not English
begins with the code of its language, as in ``de-person``.
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
from evenband.slots.delimited import read_commas
from evenband.slots.scheme import Scheme
from evenband.types import Slot

LANGUAGES = ("de", "es", "fr", "zh")
"""Language codes that the name of a word list may begin with; all other lists are English."""


@cache
def load(argument: str) -> Slot:
    """Return the slot of a word list, such as ``disease``.

    Raises:
        UnknownReferenceError: if there is no such word list; the message names those that exist.
        InputError: if the file cannot be read.
    """
    name = argument.strip()
    if name not in names():
        raise UnknownReferenceError(
            f"slot 'table:{argument}': no table is called {name!r}{nearest(name, names())} "
            f"(there are: {', '.join(names())})"
        )
    with _folder() as folder:
        try:
            columns = read_commas(folder / f"{name}.csv").columns
        except ValueError as error:
            raise InputError(f"slot 'table:{argument}': {error}") from error
    value_column, *other_columns = columns
    return Slot(
        f"table:{argument}",
        tuple(cell or "" for cell in columns[value_column]),
        f"evenband's own list {name!r}",
        {key: columns[key] for key in other_columns},
        language=language_of(name),
    )


def names() -> tuple[str, ...]:
    """Return the names of all word lists in alphabetical order."""
    with _folder() as folder:
        return tuple(sorted(path.stem for path in folder.glob("*.csv")))


def language_of(name: str) -> str:
    """Return the language of a word list by its name: ``de`` for ``de-person``, ``en`` for ``person``."""
    match = re.match(r"([a-z]{2})-", name)
    return match[1] if match and match[1] in LANGUAGES else "en"


@contextmanager
def _folder() -> Iterator[Path]:
    with as_file(files("evenband.slots") / "data" / "tables") as folder:
        yield folder


TABLE_SCHEME = Scheme(
    name="table",
    about="a word list that ships with evenband",
    example="table:disease",
    make=load,
)
