"""Inspection of a local model: in which layers, and because of which tokens, two texts' vectors differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evenband.encoders.local.engines.features import UnsupportedError
from evenband.encoders.local.inspection.contributions import attribute_pooled_states
from evenband.encoders.local.inspection.occlusion import attribute_hidden_tokens
from evenband.encoders.local.inspection.states import ModelParts, TextStates, select_states
from evenband.encoders.local.inspection.token_alignment import align, common_prefix_length
from evenband.similarity import paired_distance
from evenband.types import Inspection, Layer, Tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ModelParts", "UnsupportedError", "inspect_pair"]


def inspect_pair(
    model: ModelParts,
    tokens: tuple[Tokens, Tokens],
    texts: tuple[str, str],
    prompt: tuple[str, Sequence[int]],
    task: str | None,
    passes: int,
    rng: np.random.Generator,
) -> Inspection:
    """Compare the states of two texts layer by layer, and attribute their distance to tokens.

    Args:
        model: the model; its weights may be packed by an engine.
        tokens: final text and tokens of each text, prompt included.
        texts: the texts without the prompt.
        prompt: text put before them, and the token ids of the prompt alone.
        task: sentence-transformers' name of the role.
        passes: number of texts that may go through the model for the attribution.
        rng: draws orders of tokens where there are too many to take all.

    Raises:
        UnsupportedError: if the network does not return the states of its layers.
    """
    import torch

    with torch.inference_mode():
        pair = (model.read(texts[0], prompt[0], task), model.read(texts[1], prompt[0], task))
        ids = (tokens[0].ids, tokens[1].ids)
        common = align(*ids)
        layers = _layers(model.distances(*pair))
        if model.is_positional:
            prompt_length = min(common_prefix_length(prompt[1], text_ids) for text_ids in ids)
            attribution = attribute_hidden_tokens(model, pair, tokens, common, prompt_length, passes, rng)
        else:
            attribution = attribute_pooled_states(model, pair, tokens, common)
        share = _pooling_share(model, pair, common, layers[-1].distance)
    return Inspection(*tokens, common, layers, attribution, share)


def _layers(distances: list[float]) -> tuple[Layer, ...]:
    """Return each layer's distance, and what it adds as a share of the final distance."""
    added = np.diff([0.0, *distances])
    last = distances[-1]
    return tuple(
        Layer(index, distance, float(gain / last) if last > 0 else None)
        for index, (distance, gain) in enumerate(zip(distances, added, strict=True))
    )


def _pooling_share(
    model: ModelParts, pair: tuple[TextStates, TextStates], common: Sequence[tuple[int, int]], distance: float
) -> float | None:
    """Return 1 - d'/d, where d' is the distance when only the tokens of both texts are pooled.

    ``None`` where pooling takes a single token, where the texts share no token or do not differ.
    """
    if model.is_positional or not common or not distance > 0:
        return None
    shared = [
        select_states(text, [positions[side] for positions in common]) for side, text in enumerate(pair)
    ]
    if any(states.shape[1] <= prompt for states, prompt in shared):
        return None  # only the prompt's tokens are left, and the pooling may exclude those
    vectors = [model.finish(model.pool(states, prompt)) for states, prompt in shared]
    return 1.0 - float(paired_distance(*vectors)[0]) / distance
