"""Combinations of several slots' values into labels."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from evenband.errors import InputError
from evenband.types import Slot

EXCHANGE_ROUNDS = 1000
"""Number of rounds of exchanging values before fewer labels are tried."""


def combine(
    slots: Mapping[str, Slot], wanted: int, generator: Callable[[], np.random.Generator]
) -> dict[str, list[int]]:
    """Combine values so that no label has a value twice and no label occurs twice.

    There are fewer labels than wanted where the slots have too few values.

    Args:
        slots: two or more slots by name.
        wanted: number of labels.
        generator: returns the same random numbers at every call; each attempt takes them anew.

    Returns:
        Rows of each slot, one for each label.

    Raises:
        InputError: if there are not even enough values for one label.
    """
    n = min(wanted, math.prod(len(slot) for slot in slots.values()))
    while n > 0:
        rows = _arrange(slots, n, generator())
        if rows is not None:
            return rows
        n = n * 2 // 3
    raise InputError("the slots have too few values to combine, expected a different one for each slot")


def combined_slot(name: str, labels: tuple[str, ...], slots: Mapping[str, Slot]) -> Slot:
    """Return the slot of labels that combine the values of several slots.

    Args:
        name: reference of the combination.
        labels: n different ones.
        slots: whose values they combine, by name.
    """
    return Slot(
        name,
        labels,
        "; ".join(f"{slot}: {values.origin}" for slot, values in slots.items()),
        skipped=tuple(dict.fromkeys(text for values in slots.values() for text in values.skipped)),
        remarks=tuple(dict.fromkeys(text for values in slots.values() for text in values.remarks)),
    )


def _arrange(slots: Mapping[str, Slot], n: int, rng: np.random.Generator) -> dict[str, list[int]] | None:
    """Arrange n labels in which the values of a slot occur equally often, give or take one.

    Returns:
        ``None`` if no such labels were found.
    """
    rows: dict[str, list[int]] = {}
    columns: list[list[str]] = []
    for name, slot in slots.items():
        turns = [rng.permutation(len(slot)) for _ in range(-(-n // len(slot)))]
        rows[name] = [int(row) for row in np.concatenate(turns)[:n]]
        is_last = len(rows) == len(slots)
        if columns and not _keep_apart(rows[name], slot, columns, rng, is_last):
            return None
        columns.append([slot.values[row] for row in rows[name]])
    return rows


def _keep_apart(
    order: list[int], slot: Slot, columns: list[list[str]], rng: np.random.Generator, is_last: bool
) -> bool:
    """Exchange rows of the order until no label has a value twice and, at the last slot, none occurs twice.

    Returns:
        Whether that was reached.
    """
    for _ in range(EXCHANGE_ROUNDS):
        seen: set[tuple[str, ...]] = set()
        clashes = []
        for row, value in enumerate(order):
            label = (*(column[row] for column in columns), slot.values[value])
            if len(set(label)) < len(label) or (is_last and label in seen):
                clashes.append(row)
            seen.add(label)
        if not clashes:
            return True
        for row in clashes:
            other = int(rng.integers(len(order)))
            order[row], order[other] = order[other], order[row]
    return False
