"""BM25 over texts, through bm25s: the lexical search that a vector search is held against.

What a word is decides the result as much as the formula does, so tokenizer, stop words and stemmer are part
of a search's identity and stand in every table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from importlib import metadata
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenband.errors import InputError, MissingExtraError
from evenband.index.scoring import checked_depth, checked_mask
from evenband.registry import nearest
from evenband.types import ModelSpec, Ranking, rank_candidates

BM25_NAME = "bm25"
"""Reference of BM25 among models; settings stand behind it: ``bm25?stemmer=none``."""

WORD_PATTERNS = {"words": r"(?u)\b\w\w+\b", "letters": r"(?u)\b\w+\b", "split": r"\S+"}
"""Regular expression of a word: two letters or more, one or more, or anything between spaces."""

LARGEST_K1 = 1000
"""Beyond it k1 makes no difference, and without bound every score is 0."""

FORMULA = "lucene"
"""Variant of the formula and of its weight of rare words, as bm25s names it."""

NO_STEMMER = "none"
STOP_LISTS = {"english": "en", "none": None}


@dataclass(frozen=True)
class Bm25Settings:
    """What a word is, and the formula's constants.

    Attributes:
        tokenizer: of :data:`WORD_PATTERNS`; ``split`` keeps capitals and punctuation, the others neither.
        stemmer: language of a Snowball stemmer; ``none`` for none.
        stopwords: ``english`` or ``none``.
        k1: how soon further occurrences of a word stop to count, above 0 and at most 1,000.
        b: how much the length of a document counts, in [0, 1].

    Raises:
        InputError: if a setting is not one of these.
    """

    tokenizer: str = "words"
    stemmer: str = "english"
    stopwords: str = "english"
    k1: float = 1.5
    b: float = 0.75

    def __post_init__(self) -> None:
        for name, value, choices in (
            ("tokenizer", self.tokenizer, WORD_PATTERNS),
            ("stopwords", self.stopwords, STOP_LISTS),
        ):
            if value not in choices:
                raise InputError(
                    f"bm25: got {name}={value}{nearest(value, choices)}, expected one of {', '.join(choices)}"
                )
        if not 0 < self.k1 <= LARGEST_K1 or not 0 <= self.b <= 1:
            raise InputError(
                f"bm25: got k1={self.k1:g} and b={self.b:g}, expected k1 above 0, {LARGEST_K1:,} or less, "
                "and b in [0, 1]"
            )

    @property
    def options(self) -> dict[str, str]:
        """All settings as text, by name."""
        return {one.name: f"{getattr(self, one.name)}" for one in fields(self)}

    @property
    def reference(self) -> str:
        """The reference that names these settings; those that are the usual ones are left out."""
        usual = Bm25Settings().options
        own = "&".join(f"{name}={value}" for name, value in self.options.items() if value != usual[name])
        return f"{BM25_NAME}?{own}" if own else BM25_NAME


def is_bm25(reference: str) -> bool:
    """Return whether a reference names BM25."""
    return reference.partition("?")[0] == BM25_NAME


def read_bm25(reference: str) -> Bm25Settings:
    """Return the settings of a reference such as ``bm25?stemmer=none&tokenizer=split``.

    Raises:
        InputError: if a setting does not exist or has a value that it cannot have.
    """
    names = {one.name: one.type for one in fields(Bm25Settings)}
    given: dict[str, Any] = {}
    for pair in filter(None, reference.partition("?")[2].split("&")):
        key, _, value = pair.partition("=")
        if key not in names:
            raise InputError(
                f"{reference!r}: bm25 has no setting {key!r}{nearest(key, names)} (there are: "
                f"{', '.join(names)})"
            )
        if key in given:
            raise InputError(f"{reference!r}: got {key} twice, expected each setting once")
        try:
            given[key] = float(value) if names[key] == "float" else value
        except ValueError:
            raise InputError(f"{reference!r}: got {key}={value}, expected a number") from None
    return Bm25Settings(**given)


class Bm25Index:
    """The words of n documents, with their weights.

    Args:
        texts: of the documents.
        settings: what a word is.

    Raises:
        MissingExtraError: without bm25s or PyStemmer, which the extra ``search`` installs.
        InputError: if there is no stemmer for the language, or no document has a word.
    """

    def __init__(self, texts: Sequence[str], settings: Bm25Settings | None = None) -> None:
        self.settings = settings or Bm25Settings()
        self._n = len(texts)
        bm25s = _bm25s()
        self._stem = _stemmer(self.settings.stemmer)
        self._bm25 = bm25s.BM25(k1=self.settings.k1, b=self.settings.b, method=FORMULA, idf_method=FORMULA)
        words = self._tokenize(texts)
        if not any(words):
            raise InputError("bm25: no document has a word, expected texts with words")
        self._bm25.index(words, show_progress=False)

    def __len__(self) -> int:
        return self._n

    @property
    def nbytes(self) -> int:
        """Bytes of the weights; the list of words comes on top."""
        return sum(int(self._bm25.scores[name].nbytes) for name in ("data", "indices", "indptr"))

    @property
    def spec(self) -> ModelSpec:
        """Identity of the scores, apart from the documents."""
        reference = self.settings.reference
        return bm25_spec(reference, self.settings)

    def search(self, queries: Sequence[str], k: int, within: NDArray[np.bool_] | None = None) -> Ranking:
        """Find the k documents with the highest scores; a document without a word of the query is not found.

        Shape: q texts -> ranking (q, k).

        Args:
            queries: texts.
            k: number of documents to find.
            within: which documents may be found, shape (n,); all if not given.

        Raises:
            InputError: if k is below 1, or there is not one truth value for each document.
        """
        checked_depth(k)
        checked_mask(within, len(self))
        found = [self._candidates(words, k, within) for words in self._tokenize(queries)]
        counts = [len(rows) for rows, _ in found]
        return rank_candidates(
            np.repeat(np.arange(len(found)), counts),
            np.concatenate([np.zeros(0, dtype=np.int64), *(rows for rows, _ in found)]),
            np.concatenate([np.zeros(0, dtype=np.float32), *(scores for _, scores in found)]),
            len(queries),
            k,
        )

    def _candidates(
        self, words: list[str], k: int, within: NDArray[np.bool_] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return those that may be found and score at least as high as the k-th best, with their scores."""
        known = [word for word in words if word in self._bm25.vocab_dict]
        if not known:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
        scores = np.asarray(self._bm25.get_scores(known), dtype=np.float32)
        if within is not None:
            scores = np.where(within, scores, np.float32(0))
        least = np.partition(scores, -k)[-k] if k < len(scores) else -np.inf
        rows = np.flatnonzero((scores >= least) & (scores > 0))
        return rows, scores[rows]

    def _tokenize(self, texts: Sequence[str]) -> list[list[str]]:
        is_split = self.settings.tokenizer == "split"
        words = _bm25s().tokenize(
            list(texts),
            lower=not is_split,
            token_pattern=WORD_PATTERNS[self.settings.tokenizer],
            stopwords=STOP_LISTS[self.settings.stopwords] or [],
            stemmer=self._stem,
            return_ids=False,
            show_progress=False,
        )
        tokenized: list[list[str]] = words
        return tokenized


def bm25_spec(reference: str, settings: Bm25Settings) -> ModelSpec:
    """Return the identity of BM25 with some settings, as that of a model."""
    return ModelSpec(
        ref=reference,
        name=reference.translate(str.maketrans("?&=", "---")),
        source="bm25s",
        revision=metadata.version("bm25s") if _is_installed() else "",
        dtype="float32",
        dim=1,
        options=settings.options,
        notes=(
            f"words: BM25 compares words, not vectors: tokenizer {settings.tokenizer}, stemmer "
            f"{settings.stemmer}, stop words {settings.stopwords}, k1 {settings.k1:g}, b {settings.b:g}, "
            f"formula {FORMULA}",
        ),
    )


def check_stemmer(settings: Bm25Settings) -> None:
    """Refuse settings whose stemmer does not exist.

    Raises:
        MissingExtraError: without bm25s or PyStemmer.
        InputError: naming the languages that there are.
    """
    _bm25s()
    _stemmer(settings.stemmer)


def _is_installed() -> bool:
    try:
        metadata.version("bm25s")
    except metadata.PackageNotFoundError:
        return False
    return True


def _bm25s() -> Any:
    try:
        import bm25s
    except ImportError:
        raise MissingExtraError("BM25", "search") from None
    return bm25s


def _stemmer(language: str) -> Any:
    """Return a function that stems words; ``None`` for none.

    Raises:
        MissingExtraError: without PyStemmer.
        InputError: if it has no stemmer for the language.
    """
    if language == NO_STEMMER:
        return None
    try:
        import Stemmer
    except ImportError:
        raise MissingExtraError("A stemmer", "search") from None
    languages = Stemmer.algorithms()
    if language not in languages:
        raise InputError(
            f"bm25: no stemmer for {language!r}{nearest(language, languages)}; expected {NO_STEMMER} or one "
            f"of {', '.join(languages)}"
        )
    return Stemmer.Stemmer(language)
