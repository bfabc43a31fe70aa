"""Screening with two encoders whose difference is known."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from evenband.analysis.pairs.screening import screening_of
from evenband.probes.pairs.minimal_pairs import MinimalPairs, Template
from evenband.probes.pairs.screen import EncoderPair, screen
from evenband.types import ModelSpec, PairsMeasurement, Role, ScreenDetails, Slot, Vectors

N = 600
PROBE = MinimalPairs(
    name="comma",
    type="INV",
    effect="keeps",
    why="",
    slot=Slot("list:", tuple(f"word{i:03}" for i in range(N)), "test"),
    templates=(Template("eat", "eat, {x}", "eat {x}"), Template("help", "help, {x}", "help {x}")),
)


class Angles:
    """A text is an angle: its word's, and a smaller one for the comma; rounded if told so."""

    def __init__(self, step: float | None = None) -> None:
        self.step = step
        self.spec = ModelSpec("made", "made", "test", "1", "bfloat16" if step else "float32", 2)
        self.moved = np.exp(np.random.default_rng(5).normal(-2, 0.5, N))
        self.seen: list[str] = []

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        self.seen += texts
        angles = np.array([self.angle(text) for text in texts])
        if self.step is not None:
            angles = np.round(angles / self.step) * self.step
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)

    def angle(self, text: str) -> float:
        word = int(text[-3:]) if text[-3:].isdigit() else 0
        return word * 1e-2 + (float(self.moved[word]) if "," in text else 0.0)


@pytest.fixture
def screened() -> tuple[PairsMeasurement, Angles]:
    exact, fast = Angles(), Angles(0.01)
    return screen(PROBE, EncoderPair(fast, fast), EncoderPair(exact, exact), np.random.default_rng(3)), exact


def screen_of(measurement: PairsMeasurement) -> ScreenDetails:
    assert measurement.details.screen is not None
    return measurement.details.screen


def test_cells_computed_again_are_exact_and_the_others_are_the_fast_ones(
    screened: tuple[PairsMeasurement, Angles],
) -> None:
    """Against the measurements of either encoder alone, cell by cell."""
    made, _ = screened
    exact, fast = PROBE.measure(Angles()).scores, PROBE.measure(Angles(0.01)).scores
    again = screen_of(made).exact == 1
    np.testing.assert_allclose(made.scores[again], exact[again], atol=1e-7)
    np.testing.assert_array_equal(made.scores[~again], fast[~again])
    np.testing.assert_array_equal(screen_of(made).fast, fast)
    assert np.abs(made.scores - exact).max() > 1e-4


def test_the_farthest_of_each_template_and_a_random_tenth_are_computed_again(
    screened: tuple[PairsMeasurement, Angles],
) -> None:
    """Fifty and a hundred of 600 labels; only their texts go to the exact encoder."""
    made, exact = screened
    again, drawn = screen_of(made).exact == 1, screen_of(made).drawn == 1
    for column in range(2):
        farthest = np.argsort(screen_of(made).fast[:, column])[:50]
        assert again[farthest, column].all()
        assert drawn[:, column].sum() == 100
        assert (again & ~drawn)[:, column].sum() <= 50
    texts = {side[i, j] for side in made.details.texts for i, j in np.argwhere(again)}
    assert {text for text in exact.seen if text[-3:].isdigit()} == texts


def test_texts_are_computed_again_in_their_own_role() -> None:
    """Text a as a query, text b as a document, by both encoders."""
    roles: list[tuple[str, Role]] = []

    class Roles(Angles):
        def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
            roles.extend((text, role) for text in texts if text[-3:].isdigit())
            return super().encode(texts, role)

    probe = replace(PROBE, roles=(Role.QUERY, Role.DOCUMENT))
    made = screen(
        probe,
        EncoderPair(Angles(0.01), Angles(0.01)),
        EncoderPair(Roles(), Roles()),
        np.random.default_rng(3),
    )
    texts = [set(side.ravel()) for side in made.details.texts]
    assert {role for text, role in roles if text in texts[0]} == {Role.QUERY}
    assert {role for text, role in roles if text in texts[1]} == {Role.DOCUMENT}


def test_the_noise_is_what_the_two_encoders_differ_by(screened: tuple[PairsMeasurement, Angles]) -> None:
    """Half a step of the angle for a text; the largest error of a score for a pair."""
    made, _ = screened
    assert made.noise_floor == pytest.approx(1 - np.cos(0.005), rel=0.02)
    again = screen_of(made).exact == 1
    assert made.score_noise == np.abs(made.scores - screen_of(made).fast)[again].max()


def test_few_labels_are_measured_exactly() -> None:
    """Nothing goes to the fast encoder, and no detail says otherwise."""
    fast, exact = Angles(0.01), Angles()
    small = PROBE.sample(200, np.random.default_rng(0))
    made = screen(small, EncoderPair(fast, fast), EncoderPair(exact, exact), np.random.default_rng(3))
    assert not fast.seen
    assert made.details.screen is None
    assert screening_of(made) is None


def test_a_probe_that_orders_texts_is_measured_exactly() -> None:
    """Its passes compare distances that a fast format may exchange."""
    fast, exact = Angles(0.01), Angles()
    triples = tuple(replace(one, others=(f"{one.a} again",)) for one in PROBE.templates)
    made = screen(
        replace(PROBE, type="DIFF", templates=triples),
        EncoderPair(fast, fast),
        EncoderPair(exact, exact),
        np.random.default_rng(3),
    )
    assert not fast.seen
    assert made.subject.dtype == "float32"
