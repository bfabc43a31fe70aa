"""Expected figures held against what was found."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evenband.analysis import Results, summarise
from evenband.encoders.redaction import redact
from evenband.errors import InputError
from evenband.running.reproductions.claims import Bound, Expected, Figure
from evenband.running.reproductions.figure_paths import look_up
from evenband.stats import levels
from evenband.types import Measurement

ROUNDING_BESIDE_TOLERANCE = 1e-12
"""Rounding error of a difference of two figures, beside the tolerance."""


@dataclass(frozen=True)
class Checked:
    """One figure, expected and found.

    Attributes:
        expected: as the claim has it.
        found: the figure; ``None`` where it was not computed.
        above: what it is expected to be above; ``None`` for nothing.
        below: likewise.
        passed: whether it is as expected.
    """

    expected: Expected
    found: Any
    above: float | None
    below: float | None
    passed: bool


class Found:
    """What was measured for a claim, and where figures are found in it.

    Args:
        results: of the audit; ``None`` without one.
        arithmetic: what ``evenband analogy --json`` prints for each expression.
    """

    def __init__(self, results: Results | None, arithmetic: Sequence[Mapping[str, Any]] = ()) -> None:
        self._measurements = [] if results is None else [audit.measurement for audit in results.audits]
        self._results = [] if results is None else summarise(results)["results"]
        self._arithmetic = arithmetic

    def check(self, expected: Expected) -> Checked:
        """Hold one figure against what was found.

        Raises:
            InputError: if it is nowhere in what was found, or of another kind than what is expected.
        """
        found = self.figure(expected)
        if expected.grid is not None and isinstance(found, float):
            size = levels.step(found, expected.grid)
            found = size * round(found / size)
        above, below = self._bound(expected.above, 1), self._bound(expected.below, -1)
        length = len(expected.value) if isinstance(expected.value, tuple) else None
        if isinstance(found, (list, tuple)):
            found = list(found[:length])
        _check_kind(expected, found)
        return Checked(expected, found, above, below, _holds(expected, found, above, below))

    def figure(self, place: Figure) -> Any:
        """Return the figure at a place; ``None`` where it was not computed.

        Raises:
            InputError: if there is no such place.
        """
        if place.labels:
            scores = _scores_of(self._measurement(place), place.labels)
            return min(scores) if place.figure == "lowest" else max(scores)
        if self._results and place.expression is None:
            return look_up(self._results[self._number(place)], place.figure)
        return look_up(self._expression(place), place.figure)

    def _bound(self, bound: float | Bound | None, side: int) -> float | None:
        """Return a bound's number; NaN, which nothing is above or below, where it was not computed.

        Args:
            bound: a number, or a figure and how far beyond it.
            side: 1 for what is above it, -1 for what is below it.

        Raises:
            InputError: if the figure is no number.
        """
        if not isinstance(bound, Bound):
            return bound
        value = self.figure(bound)
        if value is None:
            return math.nan
        _check_number(value, bound.figure)
        if not bound.bands:
            return float(value)
        ends = [self.figure(bound.model_copy(update=_quantile(name))) for name in ("q05", "q95")]
        return math.nan if None in ends else float(value) + side * bound.bands * (ends[1] - ends[0])

    def _measurement(self, place: Figure) -> Measurement:
        return self._measurements[self._number(place)]

    def _number(self, place: Figure) -> int:
        """Return the place of the measurement that a figure is of.

        Raises:
            InputError: if it is not exactly one.
        """
        named = None if place.model is None else redact(place.model)
        fitting = [
            number
            for number, one in enumerate(self._measurements)
            if named in (None, one.subject.name, one.subject.ref) and place.probe in (None, one.probe.name)
        ]
        if len(fitting) != 1:
            there = ", ".join(f"{one.subject.ref} on {one.probe.name}" for one in self._measurements)
            raise InputError(
                f"figure {place.figure!r} of {place.model or 'any model'} on {place.probe or 'any probe'}: "
                f"got {len(fitting)} measurements, expected one (there are: {there or 'none'})"
            )
        return fitting[0]

    def _expression(self, place: Figure) -> Mapping[str, Any]:
        """Return the only arithmetic, or the one of the expression."""
        fitting = [
            one
            for one in self._arithmetic
            if place.expression in (None, one.get("expression"), one.get("left"))
            and place.model in (None, one["model"])
        ]
        if len(fitting) != 1:
            raise InputError(
                f"figure {place.figure!r} of the expression {place.expression!r}: got {len(fitting)} "
                "expressions, expected one"
            )
        return fitting[0]


def _scores_of(measurement: Measurement, labels: Sequence[str]) -> list[float]:
    """Return the scores of some labels, in all templates.

    Raises:
        InputError: naming a label that was not measured.
    """
    rows = {item: row for row, item in enumerate(measurement.items)}
    for label in labels:
        if label not in rows:
            raise InputError(f"{measurement.subject.ref} on {measurement.probe.name}: no label {label!r}")
    return [float(score) for label in labels for score in measurement.scores[rows[label]]]


def _quantile(name: str) -> dict[str, Any]:
    """Return what changes a figure's place to a quantile of the same measurement."""
    return {"figure": f"quantiles.{name}", "labels": ()}


def _check_kind(expected: Expected, found: Any) -> None:
    """Refuse a figure that is of another kind than what is expected, so that the two cannot be held together.

    Raises:
        InputError: naming both kinds.
    """
    if found is None:
        return
    if expected.above is not None or expected.below is not None:
        _check_number(found, expected.figure)
    if expected.value is None:
        return
    pairs: list[tuple[Any, Any]] = [(expected.value, found)]
    if isinstance(expected.value, tuple) and isinstance(found, list):
        pairs += [pair for pair in zip(expected.value, found, strict=False) if pair[1] is not None]
    for one, other in pairs:
        if _kind(one) != _kind(other):
            raise InputError(
                f"figure {expected.figure!r} is {_kind(other)}, but its value here is {_kind(one)}"
            )


def _check_number(found: Any, path: str) -> None:
    """Refuse what has no order.

    Raises:
        InputError: naming its kind.
    """
    if _kind(found) != _kind(0.0):
        raise InputError(f"figure {path!r} is {_kind(found)}, expected a number beside above or below")


def _kind(value: Any) -> str:
    """Return what a figure is, in words."""
    if isinstance(value, bool):
        return "true or false"
    kinds: dict[str, Any] = {
        "a number": (int, float),
        "a text": str,
        "a list": (list, tuple),
        "a table": Mapping,
    }
    return next((name for name, kind in kinds.items() if isinstance(value, kind)), "nothing")


def _holds(expected: Expected, found: Any, above: float | None, below: float | None) -> bool:
    """Return whether a figure is as expected; one that was not computed is not, unless that was expected."""
    if found is None:
        return False
    if expected.value is not None and not _equals(expected.value, found, expected.tolerance):
        return False
    return (above is None or found > above) and (below is None or found < below)


def _equals(expected: Any, found: Any, tolerance: float) -> bool:
    """Return whether two values are equal, numbers within the tolerance, lists entry by entry."""
    if isinstance(expected, tuple):
        return len(found) == len(expected) and all(
            _equals(one, other, tolerance) for one, other in zip(expected, found, strict=True)
        )
    numbers = (int, float)
    if isinstance(expected, bool) or not isinstance(expected, numbers) or not isinstance(found, numbers):
        return bool(expected == found)
    return abs(found - expected) <= tolerance + ROUNDING_BESIDE_TOLERANCE
