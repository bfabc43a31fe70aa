"""A limit of tokens leaves room for a text beside the special tokens."""

from __future__ import annotations

from pathlib import Path

import pytest

import small_models
from evenband import encoders
from evenband.errors import InputError


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_models.save(tmp_path_factory.mktemp("model"))


@pytest.mark.parametrize("limit", [1, 2])
def test_special_tokens_alone_are_no_text(folder: Path, limit: int) -> None:
    """BERT puts [CLS] and [SEP] around a text, so three tokens are the fewest."""
    with pytest.raises(InputError, match=f"max_tokens={limit}, expected 3 or more, since 2 tokens are"):
        encoders.load(f"{folder}?max_tokens={limit}")


def test_one_token_beside_them_is_enough(folder: Path) -> None:
    """Texts that begin alike have one vector then, and others another."""
    encoder = encoders.load(f"{folder}?max_tokens=3")
    vectors = encoder.encode(["king", "king queen", "queen"])
    assert vectors[0] == pytest.approx(vectors[1], abs=1e-6)
    assert vectors[0] != pytest.approx(vectors[2], abs=1e-3)
