"""Texts that a model cannot embed: a token beyond its vocabulary, too many positions, no tokens at all.

A failing call does not say which of its texts is to blame. Halving the texts finds it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from evenband.encoders.cache import CachedEncoder
from evenband.encoders.contract import checked_texts, checked_vectors, covered
from evenband.encoders.variants import VariantEncoder
from evenband.encoders.wrapping import Wrapper
from evenband.errors import EvenbandError, ModelError, Refusal, RefusedTextsError, UnavailableError
from evenband.types import Encoder, ModelSpec, Role, Vectors

logger = logging.getLogger(__name__)

SEARCHED = 1024
"""Number of texts that are searched at a time; the search for an error's texts ends where it found some."""

CONTROL_TEXT = "one two three"
"""A text that any model embeds that still works."""

MOST_LOGGED = 10
"""Number of texts left out that messages name, each in its own line."""

_PREFIX = re.compile(r"^model .{0,400}? failed on \d+ texts: ")


def refused_texts(error: ModelError, encoder: Encoder, texts: Sequence[str], role: Role) -> ModelError:
    """Return an error that names the texts for which a call failed; the error itself if none is to blame.

    The vectors of all other texts that are tried are kept, where the encoder is a cached one.

    Args:
        error: what the call raised.
        encoder: that failed.
        texts: of the call.
        role: of the call.
    """
    if isinstance(error, UnavailableError):
        return error
    if isinstance(error, RefusedTextsError):
        rows_of = {text: row for row, text in reversed(list(enumerate(texts)))}
        known = tuple(refusal._replace(row=rows_of[refusal.text]) for refusal in error.refusals)
        return RefusedTextsError(encoder.spec.ref, known, is_all=len(texts) <= SEARCHED)
    search = _Search(encoder, role, ModelError)
    for rows in _slices(texts):
        search.try_rows(texts, rows)
        if search.refusals:
            is_whole = rows[-1] == _in_order(texts)[-1]
            if _works(encoder, role):
                return RefusedTextsError(encoder.spec.ref, tuple(search.refusals), is_whole)
            return error
    return error


class SkippingEncoder(Wrapper):
    """Has no vector for texts that the encoder inside cannot embed, where this would fail on all."""

    def __init__(self, encoder: Encoder, /) -> None:
        """Wrap an encoder, which may be cached."""
        self._inner = encoder
        self._refused: dict[tuple[Role, str], str] = {}
        self._tried: tuple[list[str], Role, Vectors] | None = None

    @property
    def inner(self) -> Encoder:
        """The encoder inside."""
        return self._inner

    @property
    def spec(self) -> ModelSpec:
        """Everything that changes a vector of the encoder inside."""
        return self._inner.spec

    def covers(self, texts: Sequence[str], role: Role = Role.NONE) -> NDArray[np.bool_]:
        """Try to embed the texts, and say which of them have a vector. Shape: n texts -> (n,).

        Raises:
            ModelError: if the model fails on every text.
        """
        texts = checked_texts(texts)
        present = covered(self._inner, texts, role)
        present &= np.array([(role, text) not in self._refused for text in texts], dtype=np.bool_)
        rows = np.flatnonzero(present).tolist()
        search = _Search(self._inner, role, Exception)
        wanted = [texts[row] for row in rows]
        vectors = search.try_all(wanted)
        if search.refusals and not _works(self._inner, role):
            raise search.first
        for refusal in search.refusals:
            self._leave_out(refusal, role)
            present[[row for row, text in enumerate(texts) if text == refusal.text]] = False
        kept = [k for k, row in enumerate(rows) if present[row]]
        vectors = vectors if len(kept) == len(rows) else vectors[kept]
        self._tried = [wanted[k] for k in kept], role, vectors
        return present

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        """Return the vectors of texts that it covers, in input order. Shape: n texts -> (n, d).

        Raises:
            ModelError: if the model cannot embed one of them.
        """
        texts = checked_texts(texts)
        if self._tried is not None and self._tried[:2] == (texts, role):
            vectors, self._tried = self._tried[2], None
            return vectors
        return self._inner.encode(texts, role)

    def _leave_out(self, refusal: Refusal, role: Role) -> None:
        if len(self._refused) < MOST_LOGGED:
            logger.warning(
                "left out: model %r cannot embed %s: %s", self.spec.ref, refusal.shown, refusal.reason
            )
        elif len(self._refused) == MOST_LOGGED:
            logger.warning("left out: more texts that model %r cannot embed", self.spec.ref)
        self._refused[role, refusal.text] = refusal.reason


class _Search:
    """A search for the texts that an encoder cannot embed.

    Args:
        encoder: to try them with.
        role: of the texts.
        caught: errors that mean that a text cannot be embedded.
    """

    def __init__(self, encoder: Encoder, role: Role, caught: type[Exception]) -> None:
        self._encoder = encoder
        self._role = role
        self._caught = caught
        self.refusals: list[Refusal] = []
        self.first: Exception = ModelError("")

    def try_all(self, texts: list[str]) -> Vectors:
        """Return the vectors of the texts; those of refused ones are zero. Shape: n texts -> (n, d)."""
        whole = self._attempt(texts)
        if whole is not None:
            return whole
        vectors = np.zeros((len(texts), self._encoder.spec.dim), dtype=np.float32)
        unique = list(dict.fromkeys(texts))
        found: dict[str, Vectors] = {}
        for rows in _slices(unique):
            self.try_rows(unique, rows, lambda row, vector: found.__setitem__(unique[row], vector))
        for row, text in enumerate(texts):
            if text in found:
                vectors[row] = found[text]
        return vectors

    def try_rows(
        self, texts: Sequence[str], rows: Sequence[int], keep: Callable[[int, Vectors], None] | None = None
    ) -> None:
        """Embed some of the texts, halving them where that fails, and note those that are refused."""
        vectors = self._attempt([texts[row] for row in rows])
        if vectors is None and len(rows) == 1:
            text = texts[rows[0]]
            self.refusals.append(Refusal(text, rows[0], _reason(self._last)))
        elif vectors is None:
            middle = len(rows) // 2
            self.try_rows(texts, rows[:middle], keep)
            self.try_rows(texts, rows[middle:], keep)
        elif keep is not None:
            for row, vector in zip(rows, vectors, strict=True):
                keep(row, vector)

    def _attempt(self, texts: list[str]) -> Vectors | None:
        """Return the vectors of the texts, or ``None`` if the encoder fails. Shape: n texts -> (n, d)."""
        try:
            return checked_vectors(self._encoder.encode(texts, self._role), texts, self._encoder.spec)
        except MemoryError:
            raise
        except self._caught as error:
            is_general = isinstance(error, UnavailableError)
            if is_general or (isinstance(error, EvenbandError) and not isinstance(error, ModelError)):
                raise
            self._last = error
            if not self.refusals and not str(self.first):
                self.first = error
            return None


def _in_order(texts: Sequence[str]) -> list[int]:
    """Return the rows of the texts in alphabetical order, in which a cache embeds them."""
    return sorted(range(len(texts)), key=texts.__getitem__)


def _slices(texts: Sequence[str]) -> Iterator[list[int]]:
    order = _in_order(texts)
    for start in range(0, len(order), SEARCHED):
        yield order[start : start + SEARCHED]


def _works(encoder: Encoder, role: Role) -> bool:
    """Return whether the model still embeds an ordinary text: a device that failed once may fail on all."""
    while isinstance(encoder, CachedEncoder | VariantEncoder):
        encoder = encoder.inner
    try:
        checked_vectors(encoder.encode([CONTROL_TEXT], role), [CONTROL_TEXT], encoder.spec)
    except MemoryError:
        raise
    except Exception:  # whatever the user's own encoder raises
        return False
    return True


def _reason(error: Exception) -> str:
    if isinstance(error, RefusedTextsError):
        return error.refusals[0].reason
    lines = _PREFIX.sub("", str(error)).strip().splitlines()
    return lines[0] if lines else type(error).__name__
