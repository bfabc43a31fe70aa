"""Vectors on disk: one SQLite file per model, so that deleting a model's vectors is deleting a file.

A batch is one transaction: a process that is killed in the middle of one loses that batch only, and
two processes at once wait for each other. Every vector has a checksum. Why SQLite, with
measurements: docs/decisions/0004-vector-cache.md.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evenband.errors import EvenbandError
from evenband.storage import cache_folder
from evenband.types import ModelSpec, Vectors

logger = logging.getLogger(__name__)

STORE_FORMAT = 1
SUFFIX = ".sqlite"

_LOCK_TIMEOUT = 60.0
"""Seconds to wait for another process's transaction."""

_KEYS_PER_QUERY = 500

_SCHEMA = f"""
PRAGMA page_size = 8192;
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS about (spec TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL, checksum INTEGER NOT NULL);
PRAGMA user_version = {STORE_FORMAT};
COMMIT;
"""


class StoreError(EvenbandError, OSError):
    """Vectors cannot be stored: the disk is full or read-only, or the file is not this version's."""


@dataclass(frozen=True)
class StoreState:
    """Size and place of a store.

    Attributes:
        path: its folder.
        bytes: size of its files together.
        models: number of models that have vectors in it.
    """

    path: Path
    bytes: int
    models: int


class VectorStore:
    """Vectors on disk, by model and key.

    Args:
        folder: :func:`cache_folder` if not given; created when the first vector is put.
    """

    def __init__(self, folder: Path | str | None = None) -> None:
        self.folder = Path(folder) if folder is not None else cache_folder()

    def path(self, model: str) -> Path:
        """Return the path of one model's file."""
        return self.folder / "vectors" / f"{model}{SUFFIX}"

    def get(self, model: str, keys: Sequence[bytes], dim: int) -> tuple[NDArray[np.bool_], Vectors]:
        """Look vectors up.

        Shape: n different keys -> is_stored (n,), vectors (n, dim); only stored rows mean anything.

        Raises:
            StoreError: if the file cannot be read. A broken file is put aside, and nothing is stored.
        """
        is_stored = np.zeros(len(keys), dtype=np.bool_)
        vectors = np.zeros((len(keys), dim), dtype=np.float32)
        if not self.path(model).exists():
            return is_stored, vectors
        rows = {key: row for row, key in enumerate(keys)}
        with self._protected(model), self._connection(model, "rw") as connection:
            for start in range(0, len(keys), _KEYS_PER_QUERY):
                part = keys[start : start + _KEYS_PER_QUERY]
                marks = ",".join("?" * len(part))
                query = f"SELECT key, vector, checksum FROM vectors WHERE key IN ({marks})"  # noqa: S608
                for key, blob, checksum in connection.execute(query, part):
                    if len(blob) == 4 * dim and zlib.crc32(blob) == checksum:
                        vectors[rows[key]] = np.frombuffer(blob, dtype="<f4")
                        is_stored[rows[key]] = True
        return is_stored, vectors

    def holds(self, model: str, keys: Sequence[bytes]) -> NDArray[np.bool_]:
        """Return which vectors are stored, without reading them.

        Shape: n different keys -> (n,).

        Raises:
            StoreError: if the file cannot be read.
        """
        stored: set[bytes] = set()
        if not self.path(model).exists():
            return np.zeros(len(keys), dtype=np.bool_)
        with self._protected(model), self._connection(model, "rw") as connection:
            for start in range(0, len(keys), _KEYS_PER_QUERY):
                part = keys[start : start + _KEYS_PER_QUERY]
                marks = ",".join("?" * len(part))
                query = f"SELECT key FROM vectors WHERE key IN ({marks})"  # noqa: S608
                stored.update(key for (key,) in connection.execute(query, part))
        return np.fromiter((key in stored for key in keys), dtype=np.bool_, count=len(keys))

    def model_of(self, ref: str) -> str | None:
        """Return the model whose vectors were stored last under a reference; ``None`` if there are none.

        The reference may name other weights by now, so this is good for an estimate only.

        Raises:
            StoreError: if a file cannot be read.
        """
        files = (self.folder / "vectors").glob(f"*{SUFFIX}")
        for file in sorted(files, key=lambda file: -file.stat().st_mtime):
            with self._protected(file.stem), self._connection(file.stem, "rw") as connection:
                row = connection.execute("SELECT spec FROM about").fetchone()
                if row is not None and json.loads(row[0]).get("ref") == ref:
                    return file.stem
        return None

    def put(self, model: str, keys: Sequence[bytes], vectors: Vectors, spec: ModelSpec) -> None:
        """Store vectors, all of them or none.

        Shape: n keys, vectors (n, d).

        Raises:
            StoreError: if they cannot be written.
        """
        blobs = [row.tobytes() for row in vectors.astype("<f4", copy=False)]
        rows = [(key, blob, zlib.crc32(blob)) for key, blob in zip(keys, blobs, strict=True)]
        try:
            self.path(model).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(self._explain(f"{error.strerror}: {error.filename}")) from error
        for _ in range(2):  # once more, into a new file, if the first time found a broken one
            with self._protected(model), self._connection(model, "rwc") as connection:
                connection.execute("BEGIN IMMEDIATE")
                if connection.execute("SELECT 1 FROM about").fetchone() is None:
                    connection.execute("INSERT INTO about VALUES (?)", [json.dumps(spec.to_dict())])
                connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)
                connection.execute("COMMIT")
                return

    def describe(self) -> StoreState:
        """Return where the vectors are and how much space they take."""
        files = list((self.folder / "vectors").glob(f"*{SUFFIX}"))
        return StoreState(self.folder, sum(file.stat().st_size for file in files), len(files))

    @contextlib.contextmanager
    def _connection(self, model: str, mode: str) -> Iterator[sqlite3.Connection]:
        """Open a model's file; mode ``rw`` expects it, ``rwc`` creates it."""
        address = f"{self.path(model).absolute().as_uri()}?mode={mode}"
        connection = sqlite3.connect(address, timeout=_LOCK_TIMEOUT, isolation_level=None, uri=True)
        try:
            connection.execute("PRAGMA synchronous = NORMAL")
            if mode == "rwc" and not connection.execute("PRAGMA user_version").fetchone()[0]:
                connection.executescript(_SCHEMA)
            (written,) = connection.execute("PRAGMA user_version").fetchone()
            if written > STORE_FORMAT:
                raise StoreError(self._explain(f"{self.path(model).name} was written by a newer evenband"))
            yield connection
        finally:
            connection.close()

    @contextlib.contextmanager
    def _protected(self, model: str) -> Iterator[None]:
        """Turn SQLite's errors into one line; put a broken file aside, since it would break every run."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise StoreError(self._explain(str(error))) from error
        except sqlite3.DatabaseError as error:
            aside = self.path(model).with_suffix(".broken")
            with contextlib.suppress(OSError):
                self.path(model).replace(aside)
            logger.warning(
                "the cache file %s is broken (%s); put aside as %s", self.path(model), error, aside.name
            )

    def _explain(self, reason: str) -> str:
        return (
            f"the cache {self.folder} cannot be used ({reason}); make room or make it writable, "
            "or set EVENBAND_CACHE to another folder"
        )
