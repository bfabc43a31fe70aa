"""Reader of fastText's own binary files, whose words are means of hashed n-grams."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from evenband.encoders.wordvectors.subwords import Subwords
from evenband.encoders.wordvectors.word_files import FASTTEXT_MAGIC, LONGEST_WORD, Entry, WordFile
from evenband.errors import ModelError
from evenband.types import Vectors

FASTTEXT_VERSIONS = (11, 12)
"""Versions of fastText's file format, those since 2017."""

END_OF_SENTENCE = b"</s>"
"""The one word of a fastText model without n-grams."""

_ARGUMENTS = struct.Struct("<12i d")
"""dim, ws, epoch, minCount, neg, wordNgrams, loss, model, bucket, minn, maxn, lrUpdateRate, t."""

_COUNTS = struct.Struct("<3i 2q")
"""entries, words, labels, tokens, pruned n-grams."""


@dataclass(frozen=True)
class FastTextFile:
    """What a fastText file holds.

    Attributes:
        words: its words; their vectors are made of their row and their n-grams.
        subwords: the n-grams; ``None`` if the model has none.
    """

    words: WordFile
    subwords: Subwords | None


def read_fasttext(file: BinaryIO, path: Path) -> FastTextFile:
    """Read a model of fastText, unquantised.

    Raises:
        ModelError: if it is quantised, of another version, or damaged.
    """
    try:
        magic, version = file.read(4), struct.unpack("<i", file.read(4))[0]
        if magic != FASTTEXT_MAGIC or version not in FASTTEXT_VERSIONS:
            raise ModelError(f"{path}: got a fastText file of version {version}, expected 11 or 12")
        arguments = _ARGUMENTS.unpack(file.read(_ARGUMENTS.size))
        dim, least, most = arguments[0], arguments[9], arguments[10]
        words, n_words = _read_dictionary(file)
        if struct.unpack("<?", file.read(1))[0]:
            raise ModelError(
                f"{path} is quantised, which is not read; expected the model's .bin or .vec file"
            )
        n_rows, n_columns = struct.unpack("<2q", file.read(16))
        if n_columns != dim or n_rows < n_words:
            raise ModelError(f"{path} is damaged: got a matrix of {n_rows} x {n_columns}")
        vectors: Vectors = np.frombuffer(_read(file, 4 * n_rows * dim), "<f4").reshape(n_rows, dim)
    except struct.error as error:
        raise ModelError(f"{path} is damaged or cut off ({error}); download it again") from error
    has_ngrams = n_rows > n_words and 0 < least <= most
    subwords = Subwords(vectors[n_words:], least, most) if has_ngrams else None
    return FastTextFile(WordFile(dim, _entries(words, vectors, subwords), n_words), subwords)


def _read_dictionary(file: BinaryIO) -> tuple[list[bytes], int]:
    """Return the words, and the number of rows that words have in the matrix."""
    n_entries, n_words, _, _, n_pruned = _COUNTS.unpack(_read(file, _COUNTS.size))
    words = []
    for _ in range(n_entries):
        word = _read_word(file)
        _, is_label = struct.unpack("<q b", _read(file, 9))
        if not is_label:
            words.append(word)
    if n_pruned > 0:
        _read(file, 8 * n_pruned)
    return words[:n_words], n_words


def _read_word(file: BinaryIO) -> bytes:
    """Read up to the next zero byte."""
    word = bytearray()
    while (byte := file.read(1)) != b"\0":
        if not byte or len(word) > LONGEST_WORD:
            raise struct.error("a word does not end")
        word += byte
    return bytes(word)


def _read(file: BinaryIO, size: int) -> bytes:
    data = file.read(size)
    if len(data) != size:
        raise struct.error(f"{size - len(data):,} bytes are missing")
    return data


def _entries(words: list[bytes], vectors: Vectors, subwords: Subwords | None) -> Iterator[Entry]:
    """Give each word the mean of its own row and its n-grams' rows."""
    for row, word in enumerate(words):
        is_whole = subwords is None or word == END_OF_SENTENCE
        rows = [] if subwords is None or is_whole else subwords.rows(word.decode("utf-8", "replace"))
        if subwords is None or not rows:
            yield word, vectors[row]
        else:
            total = vectors[row] + np.sum(subwords.vectors[rows], axis=0, dtype=np.float32)
            yield word, np.asarray(total / np.float32(len(rows) + 1), dtype=np.float32)
