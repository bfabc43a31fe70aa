"""Looking inside a local model: where, and because of which tokens, two texts part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evenband.encoders.local.engines.features import UnsupportedError
from evenband.encoders.local.inspection.alignment import align, shared_length
from evenband.encoders.local.inspection.contributions import split
from evenband.encoders.local.inspection.occlusion import share_out
from evenband.encoders.local.inspection.states import Body, Text, keep
from evenband.similarity import paired_distance
from evenband.types import Attribution, Inspection, Layer, TokenPart, Tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "Attribution",
    "Body",
    "Inspection",
    "Layer",
    "TokenPart",
    "UnsupportedError",
    "inspect_pair",
]


def inspect_pair(
    body: Body,
    tokens: tuple[Tokens, Tokens],
    texts: tuple[str, str],
    prompt: tuple[str, Sequence[int]],
    task: str | None,
    passes: int,
    rng: np.random.Generator,
) -> Inspection:
    """Two texts on their way through a loaded model.

    Args:
        body: the model; any engine's packed weights may be in place.
        tokens: the texts as the model sees them.
        texts: without the prompt.
        prompt: put before them, and its token ids when it stands alone.
        task: what sentence-transformers calls the role.
        passes: texts that may go through the model for the attribution.
        rng: draws orders of tokens where there are too many for all.

    Raises:
        UnsupportedError: if the network does not show the states of its layers.
    """
    import torch

    with torch.inference_mode():
        pair = (body.read(texts[0], prompt[0], task), body.read(texts[1], prompt[0], task))
        ids = (tokens[0].ids, tokens[1].ids)
        common = align(*ids)
        layers = _layers(body.distances(*pair))
        if body.positional:
            start = min(shared_length(prompt[1], one) for one in ids)
            attribution = share_out(body, pair, tokens, common, start, passes, rng)
        else:
            attribution = split(body, pair, tokens, common)
        share = _pooling_share(body, pair, common, layers[-1].distance)
    return Inspection(*tokens, common, layers, attribution, share)


def _layers(distances: list[float]) -> tuple[Layer, ...]:
    """What each layer adds, over the final distance."""
    added = np.diff([0.0, *distances])
    last = distances[-1]
    return tuple(
        Layer(index, distance, float(gain / last) if last > 0 else None)
        for index, (distance, gain) in enumerate(zip(distances, added, strict=True))
    )


def _pooling_share(
    body: Body, pair: tuple[Text, Text], common: Sequence[tuple[int, int]], distance: float
) -> float | None:
    """1 - d'/d, with d' from pooling only the tokens that both texts have."""
    if body.positional or not common or not distance > 0:
        return None
    kept = [keep(text, [places[side] for places in common]) for side, text in enumerate(pair)]
    if any(states.shape[1] <= prompt for states, prompt in kept):
        return None  # nothing but the prompt is left, and the pooling may leave that out
    ends = [body.finish(body.pool(states, prompt)) for states, prompt in kept]
    return 1.0 - float(paired_distance(*ends)[0]) / distance
