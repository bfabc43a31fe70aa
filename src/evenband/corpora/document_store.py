"""The store of a corpus: ids, texts, columns and vectors of its documents, in the Lance format.

A change is one commit: whoever reads sees all of it or nothing, and a process that is killed leaves the store
as it was before. Why Lance: docs/decisions/0015-document-store.md.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from evenband.corpora.documents import Document, id_digest
from evenband.corpora.lance_tables import (
    check_local,
    guarded,
    import_lance,
    matrix_of,
    schema_of,
    sql_text,
    table_of_documents,
)
from evenband.corpora.store_headers import HEADER_KEY, StoreHeader
from evenband.corpora.store_locks import READING, WRITING, hold_open, unread
from evenband.corpora.vectorless import WITHOUT_VECTOR
from evenband.errors import InputError
from evenband.types import ModelSpec, Vectors

DOCUMENTS, INDEXES = "documents.lance", "indexes"
STORE_FILES = frozenset({DOCUMENTS, INDEXES, WITHOUT_VECTOR, READING, WRITING})
ROWS_READ_AT_ONCE = 8192
ROWS_PER_FRAGMENT = 1 << 20


class DocumentStore:
    """A store that exists; :func:`create_store` makes one.

    Args:
        path: of its folder.
        held: whether writers leave the files of its state in place as long as this exists.

    Attributes:
        path: of its folder.
        header: what it says of itself.

    Raises:
        InputError: if there is no store, or one of a newer version.
        DocumentStoreError: if it is damaged.
        MissingExtraError: without pylance, which the extra ``search`` installs.
    """

    def __init__(self, path: Path, *, held: bool = False) -> None:
        self.path = path
        check_local(path)
        if not is_store(path):
            raise InputError(f"{path} is no store; make one with: evenband embed CORPUS -m MODEL -o {path}")
        if held:
            hold_open(path, self)
        with self._guarded("read"):
            self._data = import_lance().dataset(str(path / DOCUMENTS))
        self.header = StoreHeader.from_json((self._data.schema.metadata or {}).get(HEADER_KEY, b""), path)

    def __len__(self) -> int:
        with self._guarded("read"):
            return int(self._data.count_rows())

    @property
    def model(self) -> ModelSpec:
        """Identity of the vectors."""
        return self.header.model

    @property
    def state(self) -> str:
        """Name of what the store holds now: another one after every change."""
        return f"{self.header.name}-{self._data.version}"

    @property
    def size(self) -> int:
        """Bytes of its files on disk, indexes not counted."""
        return sum(path.stat().st_size for path in (self.path / DOCUMENTS).rglob("*") if path.is_file())

    @property
    def indexes(self) -> Path:
        """Folder of its indexes."""
        return self.path / INDEXES

    def digests(self) -> dict[bytes, bytes]:
        """Return the digest of each document's content, by the digest of its id."""
        found: dict[bytes, bytes] = {}
        for ids, digests in self._columns("id", "digest"):
            found.update(zip(map(id_digest, ids), digests, strict=True))
        return found

    def ids(self) -> list[str]:
        """Return all ids, in the order of the documents."""
        return [id_ for (ids,) in self._columns("id") for id_ in ids]

    def texts(self) -> list[str]:
        """Return all texts, in the order of the documents."""
        return [text for (texts,) in self._columns("text") for text in texts]

    def columns(self) -> Iterator[list[str]]:
        """Yield the further columns of all documents, as JSON objects, some at a time."""
        return (columns for (columns,) in self._columns("columns"))

    def take(self, rows: Sequence[int]) -> list[Document]:
        """Return the documents of some rows, in the order asked for."""
        with self._guarded("read"):
            table = self._data.take(list(rows), columns=["id", "text", "columns"])
        return [
            Document(**cells, place=f"row {row}") for row, cells in zip(rows, table.to_pylist(), strict=True)
        ]

    def vectors(self) -> Vectors:
        """Return all vectors in memory. Shape: (n, d)."""
        vectors = np.empty((len(self), self.model.dim), dtype=np.float32)
        for start, block in self.vector_blocks(ROWS_READ_AT_ONCE):
            vectors[start : start + len(block)] = block
        return vectors

    def vector_blocks(
        self, size: int, start: int = 0, stop: int | None = None
    ) -> Iterator[tuple[int, Vectors]]:
        """Yield vectors from disk in blocks, each with the row of its first. Shape: -> row, (b, d)."""
        end = len(self) if stop is None else stop
        with self._guarded("read"):
            scan = self._data.scanner(
                columns=["vector"], offset=start, limit=end - start, batch_size=size, scan_in_order=True
            )
            for batch in scan.to_batches():
                yield start, matrix_of(batch.column("vector"), self.model.dim)
                start += len(batch)

    def take_vectors(self, rows: Sequence[int]) -> Vectors:
        """Return the vectors of some rows, in the order asked for. Shape: (m,) -> (m, d)."""
        with self._guarded("read"):
            column = self._data.take(list(rows), columns=["vector"])["vector"].combine_chunks()
        return matrix_of(column, self.model.dim)

    def put(self, documents: Sequence[Document], vectors: Vectors, *, replaces: bool) -> None:
        """Add documents, all or none.

        Shape: n documents, vectors (n, d).

        Args:
            documents: with ids that are not in the store, unless they replace others.
            vectors: of the documents.
            replaces: whether documents of the same ids are replaced; these then stand at the end.

        Raises:
            DocumentStoreError: if they cannot be written; the store stays as it was.
        """
        table = table_of_documents(documents, vectors, self._data.schema)
        with self._guarded("written"):
            if replaces:
                merge = self._data.merge_insert("id").when_matched_update_all().when_not_matched_insert_all()
                merge.execute(table)
            else:
                import_lance().write_dataset(table, self._data, mode="append")
            self._data = import_lance().dataset(str(self.path / DOCUMENTS))

    def delete(self, ids: Sequence[str]) -> int:
        """Delete the documents of these ids, and return how many there were.

        Raises:
            DocumentStoreError: if that cannot be written; the store stays as it was.
        """
        before = len(self)
        with self._guarded("written"):
            for start in range(0, len(ids), ROWS_READ_AT_ONCE):
                quoted = ",".join(sql_text(id_) for id_ in ids[start : start + ROWS_READ_AT_ONCE])
                self._data.delete(f"id IN ({quoted})")
        return before - len(self)

    def compact(self) -> None:
        """Join small files, and remove what deleted documents and killed processes left.

        The documents keep their order. While somebody reads the store, nothing is removed.
        """
        with self._guarded("written"):
            self._data.optimize.compact_files(target_rows_per_fragment=ROWS_PER_FRAGMENT)
            with unread(self.path) as is_unread:
                if is_unread:
                    self._data.cleanup_old_versions(older_than=timedelta(0), delete_unverified=True)
            self._data = import_lance().dataset(str(self.path / DOCUMENTS))

    def _columns(self, *names: str) -> Iterator[tuple[list[Any], ...]]:
        with self._guarded("read"):
            scan = self._data.scanner(columns=list(names), batch_size=ROWS_READ_AT_ONCE, scan_in_order=True)
            for batch in scan.to_batches():
                yield tuple(batch.column(name).to_pylist() for name in names)

    @contextlib.contextmanager
    def _guarded(self, what: str) -> Iterator[None]:
        """Context manager: turn what Lance raises into an error of one line."""
        with guarded(self.path, what):
            yield


def is_store(path: Path) -> bool:
    """Return whether a folder holds a store whose making was finished."""
    return any((path / DOCUMENTS / "_versions").glob("*.manifest"))


def check_folder(path: Path) -> None:
    """Refuse what is no store and cannot become one, before anything is written.

    Raises:
        InputError: if the path is an address, a file, or a folder that holds something else.
        DocumentStoreError: if the folder cannot be read.
    """
    check_local(path)
    with guarded(path, "read"):
        is_free = not path.exists() or (path.is_dir() and {one.name for one in path.iterdir()} <= STORE_FILES)
        if not is_free and not is_store(path):
            raise InputError(f"{path} exists and is no store; choose another name for the store")


def create_store(path: Path, model: ModelSpec) -> DocumentStore:
    """Make an empty store.

    Raises:
        InputError: if the folder holds a store or something else.
        DocumentStoreError: if it cannot be written.
        MissingExtraError: without pylance.
    """
    lance = import_lance()
    check_folder(path)
    if is_store(path):
        raise InputError(f"{path} is a store already; documents are added to it, and it is not made anew")
    with guarded(path, "written"):
        path.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(path / DOCUMENTS, ignore_errors=True)  # what a killed process began
        (path / WITHOUT_VECTOR).unlink(missing_ok=True)
        schema = schema_of(StoreHeader(model))
        lance.write_dataset(schema.empty_table(), str(path / DOCUMENTS), schema=schema, mode="create")
    return DocumentStore(path)
