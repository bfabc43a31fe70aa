"""Attribution to tokens where pooling takes the state of a single token: the effect of hiding each token.

The value of a set of tokens is the distance of the two texts when only those tokens (and the
pooled one) can be attended to, all at their own positions. A token's contribution is its
Shapley value (Shapley 1953): what it adds to the distance when it becomes visible, averaged over orders
of the tokens. A token of both texts becomes visible in both. For any set of orders the contributions sum
exactly to the final distance. With few tokens all orders are taken; otherwise orders are drawn at
random, each with its reverse (Mitchell et al. 2022: antithetic permutations).

It needs no gradients, and so works with packed weights and in every number format.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenband.encoders.local.inspection.states import ModelParts, TextStates
from evenband.similarity import paired_distance
from evenband.types import Attribution, TokenPart, Tokens

MASKS_PER_BATCH = 64
"""Number of attention masks to compute in one batch."""

MAX_PERMUTED_PLAYERS = 7
"""Most players for which all orders are taken: at most 2^7 different sets."""

Positions = tuple[int, ...]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Player:
    """What becomes visible at once: a token with its partner in the other text, or the whole prompt.

    Attributes:
        piece: its text.
        a: positions in text a.
        b: positions in text b.
    """

    piece: str
    a: Positions
    b: Positions


def attribute_hidden_tokens(
    model: ModelParts,
    texts: tuple[TextStates, TextStates],
    tokens: tuple[Tokens, Tokens],
    common: Sequence[tuple[int, int]],
    prompt_length: int,
    passes: int,
    rng: np.random.Generator,
) -> Attribution:
    """Split the distance of two texts into the Shapley values of their tokens.

    Args:
        model: the model.
        texts: states of both texts.
        tokens: tokens of both texts.
        common: positions (in a, in b) of the tokens that both have.
        prompt_length: number of tokens at the beginning that belong to the prompt, which is one player.
        passes: number of texts that may go through the model; at least one order and its reverse are taken.
        rng: draws the orders.
    """
    pooled = (_pooled_positions(model, texts[0]), _pooled_positions(model, texts[1]))
    players = _players(tokens, common, pooled, prompt_length)
    orders = _orders(len(players), passes, rng)
    visible_sets = {frozenset(order[:k]) for order in orders for k in range(len(order) + 1)}
    values = _values(model, texts, pooled, players, sorted(visible_sets, key=sorted))
    gains = np.zeros(len(players))
    for order in orders:
        for k, player in enumerate(order):
            gains[player] += values[frozenset(order[: k + 1])] - values[frozenset(order[:k])]
    gains /= len(orders)
    pooled_piece = " ".join(dict.fromkeys(tokens[0].pieces[position] for position in pooled[0]))
    parts = [TokenPart(p.piece, p.a, p.b, float(gain)) for p, gain in zip(players, gains, strict=True)]
    parts.append(TokenPart(pooled_piece, pooled[0], pooled[1], values[frozenset()]))
    return Attribution("hidden tokens", values[frozenset(range(len(players)))], tuple(parts))


def _pooled_positions(model: ModelParts, text: TextStates) -> Positions:
    """Return the position that each pooling mode takes.

    The pooling module is given the identity matrix in place of states; the 1 shows the position.
    """
    import torch

    n = text.states[-1].shape[1]
    identity = torch.eye(n, device=text.states[-1].device)[None]
    pooled_identity = model.pool(identity, text.prompt_length).reshape(len(model.modes), n)
    return tuple(int(position) for position in pooled_identity.argmax(dim=1))


def _players(
    tokens: tuple[Tokens, Tokens],
    common: Sequence[tuple[int, int]],
    pooled: tuple[Positions, Positions],
    prompt_length: int,
) -> list[Player]:
    """Return the prompt, the other tokens of text a with their partners, and those of text b alone."""
    partner = dict(common)
    free_a = [i for i in range(len(tokens[0].ids)) if i not in pooled[0]]
    free_b = [j for j in range(len(tokens[1].ids)) if j not in pooled[1]]
    players = []
    prompt = tuple(i for i in free_a if i < prompt_length)
    if prompt:
        pieces = " ".join(tokens[0].pieces[i] for i in prompt)
        players.append(Player(pieces, prompt, tuple(j for j in free_b if j < prompt_length)))
    for i in free_a[len(prompt) :]:
        j = partner.get(i)
        players.append(Player(tokens[0].pieces[i], (i,), () if j is None or j in pooled[1] else (j,)))
    assigned = {j for player in players for j in player.b}
    players += [Player(tokens[1].pieces[j], (), (j,)) for j in free_b if j not in assigned]
    return players


def _orders(n: int, passes: int, rng: np.random.Generator) -> list[tuple[int, ...]]:
    """Return all orders of n players, or random orders and their reverses."""
    if n <= MAX_PERMUTED_PLAYERS and 2 * 2**n <= passes:
        return list(permutations(range(n)))
    drawn = [tuple(rng.permutation(n).tolist()) for _ in range(max(1, passes // (4 * n)))]
    return [order for forward in drawn for order in (forward, forward[::-1])]


def _values(
    model: ModelParts,
    texts: tuple[TextStates, TextStates],
    pooled: tuple[Positions, Positions],
    players: Sequence[Player],
    visible_sets: Sequence[frozenset[int]],
) -> dict[frozenset[int], float]:
    """Return the distance of the two texts for each set of visible players."""
    vectors = []
    for text, pooled_positions, positions in (
        (texts[0], pooled[0], [player.a for player in players]),
        (texts[1], pooled[1], [player.b for player in players]),
    ):
        n = text.states[-1].shape[1]
        masks = np.array(
            [
                _visibility_mask(n, pooled_positions, (positions[player] for player in visible))
                for visible in visible_sets
            ]
        )
        vectors.append(_encode_masked(model, text, pooled_positions, masks))
    distances = paired_distance(vectors[0], vectors[1])
    return {visible: float(distance) for visible, distance in zip(visible_sets, distances, strict=True)}


def _visibility_mask(n: int, pooled: Positions, visible: Iterable[Positions]) -> Mask:
    """Return true at the pooled and at all visible positions. Shape: (n,)."""
    mask = np.zeros(n, dtype=np.bool_)
    mask[list(pooled)] = True
    for positions in visible:
        mask[list(positions)] = True
    return mask


def _encode_masked(
    model: ModelParts, text: TextStates, pooled: Positions, masks: Mask
) -> NDArray[np.float64]:
    """Return the vectors of one text under several attention masks. Shape: (b, n) -> (b, dim)."""
    import torch

    vectors = []
    for start in range(0, len(masks), MASKS_PER_BATCH):
        mask = torch.from_numpy(masks[start : start + MASKS_PER_BATCH]).to(text.states[-1].device).long()
        features: dict[str, Any] = {
            key: value.expand(len(mask), -1) if isinstance(value, torch.Tensor) else value
            for key, value in text.features.items()
        }
        states = model.transformer({**features, "attention_mask": mask})["token_embeddings"]
        vectors.append(model.finish(torch.cat([states[:, position] for position in pooled], dim=1)))
    return np.concatenate(vectors)
