"""Checks of a run against an earlier one, or against limits, for CI."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from evenband.analysis.gated import Terms
from evenband.analysis.gates import Gate, Pairing, judge_gates
from evenband.errors import InputError
from evenband.randomness import stream
from evenband.records import RunDirectory
from evenband.running.reading import read_run
from evenband.types import Measurement
from evenband.wording import listed


@dataclass(frozen=True)
class GateCheck:
    """What a check of a run found.

    Attributes:
        gates: every figure that was held against something, in the order of the measurements.
        earlier: what the earlier run is called; ``None`` without one.
        new: subject and probe of each measurement that the earlier run does not have.
    """

    gates: tuple[Gate, ...]
    earlier: str | None
    new: tuple[tuple[str, str], ...]

    @property
    def broken(self) -> tuple[Gate, ...]:
        """Gates that do not hold."""
        return tuple(gate for gate in self.gates if not gate.holds)


@dataclass(frozen=True)
class EarlierRun:
    """An earlier run that others are held against.

    Attributes:
        name: what to call it.
        measurements: all but control perturbations.
        seed: of its analysis.
    """

    name: str
    measurements: tuple[Measurement, ...]
    seed: int

    @classmethod
    def open(cls, directory: Path) -> EarlierRun:
        """Read a run directory.

        Raises:
            RunError: if it is none, or a file is damaged.
            InputError: if it holds no measurement.
        """
        measurements, seed = _read(directory)
        return cls(str(directory), measurements, seed)


def read_terms(
    metrics: Sequence[str], allowed: Sequence[str], limits: Sequence[str], *, strict: bool
) -> Terms:
    """Return terms from what a user types.

    Args:
        metrics: names of figures.
        allowed: ``X`` for all figures, or ``NAME=X``.
        limits: ``NAME=X`` each.
        strict: as in :class:`~evenband.analysis.gates.Terms`.

    Raises:
        InputError: naming what cannot be read.
    """
    losses = dict(_named(text, "--allow", "0.01 or recall@10=0.01") for text in allowed)
    least = dict(_named(text, "--limit", "recall@10=0.6") for text in limits)
    if "" in least:
        raise InputError("--limit: got a number without a figure's name, expected such as recall@10=0.6")
    for name, loss in losses.items():
        if loss < 0:
            raise InputError(f"--allow: got a loss of {loss:g} of {name or 'all'}, expected 0 or more")
    return Terms(tuple(metrics), losses, least, strict)


def check_directory(directory: Path, earlier: EarlierRun | None, terms: Terms) -> GateCheck:
    """Hold a run directory against an earlier run, or against the terms' limits alone.

    Raises:
        RunError: if the directory cannot be read.
        InputError: if there is nothing to check, or two measurements did not ask the same.
    """
    measurements, seed = _read(directory)
    return check_measurements(measurements, earlier, terms, seed)


def check_measurements(
    measurements: Sequence[Measurement],
    earlier: EarlierRun | None,
    terms: Terms,
    seed: int = 0,
    *,
    whole: bool = True,
) -> GateCheck:
    """Hold measurements against an earlier run, or against the terms' limits alone.

    Measurements are paired by subject and probe; where each side has a single subject, by probe alone.

    Args:
        measurements: of this run, without control perturbations.
        earlier: the run to compare with.
        terms: what to keep to.
        seed: of the resampling, without an earlier run.
        whole: whether what this run lacks of the earlier one is a gate that does not hold; else only figures
            that a measurement of this run lacks are.

    Raises:
        InputError: if there is nothing to check, or two measurements did not ask the same.
    """
    if earlier is None and not terms.limits:
        raise InputError("nothing to check against: name an earlier run with --baseline, or a --limit")
    if earlier is None:
        pairings: list[Pairing] = [(None, one) for one in measurements]
    else:
        paired = _pairings(earlier.measurements, measurements)
        pairings = [one for one in paired if whole or one[1] is not None]
    gates = judge_gates(pairings, terms, stream(seed if earlier is None else earlier.seed, "analysis"))
    if not gates:
        raise InputError(
            "nothing to check: no measurement has a figure that is held; name figures with --metric"
        )
    new = [] if earlier is None else [right.key for left, right in pairings if left is None and right]
    return GateCheck(tuple(gates), None if earlier is None else earlier.name, tuple(new))


def _read(directory: Path) -> tuple[tuple[Measurement, ...], int]:
    run = read_run(RunDirectory.open(directory))
    measurements = tuple(one for one in run.measurements if not one.probe.of)
    if not measurements:
        raise InputError(f"{directory} holds no measurement; repeat its command to go on")
    return measurements, run.manifest.settings_of(measurements[0].key).seed


def _pairings(earlier: Sequence[Measurement], now: Sequence[Measurement]) -> list[Pairing]:
    """Return each earlier measurement with this run's, then this run's others.

    Raises:
        InputError: if nothing belongs together.
    """
    by_probe = all(len({one.subject.name for one in side}) == 1 for side in (earlier, now))

    def key(measurement: Measurement) -> tuple[str, str]:
        return ("" if by_probe else measurement.subject.name), measurement.probe.name

    there = {key(one): one for one in now}
    pairings: list[Pairing] = [(one, there.pop(key(one), None)) for one in earlier]
    if all(after is None for _, after in pairings):
        raise InputError(
            f"nothing to compare: the earlier run holds {_names(earlier)}, this one {_names(now)}; expected "
            "the same models and probes"
        )
    return [*pairings, *((None, one) for one in there.values())]


def _names(measurements: Iterable[Measurement]) -> str:
    return listed([f"{one.probe.name} on {one.subject.name}" for one in measurements])


def _named(text: str, option: str, example: str) -> tuple[str, float]:
    """Return the name before the equals sign, empty without one, and the number.

    Raises:
        InputError: naming the option, if there is no finite number.
    """
    name, mark, number = text.rpartition("=")
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or (mark and not name.strip()):
        raise InputError(f"{option}: got {text!r}, expected such as {example}")
    return name.strip(), value
