"""An explanation as printed: units, reasons for what is missing, where else the label is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evenband.analysis import Explanation
from evenband.analysis.pairs.explanation import explain
from evenband.cli.printing.pairs.explanations import print_explanation
from unit.analysis.pairs import labelled


def _explained(templates: int = 1, labels: int = 60) -> Explanation:
    y = np.random.default_rng(0).normal(-3.5, 0.3, (labels, templates))
    audit = labelled.audit(labelled.of_animals(y), seed=1, detailed=False)
    return explain(audit, audit.measurement.items[3], np.random.default_rng(2))


@pytest.mark.parametrize(
    ("templates", "labels", "reason"),
    [
        (1, 60, "that takes 4 sentences, the probe has 1"),
        (4, 12, "that takes 20 labels, the probe has 12"),
    ],
)
def test_a_missing_expectation_has_its_reason(
    templates: int, labels: int, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """No column of dashes."""
    print_explanation(_explained(templates, labels))
    out = capsys.readouterr().out
    assert "d expected" not in out
    assert reason in " ".join(out.split())


def test_differences_have_units(capsys: pytest.CaptureFixture[str]) -> None:
    """A frequency is a ratio, lengths are in characters, and what is equal is left out."""
    found = _explained()
    gaps = {"frequency": -1.0, "characters": 1.0, "tokens": 2.0, "sense": 0.0}
    print_explanation(replace(found, matches=(replace(found.matches[0], gaps=gaps),)))
    out = capsys.readouterr().out
    assert "0.1 times as frequent, +1 character, +2 tokens" in out
    assert "sense" not in out


def test_not_looked_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    """Because nobody wanted to, or because the model is not here."""
    print_explanation(_explained(), look_inside=False)
    assert "not looked (--no-model was given)" in capsys.readouterr().out
    print_explanation(_explained())
    assert "not looked (this model shows no layers" in capsys.readouterr().out


def test_other_measurements_of_the_label_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    """With the options that choose them."""
    print_explanation(replace(_explained(), elsewhere=(("m", "typo"), ("n", "comma"))))
    assert "also measured: typo on m and comma on n (choose with -p and -m)" in capsys.readouterr().out
