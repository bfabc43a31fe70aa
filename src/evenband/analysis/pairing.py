"""Choice of the measurements of one or two runs that are compared with each other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from evenband.errors import InputError
from evenband.types import Measurement
from evenband.wording import NAMES_LISTED, listed


def pairs_of(groups: Sequence[Sequence[Measurement]]) -> list[tuple[Measurement, Measurement]]:
    """Return the pairs to compare, probe by probe: all models of one run, or each model in two runs.

    Args:
        groups: measurements of one run or of two.

    Raises:
        InputError: if there is nothing to compare; the message says how to mend it.
    """
    if len(groups) == 1:
        pairs = [pair for pair in combinations(groups[0], 2) if pair[0].probe.name == pair[1].probe.name]
    else:
        pairs = [
            (left, right)
            for left in groups[0]
            for right in groups[1]
            if (left.probe.name, left.subject.name) == (right.probe.name, right.subject.name)
        ]
    if not pairs:
        advice = _advise_on_one_run(groups[0]) if len(groups) == 1 else _advise_on_two_runs(groups)
        raise InputError(f"nothing to compare: {advice}")
    return pairs


def _advise_on_one_run(measurements: Sequence[Measurement]) -> str:
    """Return why one run holds nothing to compare, and what to do about it."""
    if not measurements:
        return "the run holds no measurement; start the same audit again to go on"
    models = list(dict.fromkeys(measurement.subject.ref for measurement in measurements))
    if len(models) > 1:
        return f"no probe was measured on two of {', '.join(models)}; audit them together on the same probes"
    has_fresh_draw = any(measurement.probe.draw for measurement in measurements)
    fresh = "; a fresh draw stands beside the published one in the run's report and scorecard"
    return (
        f"the run holds one model ({models[0]}), expected two; audit both in one run "
        f"(`evenband audit {models[0]} OTHER`), or give a second run of it "
        f"(`evenband compare RUN RUN2`){fresh if has_fresh_draw else ''}"
    )


def _advise_on_two_runs(groups: Sequence[Sequence[Measurement]]) -> str:
    """Return why two runs have no model and probe in common, and what to do about it."""
    models = [list(dict.fromkeys(measurement.subject.name for measurement in group)) for group in groups]
    probes = [list(dict.fromkeys(measurement.probe.name for measurement in group)) for group in groups]
    if set(models[0]) & set(models[1]):
        return (
            f"the runs hold {_list(probes[0])} and {_list(probes[1])}, expected the same model and probe "
            "in both; audit the same probes (-p)"
        )
    refs = list(dict.fromkeys(measurement.subject.ref for group in groups for measurement in group))
    return (
        f"the runs hold {_list(models[0])} and {_list(models[1])}, expected the same model and probe "
        f"in both; `evenband audit {' '.join(refs[:NAMES_LISTED])}` puts models into one run"
    )


def _list(names: Sequence[str]) -> str:
    return listed(names) or "nothing"
