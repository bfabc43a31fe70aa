"""Approximate indexes find most of what exact search finds, and all of it when they look everywhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evenband.errors import InputError
from evenband.index import DocumentVectors, IndexReference, approximate, build, check_index, open_index
from evenband.index.approximate import ApproximateIndex
from evenband.index.faiss_engines import build_engine
from evenband.types import Index, Ranking, Rescoring, Similarity, Vectors

pytest.importorskip("faiss")

EVERYWHERE = {
    "ivf": "ivf:16?probes=16",
    "ivf-pq": "ivf:8?probes=8&pq=8&rescore=200",
    "hnsw": "hnsw:16?ef=2000",
}


def _clustered(n: int, seed: int, d: int = 32) -> Vectors:
    """Vectors around twenty centres, not of length one."""
    centres = np.random.default_rng(0).standard_normal((20, d)) * 2
    rng = np.random.default_rng(seed)
    return (centres[rng.integers(0, 20, n)] + rng.standard_normal((n, d))).astype(np.float32)


DOCUMENTS, QUERIES = _clustered(2000, 1), _clustered(30, 2)


def _recall(found: Ranking, exact: Ranking) -> float:
    pairs = zip(found.rows, exact.rows, strict=True)
    return float(np.mean([len(set(left) & set(right)) / len(right) for left, right in pairs]))


@pytest.mark.parametrize("similarity", ["cosine", "dot", "euclidean"])
@pytest.mark.parametrize("kind", EVERYWHERE)
def test_finds_all_when_it_looks_everywhere(kind: str, similarity: Similarity) -> None:
    """With all clusters probed, or a very wide walk, the ranking and scores are those of exact search."""
    index, exact = build(EVERYWHERE[kind], DOCUMENTS, similarity), build("exact", DOCUMENTS, similarity)
    found, expected = index.search(QUERIES, 10), exact.search(QUERIES, 10)
    assert _recall(found, expected) >= 0.995
    np.testing.assert_allclose(found.scores, expected.scores, rtol=1e-4, atol=1e-3)
    assert isinstance(index, Index)
    assert len(index) == 2000


def test_more_probes_find_more_in_the_same_clusters() -> None:
    """Recall rises with the number of clusters probed, up to all of it."""
    expected = build("exact", DOCUMENTS).search(QUERIES, 10)
    recalls = [
        _recall(build(f"ivf:64?probes={probes}", DOCUMENTS).search(QUERIES, 10), expected)
        for probes in (1, 8, 64)
    ]
    assert recalls == sorted(recalls)
    assert recalls[0] < recalls[2] == pytest.approx(1, abs=0.005)


def test_codes_take_fewer_bytes() -> None:
    """Codes are much smaller than vectors; scoring again restores the ranking, and needs the vectors too."""
    plain, coded = build("ivf:8", DOCUMENTS), build("ivf:8?pq=8&probes=8", DOCUMENTS)
    assert isinstance(plain, Rescoring)
    assert isinstance(coded, Rescoring)
    assert (plain.rescored_nbytes, coded.rescored_nbytes) == (0, DOCUMENTS.nbytes)
    assert DOCUMENTS.nbytes < coded.nbytes < DOCUMENTS.nbytes + plain.nbytes / 2
    expected = build("exact", DOCUMENTS).search(QUERIES, 5)
    bare = build("ivf:8?pq=8&probes=8&rescore=1", DOCUMENTS).search(QUERIES, 5)
    assert _recall(coded.search(QUERIES, 5), expected) > _recall(bare, expected)


@pytest.mark.parametrize("kind", EVERYWHERE)
@pytest.mark.parametrize("share", [0.02, 0.5])
def test_finds_only_within_the_mask(kind: str, share: float) -> None:
    """What a filter does not let through is never found, whether few or many pass."""
    mask = np.random.default_rng(3).random(2000) < share
    found = build(EVERYWHERE[kind], DOCUMENTS).search(QUERIES, 10, mask)
    assert mask[found.rows[found.rows >= 0]].all()
    assert _recall(found, build("exact", DOCUMENTS).search(QUERIES, 10, mask)) >= 0.95


def test_ties_are_in_document_order() -> None:
    """Documents with equal vectors are ranked in their order."""
    documents = np.repeat(DOCUMENTS[:200], 5, axis=0)
    found = build("ivf:4?probes=4", documents).search(DOCUMENTS[:20], 5)
    assert found.rows.tolist() == [list(range(5 * row, 5 * row + 5)) for row in range(20)]


@pytest.mark.parametrize("n", [0, 1, 5, 70])
def test_takes_few_documents(n: int) -> None:
    """Small corpora have small indexes; places beyond the documents stay empty."""
    found = build("ivf", DOCUMENTS[:n]).search(QUERIES, 7)
    assert found.counts.tolist() == [min(n, 7)] * 30


def test_the_same_vectors_give_the_same_index() -> None:
    """Clusters are drawn from a fixed seed."""
    first, second = (build("ivf:32?probes=2", DOCUMENTS).search(QUERIES, 10) for _ in range(2))
    assert np.array_equal(first.rows, second.rows)


def test_is_kept_and_noticed_when_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An index is read from its file, for any number of probes, and built anew for other documents."""
    builds: list[int] = []

    def observed(reference: IndexReference, documents: DocumentVectors, similarity: Similarity) -> object:
        builds.append(len(documents))
        return build_engine(reference, documents, similarity)

    monkeypatch.setattr(approximate, "build_engine", observed)
    documents = DocumentVectors(DOCUMENTS)
    first = open_index("ivf:16?probes=4", documents, "cosine", tmp_path, "a-1")
    again = open_index("ivf:16?probes=4", documents, "cosine", tmp_path, "a-1")
    open_index("ivf:16?probes=2", documents, "cosine", tmp_path, "a-1")
    assert builds == [2000]
    assert np.array_equal(first.search(QUERIES, 9).rows, again.search(QUERIES, 9).rows)
    fewer = DocumentVectors(DOCUMENTS[:1500])
    assert len(open_index("ivf:16?probes=4", fewer, "cosine", tmp_path, "a-2")) == 1500
    assert builds == [2000, 1500]
    [file] = tmp_path.glob("*.faiss")
    file.write_bytes(file.read_bytes()[:100])  # half written
    open_index("ivf:16?probes=4", fewer, "cosine", tmp_path, "a-2")
    assert builds == [2000, 1500, 1500]


def test_two_states_are_never_mixed_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where another state of as many documents is written meanwhile, each is found with its own documents."""
    states = {"a-1": DocumentVectors(DOCUMENTS[:500]), "a-2": DocumentVectors(DOCUMENTS[500:1000])}
    write = ApproximateIndex.write

    def disturbed(index: ApproximateIndex, path: Path) -> None:
        write(index, path)
        monkeypatch.setattr(ApproximateIndex, "write", write)
        open_index("ivf:8?probes=8", states["a-2"], "cosine", tmp_path, "a-2")

    monkeypatch.setattr(ApproximateIndex, "write", disturbed)
    open_index("ivf:8?probes=8", states["a-1"], "cosine", tmp_path, "a-1")
    for state, documents in states.items():
        found = open_index("ivf:8?probes=8", documents, "cosine", tmp_path, state).search(QUERIES, 5)
        assert _recall(found, build("exact", documents).search(QUERIES, 5)) >= 0.99
    assert len(list(tmp_path.iterdir())) == 1


def test_goes_on_where_it_cannot_be_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A folder that cannot be written costs a warning, not the search."""
    (tmp_path / "file").write_text("x", encoding="utf-8")
    documents = DocumentVectors(DOCUMENTS[:200])
    index = open_index("ivf:4", documents, "cosine", tmp_path / "file" / "indexes", "a-1")
    assert index.search(QUERIES, 3).counts.tolist() == [3] * 30
    assert "the index ivf:4 is not kept" in caplog.text


@pytest.mark.parametrize(
    ("ref", "similarity", "message"),
    [
        ("hnsw:513", "cosine", "expected 512 or fewer"),
        ("ivf:" + "9" * 5000, "cosine", "expected 1,000,000,000 or less"),
        ("exact?rescore=" + "9" * 5000, "cosine", "expected 1,000,000,000 or less"),
        ("ivf:0", "cosine", "expected a whole number of 1 or more"),
        ("ivf:8?ef=3", "cosine", "has no option 'ef'"),
        ("hnsw?probes=3", "cosine", "has no option 'probes'"),
        ("ivf:8?probes=x", "cosine", "got probes='x'"),
        ("ivf:8?pq=7", "cosine", "expected a divisor of the 32"),
        ("hnsw", "manhattan", "no approximate index; use exact"),
    ],
)
def test_refuses_what_does_not_fit(ref: str, similarity: Similarity, message: str) -> None:
    """Options of another scheme, and what cannot be built, are refused by name."""
    with pytest.raises(InputError, match=message):
        build(ref, DOCUMENTS, similarity)


def test_checks_a_reference_without_documents() -> None:
    """What no documents could mend is refused before there are any; what fits is not."""
    check_index("ivf:8?pq=8", "dot")
    for ref in ("hsnw", "ivf:8?ef=3", "exact?quantize=int4", "exact:3", "exact?dim=0"):
        with pytest.raises(InputError, match=r"hnsw|no option|expected"):
            check_index(ref, "cosine")
    with pytest.raises(InputError, match="use exact"):
        check_index("hnsw", "manhattan")
