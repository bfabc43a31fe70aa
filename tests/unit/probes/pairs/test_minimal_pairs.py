"""Measuring minimal pairs, with encoders whose answers are known."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from evenband.errors import InputError, ModelError
from evenband.probes.pairs.minimal_pairs import MinimalPairs, Template
from evenband.types import ModelSpec, Role, Slot, Vectors

PROBE = MinimalPairs(
    name="please",
    type="INV",
    effect="keeps",
    why="",
    slot=Slot("list:", ("tea", "mate", "cocoa", "water"), "test", {"score": (1, 2, 3, 4)}),
    templates=(Template("one", "one {x}", "one {x}, please"), Template("the", "the {x}", "the {x} now")),
)


@dataclass
class Planted:
    """Gives each text an angle: the word's, plus a small one for the changed text."""

    spec: ModelSpec = field(
        default_factory=lambda: ModelSpec("planted", "planted", "test", "1", "float32", 2)
    )
    seen: list[str] = field(default_factory=list)
    shift: float = 0.1

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        self.seen += texts
        angles = [self.angle(text) for text in texts]
        return np.array([[np.cos(a), np.sin(a)] for a in angles], dtype=np.float32).reshape(len(texts), 2)

    def angle(self, text: str) -> float:
        word = next((i for i, value in enumerate(PROBE.slot.values) if value in text), 0)
        return word + (self.shift if text.endswith(("please", "now")) else 0.0)


def test_scores_are_the_planted_cosines() -> None:
    """Every cell is the cosine of the angle between its texts."""
    made = PROBE.measure(Planted())
    np.testing.assert_allclose(made.scores, np.cos(0.1), atol=1e-7)
    assert made.details.texts[1][2].tolist() == ["one cocoa, please", "the cocoa now"]


def test_details_say_what_other_labels_do() -> None:
    """Partner nearest: hit 1, auc 1; swap is the median distance to the other words."""
    made = PROBE.measure(Planted())
    assert made.details.swap is not None
    assert np.all(made.details.hit == 1)
    assert np.all(made.details.auc == 1)
    expected = [np.median([1 - np.cos(i - j) for j in range(4) if j != i]) for i in range(4)]
    np.testing.assert_allclose(made.details.swap[:, 0], expected, atol=1e-6)


def test_a_change_as_large_as_a_word_is_seen_by_the_guard() -> None:
    """With a shift past the midpoint to the next word, the partner is no longer nearest."""
    made = PROBE.measure(Planted(shift=0.8))
    assert made.details.hit is not None
    assert made.details.hit[:, 0].tolist() == [1, 0, 0, 0]


def test_the_noise_floor_comes_from_the_fresh_encoder() -> None:
    """An encoder that shakes is seen even when the cached one does not."""

    class Shaking(Planted):
        def angle(self, text: str) -> float:
            return super().angle(text) + 1e-3 * len(self.seen)

    assert PROBE.measure(Planted()).noise_floor < 1e-12
    assert PROBE.measure(Planted(), fresh=Shaking()).noise_floor > 1e-6


def test_a_coarse_dtype_raises_the_noise_floor() -> None:
    """Rounding repeats exactly; it is noise all the same."""
    coarse = Planted(spec=replace(Planted().spec, dtype="bfloat16"))
    assert PROBE.measure(coarse).noise_floor == pytest.approx(2.0**-17, rel=0.9)


def test_a_sample_keeps_order_and_is_repeatable() -> None:
    """The same generator draws the same values, in the slot's order."""
    drawn = [PROBE.sample(2, np.random.default_rng(3)).slot.values for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert sorted(drawn[0], key=PROBE.slot.values.index) == list(drawn[0])


def test_the_digest_changes_with_texts_and_values() -> None:
    """Comparable means: the same pairs."""
    assert PROBE.sample(2, np.random.default_rng(0)).spec.digest != PROBE.spec.digest
    assert replace(PROBE, name="other", why="other").spec.digest == PROBE.spec.digest


def test_a_slot_column_cannot_hide_a_measured_one() -> None:
    """A user's own column called score gets a prefix."""
    made = PROBE.measure(Planted())
    assert made.to_arrow()["slot_score"].to_pylist()[::2] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("vectors", "message"),
    [
        (np.ones((3, 2), np.float32), r"shape \(3, 2\), expected \(8, 2\)"),
        (np.full((8, 2), np.nan, np.float32), r"'planted' answered the text 'one tea' with NaN or infinity"),
        (np.zeros((8, 2), np.float32), r"planted has no vector for 8 of its texts, such as 'one tea'"),
    ],
)
def test_what_is_not_vectors_is_refused(vectors: Vectors, message: str) -> None:
    """Wrong shape, NaN and zero are named with the model."""

    class Broken(Planted):
        def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
            return vectors

    with pytest.raises(ModelError, match=message):
        PROBE.measure(Broken())


def test_templates_need_different_names() -> None:
    """Rows are identified by label and template."""
    with pytest.raises(InputError, match="different names"):
        replace(PROBE, templates=(PROBE.templates[0], PROBE.templates[0]))
