"""The table of figures of a probe on the terminal, and what stands below it."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import pytest

from evenband.cli.printing.pairs.probe_tables import FARTHEST, print_audits


def row(out: str, start: str) -> str:
    """The only line that starts so, with single spaces."""
    [line] = [line for line in out.splitlines() if line.strip().startswith(start)]
    return " ".join(line.split())


def test_every_model_has_a_column_and_its_farthest_labels(
    planted: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    """Probes in order of measurement, models of one probe side by side; notes name their model."""
    audits = [
        planted.audit(n=24, notes=["24 nouns are few."]),
        planted.audit(n=24, probe="typo"),
        planted.audit(n=24, model="other", seed=8, low_q=["grandma"]),
    ]
    print_audits(audits)
    out = capsys.readouterr().out
    assert out.index("comma · INV · 24 labels x 1 template") < out.index("typo · INV")
    comma = out[: out.index("typo · INV")]
    assert (
        row(comma, "consistency C") == "consistency C = 1/Phi 0.7000 [0.6900, 0.7100] 0.7000 [0.6900, 0.7100]"
    )
    assert row(comma, "outliers at q").endswith(" 0 1")
    assert "! minilm: 24 nouns are few." in comma
    shown = comma[comma.index("farthest from their partner: minilm on comma") :]
    shown = shown[: shown.index("farthest from their partner: other")]
    labels = [outlier.label for outlier in audits[0].outliers]
    assert all(f"\n {label} " in shown for label in labels[:FARTHEST])
    assert not any(f"\n {label} " in shown for label in labels[FARTHEST:])
    assert max(map(len, out.splitlines())) <= 80


def test_a_blind_model_has_no_farthest_labels(
    planted: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    """What does not exist is a dash, in the table and in the count of outliers."""
    print_audits([planted.audit(n=24, blind=True, few=True)])
    out = capsys.readouterr().out
    assert "farthest" not in out
    assert row(out, "consistency C").endswith(" –")
    assert row(out, "outliers at q").endswith(" –")


@pytest.mark.parametrize(("noise_floor", "shown"), [(None, "–"), (0.0, "none seen"), (0.002, "0.0020")])
def test_noise_that_was_not_measured_is_not_said_to_be_absent(
    planted: ModuleType, capsys: pytest.CaptureFixture[str], noise_floor: float | None, shown: str
) -> None:
    """Only a floor of 0 means that none was seen."""
    audit = planted.audit(n=24)
    print_audits([replace(audit, summary=replace(audit.summary, noise_floor=noise_floor))])
    assert row(capsys.readouterr().out, "noise floor").endswith(f"(1 − s) {shown}")


@pytest.mark.parametrize(("q", "shown"), [(None, "–"), (0.0004, "< 0.001"), (0.8954, "0.895")])
def test_a_small_q_is_not_zero(
    planted: ModuleType, capsys: pytest.CaptureFixture[str], q: float | None, shown: str
) -> None:
    """It is below a thousandth, as in the report."""
    audit = planted.audit(n=24)
    first = replace(audit.outliers[0], q=q, verdict=None)
    print_audits([replace(audit, outliers=(first, *audit.outliers[1:]))])
    assert f" {shown} –" in row(capsys.readouterr().out, f"{first.label} ")


def test_what_was_missed_and_what_moved_is_said_below(
    planted: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the report's own words."""
    print_audits([planted.structured(reference=True)])
    out = " ".join(capsys.readouterr().out.split())
    assert "minilm: An effect that multiplies the distance by 4.3 or more would have been found" in out
    assert "Against base, minilm moves the middle noun 1.22 times as far." in out
    assert "memorisation-like" in out
