"""Two sides on the same texts: planted differences are found, and are those that were planted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenband import encoders
from evenband.errors import InputError, MissingVectorsError, ModelError
from evenband.probes.agreement import SideBySide, TextSet
from evenband.probes.agreement.side_by_side import INPUTS_KEPT
from evenband.types import Role, Tokens
from planted_sides import Telling, Turned, measured, side, text_set, texts


def test_planted_rotations_are_found_and_measured() -> None:
    """1 - cosine is 1 - cos(angle) for the turned texts, 0 for all others."""
    angles = {texts(40)[row]: angle for row, angle in ((3, 0.3), (17, 0.01), (30, 0.001))}
    found = measured(angles)
    expected = [1 - np.cos(angles.get(text, 0.0)) for text in found.items]
    np.testing.assert_allclose(found.scores[:, 0], expected, rtol=1e-3, atol=1e-12)
    assert [sent.text for sent in found.details.inputs[:3]] == list(angles)
    assert found.conditions == ("against toy-chars",)
    assert found.metric.better == "lower"


def test_figures_equal_a_direct_computation() -> None:
    """Components and pair similarities from the encoders' own vectors."""
    left = encoders.load("toy:words")
    right = Turned(left, {texts(40)[5]: 0.5})
    found = SideBySide(text_set(texts(40)), side(left)).measure(side(right))
    units = [
        vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        for vectors in (one.encode(texts(40)).astype(np.float64) for one in (left, right))
    ]
    component = np.abs(units[0] - units[1]).max(axis=1)
    np.testing.assert_allclose(found.details.component[:, 0], component, atol=1e-12)
    gaps = np.abs(units[0] @ units[0].T - units[1] @ units[1].T)
    np.fill_diagonal(gaps, 0.0)
    np.testing.assert_allclose(found.details.pair_largest[:, 0], gaps.max(axis=1), atol=1e-12)


def test_identical_encoders_agree_wholly() -> None:
    """No difference, every neighbour shared."""
    found = measured({})
    assert found.scores.max() == 0
    assert found.details.component.max() == 0
    assert found.details.pair_largest.max() == 0
    assert (found.details.overlap == 1).all()
    assert found.noise is not None
    assert found.noise.floor == 0


@settings(max_examples=25)
@given(st.dictionaries(st.sampled_from(texts(14)), st.floats(1e-4, 1.5), max_size=6))
def test_swapping_the_sides_keeps_every_number(angles: dict[str, float]) -> None:
    """The distance from left to right is that from right to left."""
    left = encoders.load("toy:chars")
    right = Turned(left, angles)
    there = SideBySide(text_set(texts(14)), side(left)).measure(side(right))
    back = SideBySide(text_set(texts(14)), side(right)).measure(side(left))
    np.testing.assert_array_equal(there.scores, back.scores)
    for name, table in there.details.to_tables().items():
        np.testing.assert_array_equal(table, back.details.to_tables()[name])


def test_a_text_without_a_vector_is_listed_and_not_compared() -> None:
    """On either side; the others are measured."""
    lost = texts(40)[7]
    found = measured({texts(40)[8]: 0.2}, missing=[lost])
    assert lost not in found.items
    assert len(found.items) == 39
    assert found.details.missing == (("turned", lost),)
    assert found.probe.items == 40
    with pytest.raises(MissingVectorsError, match="no text of own has a vector in both models"):
        measured({}, missing=texts(40))


def test_sides_of_different_dimension_are_refused_in_one_line() -> None:
    """Naming both and how to mend it."""
    probe = SideBySide(text_set(texts(3)), side(encoders.load("toy:words")))
    with pytest.raises(InputError, match=r"toy-words has vectors of 64 numbers and .* of 32, .*\?dim=N"):
        probe.measure(side(encoders.load("toy:words?dim=32")))


def test_each_text_is_embedded_in_its_role() -> None:
    """One text may stand in both."""

    class Roled(Turned):
        def encode(self, texts: object, role: Role = Role.NONE) -> np.ndarray:
            assert isinstance(texts, list)
            return super().encode([f"{role.value}: {text}" for text in texts])

    left = encoders.load("toy:chars")
    right = Roled(left, {})
    pair = text_set(["same text", "same text", "other"], [Role.QUERY, Role.DOCUMENT, Role.QUERY])
    found = SideBySide(pair, side(left)).measure(side(right))
    assert found.columns["role"] == ("query", "document", "query")
    assert found.items == ("same text", "same text", "other")
    assert found.scores[0, 0] != found.scores[1, 0] > 0


def test_inputs_are_those_that_each_side_sent() -> None:
    """A prompt on one side is seen in text and ids; a side that cannot tell says nothing."""
    left = Telling(encoders.load("toy:chars"), {}, "left")
    right = Telling(encoders.load("toy:chars"), {texts(20)[0]: 0.1})
    right.prompt = "Q: "
    found = SideBySide(text_set(texts(20)), side(left)).measure(side(right))
    first, *rest = found.details.inputs
    assert len(rest) == INPUTS_KEPT - 1
    assert first.left == left.tokens(texts(20)[0])
    assert first.right is not None
    assert first.right.text == f"Q: {texts(20)[0]}"
    assert first.differs
    mute = measured({texts(40)[0]: 0.1}).details.inputs[0]
    assert (mute.left, mute.right, mute.differs) == (None, None, None)


def test_a_tokenizer_that_fails_is_a_side_that_cannot_tell() -> None:
    """Models without an attention mask are no reason to end the comparison."""

    class Silent(Telling):
        def tokens(self, text: str, role: Role = Role.NONE) -> Tokens:
            raise ModelError("this model's tokens cannot be told")

    left = encoders.load("toy:chars")
    found = SideBySide(text_set(texts(5)), side(left)).measure(side(Silent(left, {})))
    assert found.details.inputs[0].right is None


def test_the_identity_is_texts_roles_and_left_side() -> None:
    """Any other of the three is another probe."""
    words, chars = (side(encoders.load(ref)) for ref in ("toy:words", "toy:chars"))
    base = SideBySide(text_set(["a", "b"]), words).spec
    others = [
        SideBySide(text_set(["a", "c"]), words).spec,
        SideBySide(text_set(["a", "b"], [Role.QUERY] * 2), words).spec,
        SideBySide(text_set(["a", "b"]), chars).spec,
    ]
    assert base.digest not in {other.digest for other in others}
    assert base.name == "parity-own-toy-words"


def test_a_set_without_texts_is_refused() -> None:
    """Naming it."""
    with pytest.raises(InputError, match="texts 'own': got 0 texts and 0 roles"):
        TextSet("own", (), ())
