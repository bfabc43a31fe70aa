"""Two models in the terminal: the answer first, what moved against a reference last."""

from __future__ import annotations

import pytest

from evenband.analysis import Results, score
from evenband.analysis.pairs.head_to_head import head_to_heads
from evenband.cli.printing.overview import print_moved, print_results
from unit.analysis.pairs import labelled
from unit.analysis.pairs.test_head_to_head import family

RATES = {"gain": (0.3, 0.8), "loss": (0.9, 0.5), "same": (0.6, 0.6)}


def results(*, reference: bool = False) -> Results:
    left = [family("old", p, RATES[p][0]) for p in RATES]
    right = [family("new", p, RATES[p][1]) for p in RATES]
    if reference:
        right = [
            labelled.audit(one.measurement, reference=base.measurement, detailed=False)
            for one, base in zip(right, left, strict=True)
        ]
    audits = [*left, *right]
    return Results(
        audits=tuple(audits),
        scorecards=tuple(score(audits)),
        head_to_heads=tuple(head_to_heads(audits, lambda key: 0, {})),
    )


def test_the_terminal_opens_with_which_model_and_where(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In 80 columns; the scorecards follow, with a column of differences, clear ones marked."""
    monkeypatch.setenv("COLUMNS", "80")
    print_results(results())
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Neither passes clearly more often: ")
    assert max(map(len, lines)) <= 80
    table = lines[next(row for row, line in enumerate(lines) if line.startswith("family")) :]
    table = table[: next(row for row, line in enumerate(table) if line.startswith("+ reliable"))]
    rows = {line.split()[0]: line.split() for line in table if line[:5] in ("gain ", "loss ", "same ")}
    assert rows["gain"][-2:] == ["+0.50", "*"]
    assert rows["loss"][-2:] == ["−0.40", "*"]
    assert rows["same"][-1] == "+0.00"
    assert any("* its 90% interval is clear of zero" in line for line in lines)


def test_one_model_prints_as_ever(capsys: pytest.CaptureFixture[str]) -> None:
    """No comparative line where there is nothing to compare."""
    audits = [family("old", p, RATES[p][0]) for p in RATES]
    print_results(Results(audits=tuple(audits), scorecards=tuple(score(audits))))
    out = capsys.readouterr().out
    assert out.startswith("scorecard · old")
    assert "difference" not in out


def test_what_moved_against_a_reference_is_the_last_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a suite as well; without a reference nothing is added."""
    monkeypatch.setenv("COLUMNS", "400")
    print_moved(results(reference=True))
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith(
        "moved: new against its reference old: pass rates rose on 1 family (gain), fell on"
    )
    print_moved(results())
    assert capsys.readouterr().out == ""
