"""Encoders around another encoder; they have exactly the capabilities of the one inside.

This is the one place that passes capabilities on. ``isinstance`` tells the truth about a wrapper,
because a wrapper is made as an instance of a class with those capabilities and no others: a cache
around a plain encoder is not ``Tokenizing``, a cache around a tokenizing one is.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from evenband.encoders.capabilities import (
    Batching,
    Comparing,
    Covering,
    Inspecting,
    Listing,
    Piecewise,
    Reading,
    Recomputing,
    SelfChecking,
    Stored,
    Tokenizing,
    Versioned,
)
from evenband.types import Encoder, ModelSpec, Readings, Role, Similarity, Tokens, Vectors, Vocabulary

if TYPE_CHECKING:
    from evenband.types import Inspection

W = TypeVar("W", bound="Wrapper")


@dataclass(frozen=True)
class Profile:
    """What can be known of an encoder without loading its model.

    Attributes:
        capabilities: names of the protocols in :mod:`evenband.encoders.capabilities` that it has, sorted.
        slice_size: as in ``Batching``; ``None`` without that capability.
        libraries: as in ``Versioned``; empty without that capability.
        declared_similarity: as in ``Comparing``; ``None`` without that capability.
    """

    capabilities: tuple[str, ...] = ()
    slice_size: int | None = None
    libraries: Mapping[str, str] = field(default_factory=dict)
    declared_similarity: Similarity | None = None


def capability_names() -> list[str]:
    """Return the names of all capabilities that an encoder may have, sorted."""
    return sorted(_CAPABILITIES)


def profile_of(encoder: Encoder) -> Profile:
    """Return an encoder's capabilities; a wrapper answers without loading what is inside."""
    if isinstance(encoder, Wrapper):
        return encoder.profile
    return Profile(
        capabilities=tuple(sorted(name for name, kind in _CAPABILITIES.items() if isinstance(encoder, kind))),
        slice_size=int(encoder.slice_size) if isinstance(encoder, Batching) else None,
        libraries=dict(encoder.libraries) if isinstance(encoder, Versioned) else {},
        declared_similarity=encoder.declared_similarity if isinstance(encoder, Comparing) else None,
    )


class Wrapper(ABC):
    """Base of an encoder around another: ``inner`` is the other, ``profile`` what is known of it.

    The first argument of a subclass is the encoder to wrap, or its :class:`Profile` where the
    encoder is loaded later.
    """

    profile: Profile
    forwarding: ClassVar[Mapping[str, type]] = {}
    """Capabilities that the subclass passes on in its own way, by their names."""

    def __new__(cls, source: Encoder | Profile, /, *_: Any, **__: Any) -> Self:
        """Make an instance of the subclass that has the capabilities of ``source``."""
        profile = source if isinstance(source, Profile) else profile_of(source)
        wrapper: Self = super().__new__(_capable(cls, profile.capabilities))
        wrapper.profile = profile
        return wrapper

    @property
    @abstractmethod
    def inner(self) -> Encoder:
        """The encoder inside; loaded now if it was not."""

    @property
    @abstractmethod
    def spec(self) -> ModelSpec:
        """Everything that changes a vector."""

    @abstractmethod
    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        """Compute the vectors of the texts, in input order. Shape: n texts -> (n, d)."""


class _Tokenizing:
    inner: Tokenizing

    def count_tokens(self, texts: Sequence[str], role: Role = Role.NONE) -> list[int]:
        """Count tokens with the encoder inside."""
        return self.inner.count_tokens(texts, role)

    def tokens(self, text: str, role: Role = Role.NONE) -> Tokens:
        """Return the tokens that the encoder inside sees."""
        return self.inner.tokens(text, role)


class _Reading:
    inner: Reading

    def read(self, texts: Sequence[str], role: Role = Role.NONE) -> Readings | None:
        """Return what the model of the encoder inside reads of each text."""
        return self.inner.read(texts, role)


class _Inspecting:
    inner: Inspecting

    def inspect(
        self,
        text_a: str,
        text_b: str,
        role: Role = Role.NONE,
        *,
        passes: int = 256,
        rng: np.random.Generator | None = None,
    ) -> Inspection:
        """Inspect the encoder inside."""
        return self.inner.inspect(text_a, text_b, role, passes=passes, rng=rng)


class _Recomputing:
    inner: Recomputing

    def recompute(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        """Compute the vectors by the inner encoder's second way. Shape: n texts -> (n, d)."""
        return self.inner.recompute(texts, role)


class _SelfChecking:
    inner: SelfChecking

    def largest_difference(self) -> float | None:
        """Return the inner encoder's difference from its model library."""
        return self.inner.largest_difference()


class _Batching:
    profile: Profile

    @property
    def slice_size(self) -> int:
        """Number of texts per call."""
        return cast(int, self.profile.slice_size)


class _Piecewise:
    inner: Piecewise

    def encode_pieces(
        self, texts: Sequence[str], keep: Callable[[Sequence[int], Vectors], None], role: Role = Role.NONE
    ) -> None:
        """Hand vectors of the encoder inside over as they arrive."""
        self.inner.encode_pieces(texts, keep, role)


class _Versioned:
    profile: Profile

    @property
    def libraries(self) -> Mapping[str, str]:
        """Versions that the vectors depend on."""
        return self.profile.libraries


class _Comparing:
    profile: Profile

    @property
    def declared_similarity(self) -> Similarity:
        """Similarity that the model's configuration names."""
        return cast(Similarity, self.profile.declared_similarity)


class _Stored:
    inner: Stored

    def stored_in(self) -> str:
        """Return where the inner encoder's vectors come from."""
        return self.inner.stored_in()


class _Listing:
    inner: Listing

    def vocabulary(self) -> Vocabulary:
        """Return the inner encoder's list of words."""
        return self.inner.vocabulary()


class _Covering:
    inner: Covering

    def covers(self, texts: Sequence[str], role: Role = Role.NONE) -> NDArray[np.bool_]:
        """Say which texts have a vector. Shape: n texts -> (n,)."""
        return self.inner.covers(texts, role)


_CAPABILITIES: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        Batching,
        Comparing,
        Covering,
        Inspecting,
        Listing,
        Piecewise,
        Reading,
        Recomputing,
        SelfChecking,
        Stored,
        Tokenizing,
        Versioned,
    )
}
_FORWARDING: dict[str, type] = {
    "Batching": _Batching,
    "Comparing": _Comparing,
    "Covering": _Covering,
    "Inspecting": _Inspecting,
    "Listing": _Listing,
    "Reading": _Reading,
    "Piecewise": _Piecewise,
    "Recomputing": _Recomputing,
    "SelfChecking": _SelfChecking,
    "Stored": _Stored,
    "Tokenizing": _Tokenizing,
    "Versioned": _Versioned,
}


@cache
def _capable(base: type[W], capabilities: tuple[str, ...]) -> type[W]:
    """Return the subclass of a wrapper's class that has these capabilities as well."""
    if not capabilities:
        return base
    parts = tuple(base.forwarding.get(name, _FORWARDING[name]) for name in capabilities)
    body = {"__module__": base.__module__, "__doc__": base.__doc__, "__qualname__": base.__qualname__}
    return cast(type[W], type(base.__name__, (base, *parts), body))
