"""Numbers as people read them. "No value" is a dash, never a zero."""

from __future__ import annotations

import math

from evenband.types import Estimate

MISSING = "–"
NOT_COMPUTED = "not computed"


def fixed(value: float | None, digits: int = 3) -> str:
    """A number with so many decimals, a true minus sign, a dash for ``None`` and NaN."""
    if value is None or not math.isfinite(value):
        return MISSING
    text = f"{value:,.{digits}f}"
    return text.replace("-", "−") if float(text.replace(",", "")) != 0 else text.lstrip("-")


def significant(value: float | None, digits: int = 3) -> str:
    """A number with so many significant digits; scientific below a thousandth: ``2.1e−7``."""
    if value is None or not math.isfinite(value):
        return MISSING
    if value == 0:
        return "0"
    if abs(value) < 1e-3 or abs(value) >= 1e6:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        return f"{mantissa}e{int(exponent)}".replace("-", "−")
    return fixed(value, max(0, digits - 1 - math.floor(math.log10(abs(value)))))


def floor(value: float | None) -> str:
    """A noise floor; zero means that nothing was seen, not that nothing is there."""
    return "0 (none seen)" if value == 0 else significant(value, 2)


def factor(value: float | None) -> str:
    """A ratio such as ``× 1.43``."""
    return MISSING if value is None or not math.isfinite(value) else f"× {fixed(value, 2)}"


def count(value: int) -> str:
    """A whole number with thousands separated."""
    return f"{value:,}"


def counted(value: int, noun: str) -> str:
    """``1 noun``, ``2 nouns``; nouns that end in ``y`` are not used here."""
    return f"{count(value)} {noun}" if value == 1 else f"{count(value)} {noun}s"


def interval(estimate: Estimate, digits: int = 3) -> str:
    """The 90 % interval, such as ``0.969 to 0.973``; empty where there is none."""
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return ""
    return f"{fixed(estimate.low, digits)} to {fixed(estimate.high, digits)}"


def adjusted(q: float | None) -> str:
    """A Benjamini-Hochberg adjusted p-value."""
    if q is None or not math.isfinite(q):
        return MISSING
    return "< 0.001" if q < 0.001 else fixed(q, 3)


def decimals(span: float) -> int:
    """How many decimals tell ten ticks of an axis of that span apart, from 2 to 7."""
    return 3 if span <= 0 else min(7, max(2, 2 - math.floor(math.log10(span))))
