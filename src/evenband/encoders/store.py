"""Vectors on disk: one SQLite file per model, so that deleting a model's vectors is deleting a file.

A batch is one transaction: a process killed in the middle leaves what was there before, two
processes at once wait for each other. Every vector carries a checksum. Why SQLite, with the
figures: docs/decisions/0004-vector-cache.md.
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

FORMAT = 1
SUFFIX = ".sqlite"
_WAIT = 60.0
_AT_A_TIME = 500

_SCHEMA = f"""
PRAGMA page_size = 8192;
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS about (spec TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL, checksum INTEGER NOT NULL);
PRAGMA user_version = {FORMAT};
COMMIT;
"""


class StoreError(EvenbandError, OSError):
    """Vectors cannot be kept on disk: it is full, read-only or not ours."""


@dataclass(frozen=True)
class StoreState:
    """What lies in a store.

    Attributes:
        path: its folder.
        bytes: its size.
        models: how many models have vectors in it.
    """

    path: Path
    bytes: int
    models: int


class VectorStore:
    """Vectors by model and key.

    Args:
        folder: :func:`cache_folder` if not given; made when the first vector is put.
    """

    def __init__(self, folder: Path | str | None = None) -> None:
        self.folder = Path(folder) if folder is not None else cache_folder()

    def path(self, model: str) -> Path:
        """The file of one model."""
        return self.folder / "vectors" / f"{model}{SUFFIX}"

    def get(self, model: str, keys: Sequence[bytes], dim: int) -> tuple[NDArray[np.bool_], Vectors]:
        """Look vectors up.

        Shape: n keys -> found (n,), vectors (n, dim), of which only the rows found mean anything.

        Raises:
            StoreError: if the file cannot be read. A broken file is put aside, and nothing is found.
        """
        found = np.zeros(len(keys), dtype=np.bool_)
        vectors = np.zeros((len(keys), dim), dtype=np.float32)
        if not self.path(model).exists():
            return found, vectors
        rows = {key: row for row, key in enumerate(keys)}
        with self._mended(model), self._connection(model, "rw") as connection:
            for start in range(0, len(keys), _AT_A_TIME):
                part = keys[start : start + _AT_A_TIME]
                marks = ",".join("?" * len(part))
                query = f"SELECT key, vector, checksum FROM vectors WHERE key IN ({marks})"  # noqa: S608
                for key, blob, checksum in connection.execute(query, part):
                    if len(blob) == 4 * dim and zlib.crc32(blob) == checksum:
                        vectors[rows[key]] = np.frombuffer(blob, dtype="<f4")
                        found[rows[key]] = True
        return found, vectors

    def put(self, model: str, keys: Sequence[bytes], vectors: Vectors, spec: ModelSpec) -> None:
        """Keep vectors, all or none.

        Raises:
            StoreError: if they cannot be written.
        """
        blobs = [row.tobytes() for row in vectors.astype("<f4", copy=False)]
        rows = [(key, blob, zlib.crc32(blob)) for key, blob in zip(keys, blobs, strict=True)]
        try:
            self.path(model).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(self._trouble(f"{error.strerror}: {error.filename}")) from error
        for _ in range(2):  # the second time into a new file, if the first found a broken one
            with self._mended(model), self._connection(model, "rwc") as connection:
                connection.execute("BEGIN IMMEDIATE")
                if connection.execute("SELECT 1 FROM about").fetchone() is None:
                    connection.execute("INSERT INTO about VALUES (?)", [json.dumps(spec.to_dict())])
                connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)
                connection.execute("COMMIT")
                return

    def describe(self) -> StoreState:
        """Where the vectors are and how much room they take."""
        files = list((self.folder / "vectors").glob(f"*{SUFFIX}"))
        return StoreState(self.folder, sum(file.stat().st_size for file in files), len(files))

    @contextlib.contextmanager
    def _connection(self, model: str, mode: str) -> Iterator[sqlite3.Connection]:
        address = f"{self.path(model).absolute().as_uri()}?mode={mode}"
        connection = sqlite3.connect(address, timeout=_WAIT, isolation_level=None, uri=True)
        try:
            connection.execute("PRAGMA synchronous = NORMAL")
            if mode == "rwc" and not connection.execute("PRAGMA user_version").fetchone()[0]:
                connection.executescript(_SCHEMA)
            (written,) = connection.execute("PRAGMA user_version").fetchone()
            if written > FORMAT:
                raise StoreError(self._trouble(f"{self.path(model).name} was written by a newer evenband"))
            yield connection
        finally:
            connection.close()

    @contextlib.contextmanager
    def _mended(self, model: str) -> Iterator[None]:
        """Trouble in one line; a file that is broken is put aside, for it would break every run."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise StoreError(self._trouble(str(error))) from error
        except sqlite3.DatabaseError as error:
            aside = self.path(model).with_suffix(".broken")
            with contextlib.suppress(OSError):
                self.path(model).replace(aside)
            logger.warning(
                "the cache file %s is broken (%s); put aside as %s", self.path(model), error, aside.name
            )

    def _trouble(self, reason: str) -> str:
        return (
            f"the cache {self.folder} cannot be used ({reason}); make room or make it writable, "
            "or set EVENBAND_CACHE to another folder"
        )
