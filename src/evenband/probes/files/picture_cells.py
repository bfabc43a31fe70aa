"""Cells of a table that name pictures: files beside the table, such as ``red-square.png``.

A column names pictures if a cell of it, with the end of a picture's name, is a file beside the table, or if
all its cells have such an end. In such a column a picture that is missing is a fault, never a text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evenband.errors import InputError
from evenband.picture_files import SUFFIXES, shelve
from evenband.slots.rows import Fault, Table
from evenband.types.picture_texts import any_picture


def find_pictures(
    table: Table, names: Sequence[str], folder: Path
) -> tuple[dict[str, tuple[Any, ...]], list[Fault]]:
    """Return the columns of texts with every picture in place of its name, and the rows that lack one.

    Args:
        table: as it was read.
        names: columns of its texts.
        folder: that the table lies in.

    Raises:
        MissingExtraError: if there are pictures, and Pillow is not installed.
    """
    columns, faults = dict(table.columns), []
    for name in names:
        cells = table.columns[name]
        if not _names_pictures(cells, folder):
            continue
        replaced = list(cells)
        for row, cell in enumerate(cells):
            if not _looks_like_one(cell):
                continue
            try:
                replaced[row] = shelve(folder / cell, cell)
            except InputError as error:
                where = f"{name!r} of {table.unit} {table.lines[row]}"
                faults.append(Fault(table.lines[row], f"{where}, the picture {cell!r}, is {error}"))
        columns[name] = tuple(replaced)
    return columns, faults


def check_sides(columns: Mapping[str, Sequence[str]], names: Sequence[str], called: str) -> None:
    """Refuse an INV table with a text in one column and a picture in the other.

    A caption is nearer to any caption than to a picture, so that such a row could not pass.

    Raises:
        InputError: saying which columns to use.
    """
    sides = [any_picture(columns[name]) for name in names]
    if any(sides) and not all(sides):
        raise InputError(
            f"{called}: the columns {names[0]} and {names[1]} hold texts and pictures, which do not compare "
            "as variants of each other; expected anchor, positive, negative: a caption, its picture "
            "and another one, or a picture and two captions"
        )


def _names_pictures(cells: Sequence[Any], folder: Path) -> bool:
    named = [cell for cell in cells if _looks_like_one(cell)]
    is_every_one = len(named) == len(cells)
    return bool(named) and (is_every_one or any((folder / cell).is_file() for cell in named))


def _looks_like_one(cell: Any) -> bool:
    return isinstance(cell, str) and cell.lower().endswith(SUFFIXES) and "\n" not in cell and "\0" not in cell
