"""Blocks of distances lie within their stated error of float64, mirrored or multiplied."""

from unittest import mock

import numpy as np
import pytest
from numpy.typing import NDArray

from evenband.errors import ModelError
from evenband.stats import products
from evenband.stats.products import Distances, Shifted, Units, block_room

Float = NDArray[np.float64]
SIZE = 16


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make blocks small enough for several of them in small cases."""
    monkeypatch.setattr(products, "BLOCK_ROWS", SIZE)
    monkeypatch.setattr(products, "FLOAT64_ROWS", 7)


def sides(n: int, seed: int = 0) -> tuple[Shifted, Shifted]:
    """Return two sets of vectors that are shifted alike."""
    rng = np.random.default_rng(seed)
    a = rng.standard_normal((n, 5)) + 2
    units = Units(a.astype(np.float32)), Units((a + rng.standard_normal((n, 5))).astype(np.float32))
    return Shifted(units[0], units[0].mean), Shifted(units[1], units[0].mean)


def collect(distances: Distances, n: int) -> Float:
    """Gather all blocks, each overwritten as soon as it is read."""
    matrix = np.full((n, n), np.nan)
    for block, product in distances.blocks(block_room(n)):
        matrix[block] = product
        product.fill(np.inf)
    return matrix


def exact(left: Shifted, right: Shifted) -> Float:
    """Return all distances in float64."""
    u, v = left[slice(None)], right[slice(None)]
    return np.asarray(0.5 * ((u[:, None] - v) ** 2).sum(axis=2))


@pytest.mark.parametrize("n", [1, 2, 3, 5, SIZE - 1, SIZE, SIZE + 1, 4 * SIZE, 4 * SIZE + 1, 9 * SIZE - 1])
@pytest.mark.parametrize("tiles", [0, 1, 3, 6, 1000])
def test_all_distances_lie_within_the_stated_error(
    n: int, tiles: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every float32 distance lies within its stated error, for any size and any number of kept tiles."""
    monkeypatch.setattr(products, "MIRROR_BYTES", tiles * 4 * SIZE * SIZE)
    left, right = sides(n)
    for other in (left, right):
        distances = Distances(left, other)
        gap = np.abs(collect(distances, n) - exact(left, other))
        assert (gap <= distances.error[:, None]).all()
        assert distances.error.max() < 1e-4


@pytest.mark.parametrize(("tiles", "share"), [(0, 1.0), (1, 1 - 7 / 64), (3, 1 - 13 / 64), (1000, 36 / 64)])
def test_what_is_kept_is_not_multiplied_again(
    tiles: int, share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kept tiles save exactly their share of the multiplications."""
    monkeypatch.setattr(products, "MIRROR_BYTES", tiles * 4 * SIZE * SIZE)
    n = 8 * SIZE
    left, right = sides(n)
    for other, expected in ((left, share), (right, 1.0)):
        with mock.patch.object(np, "matmul", wraps=np.matmul) as product:
            collect(Distances(left, other), n)
        done = sum(len(call.args[0]) * call.args[1].shape[1] for call in product.call_args_list)
        assert done == expected * n * n


def test_exact_distances_are_those_of_single_pairs() -> None:
    """Distances in float64 by block and by pair agree with the direct ones."""
    left, right = sides(40)
    block = slice(16, 32)
    assert Distances(left, right).exact(block) == pytest.approx(exact(left, right)[block], abs=1e-14)
    i, j = np.array([0, 7, 39]), np.array([39, 0, 39])
    assert Distances(left, right).pairs(i, j) == pytest.approx(exact(left, right)[i, j], abs=1e-15)


def test_unit_vectors_have_length_one_and_their_mean() -> None:
    """Unit vectors have length one, and the mean is theirs."""
    units = Units(np.random.default_rng(0).standard_normal((50, 4)))
    assert np.linalg.norm(units[slice(None)], axis=1) == pytest.approx(np.ones(50), abs=1e-15)
    assert units.mean == pytest.approx(units[slice(None)].mean(axis=0), abs=1e-15)


def test_the_zero_vector_is_named() -> None:
    """A zero vector is refused by its row."""
    vectors = np.ones((30, 2))
    vectors[23] = 0
    with pytest.raises(ModelError, match="vector 23 is zero"):
        Units(vectors)
