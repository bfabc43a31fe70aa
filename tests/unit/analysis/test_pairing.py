"""Which measurements are compared with which, and what to do where none are."""

from dataclasses import replace

import pytest

from evenband.analysis.pairing import pairs_of
from evenband.errors import InputError
from evenband.types import PairsMeasurement
from unit.analysis.pairs import labelled

LEFT = labelled.measurement(labelled.animals(3), [-3.0, -3.5, -4.0])


def _named(model: str, probe: str, draw: str = "") -> PairsMeasurement:
    spec = replace(LEFT.probe, name=probe, draw=draw)
    return replace(LEFT, probe=spec, subject=replace(LEFT.subject, ref=f"toy:{model}", name=model))


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ([[_named("a", "p"), _named("a", "q")]], r"holds one model \(toy:a\), .*audit toy:a OTHER"),
        ([[_named("a", "p"), _named("a", "p~fresh", "fresh 7")]], "fresh draw stands beside .* scorecard"),
        ([[_named("a", "p"), _named("b", "q")]], "audit them together on the same probes"),
        ([[_named("a", "p")], [_named("b", "p")]], "`evenband audit toy:a toy:b` puts models into one run"),
        ([[_named("a", "p")], [_named("a", "q")]], r"hold p and q, .*audit the same probes \(-p\)"),
        ([[]], "holds no measurement"),
    ],
)
def test_nothing_to_compare_says_what_to_do(groups: list[list[PairsMeasurement]], message: str) -> None:
    """One model, other models, other probes: each has its own way out."""
    with pytest.raises(InputError, match=message):
        pairs_of(groups)


def test_pairs_are_of_one_probe_and_across_two_runs_of_one_model() -> None:
    """Three models in one run make three pairs; two runs pair what is in both."""
    run = [_named(model, probe) for model in "abc" for probe in "pq"]
    assert len(pairs_of([run])) == 6
    paired = pairs_of([run, run[:2]])
    assert [(left.subject.name, left.probe.name) for left, _ in paired] == [("a", "p"), ("a", "q")]
