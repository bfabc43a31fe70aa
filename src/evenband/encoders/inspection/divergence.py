"""In which layer does an odd pair part from ordinary ones?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evenband.encoders.inspection.values import Inspection
from evenband.errors import InputError

INSIDE = 0.95
"""Share of ordinary pairs that must be nearer together for a pair to count as odd in a layer."""

VISIBLE = 0.1
"""Share of the final excess that must be there: early layers hardly scatter, so that :data:`INSIDE`
alone would take a hundredth of the excess for the beginning of it."""


@dataclass(frozen=True)
class Divergence:
    """An odd pair beside ordinary ones, layer by layer from the embeddings on.

    Attributes:
        typical: median distance of the ordinary pairs.
        ratios: the odd pair's distance over it; ``None`` where that is 0.
        shares: of the final excess over the median, what each layer adds; they sum to 1.
            ``None`` if the odd pair ends no farther apart than the median.
        split: the first layer from which on the pair stays farther apart than :data:`INSIDE` of
            the ordinary ones, by at least :data:`VISIBLE` of the final excess; ``None`` if it does
            not end so.
    """

    typical: tuple[float, ...]
    ratios: tuple[float | None, ...]
    shares: tuple[float, ...] | None
    split: int | None


def diverge(odd: Inspection, ordinary: Sequence[Inspection]) -> Divergence:
    """Compare a pair with ordinary ones of the same template and model.

    Raises:
        InputError: if there are no ordinary pairs, or they went through another number of layers.
    """
    depths = {len(inspection.layers) for inspection in ordinary}
    if depths != {len(odd.layers)}:
        raise InputError(
            f"got ordinary pairs with {sorted(depths) or 'no'} layers, expected {len(odd.layers)}; "
            "inspect all of them with one model"
        )
    distances = np.array([layer.distance for layer in odd.layers])
    others = np.array([[layer.distance for layer in inspection.layers] for inspection in ordinary])
    typical = np.median(others, axis=0)
    excess = distances - typical
    added = np.diff(excess, prepend=0.0)
    apart = ((others < distances).mean(axis=0) >= INSIDE) & (excess >= VISIBLE * excess[-1])
    split = int(np.flatnonzero(~apart).max(initial=-1)) + 1
    return Divergence(
        typical=tuple(typical.tolist()),
        ratios=tuple(float(d / t) if t > 0 else None for d, t in zip(distances, typical, strict=True)),
        shares=tuple((added / excess[-1]).tolist()) if excess[-1] > 0 else None,
        split=split if split < len(distances) else None,
    )
