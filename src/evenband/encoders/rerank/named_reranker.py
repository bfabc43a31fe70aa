"""A reranker under a name of the user's choosing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from evenband.encoders.capabilities import Versioned
from evenband.encoders.rerank.pair_contract import Pair
from evenband.encoders.rerank.pair_readings import PairReading
from evenband.types import ModelSpec, Readings, Reranker, Scores


class NamedReranker:
    """Passes every call on; only the name in its spec is another."""

    def __init__(self, reranker: Reranker, name: str) -> None:
        """Rename a reranker.

        Args:
            reranker: to call something else.
            name: for tables and files.
        """
        self._inner = reranker
        self._name = name
        self.libraries: Mapping[str, str] = reranker.libraries if isinstance(reranker, Versioned) else {}

    @property
    def spec(self) -> ModelSpec:
        """Everything that changes a score, under the new name."""
        return replace(self._inner.spec, name=self._name)

    def score(self, pairs: Sequence[Pair]) -> Scores:
        """Score the pairs with the reranker inside. Shape: n pairs -> (n,)."""
        return self._inner.score(pairs)

    def read_pairs(self, pairs: Sequence[Pair]) -> Readings | None:
        """Return what the model inside reads of the pairs; ``None`` if it does not tell."""
        return self._inner.read_pairs(pairs) if isinstance(self._inner, PairReading) else None
