"""Conversion of word-vector files into memory-mapped tables in the cache, once per file."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import logging
import shutil
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from evenband.digests import digest_of
from evenband.encoders.wordvectors import word_table
from evenband.encoders.wordvectors.fasttext import read_fasttext
from evenband.encoders.wordvectors.subwords import Subwords
from evenband.encoders.wordvectors.word_files import FASTTEXT_MAGIC, Entry, WordFile, open_file, read_words
from evenband.encoders.wordvectors.word_table import TABLE_FORMAT, WordTable, hash_of
from evenband.errors import ModelError
from evenband.storage import cache_folder, replace_file, scratch_folder

logger = logging.getLogger(__name__)

ENTRIES_PER_WRITE = 4096


def open_table(path: Path) -> WordTable:
    """Return the table of a file, converted now if it was not.

    A file is known again by its place, size and times of change; its content's digest is its revision.

    Raises:
        ModelError: if it cannot be read, or the cache cannot hold the table.
    """
    try:
        state = path.stat()
    except OSError as error:
        raise ModelError(f"cannot read the word vectors {path}: {error.strerror}") from error
    if not path.is_file():
        raise ModelError(f"cannot read the word vectors {path}: it is not a file")
    key = [str(path.resolve()), state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino]
    record = cache_folder() / "wordvectors" / f"file-{digest_of(key)}.json"
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, ModelError):
        return WordTable(_folder(json.loads(record.read_text("utf-8"))["revision"]))
    logger.warning("reading %s once; later runs open it at once", path)
    try:
        with open_file(path) as file:
            table = convert(_Hashed(file), path)
    except (EOFError, zlib.error) as error:
        raise ModelError(f"{path} is damaged or cut off ({error}); download it again") from error
    with contextlib.suppress(OSError):
        replace_file(record, json.dumps({"revision": table.revision}).encode())
    return table


def converted(revision: str) -> WordTable | None:
    """Return the table of that revision if it is in the cache and whole."""
    with contextlib.suppress(ModelError):
        return WordTable(_folder(revision))
    return None


def convert(file: _Hashed, path: Path) -> WordTable:
    """Convert an open file.

    Raises:
        ModelError: if it cannot be read, or the cache cannot hold the table.
    """
    buffered = io.BufferedReader(file, 1 << 20)
    if buffered.peek(4)[:4] == FASTTEXT_MAGIC:
        model = read_fasttext(buffered, path)
        return write_table(model.words, path, file.digest, model.subwords)
    return write_table(read_words(buffered, path), path, file.digest)


def write_table(
    words: WordFile, path: Path, revision: Callable[[], str], subwords: Subwords | None = None
) -> WordTable:
    """Write a table of everything in a file into the cache, whole or not at all, and open it.

    Args:
        words: what the file holds.
        path: of the file, for messages.
        revision: gives the digest of the file; called when all of it has been read.
        subwords: n-grams of a fastText model.

    Raises:
        ModelError: if the file is damaged, or the cache cannot hold the table.
    """
    parent = cache_folder() / "wordvectors"
    try:
        with scratch_folder(parent) as folder:
            about = _write_words(words, folder, path)
            if subwords is not None:
                np.ascontiguousarray(subwords.vectors, "<f4").tofile(folder / word_table.NGRAMS)
                about["ngrams"] = [len(subwords.vectors), subwords.least, subwords.most]
            about["revision"] = revision()
            (folder / word_table.ABOUT).write_text(json.dumps(about), "utf-8")
            target = _folder(about["revision"])
            shutil.rmtree(target, ignore_errors=True)
            folder.rename(target)
    except OSError as error:
        reason = getattr(error, "strerror", None) or error
        raise ModelError(
            f"cannot convert the word vectors {path} into {parent}: {reason}; check the file, make room, "
            "or set EVENBAND_CACHE to another folder"
        ) from error
    return WordTable(target)


def _folder(revision: str) -> Path:
    return cache_folder() / "wordvectors" / f"{revision}-{TABLE_FORMAT}"


def _write_words(words: WordFile, folder: Path, path: Path) -> dict[str, Any]:
    """Write vectors, norms, words and their index, and return what the table says of itself."""
    index = _Index()
    with (
        (folder / word_table.VECTORS).open("wb") as vectors,
        (folder / word_table.NORMS).open("wb") as norms,
        (folder / word_table.TEXT).open("wb") as text,
    ):
        for rows in _batches(index.unique(words.entries)):
            matrix = np.stack([vector for _, vector in rows])
            _check_finite(matrix, rows, path)
            matrix.astype("<f4", copy=False).tofile(vectors)
            np.linalg.norm(matrix.astype(np.float64), axis=1).astype("<f4").tofile(norms)
            text.write(b"".join(word for word, _ in rows))
    if not index.lengths:
        raise ModelError(f"{path} holds no words")
    order = np.argsort(np.array(index.hashes, np.uint64), kind="stable")
    np.cumsum([0, *index.lengths]).astype("<i8").tofile(folder / word_table.OFFSETS)
    np.array(index.hashes, "<u8")[order].tofile(folder / word_table.HASHES)
    order.astype("<i8").tofile(folder / word_table.ORDER)
    n = len(index.lengths)
    return {"words": n, "dim": words.dim, "ngrams": None, "notes": index.notes(words.stated)}


def _check_finite(matrix: Any, rows: list[Entry], path: Path) -> None:
    is_finite = np.isfinite(matrix).all(axis=1)
    if not is_finite.all():
        word = rows[int(np.argmin(is_finite))][0].decode("utf-8", "replace")
        raise ModelError(f"{path}: the vector of {word!r} holds NaN or infinity, expected finite numbers")


def _batches(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    rows: list[Entry] = []
    for entry in entries:
        rows.append(entry)
        if len(rows) == ENTRIES_PER_WRITE:
            yield rows
            rows = []
    if rows:
        yield rows


class _Index:
    """Hash and length of every word so far; a word that was there already is left out."""

    def __init__(self) -> None:
        self.hashes: list[int] = []
        self.lengths: list[int] = []
        self._seen: set[int] = set()
        self._repeated = self._undecodable = self._read = 0

    def unique(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Yield each word once, as valid UTF-8."""
        for word, vector in entries:
            self._read += 1
            try:
                word.decode("utf-8")
            except UnicodeDecodeError:
                word = word.decode("utf-8", "replace").encode()
                self._undecodable += 1
            key = hash_of(word)
            if key in self._seen:
                self._repeated += 1
                continue
            self._seen.add(key)
            self.hashes.append(key)
            self.lengths.append(len(word))
            yield word, vector

    def notes(self, stated: int | None) -> list[str]:
        """Return what was unusual, a sentence each."""
        notes = []
        if self._repeated:
            notes.append(f"{self._repeated:,} words are in the file more than once; the first counts")
        if self._undecodable:
            notes.append(f"{self._undecodable:,} words are not UTF-8; their odd bytes are replaced")
        if stated is not None and stated != self._read:
            notes.append(f"the file's header states {stated:,} words, it holds {self._read:,}")
        return notes


class _Hashed(io.RawIOBase):
    """A file that is hashed while it is read."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file
        self._hash = hashlib.blake2b(digest_size=16)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        self._hash.update(data)
        return len(data)

    def digest(self) -> str:
        """Return the digest of the whole file, of which the rest is read now."""
        while data := self._file.read(1 << 20):
            self._hash.update(data)
        return self._hash.hexdigest()
