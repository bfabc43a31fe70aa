"""Number formats of terminal, report and Markdown. A missing value is a dash, never a zero."""

from __future__ import annotations

import math
from collections.abc import Callable

from evenband.types import Estimate
from evenband.wording import counted as counted
from evenband.wording import signed_as_read

MISSING = "–"
"""Shown in place of a value that does not exist."""

NOT_COMPUTED = "not computed"
"""What the dash means, for tooltips."""


def fixed(value: float | None, digits: int = 3) -> str:
    """Format a number with a fixed number of decimals, thousands separated, and a true minus sign."""
    if value is None or not math.isfinite(value):
        return MISSING
    text = f"{value:,.{digits}f}"
    return signed_as_read(text) if float(text.replace(",", "")) != 0 else text.lstrip("-")


def significant(value: float | None, digits: int = 3) -> str:
    """Format a number to significant digits; in scientific notation below a thousandth: ``2.1e−7``."""
    if value is None or not math.isfinite(value):
        return MISSING
    if value == 0:
        return "0"
    if abs(value) < 1e-3 or abs(value) >= 1e6:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        return signed_as_read(f"{mantissa}e{int(exponent)}")
    return fixed(value, max(0, digits - 1 - math.floor(math.log10(abs(value)))))


def number(value: float | None) -> str:
    """Format a number for the terminal: four decimals below 10, three significant digits from there."""
    if value is None:
        return MISSING
    if value and abs(value) < 1e-3:
        return signed_as_read(f"{value:.1e}")
    return signed_as_read(f"{value:.4f}" if abs(value) < 10 else f"{value:.3g}")


def short(value: float | None) -> str:
    """Format a proportion in as few characters as possible: ``.67``, ``1.00``."""
    return MISSING if value is None else signed_as_read(f"{value:.2f}".removeprefix("0" if value < 1 else ""))


def signed(value: float | None) -> str:
    """Format a difference for the terminal: ``+0.14``."""
    return MISSING if value is None else signed_as_read(f"{value:+.2f}")


def percent(share: float | None, digits: int = 0) -> str:
    """Format a proportion in per cent: ``14%``."""
    text = fixed(None if share is None else 100 * share, digits)
    return text if text == MISSING else f"{text}%"


def noise(value: float | None) -> str:
    """Format a noise floor; zero means that no noise was seen, not that there is none."""
    return "0 (none seen)" if value == 0 else significant(value, 2)


def factor(value: float | None) -> str:
    """Format a ratio: ``× 1.43``."""
    return MISSING if value is None or not math.isfinite(value) else f"× {fixed(value, 2)}"


def count(value: int) -> str:
    """Format a whole number with thousands separated."""
    return f"{value:,}"


def interval(estimate: Estimate, digits: int = 3) -> str:
    """Format a 90% interval: ``0.969 to 0.973``; empty if there is none."""
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return ""
    return f"{fixed(estimate.low, digits)} to {fixed(estimate.high, digits)}"


def bracketed(estimate: Estimate, write: Callable[[float | None], str] = number, between: str = " ") -> str:
    """Format a value with its 90% interval: ``0.9713 [0.9701, 0.9725]``; the value alone without one.

    Args:
        estimate: to format.
        write: formats each of the three numbers.
        between: what separates the value from its interval.
    """
    if estimate.low is None or estimate.high is None:
        return write(estimate.value)
    return f"{write(estimate.value)}{between}[{write(estimate.low)}, {write(estimate.high)}]"


def adjusted(q: float | None) -> str:
    """Format an adjusted p-value (Benjamini-Hochberg)."""
    if q is None or not math.isfinite(q):
        return MISSING
    return "< 0.001" if q < 0.001 else fixed(q, 3)


def decimals(span: float) -> int:
    """Return how many decimals tell ten ticks of an axis of this span apart, from 2 to 7."""
    return 3 if span <= 0 else min(7, max(2, 2 - math.floor(math.log10(span))))
