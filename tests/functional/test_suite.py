"""What a user sees of a suite: whole commands on toy models."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]

FAMILIES = "negation,and-or,with-without,role-swap,thousands,vocative-comma,question-mark,typo,magnitude"


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, session_cache: Path) -> tuple[Path, str]:
    """Nine families on two toy models, with a fresh draw: the run directory, and what was printed."""
    out = tmp_path_factory.mktemp("suite") / "run"
    command = [sys.executable, "-m", "evenband", "audit", "toy:words", "toy:chars", "-p", FAMILIES]
    command += ["--sample", "16", "--fresh", "3", "-o", str(out)]
    environment = {**os.environ, "EVENBAND_CACHE": str(session_cache), "COLUMNS": "80"}
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return out, done.stdout


def test_a_scorecard_is_printed_in_place_of_long_tables(finished: tuple[Path, str]) -> None:
    """One line for each family, what it means, the report's path; 80 columns."""
    out, printed = finished
    lines = printed.splitlines()
    assert lines[-1] == f"report: {out / 'report.html'}"
    assert max(map(len, lines[:-1])) <= 80
    for name in FAMILIES.split(","):
        assert sum(line.startswith(f"{name} ") for line in lines) == 1
    assert printed.count("What this means for search:") == 2
    assert "farthest from their partner" not in printed


def test_a_bag_of_words_is_blind_to_who_did_what(finished: tuple[Path, str]) -> None:
    """summary.json holds both scorecards: the grades are what those encoders must get."""
    summary = json.loads((finished[0] / "summary.json").read_text())
    cards = {card["model"]: card for card in summary["scorecards"]}
    assert set(cards) == {"toy-words", "toy-chars"}
    lines = {line["probe"]: line for line in cards["toy-words"]["lines"]}
    assert set(lines) == set(FAMILIES.split(","))
    assert lines["role-swap"]["grade"] == "blind"
    assert not lines["role-swap"]["harmless"]
    assert lines["question-mark"]["harmless"]
    assert lines["and-or"]["grade"] == "fails"
    assert lines["and-or"]["pass_rate"] == 0
    assert lines["and-or"]["violation"]["texts"][0] != lines["and-or"]["violation"]["texts"][1]
    assert lines["magnitude"]["consistency"] is None
    assert all(line["fresh"]["draw"] == "fresh 3" for line in lines.values())
    assert sum(cards["toy-words"]["grades"].values()) == len(lines)
    results = {(one["model"], one["probe"]): one for one in summary["results"]}
    assert results["toy-words", "negation"]["draw"] is None
    assert results["toy-words", "negation~fresh3"]["draw"] == "fresh 3"
    assert results["toy-words", "negation~fresh3"]["family"] == "negation"
    assert results["toy-words", "with-without"]["roles"] == ["query", "document", "document"]
    assert set(results["toy-words", "negation"]["floors"]) == {"words", "chars", "random"}


def test_the_report_opens_with_both_scorecards_and_a_model_card_lies_beside_it(
    finished: tuple[Path, str],
) -> None:
    """The page is light; the Markdown has a section for each model."""
    page = (finished[0] / "report.html").read_text()
    assert len(page) < 1_000_000
    assert page.index("Models side by side") < page.index("Scorecard of toy-words")
    assert "<figure" not in page
    card = (finished[0] / "scorecard.md").read_text()
    assert "## toy-words" in card
    assert "## toy-chars" in card
    assert "--fresh 3 --sample 16" in card


def test_a_single_probe_has_no_scorecard(evenband: Command, tmp_path: Path) -> None:
    """Its own table is printed, as ever; nothing is written that was not earned."""
    result = evenband("audit", "toy:words", "-p", "negation", "--sample", "20", "-o", tmp_path / "r")
    assert "negation · DIFF · 20 labels x " in result.out
    assert "What this means for search" not in result.out
    assert not (tmp_path / "r" / "scorecard.md").exists()
    assert json.loads((tmp_path / "r" / "summary.json").read_text())["scorecards"] == []
