"""A reranker that says which pairs it cannot score, where it would fail on all."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from evenband.encoders.refusals import CONTROL_TEXT, MOST_LOGGED
from evenband.encoders.rerank.pair_contract import Pair, checked_pairs, checked_scores
from evenband.encoders.rerank.pair_readings import PairReading
from evenband.errors import EvenbandError, ModelError, UnavailableError
from evenband.types import ModelSpec, Readings, Reranker, Scores

logger = logging.getLogger(__name__)


@runtime_checkable
class PairCovering(Protocol):
    """A reranker that has no score for some pairs, and says for which; ask for it with ``isinstance``."""

    def covers_pairs(self, pairs: Sequence[Pair]) -> NDArray[np.bool_]:
        """Say which pairs have a score. Shape: n pairs -> (n,)."""


class SkippingReranker:
    """Scores pairs with the reranker inside, and finds those on which it fails by halving them."""

    def __init__(self, reranker: Reranker) -> None:
        """Wrap a reranker, which may be cached."""
        self.inner = reranker
        self._scores: dict[Pair, float] = {}
        self._refused: dict[Pair, str] = {}

    @property
    def spec(self) -> ModelSpec:
        """Everything that changes a score of the reranker inside."""
        return self.inner.spec

    def score(self, pairs: Sequence[Pair]) -> Scores:
        """Score pairs that it covers, in input order. Shape: n pairs -> (n,).

        Raises:
            ModelError: if the model cannot score one of them.
        """
        pairs = checked_pairs(pairs)
        if pairs and all(pair in self._scores for pair in pairs):
            return np.array([self._scores[pair] for pair in pairs], dtype=np.float64)
        return self.inner.score(pairs)

    def read_pairs(self, pairs: Sequence[Pair]) -> Readings | None:
        """Return what the model inside reads of the pairs; ``None`` if it does not tell."""
        return self.inner.read_pairs(pairs) if isinstance(self.inner, PairReading) else None

    def covers_pairs(self, pairs: Sequence[Pair]) -> NDArray[np.bool_]:
        """Try to score the pairs, and say which of them have a score. Shape: n pairs -> (n,).

        Raises:
            ModelError: if the model fails on an ordinary pair, too.
        """
        pairs = checked_pairs(pairs)
        fresh = [pair for pair in dict.fromkeys(pairs) if pair not in self._refused]
        refused: dict[Pair, Exception] = {}
        self._scores = {}  # of the last pairs only: an audit asks for their scores next
        self._try(fresh, refused)
        if refused:
            self._check_works(next(iter(refused.values())))
        for pair, error in refused.items():
            self._leave_out(pair, error)
        return np.array([pair not in self._refused for pair in pairs], dtype=np.bool_)

    def _try(self, pairs: list[Pair], refused: dict[Pair, Exception]) -> None:
        """Score pairs, halving them where that fails, and note those that are refused."""
        if not pairs:
            return
        try:
            scores = checked_scores(self.inner.score(pairs), pairs, self.spec)
        except MemoryError:
            raise
        except Exception as error:  # whatever the user's own reranker raises
            is_general = isinstance(error, UnavailableError)
            if is_general or (isinstance(error, EvenbandError) and not isinstance(error, ModelError)):
                raise
            if len(pairs) == 1:
                refused[pairs[0]] = error
                return
            middle = len(pairs) // 2
            self._try(pairs[:middle], refused)
            self._try(pairs[middle:], refused)
        else:
            self._scores.update(zip(pairs, scores.tolist(), strict=True))

    def _check_works(self, first: Exception) -> None:
        """Raise the first failure if the model fails on an ordinary pair, too."""
        control = [(CONTROL_TEXT, CONTROL_TEXT)]
        try:
            checked_scores(self.inner.score(control), control, self.spec)
        except MemoryError:
            raise
        except Exception:  # whatever the user's own reranker raises
            raise first from None

    def _leave_out(self, pair: Pair, error: Exception) -> None:
        if len(self._refused) < MOST_LOGGED:
            shown = " with ".join(repr(text if len(text) <= 40 else f"{text[:37]}...") for text in pair)
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            logger.warning("left out: reranker %r cannot score %s: %s", self.spec.ref, shown, reason)
        elif len(self._refused) == MOST_LOGGED:
            logger.warning("left out: more pairs that reranker %r cannot score", self.spec.ref)
        self._refused[pair] = str(error)
