"""A small model of random weights in the middle of a training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import small_models


@pytest.fixture(scope="module")
def small_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("sentence_transformers")
    return small_models.save(tmp_path_factory.mktemp("small"), kind="bert", hidden_dropout_prob=0.5)


@pytest.fixture
def small_model(small_folder: Path) -> Any:
    import sentence_transformers

    return sentence_transformers.SentenceTransformer(str(small_folder), device="cpu")
