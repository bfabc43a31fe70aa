"""The lock of a training's folder: one process at a time trains into it."""

from __future__ import annotations

import contextlib
import os
import weakref
from pathlib import Path
from typing import Any

from evenband.errors import RunError

TRAINING_LOCK = "training.lock"
"""Name of the lock's file, beside the record."""


class TrainingLock:
    """The lock of one folder, which another process, or another training of this one, may hold.

    Where files cannot be locked (Windows, some network drives), it keeps nobody out.

    Args:
        out: folder of the trained model, for messages.
        folder: of the training's record.
    """

    def __init__(self, out: Path, folder: Path) -> None:
        self._out = out
        self._path = folder / TRAINING_LOCK
        self._end: weakref.finalize[[int], TrainingLock] | None = None

    def check(self) -> None:
        """Refuse a folder into which somebody else is training; nothing is written.

        Raises:
            RunError: then.
        """
        if self._end is None and self._path.is_file():
            self._close(self._locked(os.O_RDWR))

    def take(self) -> None:
        """Keep others out of the folder until :meth:`release`, or the end of this object.

        Raises:
            RunError: if somebody else is training into it.
        """
        if self._end is not None:
            return
        with contextlib.suppress(OSError):  # what is written next tells of a folder that cannot be written
            self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = self._locked(os.O_RDWR | os.O_CREAT)
        if descriptor is not None:
            self._end = weakref.finalize(self, os.close, descriptor)

    def release(self) -> None:
        """Let others into the folder."""
        if self._end is not None:
            self._end()
        self._end = None

    def _locked(self, flags: int) -> int | None:
        """Return the descriptor of the file, locked; ``None`` where files cannot be locked."""
        fcntl = _fcntl()
        if fcntl is None:
            return None
        descriptor: int | None = None
        try:
            descriptor = os.open(self._path, flags, 0o644)
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._close(descriptor)
            raise RunError(
                f"{self._out}: another process is training into this folder; wait until it has ended, then "
                "repeat the command, or choose another folder with -o"
            ) from None
        except OSError:
            self._close(descriptor)
            return None
        return descriptor

    @staticmethod
    def _close(descriptor: int | None) -> None:
        if descriptor is not None:
            os.close(descriptor)


def _fcntl() -> Any:
    """Return the module of file locks; ``None`` on Windows."""
    try:
        import fcntl
    except ImportError:
        return None
    return fcntl
