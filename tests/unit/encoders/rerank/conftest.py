"""Small rerankers that the tests of this folder share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import small_models

KINDS: dict[str, Callable[[Path], Path]] = {
    "cross-encoder": small_models.save_cross_encoder,
    "cross-encoder of old": lambda folder: small_models.save_cross_encoder(folder, old=True),
    "late interaction": small_models.save_late,
}


@pytest.fixture(scope="session")
def reranker_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a small reranker by its kind, made once."""
    pytest.importorskip("sentence_transformers")
    made: dict[str, Path] = {}

    def folder(kind: str) -> Path:
        if kind not in made:
            made[kind] = KINDS[kind](tmp_path_factory.mktemp("reranker"))
        return made[kind]

    return folder
