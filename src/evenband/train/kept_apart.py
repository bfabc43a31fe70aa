"""The share of the examples that is kept apart to compute the loss on."""

from __future__ import annotations

import numpy as np

from evenband.errors import InputError
from evenband.train.training_examples import Examples


def divide(examples: Examples, share: float, seed: int) -> tuple[Examples, Examples | None]:
    """Divide examples into those that are trained on and those that are kept apart, by the seed.

    Rows with the same anchor stay together, and so do rows of the same two texts in either order: the loss
    on a pair that was trained on would be too low.

    Args:
        examples: before a row of several negatives becomes several rows.
        share: of the rows that are kept apart, in [0, 1); 0 for none.
        seed: decides which.

    Raises:
        InputError: if nothing would be left of one part.
    """
    if share == 0:
        return examples, None
    count = round(share * len(examples))
    groups = _groups(examples)
    order = np.random.default_rng((seed, len(examples))).permutation(len(groups))
    apart: set[int] = set()
    for at in order:
        if len(apart) + len(groups[at]) <= count:
            apart.update(groups[at])
    if count and not apart and len(groups) > 1:
        sizes = [len(group) for group in groups]
        apart.update(groups[sizes.index(min(sizes))])
    if not 0 < len(apart) < len(examples):
        is_each_alone = len(groups) == len(examples)
        together = "" if is_each_alone else ", of which those with the same anchor stay together"
        raise InputError(
            f"--eval: got {share:g} of {len(examples):,} examples{together}, which keeps {len(apart)} apart; "
            "expected a share that leaves examples on both sides"
        )
    rows = range(len(examples))
    return examples.take([row for row in rows if row not in apart]), examples.take(sorted(apart))


def _groups(examples: Examples) -> list[list[int]]:
    """Return the rows that stay together, in the order of their first rows."""
    first_of: dict[object, int] = {}
    parent = list(range(len(examples)))
    for row, (anchor, other) in enumerate(zip(*examples.texts[:2], strict=True)):
        for key in (anchor, frozenset((anchor, other))):
            first = _root(parent, first_of.setdefault(key, row))
            last = _root(parent, row)
            parent[max(first, last)] = min(first, last)
    groups: dict[int, list[int]] = {}
    for row in range(len(examples)):
        groups.setdefault(_root(parent, row), []).append(row)
    return list(groups.values())


def _root(parent: list[int], row: int) -> int:
    """Return the first row of a row's group, and shorten the way to it."""
    while parent[row] != row:
        parent[row] = parent[parent[row]]
        row = parent[row]
    return row
