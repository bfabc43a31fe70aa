"""Values of a gap: a slot's own values, a column of the slot, or grammatical forms of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from evenband.errors import InputError, UnfitValuesError, UnknownReferenceError
from evenband.registry import nearest
from evenband.slots import forms
from evenband.types import Slot

Streams = Callable[..., np.random.Generator]
"""Makes the random numbers of a use by its names, as :meth:`evenband.probes.files.drawing.Draw.rng` does."""


def values_of(probe: str, gap: str, slots: Mapping[str, Slot], streams: Streams) -> tuple[str, ...]:
    """Return what a gap such as ``x.plural.cap`` is for each value of its slot.

    The first step after the slot's name is a column of the slot, if it has one of that name, else a form.
    All further steps are forms.

    Args:
        probe: name of the probe; errors name it, and random forms depend on it.
        gap: what stands between the braces.
        slots: n values each, by name.
        streams: random numbers of the forms that need some.

    Raises:
        InputError: if there is no such slot, column or form.
    """
    slot, *steps = gap.split(".")
    if slot not in slots:
        raise InputError(
            f"probe {probe!r}: nothing fills {{{gap}}}{nearest(slot, list(slots))} "
            f"(there are: {', '.join(slots)})"
        )
    values, columns = slots[slot].values, slots[slot].columns
    for step, form in enumerate(steps):
        if step == 0 and form in columns:
            values = _column_texts(probe, gap, slots[slot].values, columns[form])
        else:
            path = ".".join((slot, *steps[: step + 1]))
            values = _apply_form(probe, path, form, values, list(columns), streams)
    return values


def forms_first(values: Slot) -> Slot:
    """Return the slot without columns that are called like a form, so that these are the forms.

    A user's list may have a column ``title``; in the kit, ``{x.title}`` is the term with capitals.
    """
    columns = {name: cells for name, cells in values.columns.items() if name not in forms.FORMS}
    return replace(values, columns=columns)


def _column_texts(probe: str, gap: str, labels: Sequence[str], column: Sequence[object]) -> tuple[str, ...]:
    """Return a column as strings.

    Raises:
        InputError: if a cell has no text.
    """
    for label, cell in zip(labels, column, strict=True):
        if not isinstance(cell, str) or not cell.strip():
            raise InputError(f"probe {probe!r}: {{{gap}}} of {label!r} is {cell!r}, expected text")
    return tuple(str(cell) for cell in column)


def _apply_form(
    probe: str, gap: str, form: str, values: tuple[str, ...], columns: Sequence[str], streams: Streams
) -> tuple[str, ...]:
    """Apply a form to all values, and name probe and gap in its errors."""
    try:
        return forms.apply(form, values, streams(probe, "form", gap))
    except UnknownReferenceError as error:
        listed = f"; its columns are: {', '.join(columns)}" if columns else ""
        raise UnknownReferenceError(f"probe {probe!r}: {{{gap}}}: {error}{listed}") from None
    except InputError as error:
        raise InputError(f"probe {probe!r}: {{{gap}}}: {error}") from None


def allowed_values(name: str, gap: str, pool: Slot, allowed: Callable[[str], bool] | None) -> Slot:
    """Return the values that may be drawn; all of them without a rule.

    Args:
        name: of the probe.
        gap: of the slot or filler.
        pool: its values.
        allowed: whether a value may be drawn.

    Raises:
        UnfitValuesError: if none may be.
    """
    if allowed is None:
        return pool
    rows = [row for row in range(len(pool)) if allowed(pool.values[row])]
    if not rows:
        raise UnfitValuesError(f"probe {name!r}: no value of {gap} may be drawn, expected one or more")
    return pool.take(rows)
