"""Comparisons as a reader sees them: pass rates first, then what moved."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evenband import analysis
from evenband.analysis import Comparison
from evenband.cli.printing.pairs.comparisons import print_comparisons
from evenband.types import PairsDetails, PairsMeasurement
from unit.analysis.pairs import labelled

N = 60
Y = np.random.default_rng(0).normal(-3.5, 0.4, (N, 2))


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def _made(model: str, probe: str = "probe", y: np.ndarray = Y) -> PairsMeasurement:
    details = PairsDetails(passes=(y < -3.5).astype(float))
    measurement = labelled.measurement(labelled.animals(N), y, details)
    spec = replace(measurement.probe, name=probe)
    subject = replace(measurement.subject, ref=f"toy:{model}", name=model)
    return replace(measurement, probe=spec, subject=subject)


def _compared(left: PairsMeasurement, right: PairsMeasurement) -> Comparison:
    return analysis.compare(left, right, np.random.default_rng(0))


def test_two_runs_of_a_model_are_named_by_their_directories(capsys: pytest.CaptureFixture[str]) -> None:
    """Equal runs: no row for labels that did not move, and both folders in the title."""
    made = _made("m")
    print_comparisons([_compared(made, made)], False, ["monday", "tuesday"])
    out = capsys.readouterr().out
    assert "pass rates of m: monday -> tuesday" in out
    assert "+0.00 [+0.00, +0.00]" in out
    assert "no label moved by 5% or more" in out
    assert "x1.00 " not in out


def test_a_label_that_moved_has_its_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """One cell twice as far: one row, with the sentence it moved in."""
    moved, row = Y.copy(), int(Y[:, 1].argmax())
    moved[row, 1] += np.log(2)
    print_comparisons([_compared(_made("a"), _made("b", y=moved))], False, ["run"])
    rows = [line for line in capsys.readouterr().out.splitlines() if " x" in line and "Phi" not in line]
    assert len(rows) == 1
    assert labelled.animals(N)[row] in rows[0]
    assert "template 1" in rows[0]
    assert rows[0].rstrip().endswith("x2.00")


def test_several_models_are_held_against_the_first(capsys: pytest.CaptureFixture[str]) -> None:
    """Two tables of three pairs, said so; JSON has all three with both pass rates."""
    a, b, c = (_made(name) for name in "abc")
    pairs = [_compared(*sides) for sides in ((a, b), (a, c), (b, c))]
    print_comparisons(pairs, False, ["run"])
    out = capsys.readouterr().out
    assert "every model against the first, a; --json has all pairs" in out
    assert "a -> b" in out
    assert "a -> c" in out
    assert "b -> c" not in out
    print_comparisons(pairs, True, ["run"])
    printed = capsys.readouterr().out
    assert printed.count('"phi_ratio"') == 3
    assert f'"left_pass_rate": {float((Y < -3.5).mean())}' in printed


def test_of_many_probes_only_the_pass_rates_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """Four probes: one table of 80 columns, the labels left out."""
    rows = [_compared(_made("a", f"probe{i}"), _made("b", f"probe{i}", Y - 1)) for i in range(4)]
    print_comparisons(rows, False, ["run"])
    out = capsys.readouterr().out
    assert all(f"probe{i}" in out for i in range(4))
    assert "moved" not in out
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize("name", ["evenband-runs/2026-01-02-long-name", "x"])
def test_columns_of_two_sides_are_never_headed_alike(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The ends of long paths, or left and right where these are the same."""
    moved = Y.copy()
    moved[7, 1] += 1
    pair = [_compared(_made("m"), _made("m", y=moved))]
    print_comparisons(pair, False, [name, f"other/{name}"])
    [head] = [line for line in capsys.readouterr().out.splitlines() if "d changed by" in line]
    left, right = (part.split("  ")[0] for part in head.split(" s ")[1:])
    assert left.strip() != right.strip()
