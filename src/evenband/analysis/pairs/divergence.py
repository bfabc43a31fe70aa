"""In which layer does an odd pair part from ordinary ones?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evenband.errors import InputError
from evenband.types import Divergence, Inspection

INSIDE = 0.95
"""Share of ordinary pairs that must be nearer together for a pair to count as odd in a layer."""

VISIBLE = 0.1
"""Share of the final excess that must be there: early layers hardly scatter, so that :data:`INSIDE`
alone would take a hundredth of the excess for the beginning of it."""


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
