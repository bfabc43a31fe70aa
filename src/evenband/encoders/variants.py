"""Variants of an encoder: truncated, projected, normalised or quantised vectors of the same model.

A variant computes no vector: it changes those of its base. So the base's cache serves all variants of a
model, and several in one run embed every text once. Its spec differs from its base's in what it changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from evenband.encoders.cache import CachedEncoder
from evenband.encoders.capabilities import (
    Inspecting,
    Listing,
    Piecewise,
    Recomputing,
)
from evenband.encoders.code_ranges import Calibration
from evenband.encoders.contract import checked_texts, checked_vectors, no_vectors
from evenband.encoders.postprocessing import PostProcessing, calibration_texts
from evenband.encoders.store import VectorStore
from evenband.encoders.wrapping import Wrapper
from evenband.errors import InputError, ModelError
from evenband.types import Encoder, ModelSpec, Progress, Role, Similarity, Vectors, Vocabulary

if TYPE_CHECKING:
    from evenband.types import Inspection, Vocabulary


@dataclass(frozen=True)
class Changed:
    """A list of words with changed vectors.

    Attributes:
        words: as in the list of the base.
        vectors: changed ones. Shape: (n, d).
        norms: their lengths. Shape: (n,).
        base: the list itself.
    """

    words: Sequence[str]
    vectors: Vectors
    norms: NDArray[np.float32]
    base: Vocabulary

    def row(self, word: str) -> int | None:
        """Return the row of a word; ``None`` if the list lacks it."""
        return self.base.row(word)


class _Recomputing:
    inner: Recomputing
    process: Callable[[Vectors], Vectors]

    def recompute(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        """Change the vectors of the base's second way. Shape: n texts -> (n, d)."""
        return self.process(self.inner.recompute(texts, role))


class _Piecewise:
    inner: Piecewise
    process: Callable[[Vectors], Vectors]

    def encode_pieces(
        self, texts: Sequence[str], keep: Callable[[Sequence[int], Vectors], None], role: Role = Role.NONE
    ) -> None:
        """Hand changed vectors over as the base's arrive."""
        self.inner.encode_pieces(texts, lambda rows, part: keep(rows, self.process(part)), role)


class _Listing:
    inner: Listing
    process: Callable[[Vectors], Vectors]

    def vocabulary(self) -> Vocabulary:
        """Return the base's words with changed vectors."""
        base = self.inner.vocabulary()
        vectors = self.process(np.ascontiguousarray(base.vectors, dtype=np.float32))
        return Changed(base.words, vectors, np.linalg.norm(vectors, axis=1).astype(np.float32), base)


class _Inspecting:
    inspected: Callable[[], Encoder]

    def inspect(
        self,
        text_a: str,
        text_b: str,
        role: Role = Role.NONE,
        *,
        passes: int = 256,
        rng: np.random.Generator | None = None,
    ) -> Inspection:
        """Inspect the model, with truncated vectors if that is all that the variant does."""
        encoder = self.inspected()
        assert isinstance(encoder, Inspecting)
        return encoder.inspect(text_a, text_b, role, passes=passes, rng=rng)


class VariantEncoder(Wrapper):
    """The vectors of another encoder, changed by a :class:`PostProcessing`."""

    forwarding: ClassVar[Mapping[str, type]] = {
        "Inspecting": _Inspecting,
        "Listing": _Listing,
        "Piecewise": _Piecewise,
        "Recomputing": _Recomputing,
    }

    def __init__(
        self,
        encoder: Encoder,
        /,
        processing: PostProcessing,
        ref: str,
        name: str,
        truncated: Callable[[], Encoder] | None = None,
        calibration: Calibration | None = None,
    ) -> None:
        """Put a post-processing behind an encoder.

        Args:
            encoder: the base.
            processing: what happens to its vectors.
            ref: the variant's reference.
            name: of the variant in tables and files.
            truncated: loads the model with truncation inside, to inspect it; ``None`` without that.
            calibration: ranges of the base's dimensions that another wrapper of it shares.

        Raises:
            InputError: if the base's vectors do not fit the processing.
        """
        self._encoder = encoder
        self.processing = processing
        self._ref, self._name = ref, name
        self._truncated = truncated
        self._calibration = calibration or Calibration(encoder, processing)
        self._check(encoder.spec)

    @property
    def inner(self) -> Encoder:
        """The base."""
        return self._encoder

    @property
    def spec(self) -> ModelSpec:
        """The base's spec as of now, with what the variant changes."""
        base, processing = self._encoder.spec, self.processing
        is_changed = self._dim(base) != base.dim or processing.projection is not None
        notes = base.notes
        if processing.needs_ranges:
            notes += (
                f"quantised: to {processing.quantize} within the ranges of {len(calibration_texts())} texts "
                "of evenband's; an index has ranges of its own",
            )
        return replace(
            base,
            ref=self._ref,
            name=self._name,
            normalize=self._normalize(base),
            dim=self._dim(base) if processing.projection is None else processing.projection.matrix.shape[1],
            options={**base.options, **processing.identity()},
            notes=notes,
            similarity=self._similarity(base, is_changed),
        )

    def over(self, encoder: Encoder) -> VariantEncoder:
        """Return the same variant of another wrapper of the base; both share the ranges of that one."""
        self._calibration.encoder = encoder
        return VariantEncoder(
            encoder, self.processing, self._ref, self._name, self._truncated, self._calibration
        )

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        """Change the base's vectors of the texts, in input order. Shape: n texts -> (n, d)."""
        texts = checked_texts(texts)
        if not texts:
            return no_vectors(self.spec)
        return checked_vectors(self.process(self._encoder.encode(texts, role)), texts, self.spec)

    def process(self, vectors: Vectors) -> Vectors:
        """Change vectors of the base. Shape: (n, d) -> (n, k)."""
        ranges = self._calibration.ranges() if self.processing.needs_ranges else None
        return self.processing.to_codes(self.processing.to_floats(vectors), ranges)

    def inspected(self) -> Encoder:
        """Return the encoder that can be looked into in place of this one.

        Raises:
            ModelError: if there is none.
        """
        steps = self.processing
        if steps.quantize is None and steps.projection is None:
            if steps.dim is None:
                return self._encoder
            if self._truncated is not None:
                return self._truncated()
        raise ModelError(
            f"model {self._ref!r} cannot be looked into, since its layers know nothing of what is done to "
            f"its vectors afterwards; look into {self._encoder.spec.ref!r}"
        )

    def _dim(self, base: ModelSpec) -> int:
        return base.dim if self.processing.dim is None else self.processing.dim

    def _normalize(self, base: ModelSpec) -> bool | None:
        """Return what the spec says of lengths; truncation alone leaves it, as files of old versions do."""
        if self.processing.quantize is not None:
            return False
        if self.processing.normalize:
            return True
        return base.normalize if self.processing.projection is None else False

    def _check(self, base: ModelSpec) -> None:
        dim, projection = self.processing.dim, self.processing.projection
        if dim is not None and dim > base.dim:
            raise InputError(f"model {self._ref!r}: got dim={dim}, expected {base.dim} or less")
        if projection is not None and projection.matrix.shape[0] != self._dim(base):
            raise InputError(
                f"model {self._ref!r}: got a projection of shape {projection.matrix.shape}, expected "
                f"{self._dim(base)} rows, one for each number of a vector"
            )
        if self.processing.normalize is False and base.normalize:
            raise InputError(
                f"model {self._ref!r}: normalize=false has no effect, since the model itself scales its "
                "vectors to length one; leave it out"
            )

    def _similarity(self, base: ModelSpec, is_changed: bool) -> Similarity:
        """Return by which similarity the variant's vectors are compared, as the model's users do.

        Vectors of one length have the same order by cosine, dot product and euclidean distance.
        """
        declared = self.profile.declared_similarity or base.similarity
        if declared in ("cosine", "manhattan"):
            return declared
        has_one_length = self.processing.quantize == "binary" or (
            bool(self.processing.normalize) and self.processing.quantize is None
        )
        if has_one_length:
            return "cosine"
        return declared if is_changed or self.processing.quantize else base.similarity


def cached(encoder: Encoder, progress: Progress | None = None, store: VectorStore | None = None) -> Encoder:
    """Put the cache in front of an encoder; of a variant, in front of its base.

    Args:
        encoder: computes what the store lacks.
        progress: told how many texts are missing.
        store: keeps the vectors; the user's own cache if not given.
    """
    if isinstance(encoder, VariantEncoder):
        return encoder.over(cached(encoder.inner, progress, store))
    return CachedEncoder(encoder, store, progress)
