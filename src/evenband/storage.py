"""Files that are written whole or not at all, and the folder of the user's cache."""

from __future__ import annotations

import contextlib
import glob
import os
import tempfile
import time
from pathlib import Path

ABANDONED = 3600.0
"""Seconds after which a temporary file belongs to nobody any more."""


def cache_folder() -> Path:
    """Path of evenband's cache: ``EVENBAND_CACHE``, or a folder among the user's caches."""
    chosen = os.environ.get("EVENBAND_CACHE", "").strip()
    if chosen:
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("evenband", appauthor=False))


def replace_file(path: Path, content: bytes) -> None:
    """Write under a temporary name, then rename; folders are made, what a killed process left is removed.

    Raises:
        OSError: if it cannot be written; what was there stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{path.name[:40]}."
    _clear(path.parent, prefix)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=prefix, suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _clear(folder: Path, prefix: str) -> None:
    """Remove what a killed process left of an earlier write."""
    for left in folder.glob(f"{glob.escape(prefix)}*.tmp"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > ABANDONED:
                left.unlink()
