"""What a user sees of a suite: whole commands on toy models."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]

FAMILIES = "negation,and-or,with-without,role-swap,question-mark,magnitude"


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, command_line: Command) -> tuple[Path, str]:
    """Six families on two toy models, with a fresh draw: the run directory, and what was printed."""
    out = tmp_path_factory.mktemp("suite") / "run"
    options = ("--suite", "quick", "--sample", "25", "--fresh", "3", "-o", out)
    done = command_line("audit", "toy:words", "toy:chars", "-p", FAMILIES, *options)
    assert done.code == 0, done.err
    return out, done.out


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
    summary = json.loads((finished[0] / "summary.json").read_text(encoding="utf-8"))
    cards = {card["model"]: card for card in summary["scorecards"]}
    assert set(cards) == {"toy-words", "toy-chars"}
    lines = {line["probe"]: line for line in cards["toy-words"]["lines"]}
    assert set(lines) == set(FAMILIES.split(","))
    assert lines["role-swap"]["grade"] == "blind"
    assert not lines["role-swap"]["harmless"]
    assert lines["question-mark"]["harmless"]
    assert lines["and-or"]["grade"] == "fails"
    assert lines["and-or"]["pass_rate"] < 0.05  # a tie of an even wording is half a pass
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
    """The page is light, with one figure, of both models; the Markdown has a section for each model."""
    page = (finished[0] / "report.html").read_text(encoding="utf-8")
    assert len(page) < 1_300_000
    assert page.index('id="comparisons-rates"') < page.index('id="scorecards-table"')
    assert page.index('id="scorecards-table"') < page.index('id="scorecard-0-families"')
    assert page.count("<figure") == 1
    card = (finished[0] / "scorecard.md").read_text(encoding="utf-8")
    assert "## toy-words" in card
    assert "## toy-chars" in card
    assert "--fresh 3 --sample 25" in card


def test_a_single_probe_has_no_scorecard(evenband: Command, tmp_path: Path) -> None:
    """Its own table is printed, as ever; nothing is written that was not earned."""
    result = evenband("audit", "toy:words", "-p", "negation", "--sample", "20", "-o", tmp_path / "r")
    assert "negation · DIFF · 20 labels x " in result.out
    assert "What this means for search" not in result.out
    assert not (tmp_path / "r" / "scorecard.md").exists()
    assert json.loads((tmp_path / "r" / "summary.json").read_text(encoding="utf-8"))["scorecards"] == []


def test_models_of_a_suite_are_compared_in_one_table(
    evenband: Command, finished: tuple[Path, str], tmp_path: Path
) -> None:
    """A row for each family, the largest loss first, in place of a table for each."""
    result = evenband("compare", finished[0])
    lines = result.out.splitlines()
    assert max(map(len, lines)) <= 80
    assert "pass rates: toy-words -> toy-chars" in result.out
    types = ("DIFF", "INV", "ORDER")
    rows = [line.split() for line in lines if any(f" {name} " in line for name in types)]
    # A family's name may be followed by the number of rivals.
    rows = [row[next(k for k, word in enumerate(row) if word in types) - 1 :] for row in rows]
    assert len(rows) == 2 * len(FAMILIES.split(","))
    gaps = [float(row[4].replace("–", "nan").replace("−", "-")) for row in rows]
    assert gaps == sorted(gaps)
    for row in rows:
        assert float(row[4].replace("−", "-")) == pytest.approx(float(row[3]) - float(row[2]), abs=0.011)


def test_probes_are_listed_with_their_change(evenband: Command) -> None:
    """Type, size, smallest suite and an example that shows what is changed; all texts as JSON."""
    result = evenband("list", "probes")
    assert max(map(len, result.out.splitlines())) <= 80
    [row] = [line for line in result.out.splitlines() if line.lstrip().startswith("and-or ")]
    assert row.split()[1:4] == ["DIFF", "200x4", "quick"]
    assert "[and → or]" in " ".join(result.out.split())
    rows = {row["probe"]: row for row in json.loads(evenband("list", "probes", "--json").out)}
    assert len(rows["and-or"]["example"]) >= 4
    assert rows["kit-negation"]["size"].startswith("terms x ")
    assert rows["negation"]["why"]


def test_one_probe_is_shown_with_all_its_sentences(evenband: Command) -> None:
    """Why it is there, where it is weak, every sentence with its texts' names; JSON has the same."""
    result = evenband("list", "probes", "and-or")
    assert max(map(len, result.out.splitlines())) <= 80
    shown = json.loads(evenband("list", "probes", "and-or", "--json").out)
    flat = " ".join(result.out.split())
    assert f"why: {shown['why']}" in flat
    assert f"weakness: {shown['weakness']}" in flat
    assert len(shown["sentences"]) >= 4
    for texts in shown["sentences"]:
        assert [name for name, _ in texts][:3] == ["a", "changed", "paraphrases"]
    assert result.out.count("changed ") >= len(shown["sentences"])
    assert "did you mean 'and-or'" in evenband("list", "probes", "and-orr").err
    assert evenband("list", "slots", "and-or").code == 2


def test_suites_are_listed_with_what_they_hold(evenband: Command) -> None:
    """A larger suite has no fewer families and more texts."""
    rows = json.loads(evenband("list", "suites", "--json").out)
    assert [row["suite"] for row in rows] == ["quick", "standard", "full"]
    texts = [int(row["texts"].replace(",", "")) for row in rows]
    assert texts == sorted(set(texts))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-p", "negation,and-orr"), "no probe is called 'and-orr'; did you mean 'and-or'?"),
        (("-p", "kit-negation"), "works on your own terms; give them with --terms FILE"),
        (("--terms", "nowhere.csv"), "nowhere.csv does not exist, expected a file"),
        (
            ("-p", "negation", "--terms", "list:a,b"),
            "--terms fills the families over your own terms, and negation takes none",
        ),
        (("-p", "negation,negation"), "two probes called 'negation'"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    evenband: Command, arguments: tuple[str, ...], message: str
) -> None:
    """The name that is wrong, and the nearest one."""
    result = evenband("audit", "toy:words", *arguments)
    assert result.code == 2
    assert message in result.err
    assert result.err.count("\n") == 1
