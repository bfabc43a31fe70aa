"""``evenband parity``: exit codes, terminal, JSON, report; engines and number formats of a small model."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import small_models
from conftest import Finished

Command = Callable[..., Finished]

HOSTILE = "<img src=x onerror=alert(1)>"


def test_one_model_twice_agrees_and_writes_nothing(
    evenband: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 0 at a tolerance of 0."""
    monkeypatch.chdir(tmp_path)
    finished = evenband("parity", "toy:chars", "toy:chars", "--sample", 30, "--tolerance", 0)
    assert finished.code == 0
    assert "toy-chars-left and toy-chars-right give the same direction" in finished.out
    assert "one identity" in finished.out
    assert list(tmp_path.iterdir()) == []


def test_beyond_the_tolerance_is_exit_code_1_with_the_excess(evenband: Command) -> None:
    """On 80 columns."""
    command = ("parity", "toy:chars", "toy:chars?seed=1", "--sample", 30)
    finished = evenband(*command, "--tolerance", 0.1)
    assert finished.code == 1
    assert "The tolerance of 0.10 is exceeded by" in finished.out.replace("\n", " ")
    assert max(map(len, finished.out.splitlines())) <= 80
    assert evenband(*command, "--tolerance", 2).code == 0
    assert evenband(*command).code == 0


def test_json_is_the_summary_and_nothing_else(evenband: Command) -> None:
    """What exceeds the tolerance goes to stderr."""
    finished = evenband(
        "parity", "toy:chars", "toy:chars?seed=1", "--sample", 9, "--tolerance", 0.1, "--json"
    )
    assert finished.code == 1
    [result] = json.loads(finished.out)["results"]
    assert result["kind"] == "agreement"
    assert result["exceeded_by"] == pytest.approx(result["largest"] - 0.1)
    assert result["verdicts"]["cells"] == 9
    assert "parity-comma-toy-chars: The tolerance of 0.10 is exceeded by" in finished.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["toy:chars", "toy:words?dim=8"], "expected equally many"),
        (["toy:chars", "toy:chart"], "toy:chart"),
        (["toy:chars", "toy:words", "--texts", "nope.txt"], "nope.txt does not exist"),
        (["toy:chars", "toy:words", "-p", "comm"], "did you mean 'comma'"),
        (["toy:chars", "toy:words", "--tolerance", "nan"], "tolerance: got nan"),
        (["toy:chars", "toy:words", "--engines", "auto"], "expected one for each side"),
        (["toy:chars"], "Missing argument"),
    ],
)
def test_bad_input_is_exit_code_2_in_one_line(evenband: Command, arguments: list[str], message: str) -> None:
    """Naming what was wrong."""
    finished = evenband("parity", *arguments)
    assert finished.code == 2
    assert message in finished.err
    assert finished.err.count("\n") == 1


def test_the_report_shows_hostile_texts_as_text(evenband: Command, tmp_path: Path) -> None:
    """Of a file of one's own; the run directory is complete."""
    file = tmp_path / "texts.txt"
    file.write_text(f"{HOSTILE}\n[bold]markup[/bold]\nplain\n", encoding="utf-8")
    out = tmp_path / "run"
    finished = evenband("parity", "toy:chars", "toy:words", "--texts", file, "-o", out)
    assert finished.code == 0
    assert "[bold]markup[/bold]" in finished.out
    assert finished.out.endswith(f"report: {out / 'report.html'}\n")
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "<img" not in page
    assert "&lt;img" in page
    names = {file.name for file in (out / "measurements" / "toy-words").iterdir()}
    assert names == {"parity-texts-toy-chars.parquet"}
    assert json.loads((out / "summary.json").read_text(encoding="utf-8"))["results"][0]["n"] == 3


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model with random weights and a prompt for queries."""
    return small_models.save(tmp_path_factory.mktemp("model"), prompts={"query": small_models.QUERY_PROMPT})


def test_engine_against_library(evenband: Command, model: Path) -> None:
    """The two sides of one name are told apart by their engines, and agree."""
    command = (
        "parity",
        model,
        model,
        "--engines",
        "auto,plain",
        "--sample",
        40,
        "--tolerance",
        1e-9,
        "--json",
    )
    finished = evenband(*command)
    assert finished.code == 0, finished.err
    [result] = json.loads(finished.out)["results"]
    assert result["against"]["name"].endswith("-packed")
    assert result["model"].endswith("-plain")
    assert 0 <= result["largest"] < 1e-9
    assert result["overlap_worst"] == 1
    assert all(sent["differs"] is False for sent in result["inputs"])


def test_float32_against_bfloat16(evenband: Command, model: Path, tmp_path: Path) -> None:
    """They differ by more than two engines do; both sides' sample inputs are on record."""
    out = tmp_path / "run"
    command = ("parity", model, f"{model}?dtype=bfloat16", "--sample", 40, "-o", out, "--tolerance", 1e-9)
    finished = evenband(*command)
    assert finished.code == 1, finished.err
    assert "bfloat16" in finished.out
    assert "the same" in finished.out
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert [one["dtype"] for one in manifest["models"]] == ["float32", "bfloat16"]
    [result] = json.loads((out / "summary.json").read_text(encoding="utf-8"))["results"]
    assert 1e-9 < result["largest"] < 0.1


def test_a_prompt_on_one_side_is_found_in_the_inputs(evenband: Command, model: Path) -> None:
    """The first place to look where two references should be one model."""
    finished = evenband("parity", model, f"{model}?prompt=query", "--texts", "list:the king,the queen,a text")
    assert finished.code == 0, finished.err
    assert "send different inputs for 3 of the 3 texts" in finished.out.replace("\n", " ")
    assert "differs from token" in " ".join(finished.out.split())
