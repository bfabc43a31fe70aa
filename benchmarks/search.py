"""Search and embedding beside the tools that people use for them, in alternating rounds of one run.

    python benchmarks/search.py exact                        1M x 384, 100 queries, beside faiss IndexFlatIP
    python benchmarks/search.py approximate VECTORS QUERIES  .npy files, beside faiss's IVF and usearch's HNSW
    python benchmarks/search.py embed CORPUS [--documents N] MiniLM, beside sentence-transformers' encode

Ratios are medians over rounds; above 1 means that evenband is faster. An approximate index is given the
smallest effort that finds .95 of the ten nearest. faiss searches the very index that evenband has built.
"""

from __future__ import annotations

import argparse
import importlib
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

import evenband
from evenband.corpora.corpus_files import Corpus
from evenband.corpora.documents import Document
from evenband.index import ExactIndex, IndexReference, parse_index
from evenband.index.approximate import ApproximateIndex
from evenband.index.document_vectors import DocumentVectors
from evenband.index.faiss_engines import import_faiss
from evenband.types import Ranking, Vectors

K = 10
WANTED_RECALL = 0.95
EFFORTS = (16, 32, 64, 96, 128, 192, 256, 384, 512)


def alternate(jobs: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """Return the median seconds of each job, which take turns."""
    seconds: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, job in jobs.items():
            started = time.perf_counter()
            job()
            seconds[name].append(time.perf_counter() - started)
    return {name: median(taken) for name, taken in seconds.items()}


def unit_vectors(n: int, d: int, seed: int) -> Vectors:
    """Return random vectors of length one. Shape: -> (n, d)."""
    vectors = np.random.default_rng(seed).standard_normal((n, d), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def bench_exact(documents: int, dim: int, count: int, rounds: int) -> None:
    """Search exactly, and measure what the matrix product alone and reading the vectors alone take."""
    import faiss

    vectors, queries = unit_vectors(documents, dim, 0), unit_vectors(count, dim, 1)
    ours, theirs = ExactIndex(vectors), faiss.IndexFlatIP(dim)
    theirs.add(vectors)
    first = ours.search(queries, K)
    threads = max(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas")

    def multiply(times: int) -> None:
        for _ in range(times):
            queries @ vectors[:2048].T

    def product() -> None:
        """Multiply as much as a search does, in cached blocks, one BLAS thread in each thread."""
        with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(threads) as pool:
            list(pool.map(multiply, [documents // 2048 // threads] * threads))

    jobs: dict[str, Callable[[], Any]] = {
        "evenband": lambda: ours.search(queries, K),
        "faiss": lambda: theirs.search(queries, K),
        "product alone": product,
        "reading alone": lambda: vectors.max(),
    }
    taken = alternate(jobs, rounds)
    same = float((theirs.search(queries, K)[1] == first.rows).mean())
    for name, seconds in taken.items():
        print(f"{name}: {seconds:.2f} s")
    ratio = taken["faiss"] / taken["evenband"]
    print(f"evenband beside faiss {faiss.__version__}: {ratio:.2f} x; the same documents: {same:.4f}")
    rate = 2e-9 * documents * count * dim / taken["product alone"]
    share = taken["product alone"] / taken["evenband"]
    print(f"matrix product: {rate:.0f} GFLOP/s on {threads} threads; share of it reached: {share:.2f}")


def recall(rows: Any, exact: Ranking) -> float:
    """Return the share of the exact ranking's documents that rows have."""
    found = zip(np.asarray(rows).tolist(), exact.rows.tolist(), strict=True)
    return float(np.mean([len(set(left) & set(right)) / len(right) for left, right in found]))


def bench_approximate(vectors: Vectors, queries: Vectors, rounds: int) -> None:
    """Search approximately at a recall of .95."""
    exact = ExactIndex(vectors).search(queries, K)
    documents, jobs = DocumentVectors(vectors), {}
    for ref in ("ivf:1024", "hnsw:16"):
        started = time.perf_counter()
        engine = ApproximateIndex(parse_index(ref), documents, "cosine").engine
        print(f"{ref}: built in {time.perf_counter() - started:.1f} s", flush=True)
        option = "probes" if ref.startswith("ivf") else "ef"
        effort, index = _least_effort(ref, option, documents, engine, queries, exact)
        print(
            f"{ref}: {option}={effort}, recall {recall(index.search(queries, K).rows, exact):.4f}", flush=True
        )
        jobs[f"evenband {ref}"] = _searching(index, queries)
        jobs[f"faiss {ref}"] = _faiss_searching(engine, option, effort, queries)
    jobs["usearch"] = _usearch(vectors, queries, exact)
    taken = alternate(jobs, rounds)
    for name, seconds in taken.items():
        print(f"{name}: {len(queries) / seconds:,.0f} queries/s")
    best = min(seconds for name, seconds in taken.items() if not name.startswith("evenband"))
    ours = min(seconds for name, seconds in taken.items() if name.startswith("evenband"))
    print(f"evenband's best beside the best of the others: {best / ours:.2f} x")


def _least_effort(
    ref: str, option: str, documents: DocumentVectors, engine: Any, queries: Vectors, exact: Ranking
) -> tuple[int, ApproximateIndex]:
    parsed = parse_index(ref)
    for effort in EFFORTS:
        told = IndexReference(ref, parsed.scheme, parsed.argument, {option: str(effort)})
        index = ApproximateIndex(told, documents, "cosine", engine)
        if recall(index.search(queries, K).rows, exact) >= WANTED_RECALL:
            break
    return effort, index


def _searching(index: ApproximateIndex, queries: Vectors) -> Callable[[], Any]:
    return lambda: index.search(queries, K)


def _faiss_searching(engine: Any, option: str, effort: int, queries: Vectors) -> Callable[[], Any]:
    faiss = import_faiss()
    if option == "probes":
        return lambda: engine.search(queries, K, params=faiss.SearchParametersIVF(nprobe=effort))
    return lambda: engine.search(queries, K, params=faiss.SearchParametersHNSW(efSearch=effort))


def _usearch(vectors: Vectors, queries: Vectors, exact: Ranking) -> Callable[[], Any]:
    """Return usearch's search with the smallest effort that reaches the recall."""
    usearch: Any = importlib.import_module("usearch.index")
    started = time.perf_counter()
    index = usearch.Index(ndim=vectors.shape[1], metric="ip", dtype="f32", connectivity=16, expansion_add=100)
    index.add(np.arange(len(vectors)), vectors)
    print(f"usearch: built in {time.perf_counter() - started:.1f} s", flush=True)
    for effort in EFFORTS:
        index.expansion_search = effort
        found = recall(index.search(queries, K).keys, exact)
        if found >= WANTED_RECALL:
            break
    print(f"usearch: ef={effort}, recall {found:.4f}", flush=True)
    return lambda: index.search(queries, K)


def bench_embed(path: Path, documents: int, rounds: int) -> None:
    """Embed a corpus into a store, and the same texts with sentence-transformers' encode and its defaults."""
    from sentence_transformers import SentenceTransformer

    from evenband.encoders.minilm import MINILM

    chosen = [one for one in Corpus(path) if isinstance(one, Document)]
    chosen = list(
        islice((chosen[row] for row in np.random.default_rng(0).permutation(len(chosen))), documents)
    )
    encoder, library = evenband.load("minilm"), SentenceTransformer(str(MINILM.folder()), device="cpu")
    texts = [one.text for one in chosen]
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus.jsonl")
        _write(corpus, chosen)
        count = iter(range(10_000))
        jobs: dict[str, Callable[[], Any]] = {
            "sentence-transformers": lambda: library.encode(texts),
            "evenband, store included": lambda: evenband.embed(
                corpus, encoder, Path(folder, str(next(count)))
            ),
        }
        encoder.encode(texts[:64])
        library.encode(texts[:64])
        taken = alternate(jobs, rounds)
    for name, seconds in taken.items():
        print(f"{name}: {len(texts)} documents in {seconds:.1f} s")
    print(f"ratio {taken['sentence-transformers'] / taken['evenband, store included']:.2f} x")


def _write(path: Path, documents: Sequence[Document]) -> None:
    import json

    rows = (json.dumps({"_id": one.id, "text": one.text}) for one in documents)
    path.write_text("\n".join(rows), encoding="utf-8")


def main() -> None:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(description="Search and embedding beside other tools.")
    parser.add_argument("part", choices=["exact", "approximate", "embed"])
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--documents", type=int)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    if arguments.part == "exact":
        bench_exact(arguments.documents or 1_000_000, 384, 100, arguments.rounds)
    elif arguments.part == "approximate":
        vectors, queries = (np.load(path) for path in arguments.paths)
        bench_approximate(vectors, queries[:1000], arguments.rounds)
    else:
        bench_embed(arguments.paths[0], arguments.documents or 20_000, arguments.rounds)


if __name__ == "__main__":
    main()
