"""What a text becomes before the model sees it: the first cause of numbers nobody can reproduce."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from evenband.types import Role, Tokens, Vectors

if TYPE_CHECKING:
    from evenband.types import Inspection


@runtime_checkable
class Recomputing(Protocol):
    """An encoder that has a second way to its vectors; what the two differ by is numerical noise."""

    def recompute(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        """The vectors along the other way. Shape: n texts -> (n, d)."""


@runtime_checkable
class Tokenizing(Protocol):
    """An encoder whose tokenizer is at hand."""

    def count_tokens(self, texts: Sequence[str], role: Role = Role.NONE) -> list[int]:
        """How many tokens the model sees of each text."""

    def tokens(self, text: str, role: Role = Role.NONE) -> Tokens:
        """The exact final text and token ids of one text."""


@runtime_checkable
class Inspecting(Protocol):
    """An encoder whose weights are here, so that one can look at what happens inside."""

    def inspect(self, text_a: str, text_b: str, role: Role = Role.NONE) -> Inspection:
        """Where inside the model, and because of which tokens, two texts part."""
