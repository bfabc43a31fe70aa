"""The reasons that the article gives for embeddings working in practice, each measured and drawn.

    python benchmarks/search_reasons.py --documents 20000 --figure docs/search-reasons.png

1. Dot product against Euclidean distance, of one query with all documents: numpy's product, the distance
   as written (differences, squares, sum), and the distance through the product. One thread.
2. One matrix product for all queries: time per call from 1 to 512 queries, so what twice the queries cost.
3. A stored corpus against embedding it again: seconds to embed the documents, and to answer a query from
   their vectors.
4. Clusters probed against recall: the share of exact search's first ten documents that an index of clusters
   finds, and queries per second, by the number of clusters probed.

Documents are WordNet's nouns with their glosses (Debian package wordnet-base), queries are glosses of others,
the model is MiniLM unless ``--model`` says otherwise. The vectors are kept in the cache, for 3 they are not.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenband import encoders, index
from evenband.errors import EvenbandError
from evenband.probes.retrieval.ir_metrics import share_of_exact
from evenband.stats.threads import single_threaded
from evenband.types import Role, Vectors

WORDNET_NOUNS = Path("/usr/share/wordnet/data.noun")
QUERY_COUNTS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
PROBED = (1, 2, 4, 8, 16, 32, 64)
EMBEDDED_AGAIN = 500
"""Documents that are embedded without the cache; the time of all is in proportion."""


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--model", default="minilm")
    parser.add_argument("--documents", type=int, default=20_000)
    parser.add_argument("--queries", type=int, default=512)
    parser.add_argument("--figure", type=Path)
    arguments = parser.parse_args()
    results = measure(arguments.model, arguments.documents, arguments.queries)
    print(json.dumps(results, indent=1))
    if arguments.figure is not None:
        draw(results, arguments.figure)


def measure(model: str, documents: int, queries: int) -> dict[str, Any]:
    """Measure all four."""
    texts, asked = read_nouns(documents, queries)
    encoder = encoders.load(model)
    cached = encoders.cached(encoder)
    vectors, wanted = cached.encode(texts, Role.DOCUMENT), cached.encode(asked, Role.QUERY)
    return {
        "model": encoder.spec.ref,
        "documents": len(texts),
        "dim": vectors.shape[1],
        "distance": compare_distances(vectors, wanted[0]),
        "batch": time_batches(vectors, wanted),
        "stored": compare_with_embedding(encoder, texts, vectors, wanted),
        "clusters": probe_clusters(vectors, wanted),
    }


def read_nouns(documents: int, queries: int) -> tuple[list[str], list[str]]:
    """Return nouns with their glosses, spread over the whole list, and glosses of others."""
    lines = [line for line in WORDNET_NOUNS.read_text("utf-8").splitlines() if not line.startswith(" ")]
    rows = np.random.default_rng(0).permutation(len(lines))[: documents + queries]
    parsed = [lines[row].partition(" | ") for row in rows.tolist()]
    texts = [f"{head.split()[4].replace('_', ' ')}: {gloss.strip()}" for head, _, gloss in parsed[:documents]]
    return texts, [gloss.partition(";")[0].strip() for _, _, gloss in parsed[documents:]]


@single_threaded
def compare_distances(vectors: Vectors, query: NDArray[np.float32]) -> dict[str, float]:
    """Return milliseconds for one query against all documents, by three ways."""
    squares = np.einsum("ij,ij->i", vectors, vectors)
    return {
        "dot product": _milliseconds(lambda: vectors @ query),
        "Euclidean, as written": _milliseconds(lambda: np.sqrt(((vectors - query) ** 2).sum(axis=1))),
        "Euclidean, through the product": _milliseconds(
            lambda: np.sqrt(np.maximum(squares - 2 * (vectors @ query) + query @ query, 0))
        ),
    }


@single_threaded
def time_batches(vectors: Vectors, queries: Vectors) -> dict[str, float]:
    """Return milliseconds of one product of all documents with so many queries."""
    counts = [count for count in QUERY_COUNTS if count <= len(queries)]
    return {str(count): _milliseconds(partial(np.matmul, queries[:count], vectors.T)) for count in counts}


def compare_with_embedding(
    encoder: Any, texts: list[str], vectors: Vectors, queries: Vectors
) -> dict[str, float]:
    """Return seconds to embed all documents, from a part of them, and to search their stored vectors."""
    encoder.encode(texts[:32], Role.DOCUMENT)  # loads the model
    part = texts[:EMBEDDED_AGAIN]
    started = time.perf_counter()
    encoder.encode(part, Role.DOCUMENT)
    embedding = (time.perf_counter() - started) * len(texts) / len(part)
    exact = index.build("exact", vectors)
    return {
        "embed all documents, s": round(embedding, 2),
        "search their vectors, s": round(_milliseconds(lambda: exact.search(queries[:1], 10)) / 1000, 6),
    }


def probe_clusters(vectors: Vectors, queries: Vectors) -> dict[str, Any]:
    """Return recall against exact search and queries per second, by the number of clusters probed."""
    exact = index.build("exact", vectors)
    expected = exact.search(queries, 20)
    clusters = int(4 * np.sqrt(len(vectors)))
    found: dict[str, Any] = {"clusters": clusters, "probed": {}}
    found["exact queries per second"] = round(
        1000 * len(queries) / _milliseconds(lambda: exact.search(queries, 10))
    )
    for count in PROBED:
        try:
            built = index.build(f"ivf:{clusters}?probes={count}", vectors)
        except EvenbandError as error:
            found["skipped"] = str(error)
            break
        share = float(share_of_exact(built.search(queries, 10), expected, 10).mean())
        milliseconds = _milliseconds(partial(built.search, queries, 10))
        found["probed"][str(count)] = {
            "recall@10 against exact": round(share, 4),
            "queries per second": round(1000 * len(queries) / milliseconds),
        }
    return found


def draw(results: dict[str, Any], file: Path) -> None:
    """Draw four plots into a PNG file."""
    import vl_convert

    ways = [{"x": name, "y": value} for name, value in results["distance"].items()]
    batch = [{"x": int(count), "y": value / int(count)} for count, value in results["batch"].items()]
    stored = [{"x": name.removesuffix(", s"), "y": value} for name, value in results["stored"].items()]
    probed = [
        {"x": int(count), "y": one["recall@10 against exact"]}
        for count, one in results["clusters"]["probed"].items()
    ]
    plots = [
        _plot("One query against all documents, ms", ways, "bar", "nominal"),
        _plot("One product: ms per query, by queries", batch, "line", "quantitative", log_x=True),
        _plot("Embed again, or search what is stored: s", stored, "point", "nominal", log_y=True),
        _plot("Recall@10 against exact, by clusters probed", probed, "line", "quantitative", log_x=True),
    ]
    spec = {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "concat": plots, "columns": 2}
    file.write_bytes(vl_convert.vegalite_to_png(json.dumps(spec), scale=1))


def _plot(
    title: str, rows: list[dict[str, Any]], mark: str, kind: str, *, log_x: bool = False, log_y: bool = False
) -> dict[str, Any]:
    x: dict[str, Any] = {"field": "x", "type": kind, "title": None, "sort": None}
    y: dict[str, Any] = {"field": "y", "type": "quantitative", "title": None}
    if log_x:
        x["scale"] = {"type": "log", "base": 2}
    if log_y:
        y["scale"] = {"type": "log", "domain": [0.01, 1000]}
    if kind == "nominal":
        x["axis"] = {"labelAngle": 0, "labelLimit": 150}
    return {
        "title": title,
        "width": 360,
        "height": 200,
        "data": {"values": rows},
        "mark": {"type": "line", "point": True} if mark == "line" else {"type": mark, "filled": True},
        "encoding": {"x": x, "y": y},
    }


def _milliseconds(call: Callable[[], object], rounds: int = 7) -> float:
    """Return the median time of a call, after one that does not count."""
    call()
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        call()
        times.append(1000 * (time.perf_counter() - started))
    return round(statistics.median(times), 4)


if __name__ == "__main__":
    main()
