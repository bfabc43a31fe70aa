"""The check of every encoder's answer."""

from __future__ import annotations

import numpy as np
import pytest

from evenband.encoders.contract import checked_texts, checked_vectors, no_vectors
from evenband.errors import InputError, ModelError
from evenband.types import ModelSpec

SPEC = ModelSpec(ref="m", name="m", source="test", revision="1", dtype="bfloat16", dim=2)


def test_any_layout_becomes_float32_rows_in_c_order() -> None:
    array = np.asfortranarray([[1.0, 2.0], [3.0, 4.0]])
    found = checked_vectors(array, ["a", "b"], SPEC)
    assert found.dtype == np.float32
    assert found.flags.c_contiguous
    np.testing.assert_array_equal(found, [[1, 2], [3, 4]])


def test_a_wrong_shape_names_both_shapes() -> None:
    with pytest.raises(ModelError, match=r"shape \(1, 3\), expected \(1, 2\)"):
        checked_vectors([[1, 2, 3]], ["a"], SPEC)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_number_that_is_none_names_the_text_and_the_dtype(value: float) -> None:
    with pytest.raises(ModelError, match=r"the text 'second' with NaN or infinity.*bfloat16, try float32"):
        checked_vectors(np.array([[1, 2], [value, 0]]), ["first", "second"], SPEC)


def test_a_long_text_is_shortened_in_the_message() -> None:
    with pytest.raises(ModelError) as caught:
        checked_vectors([[np.nan, 0]], ["x" * 10_000], SPEC)
    assert len(str(caught.value)) < 250


def test_texts_must_be_a_list_of_strings() -> None:
    assert checked_texts(("a", "b")) == ["a", "b"]
    with pytest.raises(InputError, match="text 0 is None"):
        checked_texts([None])  # type: ignore[list-item]


def test_no_texts_still_have_a_dim() -> None:
    assert no_vectors(SPEC).shape == (0, 2)
