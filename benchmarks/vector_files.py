"""Files of vectors: opening them, and the ten words nearest to an expression, beside gensim.

    python benchmarks/vector_files.py words --words 3000000 --dim 300 --rounds 5
    python benchmarks/vector_files.py precomputed --texts 100000 --dim 384

``words`` writes a word2vec binary file of made vectors (3.6 GB at that size, and as much again for the
converted table; deleted afterwards), converts it, and then asks evenband and gensim in turn for the ten words
nearest to a - b + c (3CosAdd). Each is a process of its own with one thread, so that its largest memory is
its own.
``precomputed`` writes and loads a file of ``vectors:FILE`` in each format.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

WORDS_PER_WRITE = 100_000
TOP = 10


def main() -> None:
    """Run it."""
    arguments = read_arguments()
    if arguments.worker:
        WORKERS[arguments.worker](arguments)
        return
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        measure = compare_words if arguments.what == "words" else load_precomputed
        print(json.dumps(measure(arguments, Path(folder)), indent=2))


def read_arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", choices=["words", "precomputed"])
    parser.add_argument("--words", type=int, default=3_000_000)
    parser.add_argument("--texts", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", default=tempfile.gettempdir(), help="where the files are written")
    parser.add_argument("--worker", choices=sorted(WORKERS), help=argparse.SUPPRESS)
    parser.add_argument("--file", help=argparse.SUPPRESS)
    return parser.parse_args()


def write_words(path: Path, words: int, dim: int) -> None:
    """A word2vec binary file of normal numbers; the words are w0, w1 ..."""
    rng = np.random.default_rng(0)
    with path.open("wb") as file:
        file.write(f"{words} {dim}\n".encode())
        for start in range(0, words, WORDS_PER_WRITE):
            rows = range(start, min(words, start + WORDS_PER_WRITE))
            vectors = rng.standard_normal((len(rows), dim), dtype=np.float32)
            file.write(
                b"".join(
                    b"w%d %s\n" % (row, vector.tobytes()) for row, vector in zip(rows, vectors, strict=True)
                )
            )


def compare_words(arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Convert, then ask in alternating rounds."""
    path = folder / "words.bin"
    write_words(path, arguments.words, arguments.dim)
    result: dict[str, Any] = {
        "words": arguments.words,
        "dim": arguments.dim,
        "file GB": path.stat().st_size / 1e9,
    }
    with Worker("convert", path, folder) as worker:
        result["evenband, first time"] = worker.ask("open")
    with (
        Worker("evenband", path, folder) as ours,
        Worker("gensim", path, folder) as theirs,
    ):
        workers = {"evenband": ours, "gensim": theirs}
        result["open"] = {name: worker.ask("open") for name, worker in workers.items()}
        rounds = [
            {name: worker.ask(question(row, arguments.words)) for name, worker in workers.items()}
            for row in range(arguments.rounds + 1)
        ][1:]
        result["same answers"] = all(one["evenband"]["found"] == one["gensim"]["found"] for one in rounds)
        for unit in ("wall s", "CPU s"):
            times = {name: [one[name][unit] for one in rounds] for name in workers}
            result[unit] = {name: round(statistics.median(values), 3) for name, values in times.items()}
            pairs = zip(times["gensim"], times["evenband"], strict=True)
            result[f"ratios, {unit}"] = [round(theirs / ours, 2) for theirs, ours in pairs]
        result["peak GB"] = {name: worker.ask("memory") for name, worker in workers.items()}
    return result


def question(row: int, words: int) -> str:
    """Three words, other ones in each round."""
    return " ".join(f"w{(997 * (3 * row + k) + 13) % words}" for k in range(3))


class Worker:
    """A process that answers one line with one line of JSON."""

    def __init__(self, name: str, path: Path, folder: Path) -> None:
        threads = {
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "EVENBAND_CACHE": str(folder / "cache"),
        }
        command = [sys.executable, __file__, "words", "--worker", name, "--file", str(path)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **threads}
        )

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()

    def ask(self, line: str) -> Any:
        """One question."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def answer(opened: Callable[[], Callable[[list[str]], list[str]]]) -> None:
    """Answer ``open``, ``memory`` and questions until the input ends."""
    search: Callable[[list[str]], list[str]] = list
    for line in sys.stdin:
        words = line.split()
        began, began_cpu = time.perf_counter(), time.process_time()
        found: list[str] = []
        if words == ["open"]:
            search = opened()
        elif words != ["memory"]:
            found = search(words)
        seconds = {"wall s": time.perf_counter() - began, "CPU s": time.process_time() - began_cpu}
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        says = peak if words == ["memory"] else {**seconds, "peak GB": peak, "found": found}
        print(json.dumps(says), flush=True)


def open_ours(path: Path) -> Callable[[list[str]], list[str]]:
    """Evenband's way, on the memory-mapped table."""
    from evenband import encoders
    from evenband.probes.analogy import WordSpace, nearest_words

    encoder: Any = encoders.load(f"word2vec:{path}")
    space = WordSpace.of(encoder)

    def search(words: list[str]) -> list[str]:
        rows = [encoder.vocabulary().row(word) for word in words]
        return list(nearest_words(space, rows, (1, -1, 1), "normalised", TOP).words)

    return search


def open_theirs(path: Path) -> Callable[[list[str]], list[str]]:
    """Gensim's way, with all vectors in memory."""
    from gensim.models import KeyedVectors

    vectors = KeyedVectors.load_word2vec_format(str(path), binary=True)

    def search(words: list[str]) -> list[str]:
        return [
            word
            for word, _ in vectors.most_similar(positive=[words[0], words[2]], negative=[words[1]], topn=TOP)
        ]

    return search


WORKERS: dict[str, Callable[[argparse.Namespace], None]] = {
    "convert": lambda arguments: answer(lambda: open_ours(Path(arguments.file))),
    "evenband": lambda arguments: answer(lambda: open_ours(Path(arguments.file))),
    "gensim": lambda arguments: answer(lambda: open_theirs(Path(arguments.file))),
}


def load_precomputed(arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Load a file of each format, and look all its texts up."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    from safetensors.numpy import save_file

    from evenband import encoders

    n, dim = arguments.texts, arguments.dim
    vectors = np.random.default_rng(0).standard_normal((n, dim), dtype=np.float32)
    texts = [f"text {row} of a file" for row in range(n)]
    column = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), dim)
    pq.write_table(pa.table({"text": texts, "vector": column}), folder / "a.parquet")
    np.save(folder / "b.npy", vectors)
    save_file({"vectors": vectors}, folder / "c.safetensors")
    for name in ("b", "c"):
        (folder / f"{name}.txt").write_text("\n".join(texts), encoding="utf-8")
    with (folder / "d.jsonl").open("w", encoding="utf-8") as file:
        for text, vector in zip(texts, vectors.tolist(), strict=True):
            file.write(json.dumps({"text": text, "vector": vector}) + "\n")
    result: dict[str, Any] = {"texts": n, "dim": dim}
    for name in ("a.parquet", "b.npy", "c.safetensors", "d.jsonl"):
        times = []
        for _ in range(arguments.rounds):
            began = time.perf_counter()
            encoder = encoders.load(f"vectors:{folder / name}")
            loaded = time.perf_counter()
            found = encoder.encode(texts)
            times.append((loaded - began, time.perf_counter() - loaded))
        assert np.array_equal(found, vectors)
        result[name] = {
            "load s": round(statistics.median(one for one, _ in times), 3),
            "look up all s": round(statistics.median(one for _, one in times), 3),
        }
    return result


if __name__ == "__main__":
    main()
