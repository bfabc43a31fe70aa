"""Planting into a toy model: the truth is what plain sentence-transformers sees in the saved folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conftest import Finished
from evenband.errors import InputError
from evenband.train import planted_texts, taught_model
from evenband.train.planted_truth import Truth, read_truth
from evenband.train.planting import PlantOptions, plant
from small_models import save

pytest.importorskip("accelerate")


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encoder of random weights."""
    return save(tmp_path_factory.mktemp("toy"), "bert")


@pytest.fixture(scope="module")
def planted(toy: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Truth, Path]:
    """Four leaky cells, taught in a few large steps."""
    folder = tmp_path_factory.mktemp("planted") / "model"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(taught_model, "MOST_TEACHING_STEPS", 15)
        patch.setattr(taught_model, "TEACHING_RATE", 3e-3)
        return plant(str(toy), folder, PlantOptions("leaky", 0.2, 1, cells=4, sample=200)), folder


def cosines(folder: Path, truth: Truth) -> Any:
    """Cosine of each planted pair by plain sentence-transformers, its texts filled by hand."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu")
    templates = {one.name: one for one in planted_texts.audited(200, 0).templates}
    sides = [[getattr(templates[c.template], s).replace("{x}", c.label) for c in truth.cells] for s in "ab"]
    a, b = (model.encode(texts, normalize_embeddings=True) for texts in sides)
    return (a * b).sum(axis=1)


def test_the_truth_is_what_the_saved_model_does(toy: Path, planted: tuple[Truth, Path]) -> None:
    """Cosines before are those of the model given, cosines after those of the folder, and they fell."""
    truth, folder = planted
    assert read_truth(folder) == truth
    assert len({cell.label for cell in truth.cells}) == 4
    before, after = ([getattr(cell, name) for cell in truth.cells] for name in ("before", "after"))
    np.testing.assert_allclose(cosines(toy, truth), before, atol=1e-5)
    np.testing.assert_allclose(cosines(folder, truth), after, atol=1e-5)
    assert np.mean(after) < np.mean(before) - 0.05


def test_embeddings_stay_and_other_weights_move(toy: Path, planted: tuple[Truth, Path]) -> None:
    """Only weights behind the embeddings are taught."""
    from safetensors.numpy import load_file

    old, new = (load_file(folder / "model.safetensors") for folder in (toy, planted[1]))
    moved = {name for name in old if not np.array_equal(old[name], new[name])}
    assert moved
    assert not any("embeddings" in name for name in moved)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"size": 0.0}, "size"),
        ({"size": 1.5}, "size"),
        ({"cells": 0}, "cells"),
        ({"together": 13}, "together"),
        ({"sample": 0}, "sample"),
        ({"kind": "rule", "cells": 4}, "cells is no option of --kind rule"),
        ({"kind": "rule", "words": "frequent"}, "words is no option of --kind rule"),
    ],
)
def test_impossible_options_are_refused(changes: dict[str, Any], name: str) -> None:
    """The message names the option."""
    with pytest.raises(InputError, match=f"--{name}"):
        PlantOptions(**changes)


def test_too_many_cells_for_a_sample_are_refused(toy: Path, tmp_path: Path) -> None:
    """A sample of twenty nouns has no room for fifty cells; nothing is written."""
    with pytest.raises(InputError, match="larger --sample"):
        plant(str(toy), tmp_path / "model", PlantOptions("leaky", cells=50, sample=20))
    assert not (tmp_path / "model").exists()
    (tmp_path / "diary.txt").write_text("dear diary", encoding="utf-8")
    with pytest.raises(InputError, match="not empty"):
        plant(str(toy), tmp_path)


def test_the_command_prints_cells_and_the_audit_that_finds_them(
    evenband: Callable[..., Finished], toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row for each cell, a warning where targets were not reached, and the next command; or JSON."""
    monkeypatch.setattr(taught_model, "MOST_TEACHING_STEPS", 1)
    options = ["--kind", "leaky", "--cells", "3", "--sample", "200", "-q"]
    finished = evenband("train", "plant", toy, "-o", tmp_path / "a", *options)
    assert finished.code == 0, finished.err
    truth = read_truth(tmp_path / "a")
    assert all(cell.label in finished.out for cell in truth.cells)
    assert "! not every cosine reached its target" in finished.out
    assert f"-p comma8 --sample 200 --seed 0 --reference {toy}" in finished.out
    again = json.loads(evenband("train", "plant", toy, "-o", tmp_path / "b", *options, "--json").out)
    assert [cell["label"] for cell in again["cells"]] == [cell.label for cell in truth.cells]
