"""An engine is used where it gives the plain engine's vectors, and nowhere else."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import small_models
from evenband import encoders
from evenband.encoders.engines import linear
from evenband.encoders.engines.features import UnsupportedError
from evenband.encoders.engines.packed import PackedEngine
from evenband.encoders.sentences import SentenceEncoder
from evenband.errors import ModelError
from evenband.types import Vectors
from small_models import TEXTS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_models.save(tmp_path_factory.mktemp("bert"))


def load(folder: Path, engine: str = "auto") -> SentenceEncoder:
    found = encoders.load(str(folder), engine=engine)
    assert isinstance(found, SentenceEncoder)
    return found


def test_a_bidirectional_model_is_packed_and_its_difference_is_recorded(folder: Path) -> None:
    model = load(folder)
    assert model.spec.options["engine"] == "packed"
    assert model.engine_difference is not None
    assert model.engine_difference < 1e-5
    assert load(folder, "plain").engine_difference is None


@pytest.mark.parametrize("fault", ["wrong", "unsupported", "broken"])
def test_an_engine_at_fault_gives_way_to_the_plain_one_with_one_line(
    folder: Path, fault: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    right = PackedEngine.encode

    def faulty(self: PackedEngine, texts: Sequence[str], prompt: str, task: str | None) -> Vectors:
        if fault == "unsupported":
            raise UnsupportedError("it has no tokens")
        if fault == "broken":
            raise RuntimeError("first line\nsecond line")
        return right(self, texts, prompt, task) + np.float32(1e-3)

    monkeypatch.setattr(PackedEngine, "encode", faulty)
    with caplog.at_level(logging.WARNING):
        model = load(folder)
    assert model.spec.options["engine"] == "plain"
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "\n" not in caplog.records[0].getMessage()
    whole: Any = model._model
    assert not any(isinstance(module, linear.PackedLinear) for module in whole.modules())
    np.testing.assert_array_equal(model.encode(TEXTS), load(folder, "plain").encode(TEXTS))


@pytest.mark.parametrize("budget", [1, 13, 10_000])
def test_the_budget_of_a_batch_makes_no_difference(folder: Path, budget: int) -> None:
    model = load(folder)
    small = PackedEngine(model._model, model.spec.dim, budget)
    np.testing.assert_allclose(small.encode(TEXTS, "", None), model.encode(TEXTS), atol=1e-6)


def test_a_failure_while_encoding_is_one_line_that_names_the_model(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load(folder)

    def fail(*_: object) -> Vectors:
        raise RuntimeError("out of something\nand more")

    monkeypatch.setattr(PackedEngine, "encode", fail)
    with pytest.raises(ModelError, match=r"failed on 11 texts: out of something$"):
        model.encode(TEXTS)


def test_nan_from_the_model_names_the_text(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = load(folder)
    right = PackedEngine.encode

    def faulty(self: PackedEngine, texts: Sequence[str], prompt: str, task: str | None) -> Vectors:
        vectors = right(self, texts, prompt, task)
        vectors[3, 0] = np.nan
        return vectors

    monkeypatch.setattr(PackedEngine, "encode", faulty)
    with pytest.raises(ModelError, match="the text 'please help the king' with NaN"):
        model.encode(TEXTS)
