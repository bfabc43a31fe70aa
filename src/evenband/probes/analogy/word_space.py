"""The words that arithmetic ranks: an encoder's own list, or words that the user names, embedded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from evenband.digests import digest_of
from evenband.encoders import Listing, Vocabulary
from evenband.errors import InputError, MissingVectorsError
from evenband.probes.embedding import embed
from evenband.types import Encoder, ModelSpec, Vectors


@dataclass(frozen=True)
class EmbeddedWords:
    """Words and their vectors in memory, as a :class:`~evenband.encoders.Vocabulary`.

    Attributes:
        words: n different words.
        vectors: theirs. Shape: (n, d).
    """

    words: Sequence[str]
    vectors: Vectors

    @cached_property
    def norms(self) -> NDArray[np.float32]:
        """Length of each vector. Shape: (n,)."""
        lengths = np.linalg.norm(self.vectors.astype(np.float64), axis=1)
        return np.asarray(lengths, dtype=np.float32)

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {word: row for row, word in enumerate(self.words)}

    def row(self, word: str) -> int | None:
        """Return the row of a word, exactly as it is written; ``None`` if the list lacks it."""
        return self._rows.get(word)


def no_list(ref: str) -> InputError:
    """Return the error of a model that has no list of words, where no words are given."""
    return InputError(
        f"model {ref!r} has no list of words to search; name one with --words, such as wordnet:person.n.01 "
        "or a file"
    )


@dataclass(frozen=True)
class WordSpace:
    """The words that arithmetic ranks, of one subject.

    Attributes:
        subject: identity of the vectors.
        vocabulary: words and vectors.
        size: number of words that are ranked, the first of the list; the others are not looked at.
        digest: identity of the words where the user named them; empty for an encoder's own list.
        encoder: embeds phrases that the list lacks; ``None`` where there are none to embed.
        phrases: such phrases, which are not ranked; their rows follow those of the whole list.
    """

    subject: ModelSpec
    vocabulary: Vocabulary
    size: int
    digest: str = ""
    encoder: Encoder | None = None
    phrases: EmbeddedWords = field(default_factory=lambda: EmbeddedWords((), np.empty((0, 0), np.float32)))

    @classmethod
    def of(cls, encoder: Encoder, words: Sequence[str] = (), limit: int | None = None) -> WordSpace:
        """Return the space of an encoder.

        Args:
            encoder: with a list of words of its own, or any encoder together with ``words``.
            words: to embed and rank in place of its own list.
            limit: rank the first words of the list only.

        Raises:
            InputError: if the encoder has no list and no words are given, or the limit is below 1.
            MissingVectorsError: if none of the words has a vector.
        """
        if limit is not None and limit < 1:
            raise InputError(f"got a vocabulary of {limit} words, expected 1 or more")
        if words:
            unique = list(dict.fromkeys(words))
            embedded = embed(encoder, unique)
            if not embedded.present.any():
                raise MissingVectorsError(
                    f"{encoder.spec.ref} has no vector for any of {len(unique):,} words"
                )
            kept = np.flatnonzero(embedded.present).tolist()
            vocabulary: Vocabulary = EmbeddedWords(
                [unique[row] for row in kept], np.asarray(embedded.vectors[kept])
            )
            digest = digest_of(unique)
        elif isinstance(encoder, Listing):
            vocabulary, digest = encoder.vocabulary(), ""
        else:
            raise no_list(encoder.spec.ref)
        n = len(vocabulary.words)
        return cls(encoder.spec, vocabulary, n if limit is None else min(n, limit), digest, encoder)

    def with_phrases(self, words: Iterable[str]) -> WordSpace:
        """Return the space with those words of several parts that its list lacks, as the encoder embeds them.

        Encoders of word vectors embed a phrase as the mean of its words.
        """
        lacking = [word for word in dict.fromkeys(words) if " " in word.strip() and self.row(word) is None]
        if not lacking or self.encoder is None:
            return self
        embedded = embed(self.encoder, lacking)
        kept = np.flatnonzero(embedded.present).tolist()
        phrases = EmbeddedWords([lacking[row] for row in kept], np.asarray(embedded.vectors[kept]))
        return replace(self, phrases=phrases)

    def vectors_at(self, rows: NDArray[np.int64]) -> Vectors:
        """Return the vectors of some rows, those of phrases included. Shape: (n,) -> (n, d)."""
        return self._at(rows, np.asarray(self.vocabulary.vectors), self.phrases.vectors)

    def norms_at(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return their lengths. Shape: (n,) -> (n,)."""
        return self._at(rows, np.asarray(self.vocabulary.norms), self.phrases.norms)

    def _at(self, rows: NDArray[np.int64], own: Vectors, others: Vectors) -> Vectors:
        n = len(self.vocabulary.words)
        is_phrase = rows >= n
        found = np.asarray(own[np.where(is_phrase, 0, rows)], dtype=np.float32)
        if is_phrase.any():
            found[is_phrase] = others[rows[is_phrase] - n]
        return found

    def row(self, word: str) -> int | None:
        """Return the row of a word as written, in lower case, or with ``_`` for its spaces, or ``None``."""
        joined = "_".join(word.split())
        for form in (word, word.lower(), joined, joined.lower()):
            row = self.vocabulary.row(form)
            if row is not None and row < self.size and self.vocabulary.norms[row] > 0:
                return row
        phrase = self.phrases.row(word)
        has_vector = phrase is not None and self.phrases.norms[phrase] > 0
        return len(self.vocabulary.words) + phrase if phrase is not None and has_vector else None

    def rows(self, words: Sequence[str]) -> list[int]:
        """Return the row of each word.

        Raises:
            MissingVectorsError: naming the words that have none.
        """
        rows = [self.row(word) for word in words]
        absent = [repr(word) for word, row in zip(words, rows, strict=True) if row is None]
        if absent:
            is_glued = any(sign in word[1:] for word in absent for sign in "+-\u2212*")
            hint = "; put spaces around + and -, as in 'king - man + woman'" if is_glued else ""
            raise MissingVectorsError(
                f"{self.subject.ref} has no vector for {', '.join(absent)} among its {self.size:,} words"
                f"{hint}"
            )
        return [row for row in rows if row is not None]
