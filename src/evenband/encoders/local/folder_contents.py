"""Every file that decides a model's vectors: in its folder, behind links, and what it refers to outside."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from evenband.encoders.local.folder_references import references_of
from evenband.errors import ModelError

MOST_FILES = 100_000
"""Number of files beyond which a folder is no model's, such as one with a link to a whole disk."""

TRAINING_FOLDER = "evenband-training"
"""Folder in a trained model's own with what its training left behind."""

_UNREAD = {
    TRAINING_FOLDER,
    *("README.md", "LICENSE", "LICENSE.txt"),
    *(".git", ".gitattributes", ".gitignore", ".cache", ".DS_Store", ".ipynb_checkpoints", "__pycache__"),
}
"""Files and folders that change nothing about the vectors: texts for people, records of other programs."""

_CODE = (".py", ".so", ".pyd")
"""Ends of the names of files with code."""

_MOMENT = 100_000_000
"""Age in nanoseconds from which a file's times tell whether it changed."""

_READER_THREADS = min(8, os.cpu_count() or 1)
"""Number of files that are read at the same time."""


class File(NamedTuple):
    """A file, and what shows that it changed.

    Attributes:
        name: within the model's folder, or with what refers to it.
        path: where it is; empty for a link to nothing and for what only a name pins.
        state: device, inode, size in bytes, times of the last changes in nanoseconds.
    """

    name: str
    path: str
    state: tuple[int, ...] = ()


def files_of(folder: Path) -> tuple[File, ...]:
    """Return the files in a model's folder, ordered by name, then those that it refers to outside.

    Raises:
        ModelError: if a folder cannot be read, or holds too many files.
    """
    return (*_listed(folder, ""), *outside_of(folder))


def outside_of(folder: Path, seen: frozenset[str] = frozenset()) -> tuple[File, ...]:
    """Return the files outside a model's folder that it refers to.

    Raises:
        ModelError: as :func:`files_of`.
    """
    seen |= {os.path.realpath(folder)}
    found: list[File] = []
    for name, target, only_code in sorted(references_of(folder), key=lambda one: one[0]):
        if target is None:
            found.append(File(name, ""))
        elif os.path.realpath(target) not in seen:
            files = _listed(target, f"{name}/") if target.is_dir() else (_file(name, target),)
            found += [file for file in files if not only_code or file.path.endswith(_CODE)]
            found += outside_of(target, seen) if target.is_dir() and not only_code else ()
    return tuple(found)


def digest_files(files: tuple[File, ...]) -> str:
    """Return 32 hexadecimal digits: a hash of the files' names and contents.

    Only once per process while nothing shows that one of them changed. A file that was written a moment ago
    may change again within one tick of the file system's clock, so that it is read every time.

    Raises:
        ModelError: if a file cannot be read.
    """
    newest = max((file.state[-1] for file in files if file.state), default=0)
    return (_digest_once if time.time_ns() - newest > _MOMENT else _digest)(files)


def _digest(files: tuple[File, ...]) -> str:
    total = hashlib.blake2b(digest_size=16)
    with ThreadPoolExecutor(_READER_THREADS) as pool:
        for file, content in zip(files, pool.map(_content, files), strict=True):
            total.update(f"{file.name}\0{content}\0".encode("utf-8", "surrogateescape"))
    return total.hexdigest()


_digest_once = lru_cache(maxsize=16)(_digest)


def _content(file: File) -> str:
    """Return the hash of a file's content; empty for what is only a name."""
    if not file.path:
        return ""
    try:
        with Path(file.path).open("rb") as stream:
            return hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=32)).hexdigest()
    except OSError as error:
        raise ModelError(f"cannot read {file.path!r}: {error.strerror or error}") from error


def _listed(folder: Path, prefix: str) -> tuple[File, ...]:
    """Return all files below a folder, behind links too, ordered by name."""
    files = []
    try:
        for relative, path in _walk(str(folder.absolute()), "", ()):
            files.append(_file(relative, Path(path)))
            if len(files) > MOST_FILES:
                raise ModelError(
                    f"{str(folder)!r} holds more than {MOST_FILES:,} files, behind links too; "
                    "expected a model's own folder"
                )
    except OSError as error:
        raise ModelError(f"cannot read {str(error.filename)!r}: {error.strerror or error}") from error
    return tuple(file._replace(name=prefix + file.name) for file in sorted(files))


def _walk(folder: str, relative: str, above: tuple[tuple[int, int], ...]) -> Iterator[tuple[str, str]]:
    """Yield the name and path of each file, and of each link to nothing; a link to a folder above ends."""
    state = Path(folder).stat()
    here = (state.st_dev, state.st_ino)
    if here in above:
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name in _UNREAD:
                continue
            if _is_folder(entry):
                yield from _walk(entry.path, f"{relative}{entry.name}/", (*above, here))
            else:
                yield relative + entry.name, entry.path


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry is a folder or a link to one; a link to itself is none."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _file(name: str, path: Path) -> File:
    """Return what is known of a file without reading it."""
    try:
        state = path.stat()
    except OSError:  # a link to nothing, or to itself
        return File(name, "")
    if not stat.S_ISREG(state.st_mode):
        return File(name, "")
    times = (state.st_mtime_ns, state.st_ctime_ns)
    return File(name, str(path.absolute()), (state.st_dev, state.st_ino, state.st_size, *times))
