"""Values written in the reference itself: ``list:salt,pepper``, or ``list:"salt, fine",x`` as in CSV.

Space around a value is dropped; nothing may be empty or occur twice.
"""

from __future__ import annotations

import csv

from evenband.errors import InputError
from evenband.slots.scheme import Scheme
from evenband.types import Slot


def load(argument: str) -> Slot:
    """The slot of ``a,b,c``.

    Raises:
        InputError: for an empty or repeated value, or a quote that does not end.
    """
    try:
        rows = list(csv.reader([argument], skipinitialspace=True, strict=True))
    except csv.Error as error:
        raise InputError(
            f"slot 'list:{argument}': {error}; expected values separated by commas, in double quotes "
            "where a value has a comma itself"
        ) from error
    values = [value.strip() for row in rows for value in row]
    seen: dict[str, int] = {}
    for number, value in enumerate(values, start=1):
        if not value:
            raise InputError(
                f"slot 'list:{argument}': value {number} is empty, expected a word; drop a comma"
            )
        if value in seen:
            raise InputError(
                f"slot 'list:{argument}': values {seen[value]} and {number} are both {value!r}, "
                "expected unique values; drop one"
            )
        seen[value] = number
    return Slot(f"list:{argument}", tuple(values), "a list given by the user")


LIST_SCHEME = Scheme(
    name="list",
    about="values separated by commas",
    example="list:grandma,grandpa,listener",
    make=load,
)
