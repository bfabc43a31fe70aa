"""Token by token where pooling takes a single state: what is it worth that the model sees a token?

The value of a set of tokens is the distance of the two texts when only those tokens (and the
pooled one) can be attended to, all at their own positions. A token's contribution is its
Shapley value (Shapley 1953), the mean over orders of what it adds when it becomes visible; a
token of both texts becomes visible in both. For any set of orders the contributions sum exactly
to the final distance. All orders are taken where there are few tokens, else orders drawn at
random, each with its reverse (Mitchell et al. 2022: antithetic permutations).

It needs no gradients, and so works through packed weights and in every number format.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenband.encoders.local.inspection.states import Body, Text
from evenband.similarity import paired_distance
from evenband.types import Attribution, TokenPart, Tokens

ROWS = 64
"""Texts of one batch."""

FEW = 7
"""Tokens up to which all orders are taken: at most 2^7 sets."""

Positions = tuple[int, ...]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Player:
    """What becomes visible together: a token with its partner, or the whole prompt."""

    piece: str
    a: Positions
    b: Positions


def share_out(
    body: Body,
    texts: tuple[Text, Text],
    tokens: tuple[Tokens, Tokens],
    common: Sequence[tuple[int, int]],
    prompt: int,
    passes: int,
    rng: np.random.Generator,
) -> Attribution:
    """Shapley values of the tokens.

    Args:
        body: the model.
        texts: both texts.
        tokens: both tokenisations.
        common: positions of the tokens that both have.
        prompt: tokens at the beginning that are the prompt's, treated as one.
        passes: texts that may go through the model; at least one order and its reverse are taken.
        rng: draws the orders.
    """
    pooled = (_pooled(body, texts[0]), _pooled(body, texts[1]))
    players = _players(tokens, common, pooled, prompt)
    orders = _orders(len(players), passes, rng)
    sets = {frozenset(order[:k]) for order in orders for k in range(len(order) + 1)}
    values = _values(body, texts, pooled, players, sorted(sets, key=sorted))
    gains = np.zeros(len(players))
    for order in orders:
        for k, player in enumerate(order):
            gains[player] += values[frozenset(order[: k + 1])] - values[frozenset(order[:k])]
    gains /= len(orders)
    name = " ".join(dict.fromkeys(tokens[0].pieces[place] for place in pooled[0]))
    parts = [TokenPart(p.piece, p.a, p.b, float(gain)) for p, gain in zip(players, gains, strict=True)]
    parts.append(TokenPart(name, pooled[0], pooled[1], values[frozenset()]))
    return Attribution("hidden tokens", values[frozenset(range(len(players)))], tuple(parts))


def _pooled(body: Body, text: Text) -> Positions:
    """The token that each mode of pooling takes, found with the pooling's own answer to the unit matrix."""
    import torch

    n = text.states[-1].shape[1]
    unit = torch.eye(n, device=text.states[-1].device)[None]
    answers = body.pool(unit, text.prompt_length).reshape(len(body.modes), n)
    return tuple(int(place) for place in answers.argmax(dim=1))


def _players(
    tokens: tuple[Tokens, Tokens],
    common: Sequence[tuple[int, int]],
    pooled: tuple[Positions, Positions],
    prompt: int,
) -> list[Player]:
    """The prompt, the other tokens of text a with their partners, those that only text b has."""
    partner = dict(common)
    free_a = [i for i in range(len(tokens[0].ids)) if i not in pooled[0]]
    free_b = [j for j in range(len(tokens[1].ids)) if j not in pooled[1]]
    players = []
    start = tuple(i for i in free_a if i < prompt)
    if start:
        pieces = " ".join(tokens[0].pieces[i] for i in start)
        players.append(Player(pieces, start, tuple(j for j in free_b if j < prompt)))
    for i in free_a[len(start) :]:
        j = partner.get(i)
        players.append(Player(tokens[0].pieces[i], (i,), () if j is None or j in pooled[1] else (j,)))
    taken = {j for player in players for j in player.b}
    players += [Player(tokens[1].pieces[j], (), (j,)) for j in free_b if j not in taken]
    return players


def _orders(n: int, passes: int, rng: np.random.Generator) -> list[tuple[int, ...]]:
    """All orders of n players, or pairs of a drawn one and its reverse."""
    if n <= FEW and 2 * 2**n <= passes:
        return list(permutations(range(n)))
    drawn = [tuple(rng.permutation(n).tolist()) for _ in range(max(1, passes // (4 * n)))]
    return [order for one in drawn for order in (one, one[::-1])]


def _values(
    body: Body,
    texts: tuple[Text, Text],
    pooled: tuple[Positions, Positions],
    players: Sequence[Player],
    sets: Sequence[frozenset[int]],
) -> dict[frozenset[int], float]:
    """Distance of the two texts for each set of visible players."""
    vectors = []
    for text, places, shown in (
        (texts[0], pooled[0], [player.a for player in players]),
        (texts[1], pooled[1], [player.b for player in players]),
    ):
        n = text.states[-1].shape[1]
        masks = np.array([_visible(n, places, (shown[player] for player in one)) for one in sets])
        vectors.append(_encode(body, text, places, masks))
    distances = paired_distance(vectors[0], vectors[1])
    return {one: float(distance) for one, distance in zip(sets, distances, strict=True)}


def _visible(n: int, pooled: Positions, shown: Iterable[Positions]) -> Mask:
    mask = np.zeros(n, dtype=np.bool_)
    mask[list(pooled)] = True
    for places in shown:
        mask[list(places)] = True
    return mask


def _encode(body: Body, text: Text, pooled: Positions, masks: Mask) -> NDArray[np.float64]:
    """Vectors of one text under several attention masks. Shape: (b, n) -> (b, dim)."""
    import torch

    found = []
    for start in range(0, len(masks), ROWS):
        mask = torch.from_numpy(masks[start : start + ROWS]).to(text.states[-1].device).long()
        features: dict[str, Any] = {
            key: value.expand(len(mask), -1) if isinstance(value, torch.Tensor) else value
            for key, value in text.features.items()
        }
        states = body.transformer({**features, "attention_mask": mask})["token_embeddings"]
        found.append(body.finish(torch.cat([states[:, place] for place in pooled], dim=1)))
    return np.concatenate(found)
