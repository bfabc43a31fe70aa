"""DIFF and ORDER probes on the terminal: the pass rate first, then the texts that break the ordering."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evenband.cli.printing.pairs.probe_tables import print_audits
from evenband.types import PairsMeasurement, ProbeType
from unit.analysis.pairs import labelled

N = 60
NAMES: dict[ProbeType, tuple[str, str, str]] = {
    "DIFF": ("text", "changed", "paraphrase"),
    "ORDER": ("query", "relevant", "irrelevant"),
}


def _measured(type_: ProbeType, holds: bool) -> PairsMeasurement:
    """All cells pass, or all but the first four fail, the label in row 9 by most."""
    y = np.random.default_rng(0).normal(-2.0, 0.1, (N, 1))
    plain = labelled.of_animals(y)
    gap = np.full((N, 1), 0.05 if holds else -0.05)
    gap[:4], gap[9] = 0.05, 0.05 if holds else -0.3
    nearer = plain.scores + (gap if type_ == "DIFF" else -gap)
    texts = (*plain.details.texts, plain.details.texts[0])
    details = replace(plain.details, texts=texts, similar=(nearer,), passes=(gap > 0).astype(float))
    return replace(plain, probe=replace(plain.probe, type=type_), details=details)


@pytest.mark.parametrize("type_", ["DIFF", "ORDER"])
def test_the_widest_violation_is_shown_with_its_texts(
    type_: ProbeType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pass rate is the first figure; each text has its part and its similarity to the first."""
    monkeypatch.setenv("COLUMNS", "80")
    measurement = _measured(type_, holds=False)
    print_audits([labelled.audit(measurement, seed=1, detailed=False)])
    out = capsys.readouterr().out
    figures = [line.split()[0] for line in out.splitlines() if line.startswith((" pass rate", " median s"))]
    assert figures == ["pass", "median"]
    assert out.count("pass rate") == 1
    first, second, third = NAMES[type_]
    assert f"median s, {first} to {second}" in out
    shown = out[out.index("worst violations") :]
    assert f"\n {labelled.animals(N)[9]}: " in shown
    assert f"   {first}: template 0 {labelled.animals(N)[9]}" in shown
    assert f"   {second}, s {measurement.scores[9, 0]:.4f}: " in shown
    assert f"   {third}, s {measurement.details.similar[0][9, 0]:.4f}: " in shown
    assert "farthest from their partner" not in out
    assert max(map(len, out.splitlines())) <= 80


def test_a_probe_that_holds_has_no_violation(capsys: pytest.CaptureFixture[str]) -> None:
    """Said so, in place of an empty list."""
    print_audits([labelled.audit(_measured("DIFF", holds=True), seed=1, detailed=False)])
    assert "no cell breaks the ordering: made on made" in capsys.readouterr().out
