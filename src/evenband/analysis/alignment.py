"""Whether two measurements can be set against each other, and the part that they share."""

from __future__ import annotations

from typing import Any, TypeVar

from evenband.errors import InputError
from evenband.types import Measurement

Left = TypeVar("Left", bound=Measurement)
Right = TypeVar("Right", bound=Measurement)


def asks_the_same(left: Measurement, right: Measurement) -> bool:
    """Return whether two measurements asked the same, even where they answered in different ways."""
    question = left.details.question
    is_shared = bool(question) and question == right.details.question
    is_shared = is_shared and (left.kind, left.probe.name) == (right.kind, right.probe.name)
    return is_shared or left.probe.digest == right.probe.digest


def can_be_paired(left: Measurement, right: Measurement) -> bool:
    """Return whether two measurements share an item and a condition."""
    return not (set(left.items).isdisjoint(right.items) or set(left.conditions).isdisjoint(right.conditions))


def aligned(left: Left, right: Right) -> tuple[Left, Right]:
    """Restrict both measurements to the items and conditions that they share.

    Raises:
        InputError: if they share none.
    """
    if (left.items, left.conditions) == (right.items, right.conditions):
        return left, right
    if not can_be_paired(left, right):
        raise InputError(
            f"{left.subject.name} and {right.subject.name} on {left.probe.name} share no item, "
            "expected vectors for the same texts"
        )
    items = set(left.items) & set(right.items)
    conditions = set(left.conditions) & set(right.conditions)
    return _restricted(left, items, conditions), _restricted(right, items, conditions)


def _restricted(measurement: Left, items: set[str], conditions: set[str]) -> Left:
    """Return a measurement without the other items and conditions, in its own order."""
    rows = [row for row, item in enumerate(measurement.items) if item in items]
    columns = [column for column, name in enumerate(measurement.conditions) if name in conditions]
    part: Any = measurement.take(rows, columns)
    restricted: Left = part
    return restricted
