"""Stores at an address of object storage, where Lance's commits take the place of locks.

Keys never pass through here: Lance reads them from the environment itself.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from evenband.corpora.documents import DIGEST_BYTES, Document
from evenband.corpora.lance_tables import guarded, import_lance
from evenband.corpora.store_place import DOCUMENTS, INDEXES, StorePlace
from evenband.errors import InputError
from evenband.storage import cache_folder

STORAGE_SCHEMES = ("s3", "gs", "az", "abfss")

READERS_TIME = timedelta(days=1)
"""How long a state in object storage can still be read after another has replaced it."""

CLOCKS = timedelta(minutes=1)
"""Time by which a state is kept longer, as Lance looks at the clock later than we do."""

_NOT_FOUND = re.compile("was not found|Not found: .*_versions")
_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT", "AZURE_STORAGE_ENDPOINT")


class RemotePlace(StorePlace):
    """An address of object storage, where Lance's commits take the place of locks.

    Args:
        scheme: such as ``s3``.
        path: bucket and path.

    Raises:
        InputError: if it is no address of a store, or holds a key.
    """

    is_shared = True

    def __init__(self, scheme: str, path: str) -> None:
        if scheme not in STORAGE_SCHEMES:
            raise InputError(
                f"the store {scheme}://... is an address that is not known here, expected a folder, or "
                "s3://, gs:// or az:// with a bucket and a path"
            )
        if "@" in path.partition("/")[0] and scheme != "abfss":
            raise InputError(
                f"the address {scheme}://... holds a key, which would be written into files and logs; set it "
                "in the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY ...)"
            )
        self._address = f"{scheme}://{path.rstrip('/')}"
        if "/" not in path.strip("/"):
            raise InputError(f"the store {self._address} is a whole bucket; expected {self._address}/NAME")
        endpoints = (os.environ.get(name, "") for name in _ENDPOINTS)
        if any(one.startswith("http://") for one in endpoints):
            self.options = {"allow_http": "true"}

    def __str__(self) -> str:
        return self._address

    @property
    def name(self) -> str:
        """Last part of the address."""
        return self._address.rpartition("/")[2]

    @property
    def absolute(self) -> str:
        """The address."""
        return self._address

    @property
    def table(self) -> str:
        """Address of the table of documents."""
        return f"{self._address}/{DOCUMENTS}"

    @property
    def _notes(self) -> str:
        return f"{self._address}/without_vector.lance"

    def holds_store(self) -> bool:
        """Return whether there is a store.

        Raises:
            DocumentStoreError: if the storage does not answer, or refuses.
        """
        return self._opened(self.table) is not None

    def check_free(self) -> None:
        """Do nothing: a store does not touch other objects under its address."""

    def clear(self) -> None:
        """Do nothing: a table that was begun has no state, and its files are removed by age."""

    def writing(self) -> contextlib.AbstractContextManager[None]:
        """Return no lock: see :meth:`DocumentStore.put` on what keeps two writers apart."""
        return contextlib.nullcontext()

    def hold_open(self, reader: object) -> None:
        """Do nothing: a state stays readable for a day after another has replaced it."""

    def clean(self, data: Any) -> None:
        """Remove states that were replaced more than a day ago, and files of no state after a week."""
        now = datetime.now()  # Lance gives times of this clock, without a zone
        settled = [one["timestamp"] for one in data.versions() if now - one["timestamp"] >= READERS_TIME]
        if settled:  # the newest of them is what a reader may have opened until a day ago
            data.cleanup_old_versions(older_than=now - max(settled) + CLOCKS)

    def size(self, data: Any) -> int:
        """Return the bytes of the files that the state needs."""
        files = (file for part in data.get_fragments() for file in part.metadata.files)
        return sum(file.file_size_bytes or 0 for file in files)

    def indexes(self, store: str) -> Path:
        """Return a folder in this machine's cache."""
        return cache_folder() / INDEXES / store

    def noted_without_vector(self) -> set[bytes]:
        """Return the digests that a table beside the documents holds."""
        data = self._opened(self._notes)
        if data is None:
            return set()
        with guarded(self, "read"):
            return set(data.to_table()["digest"].to_pylist())

    def note_without_vector(self, documents: Sequence[Document]) -> None:
        """Note documents in a table beside the documents."""
        import pyarrow as pa

        column = pa.array([one.digest for one in documents], pa.binary(DIGEST_BYTES))
        table = pa.table({"digest": column})
        with guarded(self, "written"):
            import_lance().write_dataset(table, self._notes, mode="append", storage_options=self.options)

    def _opened(self, address: str) -> Any:
        """Return the table of an address; ``None`` if there is none."""
        lance = import_lance()
        with guarded(self, "read"):
            try:
                return lance.dataset(address, storage_options=self.options)
            except (OSError, ValueError) as error:
                if _NOT_FOUND.search(str(error)):
                    return None
                raise
