"""Readers of word-vector files: word2vec and GloVe as text, word2vec as binary, gzipped or not."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias, cast

import numpy as np

from evenband.errors import ModelError
from evenband.types import Vectors

GZIP_MAGIC = b"\x1f\x8b"
FASTTEXT_MAGIC = struct.pack("<i", 793712314)
PICKLE_MAGIC = b"\x80"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""What some editors put before a text file; no part of its first word."""

LONGEST_WORD = 1 << 16
"""Bytes after which a word of a binary file is taken for damage."""

Entry: TypeAlias = tuple[bytes, Vectors]
"""A word in UTF-8 and its vector of shape (d,)."""


@dataclass(frozen=True)
class WordFile:
    """An open file of word vectors.

    Attributes:
        dim: length of a vector.
        entries: words and vectors, in the file's order.
        stated: number of words that the header states; ``None`` without a header.
    """

    dim: int
    entries: Iterator[Entry]
    stated: int | None


def open_file(path: Path) -> BinaryIO:
    """Open a file, decompressed if it is gzipped.

    Raises:
        ModelError: if it cannot be opened.
    """
    try:
        with path.open("rb") as file:
            is_gzipped = file.read(2) == GZIP_MAGIC
        return cast(BinaryIO, gzip.open(path, "rb") if is_gzipped else path.open("rb"))
    except OSError as error:
        raise ModelError(f"cannot read the word vectors {path}: {error.strerror or error}") from error


def read_words(file: BinaryIO, path: Path) -> WordFile:
    """Tell the format of a file apart and return what it holds, still to be read.

    Raises:
        ModelError: if it is none of the formats.
    """
    first = file.readline(LONGEST_WORD).removeprefix(BYTE_ORDER_MARK)
    if first.startswith(PICKLE_MAGIC):
        raise ModelError(
            f"{path} is a pickle, which can run code when it is read; expected word2vec, GloVe or fastText: "
            "save it again with save_word2vec_format"
        )
    fields = first.split()
    if len(fields) == 2 and all(field.isdigit() for field in fields):
        count, dim = int(fields[0]), int(fields[1])
        if dim < 1:
            raise ModelError(f"{path}: got vectors of length {dim}, expected 1 or more")
        start = file.readline(LONGEST_WORD)
        if _is_text(start, dim):
            return WordFile(dim, _text_entries(file, start, dim, path, number=2), count)
        if _is_readable(start, least=4 * dim):
            raise _bad_line(path, 2, start, dim)
        return WordFile(dim, _binary_entries(file, start, dim, count, path), count)
    dim = len(fields) - 1
    if dim < 2 or not _is_text(first, dim):
        raise ModelError(
            f"{path} does not look like word vectors: its first line is {first[:60]!r}; "
            "expected 'COUNT LENGTH' (word2vec, fastText) or a word and its numbers (GloVe), with a space "
            "between them"
        )
    return WordFile(dim, _text_entries(file, first, dim, path, number=1), None)


def _is_text(line: bytes, dim: int) -> bool:
    """Return whether a line is a word and that many numbers."""
    fields = line.rstrip().split(b" ")
    try:
        return len(fields) > dim and len([float(field) for field in fields[-dim:]]) == dim
    except ValueError:
        return False


def _is_readable(line: bytes, least: int) -> bool:
    """Return whether a line is text behind its word, of that many bytes or more; binary numbers are not."""
    try:
        rest = line.rstrip().decode("utf-8").replace("\t", " ").partition(" ")[2]
    except UnicodeDecodeError:
        return False
    return len(rest) >= least and rest.isprintable()


def _bad_line(path: Path, number: int, line: bytes, dim: int) -> ModelError:
    return ModelError(
        f"{path}: line {number} is {line[:60]!r}, expected a word and {dim} numbers such as 0.125, with a "
        "space between them"
    )


def _text_entries(file: BinaryIO, first: bytes, dim: int, path: Path, number: int) -> Iterator[Entry]:
    """Read lines of a word and its numbers; a word may hold spaces, as some of GloVe's do."""
    line = first
    while line:
        if line.strip():
            fields = line.rstrip().rsplit(b" ", dim)
            try:
                with np.errstate(over="ignore"):  # infinity is refused later, by the word's name
                    vector = np.array([float(field) for field in fields[1:]], dtype=np.float32)
            except ValueError:
                vector = np.zeros(0, np.float32)
            if len(vector) != dim:
                raise _bad_line(path, number, line, dim)
            yield fields[0], vector
        line, number = file.readline(), number + 1


def _binary_entries(file: BinaryIO, start: bytes, dim: int, count: int, path: Path) -> Iterator[Entry]:
    """Read a word, a space and that many float32 numbers, as often as the header says, up to the end."""
    size, buffer = 4 * dim, bytearray(start)
    for row in range(count):
        while (space := buffer.find(b" ")) < 0 or len(buffer) < space + 1 + size:
            more = file.read(1 << 20)
            if not more or (space < 0 and len(buffer) > LONGEST_WORD):
                raise ModelError(
                    f"{path} is damaged or cut off: word {row + 1:,} of {count:,} is not whole; "
                    "download it again"
                )
            buffer += more
        numbers = bytes(buffer[space + 1 : space + 1 + size])
        yield bytes(buffer[:space]).lstrip(b"\n"), np.frombuffer(numbers, "<f4").astype(np.float32)
        del buffer[: space + 1 + size]
    if bytes(buffer + file.read(1)).strip(b"\n"):
        raise ModelError(
            f"{path} goes on behind the {count:,} words of {dim} float32 numbers that its header states: the "
            "header is wrong, the numbers are of another format, or the file is damaged"
        )
