"""Smaller vectors take as many bytes as they say, and rank as their formats do."""

from __future__ import annotations

import numpy as np
import pytest

from evenband.errors import InputError
from evenband.index import build
from evenband.types import Ranking, Rescoring, Vectors

RNG = np.random.default_rng(0)
CENTRES = RNG.standard_normal((30, 64))
DOCUMENTS = (CENTRES[RNG.integers(0, 30, 900)] + 0.7 * RNG.standard_normal((900, 64))).astype(np.float32)
QUERIES = (CENTRES[RNG.integers(0, 30, 20)] + 0.7 * RNG.standard_normal((20, 64))).astype(np.float32)


def _search(ref: str, k: int = 10) -> Ranking:
    return build(ref, DOCUMENTS).search(QUERIES, k)


def _recall(found: Ranking, expected: Ranking) -> float:
    pairs = zip(found.rows, expected.rows, strict=True)
    return float(np.mean([len(set(left) & set(right)) / len(right) for left, right in pairs]))


@pytest.mark.parametrize(
    ("ref", "each"),
    [
        ("exact", 256),
        ("exact?dim=16", 64),
        ("exact?quantize=int8", 64),
        ("exact?quantize=binary", 8),
        ("exact?dim=12&quantize=binary", 2),
        ("exact?quantize=binary&rescore=4", 8 + 256),
    ],
)
def test_bytes_per_document(ref: str, each: int) -> None:
    """An index says how many bytes a document takes, with the whole vector where candidates are rescored."""
    built = build(ref, DOCUMENTS)
    assert built.nbytes == each * len(DOCUMENTS)
    assert not isinstance(built, Rescoring) or built.rescored_nbytes in (0, 256 * len(DOCUMENTS))


def test_truncated_vectors_rank_as_their_first_numbers() -> None:
    """``dim`` gives what exact search of the truncated vectors gives."""
    expected = build("exact", np.ascontiguousarray(DOCUMENTS[:, :16])).search(QUERIES[:, :16].copy(), 10)
    assert np.array_equal(_search("exact?dim=16").rows, expected.rows)


def test_bits_rank_by_the_hamming_distance() -> None:
    """One bit per number orders by the number of different signs, ties in document order."""
    distances = ((DOCUMENTS > 0)[None] != (QUERIES > 0)[:, None]).sum(axis=2)
    expected = np.argsort(distances, axis=1, kind="stable")[:, :10]
    assert np.array_equal(_search("exact?quantize=binary").rows, expected)


def test_bytes_lose_little() -> None:
    """Eight bits per number keep nearly all of the ten nearest."""
    assert _recall(_search("exact?quantize=int8"), _search("exact")) >= 0.97


def test_scoring_again_restores_the_ranking() -> None:
    """With all documents as candidates the ranking is the exact one; with more candidates recall rises."""
    expected = _search("exact")
    whole = _search("exact?quantize=binary&rescore=90")
    assert np.array_equal(whole.rows, expected.rows)
    np.testing.assert_array_equal(whole.scores, expected.scores)
    bare, some = (_recall(_search(f"exact?quantize=binary{more}"), expected) for more in ("", "&rescore=4"))
    assert bare < some


def test_finds_only_within_the_mask() -> None:
    """A filter holds for small vectors, too."""
    mask = np.arange(900) % 3 == 0
    for ref in ("exact?quantize=int8", "exact?quantize=binary&rescore=3", "exact?dim=8"):
        found = build(ref, DOCUMENTS).search(QUERIES, 5, mask)
        assert (found.rows % 3 == 0).all()


@pytest.mark.slow
def test_codes_are_those_of_sentence_transformers() -> None:
    """Byte codes and bits equal the library's for the same ranges."""
    library = pytest.importorskip("sentence_transformers.util.quantization")
    from evenband.stats.quantization import byte_codes, sign_bits

    ranges = np.stack([DOCUMENTS.min(axis=0), DOCUMENTS.max(axis=0)])
    theirs = library.quantize_embeddings(DOCUMENTS, "uint8", ranges=ranges)
    inside = ranges[1] > DOCUMENTS  # the library lets the greatest value overflow
    assert np.array_equal(byte_codes(DOCUMENTS, ranges).astype(np.uint8)[inside], theirs[inside])
    bits = library.quantize_embeddings(DOCUMENTS, "ubinary")
    assert np.array_equal(np.packbits(sign_bits(DOCUMENTS), axis=1), bits)


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        ("exact?dim=65", "expected at most the 64"),
        ("exact?quantize=int4", "expected one of binary, int8"),
        ("exact?rescore=0", "expected a whole number of 1 or more"),
        ("exact?ef=3", "has no option 'ef'"),
    ],
)
def test_refuses_what_does_not_exist(ref: str, message: str) -> None:
    """Options and values that do not exist are refused by name."""
    vectors: Vectors = DOCUMENTS
    with pytest.raises(InputError, match=message):
        build(ref, vectors)
