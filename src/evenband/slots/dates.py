"""The scheme ``dates:``, days drawn from a range of years: ``dates:1990..2020``.

A day is written ``March 3, 2021``. Without a range the years are 1950 to 2029.

Columns:
    iso, dmy, short: the same day as ``2021-03-03``, ``3 March 2021`` and ``3 Mar 2021``.
    month, day, year: a day that differs from it only in that part, written like the value.

The option ``@n=500`` says how many days to draw.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta

import numpy as np

from evenband.errors import InputError
from evenband.slots.numbers import read_range, read_size
from evenband.slots.scheme import Scheme, split_options
from evenband.types import Slot

DEFAULT_YEARS = "1950..2029"
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def load(argument: str, rng: np.random.Generator) -> Slot:
    """Return the slot of a range of years such as ``1990..2020``; empty for 1950 to 2029.

    Raises:
        InputError: if the range is not two different years from 1000 to 9999 in order.
    """
    body, options = split_options("dates", argument, valued=("n",))
    first, last = read_range("dates", argument, body if body.strip() else DEFAULT_YEARS)
    if not 1000 <= first < last <= 9999:
        raise InputError(
            f"slot 'dates:{argument}': got the years {first} to {last}, expected two different ones "
            "from 1000 to 9999"
        )
    days = _draw(first, last, read_size("dates", argument, options.get("n")), rng)
    return Slot(
        f"dates:{argument}",
        tuple(write(day) for day in days),
        f"{len(days):,} days drawn from {first} to {last}",
        {
            "iso": tuple(day.isoformat() for day in days),
            "dmy": tuple(f"{day.day} {MONTHS[day.month - 1]} {day.year}" for day in days),
            "short": tuple(f"{day.day} {MONTHS[day.month - 1][:3]} {day.year}" for day in days),
            "month": tuple(write(_change_month(day, rng)) for day in days),
            "day": tuple(write(_change_day(day, rng)) for day in days),
            "year": tuple(write(_change_year(day, first, last, rng)) for day in days),
        },
        language="en",
    )


def write(day: date) -> str:
    """Write a day as ``March 3, 2021``, in English whatever the locale."""
    return f"{MONTHS[day.month - 1]} {day.day}, {day.year}"


def _draw(first: int, last: int, n: int, rng: np.random.Generator) -> list[date]:
    """Draw n different days of the years, or all if there are fewer.

    29 February is left out: most other years do not have it, so its year could not be changed.
    """
    start = date(first, 1, 1)
    count = (date(last, 12, 31) - start).days + 1
    days = (start + timedelta(int(offset)) for offset in rng.permutation(count))
    return [day for day in days if (day.month, day.day) != (2, 29)][:n]


def _change_month(day: date, rng: np.random.Generator) -> date:
    """Move a day to another month of its year that has a day of that number."""
    while True:
        month = _draw_other(day.month, 12, rng)
        if day.day <= calendar.monthrange(day.year, month)[1]:
            return day.replace(month=month)


def _change_day(day: date, rng: np.random.Generator) -> date:
    """Move a day within its month."""
    return day.replace(day=_draw_other(day.day, calendar.monthrange(day.year, day.month)[1], rng))


def _change_year(day: date, first: int, last: int, rng: np.random.Generator) -> date:
    """Move a day to another year of the range."""
    place = day.year - first + 1
    return day.replace(year=first - 1 + _draw_other(place, last - first + 1, rng))


def _draw_other(number: int, count: int, rng: np.random.Generator) -> int:
    """Draw a whole number from 1 to ``count`` other than ``number``, each with equal probability."""
    return (number + int(rng.integers(count - 1))) % count + 1


DATES_SCHEME = Scheme(
    name="dates",
    about="days drawn from a range of years; with iso, dmy, short, month, day, year; option n=HOW MANY",
    example="dates:1990..2020",
    make=load,
    draws=True,
    bare=True,
)
