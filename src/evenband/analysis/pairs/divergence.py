"""Divergence of an odd pair from ordinary ones inside a model, layer by layer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evenband.errors import InputError
from evenband.types import Divergence, Inspection

INSIDE = 0.95
"""Share of ordinary pairs that are nearer together from which a pair is odd in a layer."""

VISIBLE = 0.1
"""Share of the final excess over the median from which a pair is odd in a layer.

Ordinary pairs hardly differ in early layers, so that a hundredth of the excess would pass :data:`INSIDE`.
"""


def diverge(odd: Inspection, ordinary: Sequence[Inspection]) -> Divergence:
    """Compare the layers of an odd pair with those of ordinary pairs of the same template and model.

    Args:
        odd: inspection of the odd pair, at L layers.
        ordinary: inspections of the ordinary pairs, at the same layers.

    Raises:
        InputError: if there are no ordinary pairs, or their number of layers differs.
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
    is_odd = ((others < distances).mean(axis=0) >= INSIDE) & (excess >= VISIBLE * excess[-1])
    split = int(np.flatnonzero(~is_odd).max(initial=-1)) + 1
    return Divergence(
        typical=tuple(typical.tolist()),
        ratios=tuple(float(d / t) if t > 0 else None for d, t in zip(distances, typical, strict=True)),
        shares=tuple((added / excess[-1]).tolist()) if excess[-1] > 0 else None,
        split=split if split < len(distances) else None,
    )
