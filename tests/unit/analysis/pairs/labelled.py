"""Measurements of given words with given log-distances: nothing embedded, everything known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenband.slots import wordnet
from evenband.types import Measurement, COSINE, PairsMeasurement, ModelSpec, NoiseFloor, ProbeSpec

Float = NDArray[np.float64]


def animals(n: int | None = None) -> tuple[str, ...]:
    """Nouns of all lengths, with spaces, capitals, dots and hyphens among them."""
    values = wordnet.load("mammal.n.01").values
    return values if n is None else values[:n]


def measurement(
    labels: Sequence[str],
    y: ArrayLike,
    details: Mapping[str, Float] | None = None,
    columns: Mapping[str, Sequence[Any]] | None = None,
    floor: float = 2e-7,
) -> PairsMeasurement:
    """A measurement with those log-distances: (n,) or (n, t)."""
    table = np.asarray(y, dtype=np.float64).reshape(len(labels), -1)
    templates = tuple(f"template {j}" for j in range(table.shape[1]))
    texts = np.array([[f"{t} {x}" for t in templates] for x in labels], dtype=object)
    return Measurement(
        ProbeSpec("made", "INV", "keeps", "Nothing.", "list:", *table.shape, digest="d" * 32),
        ModelSpec("made", "made", "toy", "1", "float32", 8),
        COSINE,
        tuple(labels),
        templates,
        1 - np.exp(table),
        {"text_a": texts, "text_b": texts},
        NoiseFloor(floor, floor, 16),
        details or {},
        {name: tuple(column) for name, column in (columns or {}).items()},
    )
