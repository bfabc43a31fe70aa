"""The scheme ``list:``, values written in the reference itself: ``list:salt,pepper``.

The values are separated by commas and quoted as in CSV: ``list:"salt, fine",pepper``. Space around a
value is dropped. No value may be empty or occur twice.
"""

from __future__ import annotations

import csv

from evenband.errors import InputError
from evenband.slots.scheme import Scheme
from evenband.types import Slot


def load(argument: str) -> Slot:
    """Return the slot of the values in ``a,b,c``.

    Raises:
        InputError: if a value is empty or repeated, or a quotation mark is not closed.
    """
    try:
        rows = list(csv.reader([argument], skipinitialspace=True, strict=True))
    except csv.Error as error:
        raise InputError(
            f"slot 'list:{argument}': {error}; expected values separated by commas, in double quotes "
            "if a value contains a comma"
        ) from error
    values = [value.strip() for row in rows for value in row]
    number_of_value: dict[str, int] = {}
    for number, value in enumerate(values, start=1):
        if not value:
            raise InputError(
                f"slot 'list:{argument}': value {number} is empty, expected a word; remove a comma"
            )
        if value in number_of_value:
            raise InputError(
                f"slot 'list:{argument}': values {number_of_value[value]} and {number} are both {value!r}, "
                "expected unique values; remove one"
            )
        number_of_value[value] = number
    return Slot(f"list:{argument}", tuple(values), "a list given by the user")


LIST_SCHEME = Scheme(
    name="list",
    about="values separated by commas",
    example="list:grandma,grandpa,listener",
    make=load,
)
