"""Texts without a vector are missing: never a zero vector that is scored, never the end of a run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capable_encoders import UNCOVERED, Plain, make
from evenband.encoders import CachedEncoder, VectorStore
from evenband.encoders.cache import model_key, text_key
from evenband.errors import InputError, ModelError
from evenband.probes.embedding import Embedded, embed, encode
from evenband.types import Role, Vectors

TEXTS = ["grandma", UNCOVERED, "king", f"a {UNCOVERED}", "grandma", UNCOVERED]
PRESENT = [True, False, True, False, True, False]


class Zeros(Plain):
    """Answers what is not covered with zeros, as some word-vector models do."""

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        vectors = super().encode(texts, role)
        vectors[[UNCOVERED in text for text in texts]] = 0
        return vectors


def test_only_covered_texts_are_asked_for_and_the_others_are_missing() -> None:
    inner = make(["Covering"])
    embedded = embed(inner, TEXTS)
    np.testing.assert_array_equal(embedded.present, PRESENT)
    assert inner.asked == ["grandma", "king", "grandma"]
    np.testing.assert_array_equal(embedded.vectors[embedded.present], inner.toy.encode(inner.asked))
    assert embedded.vectors.dtype == np.float32
    assert not embedded.vectors[~embedded.present].any()


def test_a_zero_row_is_missing_too() -> None:
    embedded = embed(Zeros(), TEXTS)
    np.testing.assert_array_equal(embedded.present, PRESENT)


def test_where_no_text_is_covered_the_encoder_is_not_asked() -> None:
    inner = make(["Covering"])
    embedded = embed(inner, [UNCOVERED] * 3)
    assert embedded.vectors.shape == (3, inner.spec.dim)
    assert not embedded.present.any()
    assert inner.asked == []


@pytest.mark.parametrize("names", [[], ["Covering"]])
def test_no_texts_give_no_rows(names: list[str]) -> None:
    inner = make(names)
    embedded = embed(inner, [])
    assert embedded.vectors.shape == (0, inner.spec.dim)
    assert embedded.present.shape == (0,)


@given(st.lists(st.sampled_from(["a", "b c", UNCOVERED, f"d {UNCOVERED}"]), max_size=12))
def test_whatever_is_missing_the_others_have_their_own_vectors(texts: list[str]) -> None:
    inner = make(["Covering"])
    embedded = embed(inner, texts)
    assert embedded.present.tolist() == [UNCOVERED not in text for text in texts]
    np.testing.assert_array_equal(
        embedded.vectors[embedded.present], inner.toy.encode([t for t in texts if UNCOVERED not in t])
    )


def test_who_needs_every_text_is_told_which_has_no_vector() -> None:
    with pytest.raises(
        ModelError, match=r"'toy:chars' has no vector for 'zxqj'; expected .* leave the others"
    ):
        encode(make(["Covering"]), TEXTS)
    with pytest.raises(ModelError, match="answered 'zxqj' with a zero vector"):
        encode(Zeros(), TEXTS)
    assert encode(make(["Covering"]), TEXTS[:1]).shape == (1, 64)


def test_the_cache_neither_asks_for_nor_stores_what_is_not_covered(tmp_path: Path) -> None:
    inner, store = make(["Covering"]), VectorStore(tmp_path)
    for _ in range(2):
        embedded = embed(CachedEncoder(inner, store), TEXTS)
        np.testing.assert_array_equal(embedded.present, PRESENT)
    assert inner.asked == ["grandma", "king"]
    model = model_key(inner)
    keys = [text_key(model, Role.NONE, text) for text in TEXTS[:4]]
    np.testing.assert_array_equal(store.get(model, keys, inner.spec.dim)[0], PRESENT[:4])
    with pytest.raises(ModelError, match="has no vector for 'a zxqj'"):
        CachedEncoder(inner, store).encode(TEXTS)


def test_an_answer_about_coverage_that_is_none_is_refused() -> None:
    class Odd(Plain):
        def covers(self, texts: Sequence[str], role: Role = Role.NONE) -> list[int]:
            return [1] * len(texts)

    with pytest.raises(ModelError, match=r"covers with int64 of shape \(6,\), expected bool of shape \(6,\)"):
        embed(Odd(), TEXTS)


def test_embedded_arrays_fit_each_other_and_are_read_only() -> None:
    with pytest.raises(InputError, match=r"expected \(n, d\) and \(n,\)"):
        Embedded(np.ones((2, 3), np.float32), np.ones(3, np.bool_))
    own = np.ones((2, 3), np.float32)
    embedded = Embedded(own, np.ones(2, np.bool_))
    assert not embedded.vectors.flags.writeable
    assert own.flags.writeable
