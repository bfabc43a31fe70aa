"""``evenband audit --screen``, on a small model with random weights."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evenband as library
import small_models
from evenband.encoders.local.engines.packed import PackedEngine
from evenband.errors import InputError
from evenband.types import PairsDetails, Vectors

Command = Callable[..., Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_models.save(tmp_path_factory.mktemp("bert"))


def test_a_screened_run_says_what_it_cost_and_keeps_its_exact_scores(
    evenband: Command, folder: Path, tmp_path: Path
) -> None:
    """Summary, manifest and notes hold the calibration; scores computed again are float32's own."""
    command = ("audit", folder, "-p", "comma", "--sample", "400", "-o", tmp_path / "run")
    finished = evenband(*command, "--screen")
    assert finished.code == 0, finished.err
    assert "screened: " in finished.out
    [result] = json.loads((tmp_path / "run" / "summary.json").read_text(encoding="utf-8"))["results"]
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["measurements"][0]["screening"] == result["screening"]
    [model] = manifest["models"]
    assert model["options"]["screen"] == model["screened_by"]["dtype"] == "bfloat16"
    # Exactly 0 on a processor without bfloat16 instructions, where both ways compute alike.
    assert 0 <= model["screened_by"]["engine_difference"] < 2e-2
    [made] = library.read(tmp_path / "run")
    [exact] = library.audit(str(folder), "comma", sample=400)
    assert isinstance(made.details, PairsDetails)
    assert made.details.screen is not None
    again = made.details.screen.exact == 1
    assert 150 > again.sum() >= 100
    np.testing.assert_allclose(made.scores[again], exact.measurement.scores[again], atol=1e-6)
    assert np.abs(made.scores[~again] - exact.measurement.scores[~again]).max() > 1e-5
    # The same command finds its results; without the screen they are not comparable.
    assert evenband(*command, "--screen").code == 0
    refused = evenband(*command)
    assert refused.code == 2
    assert "screen" in refused.err
    assert evenband("compare", tmp_path / "run").code == 2


def test_the_difference_of_the_screening_engine_is_measured(
    evenband: Command, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error planted in the bfloat16 engine stands in the manifest, on any processor."""
    right = PackedEngine.check

    def faulty(self: PackedEngine, texts: Sequence[str], prompt: str, task: str | None) -> list[Vectors]:
        planted = np.float32(1e-2 if str(self._model.dtype) == "torch.bfloat16" else 0)
        return [vectors + planted for vectors in right(self, texts, prompt, task)]

    monkeypatch.setattr(PackedEngine, "check", faulty)
    out = tmp_path / "run"
    finished = evenband("audit", folder, "-p", "comma", "--sample", "60", "--screen", "-o", out)
    assert finished.code == 0, finished.err
    [model] = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["models"]
    assert model["screened_by"]["engine_difference"] == pytest.approx(1e-2, abs=5e-3)
    assert model["engine_difference"] < 1e-5


@pytest.mark.parametrize(
    ("model", "message"),
    [("toy:words", "cannot be screened: model 'toy:words"), ("{folder}?dtype=bfloat16", "expected float32")],
)
def test_what_cannot_be_screened_is_one_line(
    evenband: Command, folder: Path, tmp_path: Path, model: str, message: str
) -> None:
    """A model without number formats, and one that is not exact itself."""
    finished = evenband("audit", model.format(folder=folder), "--screen", "-o", tmp_path / "run")
    assert finished.code == 2
    assert message in finished.err
    assert finished.err.count("\n") == 1


def test_an_encoder_of_ones_own_cannot_be_screened() -> None:
    """Nothing is known of how to load it in another format."""
    with pytest.raises(InputError, match="your own model"):
        library.audit(library.load("toy:words"), "comma", sample=20, screen="bfloat16")
