"""Rows of a table of finished pairs in two halves, of which none has a text of the other if that can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class TableHalves:
    """Two halves of a table's rows.

    Attributes:
        judged: rows to judge by, in random order.
        learned: rows to learn from.
        share_texts: whether a text is in both, since too few rows would be left otherwise.
    """

    judged: list[int]
    learned: list[int]
    share_texts: bool


def halves_of(columns: Sequence[Sequence[str]], order: Sequence[int], fewest: int) -> TableHalves:
    """Divide rows so that those with a text in common are in the same half, if both halves get enough.

    Args:
        columns: texts of each column, n strings each.
        order: the n rows in the order in which they are taken.
        fewest: rows that each half needs.
    """
    halves: tuple[list[int], list[int]] = ([], [])
    for group in sorted(_sharing(columns, order), key=len, reverse=True):
        min(halves, key=len).extend(group)
    place = {row: at for at, row in enumerate(order)}
    if min(map(len, halves)) >= fewest:
        judged, learned = (sorted(half, key=place.__getitem__) for half in halves)
        return TableHalves(judged, learned, share_texts=False)
    middle = len(order) // 2
    judged, learned = list(order[:middle]), list(order[middle:])
    shared = _texts(columns, judged) & _texts(columns, learned)
    return TableHalves(judged, learned, share_texts=bool(shared))


def _texts(columns: Sequence[Sequence[str]], rows: Sequence[int]) -> set[str]:
    return {column[row].casefold() for column in columns for row in rows}


def _sharing(columns: Sequence[Sequence[str]], order: Sequence[int]) -> list[list[int]]:
    """Return groups of rows that are joined by texts in common, directly or through others."""
    parents = list(range(len(order)))

    def root(row: int) -> int:
        while parents[row] != row:
            parents[row] = parents[parents[row]]
            row = parents[row]
        return row

    seen: dict[str, int] = {}
    for row in order:
        for column in columns:
            parents[root(row)] = root(seen.setdefault(column[row].casefold(), row))
    groups: dict[int, list[int]] = {}
    for row in order:
        groups.setdefault(root(row), []).append(row)
    return list(groups.values())
