"""Mean time that things of one kind take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Pace:
    """Mean time that one thing takes.

    Attributes:
        seconds: what all things took together.
        count: how many there were.
    """

    seconds: float = 0.0
    count: float = 0.0

    @property
    def each(self) -> float | None:
        """Mean seconds of one thing; ``None`` before the first."""
        return self.seconds / self.count if self.count else None

    def add(self, seconds: float, count: int) -> None:
        """Add what some things took together."""
        self.seconds += max(0.0, seconds)
        self.count += count

    def scaled(self, cost: float) -> Pace:
        """Return the pace to expect at another cost: a guess that a few real texts outweigh."""
        each = self.each
        return Pace() if each is None else Pace(each * cost, 1.0)
