from __future__ import annotations

import json
from types import ModuleType

import pytest

from evenband.errors import RunError
from evenband.records import Manifest
from evenband.records.manifest import read_manifest
from evenband.report.blocks.origins import inputs_table, manifest_tree, model_table


def test_a_manifest_becomes_names_and_strings(planted: ModuleType) -> None:
    entries = dict(manifest_tree(planted.manifest(), "The run").entries)
    assert entries["command"] == "evenband audit minilm"
    assert dict(entries["libraries"]) == {"numpy": "2.0", "torch": "–"}
    assert dict(dict(entries["models"])["minilm"])["dtype"] == "float32"


def test_a_long_list_is_cut_and_says_so() -> None:
    manifest = Manifest.model_validate({"values": list(range(1000)), "deep": [[k] for k in range(1000)]})
    entries = dict(manifest_tree(manifest, "x").entries)
    assert entries["values"].endswith("59 … and 940 more")
    assert entries["deep"][-1][1] == "… and 940 more"


def test_sample_inputs_show_final_text_and_token_ids(planted: ModuleType) -> None:
    (row,) = inputs_table("i", [planted.manifest()]).rows
    assert [cell.text for cell in row.cells] == ["minilm", "let's eat, grandma", "[CLS] let", "101 2292"]


@pytest.mark.parametrize("inputs", [{}, {"inputs": None}, {"inputs": []}])
def test_a_manifest_without_inputs_has_no_rows(inputs: dict[str, object]) -> None:
    """Nor has one without models."""
    manifest = Manifest.model_validate({"models": [{"ref": "m", "name": "m", **inputs}]})
    assert inputs_table("i", [manifest, Manifest()]).rows == ()


@pytest.mark.parametrize("models", [None, "x", [{"inputs": 3}, 4]])
def test_a_damaged_list_of_models_never_gets_so_far(models: object) -> None:
    with pytest.raises(RunError, match="damaged: models"):
        read_manifest(json.dumps({"format": 1, "models": models}), "manifest.json")


def test_everything_that_decides_a_vector_is_shown(planted: ModuleType) -> None:
    spec = planted.audit().measurement.subject
    shown = {cell.text for row in model_table("m", [spec]).rows for cell in row.cells}
    assert {spec.ref, spec.revision, spec.digest, spec.dtype, str(spec.dim), "mean", "yes"} <= shown


def test_of_many_inputs_an_even_sample_is_printed_and_said_to_be_one() -> None:
    """The first is among them, none twice, and the caption counts them all."""
    inputs = [{"text": f"text {k}", "pieces": ["a"], "ids": [1]} for k in range(86)]
    models = [{"ref": "minilm", "name": "minilm", "inputs": inputs}]
    table = inputs_table("inputs", [Manifest.model_validate({"models": models})])
    shown = [row.cells[1].text for row in table.rows]
    assert shown[0] == "text 0"
    assert len(set(shown)) == len(shown) == 16
    assert "16 of 86" in table.caption
