"""Who writes to a store, and who reads it: locks that the system ends with their process."""

from __future__ import annotations

import contextlib
import os
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evenband.corpora.lance_tables import DocumentStoreError, guarded

WRITING, READING = "writing.lock", "reading.lock"


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Context manager: be the only process that writes to a store.

    The folder is made; where nothing was written to it, it is removed again.

    Raises:
        DocumentStoreError: if another process is writing.
    """
    missing = [one for one in (path, *path.parents) if not one.exists()]
    with guarded(path, "written"):
        path.mkdir(parents=True, exist_ok=True)
    try:
        fcntl = _fcntl()
        if fcntl is None:  # Lance itself refuses commits that conflict
            yield
            return
        lock = _lock_alone(fcntl, path)
        try:
            yield
        finally:
            if [one.name for one in path.iterdir()] == [WRITING]:
                (path / WRITING).unlink()
            os.close(lock)
    finally:
        with contextlib.suppress(OSError):  # a folder that is not empty stays
            for one in missing:
                one.rmdir()


def _lock_alone(fcntl: Any, path: Path) -> int:
    """Return the descriptor of the lock file, locked; a file that another process removed is made again."""
    while True:
        with guarded(path, "written"), contextlib.suppress(FileNotFoundError):
            path.mkdir(parents=True, exist_ok=True)
            lock = os.open(path / WRITING, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.path.samestat(os.fstat(lock), (path / WRITING).stat()):
                    return lock
            except BlockingIOError:
                os.close(lock)
                raise DocumentStoreError(
                    f"another process is writing to the store {path}; wait until it has ended"
                ) from None
            except OSError:
                os.close(lock)
                raise
            os.close(lock)


def hold_open(path: Path, reader: object) -> None:
    """Keep writers from removing any file of a store while a reader exists.

    It waits while a writer is removing files. A store that cannot be locked, such as one on a medium that
    cannot be written, is read without that.

    Args:
        path: of the store.
        reader: as long as it exists, the store is being read.
    """
    fcntl = _fcntl()
    if fcntl is None:
        return
    with contextlib.suppress(OSError):
        lock = os.open(path / READING, os.O_RDONLY | os.O_CREAT, 0o644)
        weakref.finalize(reader, os.close, lock)
        fcntl.flock(lock, fcntl.LOCK_SH)


@contextlib.contextmanager
def unread(path: Path) -> Iterator[bool]:
    """Context manager: whether nobody reads a store; whoever wants to begin waits until it ends."""
    fcntl = _fcntl()
    if fcntl is None:
        yield True
        return
    lock = os.open(path / READING, os.O_RDONLY | os.O_CREAT, 0o644)
    try:
        yield _is_locked_alone(fcntl, lock)
    finally:
        os.close(lock)


def _is_locked_alone(fcntl: Any, lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _fcntl() -> Any:
    """Return the module of file locks; ``None`` on Windows."""
    try:
        import fcntl
    except ImportError:
        return None
    return fcntl
