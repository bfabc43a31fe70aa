"""The distance after an exchange in one slot counts only exchanges that the model can see."""

from __future__ import annotations

import numpy as np

from evenband.probes.pairs.exchange import Exchange
from evenband.probes.pairs.templates import fill
from evenband.types import Role
from unit.probes.pairs.test_twins import LIMIT, Short

N = 8
LONG, SHORT_TEXT = "x" * (LIMIT - 4), "tea"
TEXT = "{x} {y}"


def test_an_exchange_behind_the_limit_is_none() -> None:
    """Where the first slot's value fills what the model reads, the second one's exchange is not counted.

    A distance of 0 for these would halve the median, and so double r50.
    """
    starts = [f"{k} {LONG if k % 4 else SHORT_TEXT}" for k in range(N)]
    values = {"x": starts, "y": [f"cup {k}" for k in range(N)]}
    encoder = Short()
    vectors = encoder.encode(fill(TEXT, values))
    blind = Exchange(("x", "y"), values).measure(encoder, TEXT, vectors, Role.NONE)
    seeing = Exchange(("x", "y"), values).measure(encoder, TEXT, vectors, Role.NONE, encoder)
    is_short = np.array([k % 4 == 0 for k in range(N)])
    np.testing.assert_array_equal(np.isnan(seeing["swap_y"]), ~is_short)
    np.testing.assert_array_equal(seeing["swap_y"][is_short], blind["swap_y"][is_short])
    assert np.nanmedian(blind["swap_y"]) < 1e-9 < np.nanmedian(seeing["swap_y"])
    np.testing.assert_array_equal(seeing["swap_x"], blind["swap_x"])
    assert seeing["swap"][0] > blind["swap"][0]


def test_values_that_are_the_same_tokens_are_no_exchange() -> None:
    """Capitals that a model drops, as for labels."""
    values = {"x": ["Apache", "apache", "APACHE"], "y": ["a", "b", "c"]}
    encoder = Short()
    vectors = encoder.encode(fill(TEXT, values))
    found = Exchange(("x", "y"), values).measure(encoder, TEXT, vectors, Role.NONE, encoder)
    assert np.isnan(found["swap_x"]).all()
    assert np.isfinite(found["swap_y"]).all()
    assert found["unseen_x"].tolist() == [1.0, 1.0, 1.0]
    assert found["unseen_y"].tolist() == [0.0, 0.0, 0.0]
