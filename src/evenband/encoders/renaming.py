"""Encoders under another name in tables and files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from evenband.encoders.wrapping import Wrapper
from evenband.types import Encoder, ModelSpec, Role, Vectors


class RenamedEncoder(Wrapper):
    """The vectors of another encoder, under a name of the user's choosing."""

    def __init__(self, encoder: Encoder, /, name: str) -> None:
        """Give an encoder another name; nothing else about it changes."""
        self._encoder = encoder
        self._name = name

    @property
    def inner(self) -> Encoder:
        """The encoder itself."""
        return self._encoder

    @property
    def spec(self) -> ModelSpec:
        """The encoder's own spec as of now, with the other name; its digest is the same."""
        return replace(self._encoder.spec, name=self._name)

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        """Compute the vectors of the texts, in input order. Shape: n texts -> (n, d)."""
        return self._encoder.encode(texts, role)


def renamed(encoder: Encoder, name: str) -> Encoder:
    """Return the encoder under another name.

    Raises:
        InputError: if the name cannot be a file's name.
    """
    other = RenamedEncoder(encoder, name)
    _ = other.spec  # refuses a name that no file can have
    return other
