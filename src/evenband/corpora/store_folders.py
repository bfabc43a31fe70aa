"""Stores in a folder of this machine, with locks of files."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from evenband.corpora.documents import Document
from evenband.corpora.lance_tables import guarded
from evenband.corpora.store_locks import READING, WRITING, hold_open, unread, writing
from evenband.corpora.store_place import DOCUMENTS, INDEXES, StorePlace
from evenband.corpora.vectorless import WITHOUT_VECTOR, note_without_vector, noted_without_vector
from evenband.errors import InputError

STORE_FILES = frozenset({DOCUMENTS, INDEXES, WITHOUT_VECTOR, READING, WRITING})


class LocalPlace(StorePlace):
    """A folder of this machine, with locks of files.

    Args:
        path: of the folder.
    """

    is_shared = False

    def __init__(self, path: Path) -> None:
        self.path = path

    def __str__(self) -> str:
        return str(self.path)

    @property
    def name(self) -> str:
        """Name of the folder."""
        return self.path.resolve().name

    @property
    def absolute(self) -> str:
        """Absolute path of the folder."""
        return str(self.path.absolute())

    @property
    def table(self) -> str:
        """Path of the table of documents."""
        return str(self.path / DOCUMENTS)

    def holds_store(self) -> bool:
        """Return whether there is a store whose making was finished."""
        return any((self.path / DOCUMENTS / "_versions").glob("*.manifest"))

    def check_free(self) -> None:
        """Refuse a file, or a folder that holds something else.

        Raises:
            InputError: if it is one.
            DocumentStoreError: if the folder cannot be read.
        """
        path = self.path
        with guarded(path, "read"):
            is_free = not path.exists() or (
                path.is_dir() and {one.name for one in path.iterdir()} <= STORE_FILES
            )
            if not is_free and not self.holds_store():
                raise InputError(f"{path} exists and is no store; choose another name for the store")

    def clear(self) -> None:
        """Remove what a killed process began; the folder is made."""
        self.path.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self.path / DOCUMENTS, ignore_errors=True)
        (self.path / WITHOUT_VECTOR).unlink(missing_ok=True)

    def writing(self) -> contextlib.AbstractContextManager[None]:
        """Return the lock of the one process that writes."""
        return writing(self.path)

    def hold_open(self, reader: object) -> None:
        """Keep the files of the store's state as long as a reader exists."""
        hold_open(self.path, reader)

    def clean(self, data: Any) -> None:
        """Remove all files that the last state does not need, unless somebody reads the store."""
        with unread(self.path) as is_unread:
            if is_unread:
                data.cleanup_old_versions(older_than=timedelta(0), delete_unverified=True)

    def size(self, data: Any) -> int:
        """Return the bytes of the store's files."""
        del data
        return sum(path.stat().st_size for path in (self.path / DOCUMENTS).rglob("*") if path.is_file())

    def indexes(self, store: str) -> Path:
        """Return the folder of the indexes, which is the store's own."""
        del store
        return self.path / INDEXES

    def noted_without_vector(self) -> set[bytes]:
        """Return the digests that a file in the folder holds."""
        return noted_without_vector(self.path)

    def note_without_vector(self, documents: Sequence[Document]) -> None:
        """Note documents in a file in the folder."""
        note_without_vector(self.path, documents)
