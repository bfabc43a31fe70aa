"""The store of a corpus: ids, texts, columns and vectors of its documents, in the Lance format.

A change is one commit: whoever reads sees all of it or nothing, and a process that is killed leaves the store
as it was before. Why Lance: docs/decisions/0015-document-store.md.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from evenband.corpora.documents import Document, id_digest
from evenband.corpora.lance_tables import (
    DocumentStoreError,
    committed,
    guarded,
    import_lance,
    matrix_of,
    schema_of,
    sql_text,
    table_of_documents,
)
from evenband.corpora.store_folders import LocalPlace
from evenband.corpora.store_headers import HEADER_KEY, StoreHeader
from evenband.corpora.store_place import StorePlace
from evenband.corpora.store_places import StoreName, is_address, place_of
from evenband.errors import InputError
from evenband.types import ModelSpec, Vectors

ROWS_READ_AT_ONCE = 8192
ROWS_PER_FRAGMENT = 1 << 20


class DocumentStore:
    """A store that exists; :func:`create_store` makes one.

    Args:
        store: its folder, or its address in object storage.
        held: whether writers leave the files of its state in place as long as this exists.

    Attributes:
        place: where it lies.
        header: what it says of itself.

    Raises:
        InputError: if there is no store, or one of a newer version.
        DocumentStoreError: if it is damaged.
        MissingExtraError: without pylance, which the extra ``search`` installs.
    """

    def __init__(self, store: StoreName, *, held: bool = False) -> None:
        self.place = place = place_of(store)
        if not place.holds_store():
            raise InputError(f"{place} is no store; make one with: evenband embed CORPUS -m MODEL -o {place}")
        if held:
            place.hold_open(self)
        with self._guarded("read"):
            self._data = self._opened()
        self.header = StoreHeader.from_json((self._data.schema.metadata or {}).get(HEADER_KEY, b""), place)

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
        """Bytes of its files, indexes not counted."""
        return self.place.size(self._data)

    @property
    def indexes(self) -> Path:
        """Folder of its indexes."""
        return self.place.indexes(self.header.name)

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
        return list(self.each_text())

    def each_text(self) -> Iterator[str]:
        """Yield all texts, in the order of the documents, some in memory at a time."""
        return (text for (texts,) in self._columns("text") for text in texts)

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
            DocumentStoreError: if they cannot be written, or another process has written to the store since
                it was opened; the store stays as it was.
        """
        self._check_alone()
        table = table_of_documents(documents, vectors, self._data.schema)
        with self._guarded("written"):
            if replaces:
                merge = self._data.merge_insert("id").when_matched_update_all().when_not_matched_insert_all()
                merge.execute(table)
            else:
                import_lance().write_dataset(table, self._data, mode="append")
            self._data = self._opened()

    def put_fragments(self, fragments: Sequence[str]) -> None:
        """Add documents that workers have written as fragments, all or none.

        Args:
            fragments: what :func:`evenband.corpora.lance_tables.written_fragments` returned.

        Raises:
            DocumentStoreError: as for :meth:`put`.
        """
        self._check_alone()
        with self._guarded("written"):
            self._data = committed(fragments, self._data.version, self.place)

    def delete(self, ids: Sequence[str]) -> int:
        """Delete the documents of these ids, and return how many there were.

        Raises:
            DocumentStoreError: if that cannot be written; the store stays as it was.
        """
        self._check_alone()
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
            self.place.clean(self._data)
            self._data = self._opened()

    def drop_repeated(self) -> int:
        """Delete all but the last of documents with one id, and return how many these were.

        Only two processes that wrote to object storage in the same moment leave such documents.
        """
        last: dict[str, int] = {}
        repeated: list[int] = []
        with self._guarded("read"):
            scan = self._data.scanner(columns=["id"], with_row_id=True, scan_in_order=True)
            for batch in scan.to_batches():
                rows = zip(batch.column("id").to_pylist(), batch.column("_rowid").to_pylist(), strict=True)
                for id_, row in rows:
                    repeated += [last[id_]] if id_ in last else []
                    last[id_] = row
        return self._delete_rows(repeated)

    def _delete_rows(self, rows: Sequence[int]) -> int:
        with self._guarded("written"):
            for start in range(0, len(rows), ROWS_READ_AT_ONCE):
                self._data.delete(
                    f"_rowid IN ({','.join(map(str, rows[start : start + ROWS_READ_AT_ONCE]))})"
                )
        return len(rows)

    def _check_alone(self) -> None:
        """Refuse to write where another process has written to object storage since the last commit.

        Raises:
            DocumentStoreError: then, or if the storage does not answer.
        """
        with self._guarded("read"):
            is_alone = not self.place.is_shared or self._data.latest_version == self._data.version
        if not is_alone:
            raise DocumentStoreError(
                f"another process is writing to the store {self.place}; what this one has committed is kept: "
                "wait until the other has ended, then repeat the command"
            )

    def _opened(self) -> Any:
        return import_lance().dataset(self.place.table, storage_options=self.place.options)

    def _columns(self, *names: str) -> Iterator[tuple[list[Any], ...]]:
        with self._guarded("read"):
            scan = self._data.scanner(columns=list(names), batch_size=ROWS_READ_AT_ONCE, scan_in_order=True)
            for batch in scan.to_batches():
                yield tuple(batch.column(name).to_pylist() for name in names)

    @contextlib.contextmanager
    def _guarded(self, what: str) -> Iterator[None]:
        """Context manager: turn what Lance raises into an error of one line."""
        with guarded(self.place, what):
            yield


def is_store(store: StoreName) -> bool:
    """Return whether a folder or an address holds a store whose making was finished.

    Raises:
        DocumentStoreError: if object storage does not answer, or refuses.
    """
    is_folder = not isinstance(store, StorePlace) and not is_address(str(store))
    return LocalPlace(Path(str(store))).holds_store() if is_folder else place_of(store).holds_store()


def create_store(store: StoreName, model: ModelSpec) -> DocumentStore:
    """Make an empty store.

    Raises:
        InputError: if the folder holds a store or something else.
        DocumentStoreError: if it cannot be written.
        MissingExtraError: without pylance.
    """
    lance = import_lance()
    place = place_of(store)
    place.check_free()
    if place.holds_store():
        raise InputError(f"{place} is a store already; documents are added to it, and it is not made anew")
    with guarded(place, "written"):
        place.clear()
        schema = schema_of(StoreHeader(model))
        empty, options = schema.empty_table(), place.options
        lance.write_dataset(empty, place.table, schema=schema, mode="create", storage_options=options)
    return DocumentStore(place)
