"""What a command that measured prints first, and what it leaves to the report."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import pytest

from evenband.cli.printing.overview import print_results


def test_without_scorecards_every_probe_has_its_table(
    planted: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    print_results(planted.results([planted.audit(n=24), planted.letters()]))
    out = capsys.readouterr().out
    assert "comma · INV · 24 labels x 1 template" in out
    assert "letters · grand?a" in out
    assert max(map(len, out.splitlines())) <= 80


def test_what_a_scorecard_has_a_line_for_has_no_table(
    planted: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    """Letters of one string are on no scorecard; warnings are counted over the audits that are."""
    notes = ["rounded: the scores repeat", "short tail: 24 labels"]
    audits = [
        planted.audit(n=24, probe="typo", notes=notes),
        planted.audit(n=24, probe="casing"),
        planted.letters(),
        planted.audit(n=24, probe="typo", model="other"),
    ]
    card = planted.card(planted.line("typo", 0.5), planted.line("casing", 0.97))
    print_results(planted.results(audits, scorecards=[card]))
    out = capsys.readouterr().out
    assert "casing · INV" not in out
    assert "letters · grand?a" in out
    [head] = [line for line in out.splitlines() if line.startswith("typo · INV")]
    assert out.index(head) < out.index("C_total 0.700"), "the model without a scorecard comes first"
    assert "! rounded: 1 of 2 measurements" in out
    assert "short tail" not in out[out.index("C_total") :]


def test_a_warning_of_many_measurements_is_printed_once(
    planted: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    audit = planted.audit(n=24, notes=["rounded: the scores repeat"])
    probes = [replace(audit.measurement.probe, name=f"family{k}") for k in range(5)]
    audits = [replace(audit, measurement=replace(audit.measurement, probe=probe)) for probe in probes]
    card = planted.card(*(planted.line(probe.name, 0.5) for probe in probes))
    print_results(planted.results(audits, scorecards=[card]))
    assert capsys.readouterr().out.count("rounded") == 1
