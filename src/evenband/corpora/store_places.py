"""Where a store lies: a folder of this machine, or an address of object storage."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TypeAlias

from evenband.corpora.object_storage import STORAGE_SCHEMES, RemotePlace
from evenband.corpora.store_folders import LocalPlace
from evenband.corpora.store_place import StorePlace
from evenband.errors import InputError

StoreName: TypeAlias = "str | Path | StorePlace"
"""What names a store: a folder or an address, as a text or a path."""

_STORE_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/+(.*)", re.DOTALL)


def place_of(store: StoreName) -> StorePlace:
    """Return where a store lies, given its folder or address.

    Raises:
        InputError: if it is an address that cannot be one of a store.
    """
    if isinstance(store, StorePlace):
        return store
    scheme, mark, rest = str(store).partition(":")
    if mark and not rest and scheme.lower() in STORAGE_SCHEMES:  # what a path makes of s3://
        raise InputError(f"the store {store}// has no bucket; expected {store}//BUCKET/NAME")
    match = _STORE_ADDRESS.fullmatch(str(store))
    if match is None:
        return LocalPlace(Path(store))
    return RemotePlace(match[1].lower(), match[2])


def is_address(text: str) -> bool:
    """Return whether a text is an address of object storage."""
    match = _STORE_ADDRESS.fullmatch(text)
    return match is not None and match[1].lower() in STORAGE_SCHEMES
