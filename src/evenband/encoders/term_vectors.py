r"""Lexical models: what a search without any embedding model compares, as vectors.

``lexical:words`` counts the words of a text (``\w+``, case folded), ``lexical:chars`` its runs of three
characters. The cosine of two vectors is that of the counts, but for the few terms that share a place: a hash
gives each of them a place and a sign. ``?weight=tfidf`` weighs words by how rare they are in general text.
BM25 is no such model: it scores a query against the documents of a corpus, not two texts.

The encoders ``toy:`` count the same features, with pseudo-random vectors in place of places: they are the
baselines of pass rates, of which several draws are averaged, and stand-ins in tests.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray

from evenband.encoders.contract import checked_texts, checked_vectors, require_covered
from evenband.encoders.references import Reference, Settings
from evenband.errors import InputError, MissingExtraError
from evenband.types import ModelSpec, Readings, Role, Tokens, Vectors

PLACES = 2048
"""Length of a vector by default."""

TERM_WEIGHTS = ("count", "binary", "log", "tfidf")
"""Values of the option ``weight``: how often a term occurs, whether, 1 + ln of how often, times rarity."""

RAREST_ZIPF = 9.0
"""Zipf value of a word that is all there is: a word's distance from it is ln(1 / frequency) / ln 10."""

_WORD = re.compile(r"\w+")
_RANGE = re.compile(r"([1-9])(?:-([1-9]))?")
_ENDS = ("\x02", "\x03")

Split = Callable[[str], list[str]]


class LexicalEncoder:
    """Counts of a text's terms, each at the place that its hash gives, scaled to length one."""

    slice_size = 4096

    def __init__(self, spec: ModelSpec, split: Split, rarity: Callable[[str], float]) -> None:
        """Create the encoder.

        Args:
            spec: everything that changes a vector.
            split: gives the terms of a text, as often as they occur.
            rarity: factor of a term.
        """
        self._spec = spec
        self._split = split
        self._weight = spec.options["weight"]
        self._rarity = lru_cache(maxsize=100_000)(rarity)

    @property
    def spec(self) -> ModelSpec:
        """Everything that changes a vector."""
        return self._spec

    def covers(self, texts: Sequence[str], role: Role = Role.NONE) -> NDArray[np.bool_]:
        """Say which texts have a term. Shape: n texts -> (n,)."""
        del role
        return np.array([bool(self._split(text)) for text in checked_texts(texts)], dtype=np.bool_)

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        """Compute the vectors of the texts; the role makes no difference.

        Shape: n texts -> (n, d).

        Raises:
            ModelError: if a text has no term.
        """
        texts = checked_texts(texts)
        require_covered(self, texts, role)
        vectors = np.zeros((len(texts), self._spec.dim))
        for row, text in enumerate(texts):
            for term, count in Counter(self._split(text)).items():
                number = _hash(term)
                value = self._value(term, count)
                vectors[row, number % self._spec.dim] += value if number >> 63 else -value
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        for row in np.flatnonzero(
            lengths[:, 0] == 0
        ).tolist():  # its terms share one place, with opposite signs
            vectors[row, _hash(" ".join(sorted(self._split(texts[row])))) % self._spec.dim] = 1.0
            lengths[row] = 1.0
        return checked_vectors(vectors / lengths, texts, self._spec)

    def count_tokens(self, texts: Sequence[str], role: Role = Role.NONE) -> list[int]:
        """Count the terms of each text."""
        del role
        return [len(self._split(text)) for text in checked_texts(texts)]

    def read(self, texts: Sequence[str], role: Role = Role.NONE) -> Readings:
        """Return what is read of each text: its terms, in any order."""
        del role
        ids = [sorted(_id(term) for term in self._split(text)) for text in checked_texts(texts)]
        return Readings.of_ids(ids, [[] for _ in ids])

    def tokens(self, text: str, role: Role = Role.NONE) -> Tokens:
        """Return the terms of one text, with a number for each that its hash gives."""
        del role
        terms = self._split(text)
        return Tokens(text, tuple(_id(term) for term in terms), tuple(terms))

    def _value(self, term: str, count: int) -> float:
        if self._weight == "binary":
            return 1.0
        return 1.0 + math.log(count) if self._weight == "log" else count * self._rarity(term)


def words(reference: Reference, settings: Settings) -> LexicalEncoder:
    """A bag of words as a search without a model counts them: ?weight=count, binary, log or tfidf.

    Raises:
        InputError: for options that it does not have.
        MissingExtraError: for ``tfidf``, if the frequencies of words are not installed.
    """
    reference.check_options(["dim", "lang", "weight"])
    weight = reference.choice("weight", TERM_WEIGHTS, TERM_WEIGHTS[0])
    language = reference.options.get("lang", "en")
    if weight != "tfidf" and "lang" in reference.options:
        raise InputError(f"model {reference.text!r}: lang has an effect with weight=tfidf only; leave it out")
    own = {"kind": "words", "weight": weight}
    if weight != "tfidf":
        return _make(reference, settings, own, split_words, lambda _: 1.0)
    rarity = _rarity(language, reference.text)
    own |= {"lang": language, "frequencies": f"wordfreq {version('wordfreq')}"}
    return _make(reference, settings, own, split_words, rarity)


def chars(reference: Reference, settings: Settings) -> LexicalEncoder:
    """Runs of characters as a search without a model counts them: ?n=3 or a range such as ?n=2-4, ?weight=.

    Raises:
        InputError: for options that it does not have.
    """
    reference.check_options(["dim", "n", "weight"])
    weight = reference.choice("weight", TERM_WEIGHTS[:-1], TERM_WEIGHTS[0])
    given = _RANGE.fullmatch(reference.options.get("n", "3"))
    least, most = (0, 0) if given is None else (int(given[1]), int(given[2] or given[1]))
    if not 0 < least <= most:
        raise InputError(
            f"model {reference.text!r}: got n={reference.options['n']!r}, expected a number of characters "
            "from 1 to 9, or a range such as 2-4"
        )
    own = {"kind": "chars", "weight": weight, "n": f"{least}-{most}"}
    return _make(reference, settings, own, lambda text: split_characters(text, least, most), lambda _: 1.0)


def split_words(text: str) -> list[str]:
    """Return the words of a text, case folded."""
    return _WORD.findall(text.casefold())


def split_characters(text: str, least: int, most: int) -> list[str]:
    """Return every run of ``least`` to ``most`` characters, with a mark at either end of the text."""
    if not text:
        return []
    marked = _ENDS[0] + text + _ENDS[1]
    return [
        marked[start : start + length]
        for length in range(least, most + 1)
        for start in range(max(1, len(marked) - length + 1))
    ]


def _make(
    reference: Reference,
    settings: Settings,
    own: dict[str, str],
    split: Split,
    rarity: Callable[[str], float],
) -> LexicalEncoder:
    del settings
    spec = ModelSpec(
        ref=reference.text,
        name=reference.name,
        source="lexical",
        revision="1",
        dtype="float32",
        dim=reference.integer("dim") or PLACES,
        pooling="sum",
        normalize=True,
        options=own,
    )
    return LexicalEncoder(spec, split, rarity)


def _rarity(language: str, ref: str) -> Callable[[str], float]:
    """Return the function ln(1 / frequency) of words, which stands in for the idf that a corpus would give.

    Raises:
        InputError: if there are no frequencies of the language.
        MissingExtraError: if wordfreq is not installed.
    """
    try:
        from wordfreq import available_languages, zipf_frequency
    except ImportError:
        raise MissingExtraError("Frequencies of words", "words") from None
    known = sorted(available_languages())
    if language not in known:
        raise InputError(f"model {ref!r}: got lang={language!r}, expected one of {', '.join(known)}")
    return lambda word: float((RAREST_ZIPF - zipf_frequency(word, language)) * math.log(10))


@lru_cache(maxsize=100_000)
def _hash(term: str) -> int:
    """Return 64 bits that a term decides."""
    return int.from_bytes(
        hashlib.blake2b(term.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little"
    )


def _id(term: str) -> int:
    """Return a hash that fits a signed number of 64 bits."""
    return _hash(term) >> 1
