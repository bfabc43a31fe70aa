"""The scorecard on the terminal."""

from __future__ import annotations

from types import ModuleType

import pytest

from evenband.analysis import Scorecard
from evenband.cli.printing.pairs.scorecards import print_scorecards

GRADES = ("fails", "inconsistent", "reliable", "blind")


def suite(planted: ModuleType, model: str = "minilm", families: int = 43, **more: object) -> Scorecard:
    why = "A search for what somebody is allergic to must not bring up what he may eat, in any case at all."
    lines = [
        planted.line(f"a-family-of-kind-{k}", round(k / families, 2), why=f"{why} {k}", **more)
        for k in range(families)
    ]
    made: Scorecard = planted.card(*lines, model=model)
    return made


def rows(out: str, start: str) -> int:
    return sum(line.startswith(start) for line in out.splitlines())


@pytest.mark.parametrize("drawn", [False, True])
def test_a_whole_suite_is_one_screen(
    planted: ModuleType, capsys: pytest.CaptureFixture[str], drawn: bool
) -> None:
    """43 families and what they mean, in 80 columns and some 80 lines, a line for every family."""
    fresh = planted.fresh(0.5, gap=0.4, q=0.01) if drawn else None
    print_scorecards([suite(planted, fresh=fresh)])
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 80 + 30 * drawn
    assert rows("\n".join(lines), "a-family-of-kind-") == 43


def test_two_models_share_a_table_and_five_do_not(
    planted: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    """What fits stands side by side; what does not comes one after the other; both in 80 columns."""
    print_scorecards([suite(planted, name, 5) for name in ("one", "a-model-with-quite-a-long-name")])
    out = capsys.readouterr().out
    assert rows(out, "a-family-of-kind-3 ") == 1
    assert "+ reliable" in out
    assert max(map(len, out.splitlines())) <= 80
    print_scorecards([suite(planted, f"model-{k}", 5) for k in range(5)])
    out = capsys.readouterr().out
    assert rows(out, "a-family-of-kind-3 ") == 5
    assert max(map(len, out.splitlines())) <= 80


def test_a_model_that_lacks_a_family_has_a_dash(
    planted: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    print_scorecards([suite(planted, "one", 4), suite(planted, "two", 3)])
    [row] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("a-family-of-kind-3")]
    assert row.rstrip().endswith("–")
