"""Protocols: what an encoder, a probe and a progress display must offer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from evenband.types.arrays import Vectors
from evenband.types.measurement import Measurement
from evenband.types.specs import ModelSpec, Role


class Progress(Protocol):
    """Told how far a long job is; a terminal shows a bar, a test counts."""

    def start(self, what: str, total: int) -> None:
        """A job of ``total`` items begins."""

    def advance(self, items: int) -> None:
        """So many more are done."""

    def finish(self) -> None:
        """The job is over."""


@runtime_checkable
class Encoder(Protocol):
    """Turns texts into vectors. One abstract method; ``spec`` says what decides its result."""

    @property
    def spec(self) -> ModelSpec:
        """Everything that changes a vector."""

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        """Vectors of the texts, in input order.

        Shape: n texts -> (n, d) float32, C-contiguous, finite; (0, d) for none.

        Raises:
            ModelError: if the model cannot answer or answers with something else.
        """


class Probe(Protocol):
    """Measures one behaviour of one model."""

    name: str

    def measure(self, encoder: Encoder, fresh: Encoder | None = None) -> Measurement:
        """One number per label and template.

        Args:
            encoder: may be cached.
            fresh: the same model uncached, for the noise floor; ``encoder`` itself if not given.
        """
