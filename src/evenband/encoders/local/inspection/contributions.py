"""Attribution to tokens where pooling sums (or takes a maximum over) the states of many tokens; exact.

With p the pooled vector of a text, the sum of its tokens' weighted states w_i h_i, u = p / |p|
and g = u_a - u_b, half the squared chord is

    d = 1/2 g.g = sum_i 1/2 g.(w_i h_i) / |p_a|  -  sum_j 1/2 g.(w_j h_j) / |p_b|

one term for each token. Since g is orthogonal to u_a + u_b, what all tokens share along the
texts' common direction does not count. Of a token in both texts, with v = w / |p|,

    v_a h_a - v_b h_b = (v_a + v_b)/2 (h_a - h_b)  +  (v_a - v_b) (h_a + h_b)/2

the first term is the change of its state, the second the change of its weight.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evenband.encoders.local.inspection.states import ModelParts, TextStates, to_float64
from evenband.similarity import Float, normalise, paired_distance
from evenband.types import Attribution, TokenPart, Tokens


def attribute_pooled_states(
    model: ModelParts,
    texts: tuple[TextStates, TextStates],
    tokens: tuple[Tokens, Tokens],
    common: Sequence[tuple[int, int]],
) -> Attribution:
    """Split the distance of the pooled states into one term per token; a token of both texts has one.

    Args:
        model: the model.
        texts: states of both texts.
        tokens: tokens of both texts.
        common: positions (in a, in b) of the tokens that both have, increasing.
    """
    terms = [_weighted_states(model, text) for text in texts]
    pooled = [np.einsum("nd,nd->d", weights, states)[None] for weights, states in terms]
    half_gap = (normalise(pooled[0]) - normalise(pooled[1]))[0] / 2
    (weights_a, states_a), (weights_b, states_b) = (
        (weights / np.linalg.norm(vector), states)
        for (weights, states), vector in zip(terms, pooled, strict=True)
    )
    terms_a, terms_b = (weights_a * states_a) @ half_gap, -(weights_b * states_b) @ half_gap
    parts = []
    for i, j in _token_pairs(common, len(terms_a), len(terms_b)):
        moved = None
        if i is not None and j is not None:
            moved = float((weights_a[i] + weights_b[j]) / 2 * (states_a[i] - states_b[j]) @ half_gap)
        contribution = (0.0 if i is None else terms_a[i]) + (0.0 if j is None else terms_b[j])
        piece = tokens[1].pieces[j or 0] if i is None else tokens[0].pieces[i]
        positions = [() if position is None else (position,) for position in (i, j)]
        parts.append(TokenPart(piece, positions[0], positions[1], float(contribution), moved))
    return Attribution("pooled states", float(paired_distance(*pooled)[0]), tuple(parts))


def _token_pairs(common: Sequence[tuple[int, int]], n: int, m: int) -> list[tuple[int | None, int | None]]:
    """Return the positions of all tokens in the texts' order, text a's before text b's.

    Common tokens are pairs; ``None`` stands for the partner of all others.
    """
    pairs: list[tuple[int | None, int | None]] = []
    next_a = next_b = 0
    for i, j in (*common, (n, m)):
        pairs += [(position, None) for position in range(next_a, i)]
        pairs += [(None, position) for position in range(next_b, j)]
        if i < n:
            pairs.append((i, j))
        next_a, next_b = i + 1, j + 1
    return pairs


def _weighted_states(model: ModelParts, text: TextStates) -> tuple[Float, Float]:
    """Return weights and states whose product, summed over the tokens, is the pooled vector.

    The weights are what the pooling module returns for the identity matrix in place of states.

    Shape: both (n, modes x width), truncated to the vector's length if only normalisation follows.
    """
    import torch

    states = to_float64(text.states[-1])[0]
    n, width = states.shape
    identity = torch.eye(n, device=text.states[-1].device)[None]
    pooled_identity = to_float64(model.pool(identity, text.prompt_length))[0].reshape(len(model.modes), n)
    weights = []
    for mode, token_weights in zip(model.modes, pooled_identity, strict=True):
        mode_weights = np.repeat(token_weights[:, None], width, axis=1)
        if mode == "max":
            largest = np.where(token_weights[:, None] > 0, states, -np.inf).argmax(axis=0)
            mode_weights = (np.arange(n)[:, None] == largest).astype(np.float64)
        weights.append(mode_weights)
    kept = slice(0, model.dim if model.only_normalises else None)
    repeated = np.tile(states, (1, len(model.modes)))
    return np.concatenate(weights, axis=1)[:, kept], repeated[:, kept]
