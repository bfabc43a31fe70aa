"""The user's own terms: their slot, and whether there are enough of them."""

from __future__ import annotations

from evenband import slots
from evenband.errors import InputError
from evenband.slots.files import with_bad_rows_skipped

FEWEST_TERMS = 4
"""Smallest number of the user's own terms: some probes combine three and exchange one for a fourth."""


def check_number_of_terms(terms: str, skip_bad: bool) -> None:
    """Refuse too few terms before anything is measured.

    Raises:
        InputError: if there are fewer than four, or they cannot be read.
    """
    reference = str(slot_of(terms))
    slot = slots.load(with_bad_rows_skipped(reference) if skip_bad else reference)
    if len(slot) < FEWEST_TERMS:
        raise InputError(
            f"terms {terms}: got {len(slot)}, expected {FEWEST_TERMS} or more; "
            f"add {FEWEST_TERMS - len(slot)} to {slot.origin if slot.name.startswith('file:') else 'them'}"
        )


def slot_of(terms: str | None) -> str | None:
    """Return the slot reference of the user's terms, which may be given as a file's name."""
    if terms is None or slots.is_reference(terms):
        return terms
    return f"file:{terms}"
