"""``embed`` into a store against sentence-transformers' encode with its defaults, in turn, in one process.

    python scripts/known_items.py packages FOLDER
    python benchmarks/embed_store.py FOLDER --documents 2000 --rounds 3
    python benchmarks/embed_store.py FOLDER --documents 20000 --rounds 10 --threads 2 --append

Both models are loaded before. Ours reads the corpus from its file, twice as always, embeds it and writes the
store; theirs gets the texts in memory and returns the vectors. With ``--append`` the documents are split
among the rounds and each round appends to one store: a long run in turns, whose total counts. Prints seconds
of CPU time and of wall time for each round as it ends, the median of the ratios and the ratio of the totals
(read CPU time where other work runs), and the largest difference of a vector's component.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import evenband
from evenband import encoders
from evenband.corpora.corpus_files import Corpus
from evenband.corpora.documents import Document
from evenband.encoders import minilm


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("corpus", type=Path, help="folder in BEIR's format")
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--append", action="store_true", help="split the documents among the rounds, into one store"
    )
    arguments = parser.parse_args()
    import sentence_transformers
    import torch

    torch.set_num_threads(arguments.threads)
    documents = [one for one in Corpus(arguments.corpus) if isinstance(one, Document)]
    chosen = np.random.default_rng(0).permutation(len(documents))[: arguments.documents].tolist()
    texts = [documents[row].text for row in chosen]
    ours = encoders.load("minilm")
    theirs: Any = sentence_transformers.SentenceTransformer(str(minilm.find_folder()), device="cpu")
    parts = [texts[start :: arguments.rounds] for start in range(arguments.rounds)]
    if not arguments.append:
        parts = [texts] * arguments.rounds
    rounds: list[tuple[tuple[float, float], tuple[float, float]]] = []
    with tempfile.TemporaryDirectory() as folder:
        for number, part in enumerate(parts):
            corpus, store = Path(folder) / f"corpus{number}.jsonl", Path(folder) / "store"
            rows = [json.dumps({"_id": f"{number}-{row}", "text": text}) for row, text in enumerate(part)]
            corpus.write_text("\n".join(rows), encoding="utf-8")
            into = store if arguments.append else Path(f"{store}{number}")
            ours_took = timed(partial(evenband.embed, corpus, ours, into))
            rounds.append((ours_took, timed(partial(theirs.encode, part, show_progress_bar=False))))
            print([[round(one, 2) for one in took] for took in rounds[-1]], flush=True)
        first = Path(folder) / ("store" if arguments.append else "store0")
        stored = evenband.open_store(first).documents.vectors()[: len(parts[0])]
        difference = float(np.abs(stored - theirs.encode(parts[0], show_progress_bar=False)).max())
    print(json.dumps(summary(rounds, len(texts), difference), indent=2))


def timed(work: Callable[[], Any]) -> tuple[float, float]:
    """Do something, and return the seconds of CPU time and of wall time that it took."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.process_time() - processor, time.perf_counter() - wall


def summary(
    rounds: list[tuple[tuple[float, float], tuple[float, float]]], documents: int, difference: float
) -> dict[str, Any]:
    """Return times, ratios (above 1 where ours is faster) and the difference, as plain data."""
    ratios = [[theirs[kind] / ours[kind] for ours, theirs in rounds] for kind in (0, 1)]
    return {
        "documents": documents,
        "ours: CPU s, wall s": [[round(one, 2) for one in ours] for ours, _ in rounds],
        "theirs: CPU s, wall s": [[round(one, 2) for one in theirs] for _, theirs in rounds],
        "ratio of CPU time, median": round(statistics.median(ratios[0]), 3),
        "ratio of wall time, median": round(statistics.median(ratios[1]), 3),
        "ratio of the totals: CPU, wall": [
            round(sum(theirs[kind] for _, theirs in rounds) / sum(ours[kind] for ours, _ in rounds), 3)
            for kind in (0, 1)
        ],
        "CPU ratios": [round(one, 3) for one in ratios[0]],
        "largest difference": difference,
    }


if __name__ == "__main__":
    main()
