"""Labels of several slots: which values stand together."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from evenband.errors import InputError
from evenband.types import Slot

TRIES = 1000
"""Rounds of exchanging values before fewer labels are tried."""


def combine(
    chosen: Mapping[str, Slot], wanted: int, generator: Callable[[], np.random.Generator]
) -> dict[str, list[int]]:
    """Which value of each slot stands in each label: none twice in a label, no label twice.

    Fewer labels than wanted where there are too few values for so many.

    Args:
        chosen: two or more slots by name.
        wanted: labels.
        generator: the same random numbers at every call, one for each try.

    Returns:
        Rows of each slot, equally many.

    Raises:
        InputError: if there are not even enough values for one label.
    """
    n = min(wanted, math.prod(len(slot) for slot in chosen.values()))
    while n > 0:
        rows = _arrange(chosen, n, generator())
        if rows is not None:
            return rows
        n = n * 2 // 3
    raise InputError("the slots have too few values to combine, expected a different one for each slot")


def _arrange(chosen: Mapping[str, Slot], n: int, rng: np.random.Generator) -> dict[str, list[int]] | None:
    """N labels in which each value occurs as often as any other or once more, if they can be found."""
    rows: dict[str, list[int]] = {}
    columns: list[list[str]] = []
    for key, slot in chosen.items():
        turns = [rng.permutation(len(slot)) for _ in range(-(-n // len(slot)))]
        rows[key] = [int(row) for row in np.concatenate(turns)[:n]]
        last = len(rows) == len(chosen)
        if columns and not _keep_apart(rows[key], slot, columns, rng, last):
            return None
        columns.append([slot.values[row] for row in rows[key]])
    return rows


def _keep_apart(
    order: list[int], slot: Slot, columns: list[list[str]], rng: np.random.Generator, last: bool
) -> bool:
    """Exchange rows of the order until no label has a value twice or, at the last slot, occurs twice."""
    for _ in range(TRIES):
        seen: set[tuple[str, ...]] = set()
        clashes = []
        for row, value in enumerate(order):
            label = (*(column[row] for column in columns), slot.values[value])
            if len(set(label)) < len(label) or (last and label in seen):
                clashes.append(row)
            seen.add(label)
        if not clashes:
            return True
        for row in clashes:
            other = int(rng.integers(len(order)))
            order[row], order[other] = order[other], order[row]
    return False
