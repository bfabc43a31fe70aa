"""A reranker made from MiniLM on one half of a known-item set: what it does to the other half's searches.

    python scripts/known_items.py packages FOLDER
    python benchmarks/trained_reranker.py FOLDER --documents 3000 -o reranker

A random part of the set is divided in two by its queries. With those of the first half, `tune_reranker` makes
a cross-encoder of MiniLM's network: a query with its document is 1, with documents that MiniLM's own search
puts near the top for it is 0. Then MiniLM searches the whole part with queries of the second half, and the
reranker orders what it finds. Prints precision@1, recall@10 and nDCG@10 before and after, and the differences
with 90% intervals over queries. With ``-o`` the reranker stays, for `evenband audit` and others.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import evenband
from evenband import encoders
from evenband.analysis import RetrievalAudit
from evenband.index.exact import ExactIndex
from evenband.probes.retrieval.dataset_references import load_dataset
from evenband.probes.retrieval.datasets import Dataset
from evenband.stats.query_means import bootstrap_means, randomisation_p
from evenband.train import tune_reranker
from evenband.train.training_examples import Examples
from evenband.types import Estimate, Role, Scores

DEPTH = 10
NEAR = 30
"""Documents at the top of MiniLM's search that negatives are drawn from."""


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path, help="a known-item set in BEIR's format")
    parser.add_argument("--documents", type=int, default=3000, help="items in the part that is searched")
    parser.add_argument(
        "--taught", type=int, default=1500, help="queries that the reranker learns from, at most"
    )
    parser.add_argument("--negatives", type=int, default=3)
    parser.add_argument("--asked", type=int, default=500, help="queries of the other half, at most")
    parser.add_argument("--depth", type=int, default=30, help="documents that are reranked")
    parser.add_argument("--tokens", type=int, default=96, help="of a pair, at most")
    parser.add_argument("--epochs", type=float, default=1)
    parser.add_argument("--learning-rate", type=float, default=5e-5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-o", "--out", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        out = arguments.out or Path(scratch) / "reranker"
        print(json.dumps(measure(arguments, Path(scratch), out), indent=2))


def measure(arguments: argparse.Namespace, scratch: Path, out: Path) -> dict[str, Any]:
    """Train on one half, and search with the other."""
    rng = np.random.default_rng(arguments.seed)
    taught, asked = halves(load_dataset(str(arguments.folder), None), arguments.documents, rng)
    taught = taught.sampled(arguments.taught, rng)
    examples = mine(taught, arguments.negatives, rng)
    started = time.process_time()
    tune_reranker(
        f"minilm?max_tokens={arguments.tokens}",
        examples,
        out=out,
        epochs=arguments.epochs,
        learning_rate=arguments.learning_rate,
        seed=arguments.seed,
    )
    trained = time.process_time() - started
    folder = write(asked.sampled(arguments.asked, rng), scratch / "asked")
    reranker = f"{out}?max_tokens={arguments.tokens}"
    [audit] = evenband.retrieve(folder, "minilm", rerank=reranker, k=[DEPTH, arguments.depth])
    assert isinstance(audit, RetrievalAudit)
    return {
        "documents": len(asked.ids),
        "queries taught": len(taught.queries),
        "pairs taught": len(examples) * (1 + arguments.negatives),
        "training, CPU s": round(trained, 1),
        "queries asked": len(audit.measurement.items),
        "reranked": arguments.depth,
        **before_and_after(audit, np.random.default_rng(arguments.seed)),
    }


def halves(dataset: Dataset, documents: int, rng: np.random.Generator) -> tuple[Dataset, Dataset]:
    """Return a random part of a set twice: with one half of its queries, and with the other."""
    rows = sorted(rng.permutation(len(dataset.ids))[:documents].tolist())
    ids = tuple(dataset.ids[row] for row in rows)
    kept, order = set(ids), rng.permutation(len(dataset.queries)).tolist()
    queries = [number for number in order if kept.issuperset(dataset.relevant[number])]
    taught, asked = (
        replace(
            dataset,
            ids=ids,
            texts=tuple(dataset.texts[row] for row in rows),
            query_ids=tuple(dataset.query_ids[number] for number in half),
            queries=tuple(dataset.queries[number] for number in half),
            relevant=tuple(dataset.relevant[number] for number in half),
        )
        for half in (queries[::2], queries[1::2])
    )
    return taught, asked


def mine(dataset: Dataset, count: int, rng: np.random.Generator) -> Examples:
    """Return triplets: each query, its document, and others of those that MiniLM finds for it."""
    model = encoders.load("minilm")
    index = ExactIndex(model.encode(dataset.texts, Role.DOCUMENT))
    found = index.search(model.encode(dataset.queries, Role.QUERY), NEAR).rows
    columns: list[list[str]] = [[] for _ in range(2 + count)]
    for query, relevant, rows in zip(dataset.queries, dataset.relevant, found.tolist(), strict=True):
        wrong = [row for row in rows if dataset.ids[row] not in relevant]
        drawn = rng.choice(wrong, count, replace=False).tolist()
        right = dataset.texts[dataset.rows[next(iter(relevant))]]
        for column, text in zip(columns, (query, right, *(dataset.texts[row] for row in drawn)), strict=True):
            column.append(text)
    return Examples("triplets", tuple(map(tuple, columns)))


def write(dataset: Dataset, folder: Path) -> Path:
    """Write a dataset in BEIR's format, and return the folder."""
    (folder / "qrels").mkdir(parents=True)
    for name, ids, texts in (
        ("corpus", dataset.ids, dataset.texts),
        ("queries", dataset.query_ids, dataset.queries),
    ):
        rows = [json.dumps({"_id": id_, "text": text}) for id_, text in zip(ids, texts, strict=True)]
        (folder / f"{name}.jsonl").write_text("\n".join(rows), encoding="utf-8")
    judged = zip(dataset.query_ids, dataset.relevant, strict=True)
    lines = [f"{query}\t{id_}\t{grade}" for query, relevant in judged for id_, grade in relevant.items()]
    text = "\n".join(["query-id\tcorpus-id\tscore", *lines])
    (folder / "qrels" / "test.tsv").write_text(text, encoding="utf-8")
    return folder


def before_and_after(audit: RetrievalAudit, rng: np.random.Generator) -> dict[str, Any]:
    """Return each metric of the two pipelines, and the paired difference with its 90% interval and p."""
    details = audit.measurement.details
    before, after = (audit.measurement.conditions.index(name) for name in ("exact", "exact+rerank"))
    tables = {
        "precision@1": details.first_right,
        **{f"recall@{k}": table for k, table in details.recall.items()},
        f"nDCG@{details.cutoff}": audit.measurement.scores,
    }
    return {name: summary(table[:, before], table[:, after], rng) for name, table in tables.items()}


def summary(before: Scores, after: Scores, rng: np.random.Generator) -> dict[str, Any]:
    """Return a metric before and after, and its difference. Shape: (n,), (n,)."""
    left, right, change = bootstrap_means(np.stack([before, after, after - before], axis=1), rng)
    return {
        "before": rounded(left),
        "after": rounded(right),
        "difference": rounded(change),
        "p": round(randomisation_p(after - before, rng), 4),
        "queries better, worse": [int((after > before).sum()), int((after < before).sum())],
    }


def rounded(estimate: Estimate) -> list[float | None]:
    """Return value, low and high."""
    values = (estimate.value, estimate.low, estimate.high)
    return [None if one is None else round(one, 4) for one in values]


if __name__ == "__main__":
    main()
