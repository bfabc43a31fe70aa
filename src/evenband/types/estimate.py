"""Estimate: a number with its interval and its n."""

from __future__ import annotations

import math
from dataclasses import dataclass

from evenband.errors import InputError


@dataclass(frozen=True)
class Estimate:
    """An estimate with its interval and its n. "No value" is ``None``, never 0.0.

    Attributes:
        value: the estimate, or ``None``.
        low: lower end of the 90% interval; ``None`` if there is none.
        high: upper end.
        n: number of observations that it rests on.

    Raises:
        InputError: if a number is NaN or infinite.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0

    def __post_init__(self) -> None:
        for number in (self.value, self.low, self.high):
            if number is not None and not math.isfinite(number):
                raise InputError(f"an estimate must be finite or None, got {number}")

    @property
    def brief(self) -> str | None:
        """The value with its interval, ``0.7005 [0.6969, 0.7044]``; ``None`` without a value."""
        if self.value is None:
            return None
        if self.low is None or self.high is None:
            return f"{self.value:.4g}"
        return f"{self.value:.4g} [{self.low:.4g}, {self.high:.4g}]"
