"""Atomic writing of files, and the location of the user's cache folder."""

from __future__ import annotations

import contextlib
import errno
import glob
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ABANDONED_AFTER_SECONDS = 3600.0
"""Age from which a temporary file is taken to be left by a killed process."""

_SCRATCH = ".new-"
"""Beginning of the names of scratch folders."""


def cache_folder() -> Path:
    """Return the folder of evenband's cache: ``EVENBAND_CACHE`` if set, else one among the user's caches."""
    folder = os.environ.get("EVENBAND_CACHE", "").strip()
    if folder:
        return Path(folder).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("evenband", appauthor=False))


def replace_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, and create its folder where it does not exist.

    The content goes to a temporary file that is then renamed. Temporary files that a killed process left
    are removed.

    Raises:
        OSError: if the file cannot be written; an existing one stays as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{path.name[:40]}."
    _remove_abandoned(path.parent, prefix)
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


@contextlib.contextmanager
def scratch_folder(parent: Path) -> Iterator[Path]:
    """Context manager: a new folder to fill and then rename, removed at the end if it still is there.

    Folders that killed processes left in ``parent`` are removed first.

    Raises:
        OSError: if it cannot be created.
    """
    parent.mkdir(parents=True, exist_ok=True)
    for folder in parent.glob(f"{_SCRATCH}*"):
        with contextlib.suppress(OSError):
            if time.time() - folder.stat().st_mtime > ABANDONED_AFTER_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(dir=parent, prefix=_SCRATCH))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def why_not_written(path: Path, error: OSError) -> str:
    """Return one line on a file that could not be written: which folder, why, and what is kept.

    Args:
        path: of the file.
        error: what the system answered.
    """
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            f"no space left in {path.parent} for {path.name}; finished measurements are kept: free some "
            "space, then repeat the command to continue"
        )
    if error.errno == errno.EROFS:
        return (
            f"{path.parent} is on a read-only file system, so {path.name} cannot be written; choose another"
        )
    return f"{path}: cannot be written: {error.strerror or error}"


def _remove_abandoned(folder: Path, prefix: str) -> None:
    """Remove the temporary files that killed processes left of earlier writes."""
    for temporary in folder.glob(f"{glob.escape(prefix)}*.tmp"):
        with contextlib.suppress(OSError):
            if time.time() - temporary.stat().st_mtime > ABANDONED_AFTER_SECONDS:
                temporary.unlink()
