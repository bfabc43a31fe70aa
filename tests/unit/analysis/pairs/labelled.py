"""Measurements of given words with given log-distances: nothing embedded, everything known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenband import analysis
from evenband.analysis import Circumstances, PairsAudit
from evenband.slots import wordnet
from evenband.slots.lexical import lexical_columns
from evenband.types import (
    COSINE,
    Measurement,
    ModelSpec,
    NoiseFloor,
    PairsDetails,
    PairsMeasurement,
    PairsSpec,
)

Float = NDArray[np.float64]

ADDITIVE_LABELS = 600
"""Rows of :func:`additive_table`."""


def animals(n: int | None = None) -> tuple[str, ...]:
    """Nouns of all lengths, with spaces, capitals, dots and hyphens among them."""
    values = wordnet.load("mammal.n.01").values
    return values if n is None else values[:n]


def plain_details(shape: tuple[int, ...]) -> PairsDetails:
    """Details of cells whose text b is nearest to its text a, all other labels equally far."""
    return PairsDetails(swap=np.full(shape, 0.5), hit=np.ones(shape), auc=np.ones(shape))


def measurement(
    labels: Sequence[str],
    y: ArrayLike,
    details: PairsDetails | None = None,
    columns: Mapping[str, Sequence[Any]] | None = None,
    floor: float = 2e-7,
) -> PairsMeasurement:
    """A measurement with those log-distances, (n,) or (n, t), with texts and lexical columns."""
    table = np.asarray(y, dtype=np.float64).reshape(len(labels), -1)
    n, t = table.shape
    templates = tuple(f"template {j}" for j in range(t))
    texts = np.array([[f"{name} {label}" for name in templates] for label in labels], dtype=object)
    own = {name: tuple(column) for name, column in (columns or {}).items()}
    return Measurement(
        probe=PairsSpec(
            name="made", type="INV", effect="keeps", why="Nothing.", slot="list:", items=n, conditions=t,
            digest="d" * 32,
        ),
        subject=ModelSpec("made", "made", "toy", "1", "float32", 8),
        metric=COSINE,
        items=tuple(labels),
        conditions=templates,
        scores=1 - np.exp(table),
        noise=NoiseFloor(floor, floor, 16),
        details=replace(details or PairsDetails(), texts=(texts, texts)),
        columns={**own, **lexical_columns(labels)},
    )  # fmt: skip


def audit(
    measured: PairsMeasurement,
    seed: int = 0,
    reference: PairsMeasurement | None = None,
    detailed: bool = False,
) -> PairsAudit:
    """What the analysis says of a measurement; ``detailed`` estimates its power, which takes seconds."""
    circumstances = Circumstances(np.random.default_rng(seed), reference=reference, detailed=detailed)
    found = analysis.analyse(measured, circumstances)
    assert isinstance(found, PairsAudit)
    return found


def additive_table(t: int, seed: int = 0, noise: float = 0.2) -> Float:
    """Log-distances of 600 words by t sentences: both effects add, plus noise."""
    rng = np.random.default_rng(seed)
    words, sentences = rng.normal(0, 0.35, (ADDITIVE_LABELS, 1)), rng.normal(0, 0.3, (1, t))
    return -3.5 + words + sentences + rng.normal(0, noise, (ADDITIVE_LABELS, t))


def of_animals(y: Float, floor: float = 2e-7) -> PairsMeasurement:
    """Measurement of as many animals as the table has rows, with plain details."""
    table = y.reshape(len(y), -1)
    return measurement(animals(len(y)), table, plain_details(table.shape), floor=floor)
