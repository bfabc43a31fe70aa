"""Token by token, exactly, where pooling adds up (or picks from) the states of many tokens.

With p the pooled vector of a text, the sum of its tokens' weighted states w_i h_i, u = p / |p|
and g = u_a - u_b, half the squared chord is

    d = 1/2 g.g = sum_i 1/2 g.(w_i h_i) / |p_a|  -  sum_j 1/2 g.(w_j h_j) / |p_b|

one term for each token. Since g is orthogonal to u_a + u_b, what all tokens share along the
texts' common direction does not count. Of a token in both texts, with v = w / |p|,

    v_a h_a - v_b h_b = (v_a + v_b)/2 (h_a - h_b)  +  (v_a - v_b) (h_a + h_b)/2

the first term is its state having moved, the second its weight.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evenband.encoders.local.inspection.states import Body, Text, widened
from evenband.similarity import Float, normalise, paired_distance
from evenband.types import Attribution, TokenPart, Tokens


def split(
    body: Body, texts: tuple[Text, Text], tokens: tuple[Tokens, Tokens], common: Sequence[tuple[int, int]]
) -> Attribution:
    """Each token's term of the distance of the pooled states."""
    terms = [_terms(body, text) for text in texts]
    pooled = [np.einsum("nd,nd->d", weights, states)[None] for weights, states in terms]
    gap = (normalise(pooled[0]) - normalise(pooled[1]))[0] / 2
    (weights_a, states_a), (weights_b, states_b) = (
        (weights / np.linalg.norm(whole), states)
        for (weights, states), whole in zip(terms, pooled, strict=True)
    )
    single_a, single_b = (weights_a * states_a) @ gap, -(weights_b * states_b) @ gap
    parts = []
    for i, j in _places(common, len(single_a), len(single_b)):
        moved = None
        if i is not None and j is not None:
            moved = float((weights_a[i] + weights_b[j]) / 2 * (states_a[i] - states_b[j]) @ gap)
        contribution = (0.0 if i is None else single_a[i]) + (0.0 if j is None else single_b[j])
        piece = tokens[1].pieces[j or 0] if i is None else tokens[0].pieces[i]
        places = [() if place is None else (place,) for place in (i, j)]
        parts.append(TokenPart(piece, places[0], places[1], float(contribution), moved))
    return Attribution("pooled states", float(paired_distance(*pooled)[0]), tuple(parts))


def _places(common: Sequence[tuple[int, int]], n: int, m: int) -> list[tuple[int | None, int | None]]:
    """Pairs, and tokens without a partner, in the order of the texts, text a's before text b's."""
    places: list[tuple[int | None, int | None]] = []
    done_a = done_b = 0
    for i, j in (*common, (n, m)):
        places += [(single, None) for single in range(done_a, i)]
        places += [(None, single) for single in range(done_b, j)]
        if i < n:
            places.append((i, j))
        done_a, done_b = i + 1, j + 1
    return places


def _terms(body: Body, text: Text) -> tuple[Float, Float]:
    """Weights and states whose product, summed over the tokens, is the pooled vector.

    The pooling module itself says which weights it uses: its answer to the unit matrix.

    Shape: (n, modes x width), both; cut to the vector's length where nothing but a norm follows.
    """
    import torch

    states = widened(text.states[-1])[0]
    n, width = states.shape
    unit = torch.eye(n, device=text.states[-1].device)[None]
    answers = widened(body.pool(unit, text.prompt_length))[0].reshape(len(body.modes), n)
    weights = []
    for mode, answer in zip(body.modes, answers, strict=True):
        spread = np.repeat(answer[:, None], width, axis=1)
        if mode == "max":
            largest = np.where(answer[:, None] > 0, states, -np.inf).argmax(axis=0)
            spread = (np.arange(n)[:, None] == largest).astype(np.float64)
        weights.append(spread)
    cut = slice(0, body.dim if body.linear else None)
    repeated = np.tile(states, (1, len(body.modes)))
    return np.concatenate(weights, axis=1)[:, cut], repeated[:, cut]
