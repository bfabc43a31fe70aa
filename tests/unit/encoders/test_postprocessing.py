"""Truncation, projection, normalisation and quantisation against independent implementations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evenband import encoders
from evenband.encoders.code_ranges import Calibration
from evenband.encoders.postprocessing import PostProcessing, calibration_texts
from evenband.errors import InputError
from evenband.types import Vectors

TEXTS = ["let's eat, grandma", "let's eat grandma", "a king", "the queen of hearts"]
BASE = "toy:chars"


@pytest.fixture
def vectors() -> Vectors:
    """Vectors of the base. Shape: (4, 64)."""
    return encoders.load(BASE).encode(TEXTS)


@pytest.mark.parametrize("precision", ["int8", "uint8"])
def test_eight_bits_are_those_of_sentence_transformers(vectors: Vectors, precision: str) -> None:
    """Codes equal quantize_embeddings with the calibration texts' vectors, clipping included."""
    library = pytest.importorskip("sentence_transformers.util.quantization")
    texts = list(calibration_texts())
    assert len(texts) == 700
    calibration = encoders.load(BASE).encode(texts)
    expected = library.quantize_embeddings(vectors, precision, calibration_embeddings=calibration)
    found = encoders.load(f"{BASE}?quantize={precision}").encode(TEXTS)
    np.testing.assert_array_equal(found, expected.astype(np.float32))
    far = PostProcessing(quantize=precision)
    ranges = Calibration(encoders.load(BASE), far).ranges()
    clipped = library.quantize_embeddings(9 * vectors, precision, ranges=ranges)
    np.testing.assert_array_equal(far.to_codes(9 * vectors, ranges), clipped.astype(np.float32))
    assert (clipped.min(), clipped.max()) == ((-128, 127) if precision == "int8" else (0, 255))


def test_bits_are_those_of_sentence_transformers_and_rank_as_hamming_does(vectors: Vectors) -> None:
    """Binary vectors are the signs, and their cosine is 1 - 2 hamming / d."""
    library = pytest.importorskip("sentence_transformers.util.quantization")
    found = encoders.load(f"{BASE}?quantize=binary").encode(TEXTS)
    packed = library.quantize_embeddings(vectors, "ubinary")
    np.testing.assert_array_equal(found, np.unpackbits(packed, axis=1) * np.float32(2) - np.float32(1))
    hamming = (np.unpackbits(packed[0]) != np.unpackbits(packed[1])).sum()
    assert found[0] @ found[1] / found.shape[1] == pytest.approx(1 - 2 * hamming / found.shape[1], abs=1e-7)


def test_steps_come_in_one_order(vectors: Vectors, tmp_path: Path) -> None:
    """Truncate, project, normalise, quantise: as numpy does it, step by step."""
    rng = np.random.default_rng(7)
    matrix = rng.normal(size=(64, 16))
    np.save(tmp_path / "p.npy", matrix)
    options = f"normalize=true&quantize=int8&project={tmp_path / 'p.npy'}"
    texts = list(calibration_texts())

    def floats(some: Vectors) -> Vectors:
        product = some @ matrix.astype(np.float32)
        return np.asarray(product / np.linalg.norm(product, axis=1, keepdims=True), dtype=np.float32)

    calibration = floats(encoders.load(BASE).encode(texts))
    low, high = calibration.min(axis=0), calibration.max(axis=0)
    expected = np.clip(np.floor((floats(vectors) - low) / ((high - low) / 255)), 0, 255) - 128
    found = encoders.load(f"{BASE}?{options}").encode(TEXTS)
    assert np.abs(found - expected).max() <= 1  # a sum's last bit may move a number over a code's edge
    assert (found == expected).mean() > 0.95


def test_a_projection_follows_truncation(tmp_path: Path) -> None:
    """A matrix has a row for each number that truncation leaves, and its numbers are part of the identity."""
    steps = PostProcessing(dim=3)
    np.testing.assert_array_equal(
        steps.to_floats(np.arange(8, dtype=np.float32).reshape(2, 4)), [[0, 1, 2], [4, 5, 6]]
    )
    digests = set()
    for factor in (1, 2):
        np.save(tmp_path / "p.npy", factor * np.eye(64)[:, :5])
        encoder = encoders.load(f"{BASE}?project={tmp_path / 'p.npy'}")
        base = encoders.load(BASE).encode(TEXTS)
        np.testing.assert_array_equal(encoder.encode(TEXTS), factor * base[:, :5])
        assert encoder.spec.dim == 5
        digests.add(encoder.spec.digest)
    assert len(digests) == 2


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.ones(3), r"float64 of shape \(3,\)"),
        (np.full((64, 2), np.nan), "NaN or infinity"),
        (np.ones((63, 2)), "expected 64 rows"),
        (np.array([["a"]]), "expected an .npy file with a matrix"),
    ],
)
def test_a_matrix_that_does_not_fit_is_refused(tmp_path: Path, array: Vectors, words: str) -> None:
    """One line says what the file holds and what was expected."""
    np.save(tmp_path / "p.npy", array)
    with pytest.raises(InputError, match=words):
        encoders.load(f"{BASE}?project={tmp_path / 'p.npy'}")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("quantize=int4", "expected one of int8, uint8, binary"),
        ("normalize=yes", "expected one of true, false"),
        ("normalize=false", "has no effect, since the model itself scales"),
        ("project=none.npy", "cannot read project='none.npy'"),
    ],
)
def test_a_value_that_is_no_choice_is_refused(options: str, words: str) -> None:
    """Before anything is embedded."""
    with pytest.raises(InputError, match=words):
        encoders.load(f"{BASE}?{options}")
