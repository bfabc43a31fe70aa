"""An encoder over a table of words: the vector of a text is the mean of its words' vectors."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evenband.encoders.contract import checked_texts, checked_vectors
from evenband.encoders.references import Reference, Settings
from evenband.encoders.wordvectors.conversion import open_table
from evenband.encoders.wordvectors.word_table import WordTable
from evenband.errors import InputError, ModelError
from evenband.types import ModelSpec, Role, Tokens, Vectors, Vocabulary

_PIECES = re.compile(r"n't\b|'\w+|\w+(?=n't\b)|\w+|[^\w\s]", re.IGNORECASE)
"""Parts of a word that the list does not have as a whole: words, clitics and punctuation."""

_IS_WORD = re.compile(r"\w")


class WordVectorEncoder:
    """The mean of the vectors of a text's words.

    A text is split at spaces. A word that the list lacks is looked up in lower case, then in parts (letters,
    clitics such as ``'s``, punctuation). Punctuation without a vector is left out; a text with a word
    that has no vector has none either, since the mean of the others would pass for it.
    """

    def __init__(self, spec: ModelSpec, table: WordTable) -> None:
        """Create the encoder of a table."""
        self._spec = spec
        self.table = table
        self._find: Callable[[str], Vectors | None] = lru_cache(maxsize=100_000)(table.vector)

    @property
    def spec(self) -> ModelSpec:
        """Everything that changes a vector."""
        return self._spec

    def vocabulary(self) -> Vocabulary:
        """Return all words and vectors of the table."""
        return self.table

    def covers(self, texts: Sequence[str], role: Role = Role.NONE) -> NDArray[np.bool_]:
        """Say which texts consist of words that have a vector. Shape: n texts -> (n,)."""
        del role
        return np.array([self._vectors(text) is not None for text in checked_texts(texts)], dtype=np.bool_)

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        """Compute the mean vectors of the texts; the role makes no difference.

        Shape: n texts -> (n, d).

        Raises:
            ModelError: if a word of a text has no vector.
        """
        del role
        texts = checked_texts(texts)
        vectors = np.zeros((len(texts), self._spec.dim), dtype=np.float32)
        for row, text in enumerate(texts):
            found = self._vectors(text)
            if found is None:
                raise ModelError(f"model {self._spec.ref!r} has no vector for a word of {text!r}")
            vectors[row] = np.mean(found, axis=0, dtype=np.float32)
        return checked_vectors(vectors, texts, self._spec)

    def count_tokens(self, texts: Sequence[str], role: Role = Role.NONE) -> list[int]:
        """Count the words of each text that have a vector."""
        del role
        return [len(self._words(text)) for text in checked_texts(texts)]

    def tokens(self, text: str, role: Role = Role.NONE) -> Tokens:
        """Return the words whose vectors are averaged, with their rows; -1 where n-grams stand in."""
        del role
        words = self._words(text)
        rows = [self.table.row(word) for word in words]
        return Tokens(text, tuple(-1 if row is None else row for row in rows), tuple(words))

    def _vectors(self, text: str) -> list[Vectors] | None:
        """Return the vectors of a text's words; ``None`` if a word has none or there is no word."""
        found = [self._find(word) for word in self._words(text)]
        vectors = [vector for vector in found if vector is not None]
        return vectors if vectors and len(vectors) == len(found) else None

    def _words(self, text: str) -> list[str]:
        """Return the entries that stand for a text: as written, in lower case, or in parts."""
        words: list[str] = []
        for chunk in text.split():
            whole = self._known(chunk)
            if whole is not None:
                words.append(whole)
                continue
            for piece in _PIECES.findall(chunk):
                known = self._known(piece)
                if known is not None:
                    words.append(known)
                elif _IS_WORD.search(piece):
                    words.append(piece)
        return words

    def _known(self, word: str) -> str | None:
        """Return the entry of a word, as written or in lower case; ``None`` if the list has neither."""
        return next((form for form in (word, word.lower()) if self.table.row(form) is not None), None)


def load(reference: Reference, settings: Settings) -> WordVectorEncoder:
    """word2vec, GloVe or fastText vectors from a file: word2vec:FILE; text, binary or gzipped.

    Raises:
        InputError: if no file is named, or for options.
        ModelError: if the file cannot be read.
    """
    del settings
    reference.check_options(["dim"])
    if not reference.argument:
        raise InputError(f"model {reference.text!r} names no file; expected such as word2vec:vectors.bin")
    return make_encoder(reference, open_table(Path(reference.argument).expanduser()))


def make_encoder(reference: Reference, table: WordTable) -> WordVectorEncoder:
    """Return the encoder of a reference and its table."""
    spec = ModelSpec(
        ref=reference.text,
        name=reference.name,
        source="word-vectors",
        revision=table.revision,
        dtype="float32",
        dim=table.dim,
        pooling="mean",
        normalize=False,
        notes=tuple(f"word file: {note}" for note in table.notes),
    )
    return WordVectorEncoder(spec, table)
