"""Which store should keep the vectors? Bulk insert, look-up, size, kill -9, two writers.

    python benchmarks/cache.py --vectors 200000 --dim 384

LMDB takes part where it is installed. The outcome is docs/decisions/0004-vector-cache.md.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import importlib.util
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Found = dict[bytes, Array]
BATCH = 2048


class Candidate(Protocol):
    """One way to keep vectors in a folder."""

    def put(self, keys: list[bytes], vectors: Array) -> None:
        """One batch, all or nothing."""

    def get(self, keys: list[bytes]) -> Found:
        """The vectors found, by key."""


class Sqlite:
    """One table with a blob per vector; the journal as named."""

    journal = "DELETE"

    def __init__(self, folder: Path) -> None:
        self.connection = sqlite3.connect(folder / "vectors.sqlite", timeout=60, isolation_level=None)
        self.connection.execute("PRAGMA page_size = 8192")
        self.connection.execute(f"PRAGMA journal_mode = {self.journal}")
        self.connection.execute("PRAGMA synchronous = NORMAL")
        self.connection.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB)")

    def put(self, keys: list[bytes], vectors: Array) -> None:
        """A transaction."""
        self.connection.execute("BEGIN IMMEDIATE")
        rows = zip(keys, (row.tobytes() for row in vectors), strict=True)
        self.connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
        self.connection.execute("COMMIT")

    def get(self, keys: list[bytes]) -> Found:
        """500 keys a query."""
        found = {}
        for start in range(0, len(keys), 500):
            part = keys[start : start + 500]
            query = f"SELECT key, vector FROM vectors WHERE key IN ({','.join('?' * len(part))})"
            for key, blob in self.connection.execute(query, part):
                found[key] = np.frombuffer(blob, np.float32)
        return found


class SqliteWal(Sqlite):
    """The same with a write-ahead log."""

    journal = "WAL"


class Lmdb:
    """A memory-mapped B+ tree."""

    def __init__(self, folder: Path) -> None:
        lmdb: Any = importlib.import_module("lmdb")
        self.environment = lmdb.open(str(folder), map_size=2**33)

    def put(self, keys: list[bytes], vectors: Array) -> None:
        """A transaction."""
        with self.environment.begin(write=True) as transaction:
            for key, row in zip(keys, vectors, strict=True):
                transaction.put(key, row.tobytes())

    def get(self, keys: list[bytes]) -> Found:
        """One read transaction."""
        with self.environment.begin(buffers=True) as transaction:
            blobs = {key: transaction.get(key) for key in keys}
            return {key: np.frombuffer(blob, np.float32).copy() for key, blob in blobs.items() if blob}


class Shards:
    """A file per batch, written under another name first; all keys are read to look one up."""

    suffix = "arrow"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, keys: list[bytes], vectors: Array) -> None:
        """Write, then rename."""
        import pyarrow as pa

        flat = pa.array(vectors.ravel())
        table = pa.table(
            {
                "key": pa.array(keys, pa.binary(16)),
                "vector": pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1]),
            }
        )
        path = self.folder / f"{time.time_ns()}-{os.getpid()}.tmp"
        self.write(table, path)
        path.rename(path.with_suffix(f".{self.suffix}"))

    def get(self, keys: list[bytes]) -> Found:
        """Scan the keys of every shard, take the rows."""
        wanted = set(keys)
        found: Found = {}
        for path in self.folder.glob(f"*.{self.suffix}"):
            table = self.read(path)
            rows = [(row, key) for row, key in enumerate(table["key"].to_pylist()) if key in wanted]
            taken = table["vector"].take([row for row, _ in rows]).combine_chunks().flatten().to_numpy()
            found.update(zip((key for _, key in rows), taken.reshape(len(rows), -1), strict=True))
        return found

    def write(self, table: Any, path: Path) -> None:
        """Arrow's file format."""
        import pyarrow as pa

        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)

    def read(self, path: Path) -> Any:
        """Memory-mapped."""
        import pyarrow as pa

        return pa.ipc.open_file(pa.memory_map(str(path))).read_all()


class ParquetShards(Shards):
    """The same in Parquet."""

    suffix = "parquet"

    def write(self, table: Any, path: Path) -> None:
        """No compression: random mantissas do not compress."""
        import pyarrow.parquet as pq

        pq.write_table(table, path, compression="none", use_dictionary=False)

    def read(self, path: Path) -> Any:
        """The whole shard."""
        import pyarrow.parquet as pq

        return pq.read_table(path)


class MappedArray:
    """Vectors appended to one file, then their keys to another; no lock, so one writer at a time."""

    def __init__(self, folder: Path) -> None:
        self.vectors, self.keys = folder / "vectors.f32", folder / "keys"

    def put(self, keys: list[bytes], vectors: Array) -> None:
        """Append and flush; a torn tail must be cut off by whoever comes next."""
        for path, content in ((self.vectors, vectors.tobytes()), (self.keys, b"".join(keys))):
            with path.open("ab") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())

    def get(self, keys: list[bytes]) -> Found:
        """All keys into a dictionary, rows from the map."""
        blob = self.keys.read_bytes()
        places = {blob[i : i + 16]: i // 16 for i in range(0, len(blob) - 15, 16)}
        chosen = [key for key in keys if key in places]
        width = self.vectors.stat().st_size // 4 // max(len(blob) // 16, 1)
        array = np.memmap(self.vectors, np.float32, "r")
        whole = array[: len(array) // width * width].reshape(-1, width)
        return dict(zip(chosen, whole[[places[key] for key in chosen]], strict=True))


CANDIDATES: dict[str, Callable[[Path], Candidate]] = {
    "sqlite": Sqlite,
    "sqlite-wal": SqliteWal,
    **({"lmdb": Lmdb} if importlib.util.find_spec("lmdb") else {}),
    "arrow-shards": Shards,
    "parquet-shards": ParquetShards,
    "mapped-array": MappedArray,
}


def key_of(number: int) -> bytes:
    """As the cache makes them: uniform, 16 bytes."""
    return hashlib.blake2b(str(number).encode(), digest_size=16).digest()


def batches(first: int, last: int, dim: int) -> Iterator[tuple[list[bytes], Array]]:
    """Numbered keys with random vectors."""
    generator = np.random.default_rng(first)
    for start in range(first, last, BATCH):
        count = min(BATCH, last - start)
        vectors = generator.random((count, dim), np.float32)
        vectors[:, 0] = np.arange(start, start + count)  # so that a vector under another's key is noticed
        yield [key_of(i) for i in range(start, start + count)], vectors


def write(name: str, folder: Path, first: int, last: int, dim: int) -> None:
    """A writer in a process of its own; a line per batch."""
    candidate = CANDIDATES[name](folder)
    for keys, vectors in batches(first, last, dim):
        candidate.put(keys, vectors)
        print(len(keys), flush=True)


def start(name: str, folder: Path, first: int, last: int, dim: int) -> subprocess.Popen[str]:
    """:func:`write` in another process."""
    arguments = ["write", name, str(folder), str(first), str(last), str(dim)]
    return subprocess.Popen([sys.executable, __file__, *arguments], stdout=subprocess.PIPE, encoding="utf-8")


def measure(name: str, vectors: int, dim: int) -> dict[str, Any]:
    """All figures of one candidate."""
    with tempfile.TemporaryDirectory() as root:
        whole, killed, shared = (Path(root, part) for part in ("whole", "killed", "shared"))
        for folder in (whole, killed, shared):
            folder.mkdir()
        made = list(batches(0, vectors, dim))
        candidate = CANDIDATES[name](whole)
        began = time.perf_counter()
        for keys, rows in made:
            candidate.put(keys, rows)
        inserted = time.perf_counter() - began
        del candidate  # LMDB opens a folder once per process
        chosen = np.random.default_rng(1).permutation(vectors)[:20_000].tolist()
        began = time.perf_counter()
        found = CANDIDATES[name](whole).get([key_of(number) for number in chosen])
        looked_up = time.perf_counter() - began
        size = sum(path.stat().st_blocks * 512 for path in whole.iterdir())
        return {
            "insert s": round(inserted, 2),
            "look-up s": round(looked_up, 2),
            "found": right(found, chosen),
            "MB": round(size / 1e6),
            "files": len(list(whole.iterdir())),
            "after kill -9": kill(name, killed, vectors, dim),
            "two writers": two_writers(name, shared, dim),
        }


def kill(name: str, folder: Path, vectors: int, dim: int) -> str:
    """Kill a writer in the middle; what it reported as written must be there."""
    with start(name, folder, 0, vectors, dim) as process:
        assert process.stdout is not None
        reported = [int(process.stdout.readline()) for _ in range(5)]
        time.sleep(0.03)
        process.kill()
        reported += [int(line) for line in process.stdout]
    return read_back(name, folder, sum(reported))


def two_writers(name: str, folder: Path, dim: int) -> str:
    """Two processes write 20 batches each at once."""
    half = 20 * BATCH
    processes = [start(name, folder, first, first + half, dim) for first in (0, half)]
    codes = [len(process.communicate()[0]) and process.returncode for process in processes]
    return f"exit codes {codes}, " + read_back(name, folder, 2 * half)


def read_back(name: str, folder: Path, expected: int) -> str:
    """How many of the vectors are found by a reader that opens the folder anew."""
    try:
        found = right(CANDIDATES[name](folder).get([key_of(i) for i in range(expected)]), range(expected))
    except Exception as error:
        return f"unreadable: {type(error).__name__}: {error}"
    return f"{found} of {expected}"


def right(found: Found, numbers: Iterable[int]) -> int:
    """How many keys have their own vector."""
    return sum(key_of(i) in found and bool(found[key_of(i)][0] == i) for i in numbers)


def main() -> None:
    """Run it."""
    if sys.argv[1:2] == ["write"]:
        name, folder, first, last, dim = sys.argv[2:]
        write(name, Path(folder), int(first), int(last), int(dim))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--vectors", type=int, default=200_000)
    parser.add_argument("--dim", type=int, default=384)
    parser.add_argument("--only", choices=CANDIDATES, nargs="*", default=list(CANDIDATES))
    arguments = parser.parse_args()
    for name in arguments.only:
        print(name, json.dumps(measure(name, arguments.vectors, arguments.dim), indent=2), flush=True)


if __name__ == "__main__":
    main()
