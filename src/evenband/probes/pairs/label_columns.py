"""Columns of a measurement's labels: evenband's own, and the user's under names that cannot be mistaken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from evenband.types import Slot
from evenband.types.columns import free_name

Columns: TypeAlias = Mapping[str, tuple[Any, ...]]


def label_columns(slot: Slot, parts: Columns, looked_up: Columns) -> tuple[Columns, frozenset[str]]:
    """Return all columns, and the names of those that are evenband's own.

    A column of the user's file keeps its name, unless evenband has a column of that name: then ``slot_``
    stands before it.

    Args:
        slot: with its columns, of which ``slot.own`` are evenband's.
        parts: what fills each gap, by the gap's name.
        looked_up: what word lists know of the labels.

    Shape: n cells for each column.
    """
    fixed = {**{name: slot.columns[name] for name in slot.columns if name in slot.own}, **looked_up}
    gaps = {free_name(gap, fixed): cells for gap, cells in parts.items()}
    own = frozenset({*fixed, *gaps})
    columns: dict[str, tuple[Any, ...]] = {}
    for name, cells in slot.columns.items():
        if name in own and name not in slot.own:
            columns[free_name(name, {*own, *columns, *slot.columns})] = cells
        else:
            columns[name] = cells
    return {**columns, **gaps, **looked_up}, own
