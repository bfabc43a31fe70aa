"""What differs between a store in a folder and one in object storage."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evenband.corpora.documents import Document

DOCUMENTS, INDEXES = "documents.lance", "indexes"


class StorePlace(ABC):
    """Where a store lies. Its text is what messages call it."""

    is_shared: bool
    """Whether other processes may write at the same time, since no lock keeps them out."""

    options: dict[str, str] | None = None
    """What Lance is told of the storage; never a key."""

    @property
    @abstractmethod
    def name(self) -> str:
        """Last part of the folder or address."""

    @property
    @abstractmethod
    def absolute(self) -> str:
        """Folder or address, as a process in another folder names it."""

    @property
    @abstractmethod
    def table(self) -> str:
        """Path or address of the table of documents."""

    @abstractmethod
    def holds_store(self) -> bool:
        """Return whether there is a store whose making was finished."""

    @abstractmethod
    def check_free(self) -> None:
        """Refuse a place that holds something else than a store."""

    @abstractmethod
    def clear(self) -> None:
        """Remove what a killed process began, before a store is made."""

    @abstractmethod
    def writing(self) -> contextlib.AbstractContextManager[None]:
        """Return the context in which one process writes."""

    @abstractmethod
    def hold_open(self, reader: object) -> None:
        """Keep the files of the store's state as long as a reader exists, where that can be done."""

    @abstractmethod
    def clean(self, data: Any) -> None:
        """Remove files that no state needs, and old states that nobody reads."""

    @abstractmethod
    def size(self, data: Any) -> int:
        """Return the bytes of the store's files, indexes not counted."""

    @abstractmethod
    def indexes(self, store: str) -> Path:
        """Return the folder of the indexes of a store, given its random name."""

    @abstractmethod
    def noted_without_vector(self) -> set[bytes]:
        """Return the digests of contents that the store's model has no vector for."""

    @abstractmethod
    def note_without_vector(self, documents: Sequence[Document]) -> None:
        """Note documents that the store's model has no vector for."""
