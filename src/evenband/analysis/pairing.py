"""Which measurements of one run or two are compared with which."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from evenband.errors import InputError
from evenband.types import Measurement


def pairs_of(groups: Sequence[Sequence[Measurement]]) -> list[tuple[Measurement, Measurement]]:
    """All pairs of models of one run, or the same models of two runs, probe by probe.

    Raises:
        InputError: if there is none, with what to do about it.
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
        raise InputError(f"nothing to compare: {_alone(groups[0]) if len(groups) == 1 else _apart(groups)}")
    return pairs


def _alone(group: Sequence[Measurement]) -> str:
    """What to do with the run of one model."""
    if not group:
        return "the run holds no measurement; start the same audit again to go on"
    models = list(dict.fromkeys(made.subject.ref for made in group))
    if len(models) > 1:
        return f"no probe was measured on two of {', '.join(models)}; audit them together on the same probes"
    drawn = any(made.probe.draw for made in group)
    fresh = "; a fresh draw stands beside the published one in the run's report and scorecard"
    return (
        f"the run holds one model ({models[0]}), expected two; audit both in one run "
        f"(`evenband audit {models[0]} OTHER`), or give a second run of it "
        f"(`evenband compare RUN RUN2`){fresh if drawn else ''}"
    )


def _apart(groups: Sequence[Sequence[Measurement]]) -> str:
    """What to do with two runs that have no model and probe in common."""
    models = [list(dict.fromkeys(made.subject.name for made in group)) for group in groups]
    probes = [list(dict.fromkeys(made.probe.name for made in group)) for group in groups]
    if set(models[0]) & set(models[1]):
        return (
            f"the runs hold {_few(probes[0])} and {_few(probes[1])}, expected the same model and probe "
            "in both; audit the same probes (-p)"
        )
    refs = list(dict.fromkeys(made.subject.ref for group in groups for made in group))
    return (
        f"the runs hold {_few(models[0])} and {_few(models[1])}, expected the same model and probe in both; "
        f"`evenband audit {' '.join(refs[:3])}` puts models into one run"
    )


def _few(names: Sequence[str]) -> str:
    """At most three names."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "") or "nothing"
