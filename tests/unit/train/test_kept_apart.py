"""The share of the examples that is kept apart."""

from __future__ import annotations

import pytest

from evenband.errors import InputError
from evenband.train.kept_apart import divide
from evenband.train.training_examples import Examples, of_rows


@pytest.mark.parametrize("seed", range(5))
def test_no_anchor_and_no_pair_is_on_both_sides(seed: int) -> None:
    """Rows of an anchor, equal rows and turned pairs stay together; the share is about what was asked."""
    rows = [(f"anchor {n // 3}", f"positive {n}") for n in range(60)]
    rows += [(f"positive {n}", f"anchor {n // 3}") for n in range(0, 60, 7)] + rows[:5]
    train, apart = divide(of_rows(rows), 0.25, seed)
    assert apart is not None
    assert not set(train.texts[0]) & set(apart.texts[0])
    pairs = [{frozenset(pair) for pair in zip(*side.texts, strict=True)} for side in (train, apart)]
    assert not pairs[0] & pairs[1]
    assert len(train) + len(apart) == len(rows)
    assert 0.15 < len(apart) / len(rows) <= 0.25


def test_a_share_smaller_than_a_group_takes_the_smallest() -> None:
    """One anchor alone cannot be divided, and the line says why."""
    train, apart = divide(of_rows([(f"a{n // 10}", f"p{n}") for n in range(50)]), 0.1, 0)
    assert apart is not None
    assert (len(train), len(apart)) == (40, 10)
    same = Examples("pairs", (("a",) * 4, tuple("wxyz")))
    with pytest.raises(InputError, match=r"4 examples, of which those with the same anchor stay together"):
        divide(same, 0.5, 0)
    assert divide(same, 0, 0) == (same, None)
