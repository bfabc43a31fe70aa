"""Stored runs compared: the comparative line comes first, and of two runs it names the runs."""

from __future__ import annotations

from pathlib import Path

import pytest

import evenband
from evenband.cli import evenband as command
from evenband.narrative.pairs.head_to_head import answer
from evenband.running.run_comparisons import compare_directories

PROBES = ["typo", "negation"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    evenband.audit(["toy:words", "toy:chars"], PROBES, sample=30, out=folder / "both")
    for name, ref in (("before", "toy:words"), ("after", "toy:chars")):
        evenband.audit({"mine": ref}, PROBES, sample=30, out=folder / name)
    return folder


def test_two_models_of_a_run_are_compared_as_its_report_does(
    runs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same answer, at the top of what `evenband compare` prints."""
    monkeypatch.setenv("COLUMNS", "80")
    compared = compare_directories([runs / "both"], ["both"])
    [one] = compared.head_to_heads
    assert {one.left, one.right} == {"toy-words", "toy-chars"}
    command.main(["compare", str(runs / "both")], standalone_mode=False)
    out = " ".join(capsys.readouterr().out.split())
    assert out.startswith(" ".join(answer(one).split()))
    report = (runs / "both" / "report.html").read_text(encoding="utf-8")
    assert answer(one).partition(" (")[0] in report


def test_one_model_in_two_runs_is_called_by_the_runs(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The differences are those of the two models in one run, which measured the same texts."""
    compared = compare_directories([runs / "before", runs / "after"], ["before", "after"])
    [one] = compared.head_to_heads
    assert (one.left, one.right) == ("before", "after")
    [other] = compare_directories([runs / "both"], ["both"]).head_to_heads
    assert one.pass_rate.value == pytest.approx(other.pass_rate.value)
    command.main(["compare", f"before={runs / 'before'}", f"after={runs / 'after'}"], standalone_mode=False)
    assert "after passes" in capsys.readouterr().out.partition("\n\n")[0].replace("\n", " ")


def test_json_has_the_comparisons_only(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As before: a list that programs read."""
    command.main(["compare", str(runs / "both"), "--json"], standalone_mode=False)
    assert capsys.readouterr().out.startswith("[")
