"""An encoder of the user's own that tells a progress how many texts it embeds."""

from __future__ import annotations

from collections.abc import Sequence

from evenband.encoders.wrapping import Wrapper
from evenband.types import Encoder, ModelSpec, Progress, Role, Vectors


class Reported(Wrapper):
    """Passes every call on as it is, as one job: batches are the encoder's own matter."""

    def __init__(self, encoder: Encoder, /, progress: Progress) -> None:
        self._inner = encoder
        self._progress = progress

    @property
    def inner(self) -> Encoder:
        """The user's encoder."""
        return self._inner

    @property
    def spec(self) -> ModelSpec:
        """Everything that changes a vector of the user's encoder."""
        return self._inner.spec

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        """Compute the vectors of the texts, in input order. Shape: n texts -> (n, d)."""
        self._progress.start(f"embedding with {self.spec.name}", len(texts))
        try:
            vectors = self._inner.encode(texts, role)
            self._progress.advance(len(texts))
            return vectors
        finally:
            self._progress.finish()
