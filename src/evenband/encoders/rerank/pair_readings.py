"""What a reranker may offer beside scores; ask for it with ``isinstance``.

Capabilities of encoders, which a cache and a deferred model pass on, are in ``encoders.capabilities``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from evenband.types import Readings


@runtime_checkable
class PairReading(Protocol):
    """A reranker that says which pairs are the same to its model, and which are longer than its limit."""

    def read_pairs(self, pairs: Sequence[tuple[str, str]]) -> Readings | None:
        """Return what the model reads of each query and document; ``None`` if it cannot tell."""
