"""Verdicts and claims of one probe on two sides: what changes, and only that."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evenband import encoders, probes
from evenband.analysis import Circumstances, PairsAudit, analyse, compare_verdicts
from evenband.probes import MinimalPairs
from evenband.randomness import stream
from evenband.types import Encoder
from planted_sides import Turned


@pytest.fixture(scope="module")
def probe() -> MinimalPairs:
    return probes.find("comma").load().sample(300, np.random.default_rng(0))


def audit(probe: MinimalPairs, encoder: Encoder) -> PairsAudit:
    found = analyse(probe.measure(encoder), Circumstances(stream(0, "analysis"), detailed=False))
    assert isinstance(found, PairsAudit)
    return found


def test_one_side_against_itself_changes_nothing(probe: MinimalPairs) -> None:
    """All cells, no difference."""
    left = audit(probe, encoders.load("toy:chars"))
    found = compare_verdicts(left, left)
    assert found is not None
    assert (found.cells, found.largest, found.median, found.changed) == (300, 0, 0, 0)
    assert found.blind == (False, False)


def test_a_planted_outlier_is_a_changed_claim(probe: MinimalPairs) -> None:
    """The text that was turned is the cell whose claim changes."""
    encoder = encoders.load("toy:chars")
    label = probe.slot.values[41]
    text = probe.texts(probe.templates[0])[1][41]
    left, right = audit(probe, encoder), audit(probe, Turned(encoder, {text: 2.5}))
    found = compare_verdicts(left, right)
    assert found is not None
    [change] = [one for one in found.changes if one.label == label]
    assert found.changes[0] == change
    assert change.claimed == (False, True)
    assert change.scores == (left.measurement.scores[41, 0], right.measurement.scores[41, 0])
    assert found.claims == (left.discoveries, right.discoveries)
    assert right.discoveries == 1 + (left.discoveries or 0)
    assert found.largest == pytest.approx(abs(change.scores[0] - change.scores[1]))


def test_another_verdict_of_a_cell_that_both_looked_into_is_a_change(probe: MinimalPairs) -> None:
    """A verdict that only one side has, since the other lists fewer cells, is none."""
    left = audit(probe, encoders.load("toy:chars"))
    first, second, *rest = left.outliers
    other = replace(left, outliers=(replace(first, verdict="rule"), *rest))
    found = compare_verdicts(left, other)
    assert found is not None
    assert [(one.label, one.verdicts) for one in found.changes] == [(first.label, (first.verdict, "rule"))]
    assert second.label not in [one.label for one in found.changes]


def test_sides_without_a_cell_in_common_have_no_comparison(probe: MinimalPairs) -> None:
    """As where each lacks the other's vectors."""
    encoder = encoders.load("toy:chars")
    halves = [audit(probe.take(range(start, start + 150)), encoder) for start in (0, 150)]
    assert compare_verdicts(*halves) is None
