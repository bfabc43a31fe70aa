"""A live model during an evaluation: vectors computed once, and what stays for the next."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import evenband
from evenband.encoders.capabilities import Reading, Recomputing, Tokenizing
from evenband.errors import InputError, ModelError
from evenband.probes.pairs.noise import Steady, estimate_noise
from evenband.train.held_models import Kept, RememberingEncoder, held
from evenband.types import Role

pytest.importorskip("sentence_transformers")

TEXTS = ["let's eat, grandma", "let's eat grandma", "the king", "let's eat, grandma"]


class Counting:
    """Counts the texts that another encoder computes."""

    def __init__(self, encoder: Any) -> None:
        self.spec, self._encoder = encoder.spec, encoder
        self.seen: list[str] = []

    def encode(self, texts: Any, role: Role = Role.NONE) -> Any:
        self.seen += list(texts)
        return self._encoder.encode(texts, role)


def test_vectors_are_remembered_by_text_and_role() -> None:
    """Each text is computed once for each role, and vectors come back in the order asked for."""
    counting = Counting(evenband.load("toy:words"))
    remembering = RememberingEncoder(counting)
    first = remembering.encode(TEXTS)
    assert counting.seen == TEXTS[:3]
    np.testing.assert_array_equal(first, evenband.load("toy:words").encode(TEXTS))
    np.testing.assert_array_equal(remembering.encode(TEXTS[::-1]), first[::-1])
    assert counting.seen == TEXTS[:3]
    remembering.encode(TEXTS[:1], Role.QUERY)
    assert counting.seen == [*TEXTS[:3], TEXTS[0]]
    assert remembering.encode([]).shape == (0, remembering.spec.dim)


def test_texts_that_are_expected_are_computed_together() -> None:
    """What an evaluation asked for, the next one computes in one call a role; a refused text waits alone."""

    class Refusing(Counting):
        def encode(self, texts: Any, role: Role = Role.NONE) -> Any:
            if "the king" in texts:
                raise ModelError("no king")
            self.calls = [*getattr(self, "calls", []), list(texts)]
            return super().encode(texts, role)

    kept = Kept()
    first = RememberingEncoder(Refusing(evenband.load("toy:words")), kept)
    for text in TEXTS[:2]:
        first.encode([text])
    counting = Refusing(evenband.load("toy:words"))
    vector = RememberingEncoder(counting, kept).encode(TEXTS[1:2])
    assert counting.calls == [TEXTS[:2]]
    np.testing.assert_array_equal(vector, evenband.load("toy:words").encode(TEXTS[1:2]))
    kept.asked[Role.NONE]["the king"] = None
    counting = Refusing(evenband.load("toy:words"))
    remembering = RememberingEncoder(counting, kept)
    remembering.encode(TEXTS[:1])
    assert counting.calls == [TEXTS[:1]]
    with pytest.raises(ModelError, match="no king"):
        remembering.encode(["the king"])


def test_a_held_model_is_the_live_one_under_a_name(small_model: Any) -> None:
    """Same vectors, same digest and tokens; not text by text, which would take long."""
    live = evenband.wrap(small_model)
    with held(live, "step-000007", Kept()) as encoder:
        assert encoder.spec.name == "step-000007"
        assert encoder.spec.digest == live.spec.digest
        assert [isinstance(encoder, kind) for kind in (Tokenizing, Reading, Steady)] == [True] * 3
        assert not isinstance(encoder, Recomputing)
        np.testing.assert_allclose(encoder.encode(TEXTS), live.encode(TEXTS), atol=1e-6)
        assert encoder.count_tokens(TEXTS) == live.count_tokens(TEXTS)  # type: ignore[attr-defined]


def test_noise_floor_and_tokens_stay_as_long_as_the_model_has_the_same_form(small_model: Any) -> None:
    """The second evaluation takes the first one's; another maximum length makes them anew."""
    live, kept = evenband.wrap(small_model), Kept()
    texts = (TEXTS[:2], TEXTS[2:])
    with held(live, "one", kept) as encoder:
        vectors = [encoder.encode(side) for side in texts]
        first = estimate_noise(encoder, texts, vectors)
        read = encoder.read(TEXTS)  # type: ignore[attr-defined]
        assert estimate_noise(encoder, texts, vectors) is first
    with held(live, "two", kept) as encoder:
        assert encoder.read(TEXTS) is read  # type: ignore[attr-defined]
    small_model.max_seq_length = 6
    with held(live, "three", kept) as encoder:
        assert estimate_noise(encoder, texts, vectors) is not first
        assert encoder.read(TEXTS) is not read  # type: ignore[attr-defined]


def test_only_live_models_can_be_held() -> None:
    """The message says what it got."""
    with pytest.raises(InputError, match="toy:words"), held(evenband.load("toy:words"), "x", Kept()):
        pass
