"""Linear maps that shrink some displacements of vectors and keep others, against planted directions."""

from __future__ import annotations

import numpy as np
import pytest

from evenband.errors import InputError
from evenband.stats.linear_repair import (
    directions_of,
    evened,
    mapped,
    mean_moment,
    removing,
    second_moment,
    shrinking,
)

DIM = 12


def planted(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Displacements along the first two axes, and differences to keep along all others."""
    rng = np.random.default_rng(seed)
    move, keep = rng.normal(size=(2, 200, DIM))
    move[:, 2:] = 0
    keep[:, :2] = 0
    return move, keep


def test_planted_directions_are_removed_and_the_rest_stays() -> None:
    """Displacements along known directions vanish; differences along others keep every digit of 1e-9."""
    move, keep = planted()
    kept = second_moment(keep)
    directions = directions_of(second_moment(move), kept, 0.2)
    matrix = removing([directions], [2], evened(kept, 0.2))
    assert np.abs(move @ matrix).max() < 1e-9
    np.testing.assert_allclose(keep @ matrix, keep, atol=1e-9)
    assert (directions.ratios[:2] > 1).all()
    np.testing.assert_allclose(directions.ratios[2:], 0, atol=1e-9)


def test_directions_of_several_families_are_removed_together() -> None:
    """Two families that share a direction lose both their spans, though the spans overlap."""
    move, keep = planted()
    first, second = move.copy(), move.copy()
    second[:, 0] = 0
    kept = second_moment(keep)
    spans = [directions_of(second_moment(one), kept, 0.5) for one in (first, second)]
    matrix = removing(spans, [2, 1], evened(kept, 0.5))
    assert np.abs(move @ matrix).max() < 1e-9
    np.testing.assert_allclose(keep @ matrix, keep, atol=1e-9)


def test_no_strength_is_the_identity_bit_for_bit() -> None:
    """Strength 0 and ranks of 0 change no bit of a vector."""
    move, keep = planted(1)
    directions = directions_of(second_moment(move), second_moment(keep), 0.2)
    vectors = np.random.default_rng(2).normal(size=(5, DIM))
    for matrix in (shrinking(directions, 0), removing([directions], [0], second_moment(keep))):
        assert (vectors @ matrix == vectors).all()


def test_a_rotated_space_gives_the_rotated_map() -> None:
    """The map of rotated vectors is the rotated map: no axis is special."""
    rng = np.random.default_rng(3)
    move, keep = rng.normal(size=(2, 300, DIM)) * rng.uniform(0.2, 3, size=(2, 1, DIM))
    turn = np.linalg.qr(rng.normal(size=(DIM, DIM)))[0]

    def maps(moves: np.ndarray, keeps: np.ndarray) -> list[np.ndarray]:
        moments = second_moment(moves), second_moment(keeps)
        directions = directions_of(*moments, 0.3)
        return [shrinking(directions, 2.0), removing([directions], [3], evened(moments[1], 0.3))]

    for plain, turned in zip(maps(move, keep), maps(move @ turn, keep @ turn), strict=True):
        np.testing.assert_allclose(turned, turn.T @ plain @ turn, atol=1e-8)


def test_shrinking_shortens_what_moves_more_than_what_stays() -> None:
    """More strength brings pairs nearer relative to what should stay apart."""
    rng = np.random.default_rng(4)
    move = rng.normal(size=(300, DIM)) * np.linspace(3, 0.1, DIM)
    keep = rng.normal(size=(300, DIM))
    directions = directions_of(second_moment(move), second_moment(keep), 0.2)
    lengths = []
    for strength in (0.0, 0.5, 2.0, 8.0):
        matrix = shrinking(directions, strength)
        lengths.append(np.linalg.norm(move @ matrix) / np.linalg.norm(keep @ matrix))
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[-1] < 0.8 * lengths[0]


def test_moments_count_every_family_alike() -> None:
    """A family with displacements ten times as long weighs no more; one that does not move weighs nothing."""
    move, keep = planted(5)
    mean = mean_moment([second_moment(10 * move), second_moment(keep), np.zeros((DIM, DIM))])
    expected = [second_moment(one) for one in (move, keep)]
    np.testing.assert_allclose(mean, sum(one / np.trace(one) for one in expected) / 2)


def test_mapped_vectors_have_length_one() -> None:
    """Mapped vectors are unit vectors; one that vanishes stays zero."""
    matrix = np.diag([0.0, *[2.0] * (DIM - 1)])
    result = mapped(np.eye(DIM), matrix)
    np.testing.assert_allclose(np.linalg.norm(result, axis=1), [0, *[1] * (DIM - 1)])


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda d, k: shrinking(d, -1.0), "strength of -1.0"),
        (lambda d, k: removing([d], [DIM], k), "fewer than 12 together"),
        (lambda d, k: evened(k, 0.0), "evenness of 0.0"),
        (lambda d, k: directions_of(k, k[:2], 0.2), "two equal squares"),
        (lambda d, k: second_moment(np.empty((0, 3))), "one row or more"),
        (lambda d, k: mean_moment([np.zeros((3, 3))]), "nothing to repair"),
    ],
)
def test_bad_input_is_refused(call, said) -> None:  # type: ignore[no-untyped-def]
    """What no map can be made of is refused by name."""
    move, keep = planted()
    directions = directions_of(second_moment(move), second_moment(keep), 0.2)
    with pytest.raises(InputError, match=said):
        call(directions, second_moment(keep))
