"""summary.json as a typed value: what programs read, and what they are told where they cannot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

import evenband
from evenband.errors import RunError
from evenband.records import summary
from evenband.report import output


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, session_cache: Path) -> Path:
    """A small run of three families on two models, so that there are scorecards."""
    folder = tmp_path_factory.mktemp("summary") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVENBAND_CACHE", str(session_cache))
        patch.setattr(output, "draw_pictures", lambda *_: None)
        evenband.audit(
            ["toy:words", "toy:chars"],
            ["negation", "and-or", "comma"],
            sample=12,
            out=folder,
            reference="toy:words",
        )
    return folder


def test_every_result_is_typed(finished: Path) -> None:
    """Models, figures, outliers and scorecards by their names; numbers are those of the file."""
    found = evenband.read_summary(finished)
    data = json.loads((finished / "summary.json").read_text(encoding="utf-8"))
    assert isinstance(found, summary.RunSummary)
    assert found.format == 1
    assert [(model.name, model.ref, model.dtype) for model in found.models] == [
        ("toy-words", "toy:words", "float32"),
        ("toy-chars", "toy:chars", "float32"),
    ]
    result = found.result("toy-chars", "comma")
    raw = next(one for one in data["results"] if (one["model"], one["probe"]) == ("toy-chars", "comma"))
    assert (result.kind, result.type, result.n, result.templates) == ("pairs", "INV", 12, 1)
    assert result.consistency == raw["consistency"]
    assert result.blind is False
    assert result.intervals["pass_rate"] == tuple(raw["intervals"]["pass_rate"])
    first = result.outliers[0]
    assert (first.label, first.score, first.q) == (
        raw["outliers"][0]["label"],
        raw["outliers"][0]["score"],
        raw["outliers"][0]["q"],
    )
    assert isinstance(first.evidence, tuple)
    assert found.result("toy-words", "comma").consistency is None
    assert [card.model for card in found.scorecards] == ["toy-words", "toy-chars"]
    assert {line.probe: line.grade for line in found.scorecards[0].lines}["comma"] == "blind"


def test_two_subjects_side_by_side_are_typed(finished: Path) -> None:
    """Both names, what is whose reference, and the mean difference of the file."""
    [one] = evenband.read_summary(finished).head_to_heads
    [raw] = json.loads((finished / "summary.json").read_text(encoding="utf-8"))["head_to_heads"]
    assert (one.left, one.right) == ("toy-words", "toy-chars")
    assert one.pass_rate.value == raw["pass_rate"]["value"]
    assert one.pass_rate.value == pytest.approx(raw["right_pass_rate"] - raw["left_pass_rate"])
    assert one.better["right"] == tuple(raw["better"]["right"])
    assert [family["probe"] for family in raw["families"]] == ["negation", "and-or", "comma"]
    assert one.clear_by_chance == pytest.approx(0.3)


def test_nothing_of_the_file_is_lost(finished: Path) -> None:
    """Fields without a type of their own are kept as they are."""
    found = evenband.read_summary(str(finished))
    assert found.model_dump(mode="json", exclude_unset=True) == json.loads(
        (finished / "summary.json").read_text(encoding="utf-8")
    )
    assert found.result("toy-chars", "comma").model_extra


def test_a_result_that_is_not_there_is_a_key_error(finished: Path) -> None:
    with pytest.raises(KeyError, match=r"toy-chars.*typo"):
        evenband.read_summary(finished).result("toy-chars", "typo")


def test_a_summary_cannot_be_changed(finished: Path) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        evenband.read_summary(finished).format = 2


def test_a_folder_without_one_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        RunError, match=r"summary.json: no such file; expected what `evenband audit -o` wrote"
    ) as error:
        evenband.read_summary(tmp_path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"null", b"\xff\xfe"])
def test_a_damaged_file_is_one_line_that_says_how_to_mend_it(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "summary.json").write_bytes(content)
    with pytest.raises(
        RunError, match=r"summary.json: damaged: .*; write it again with `evenband report`"
    ) as error:
        evenband.read_summary(tmp_path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("found", [2, None, "1"])
def test_another_format_is_refused(tmp_path: Path, found: object) -> None:
    """A later evenband may have renamed what this one looks for."""
    (tmp_path / "summary.json").write_text(
        json.dumps({"format": found, "results": "elsewhere"}), encoding="utf-8"
    )
    with pytest.raises(RunError, match=f"got format {found}, expected 1; update evenband to read it"):
        evenband.read_summary(tmp_path)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("results", 0, "n"), "many", r"results\.0\.n: got 'many': .*integer"),
        (("results", 1, "type"), 7, r"results\.1\.type: got 7: .*string"),
        (
            ("results", 2, "intervals", "phi"),
            [1],
            r"results\.2\.intervals\.phi\.1: got \[1\]: Field required",
        ),
        (("models", 0, "dim"), None, r"models\.0\.dim: got None"),
        (("scorecards", 0, "lines", 1, "grade"), 7, r"scorecards\.0\.lines\.1\.grade: got 7"),
    ],
)
def test_a_field_that_is_not_what_it_must_be_is_named(
    finished: Path, tmp_path: Path, path: tuple[Any, ...], value: object, message: str
) -> None:
    data = json.loads((finished / "summary.json").read_text(encoding="utf-8"))
    part = data
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    (tmp_path / "summary.json").write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(RunError, match=f"summary.json: damaged: {message}") as error:
        evenband.read_summary(tmp_path)
    assert "\n" not in str(error.value)


def test_results_of_another_kind_and_of_a_newer_version_are_read(tmp_path: Path) -> None:
    """They lack what only pairs have, and bring what is not known here."""
    result = {
        **{
            "model": "m",
            "probe": "overlap",
            "kind": "agreement",
            "probe_digest": "d",
            "n": 3,
            "templates": 1,
        },
        **{"metric": "overlap@10", "largest_difference": 1e-6, "notes": []},
    }
    model = {"name": "m", "ref": "toy:m", "digest": "d", "dim": 4, "dtype": "float32", "device": "cpu"}
    data = {"format": 1, "models": [model], "results": [result], "comparisons": [{"left": "m"}]}
    (tmp_path / "summary.json").write_text(json.dumps(data), encoding="utf-8")
    found = evenband.read_summary(tmp_path).result("m", "overlap")
    assert (found.kind, found.type, found.phi, found.outliers) == ("agreement", None, None, ())
    assert (found.model_extra or {})["largest_difference"] == 1e-6
