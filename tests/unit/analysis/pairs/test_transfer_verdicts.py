"""Verdicts on what a training on one family changed."""

from __future__ import annotations

import numpy as np
import pytest

from evenband.analysis.pairs.transfer_verdicts import judge_transfer
from evenband.narrative.pairs.transfers import transfer_sentence
from evenband.types.estimate import Estimate
from evenband.types.transfers import Transfer, TransferGroup, TransferLine


def line(group: TransferGroup, change: float, half: float, name: str = "negation") -> TransferLine:
    """A change with a symmetric interval."""
    return TransferLine(group, name, 0.3, 0.3 + change, Estimate(change, change - half, change + half, 32))


@pytest.mark.parametrize(
    ("trained", "new", "verdict"),
    [
        ((0.5, 0.1), (0.4, 0.1), "transfers"),
        ((0.5, 0.1), (0.2, 0.1), "in part"),
        ((0.5, 0.1), (0.0, 0.1), "cherry-picked"),
        ((0.5, 0.1), (0.2, 0.25), "undecided"),
        ((0.05, 0.1), (0.4, 0.1), "no gain"),
        ((-0.2, 0.1), (0.0, 0.1), "no gain"),
    ],
)
def test_a_gain_counts_where_new_texts_surely_have_it(
    trained: tuple[float, float], new: tuple[float, float], verdict: str
) -> None:
    """Half of the trained gain, with an interval above 0, is a transfer."""
    transfer = Transfer("negation", (line("trained", *trained), line("new both", *new)))
    judgement = judge_transfer(transfer, np.random.default_rng(0))
    assert judgement.verdict == verdict
    assert judgement.others.value is None


def test_losers_are_surely_so_among_all_families() -> None:
    """Of many families, one whose own interval lies below 0 is no finding; a large loss still is."""
    sides = (line("trained", 0.5, 0.1), line("new both", 0.4, 0.1))
    slight = [line("other family", -0.06, 0.05, f"family-{k}") for k in range(20)]
    alone = judge_transfer(Transfer("negation", (*sides, slight[0])), np.random.default_rng(0))
    assert [one.name for one in alone.losers] == ["family-0"]
    many = judge_transfer(Transfer("negation", (*sides, *slight)), np.random.default_rng(0))
    assert many.losers == ()
    bad = line("other family", -0.2, 0.05, "bad")
    mixed = judge_transfer(Transfer("negation", (*sides, *slight, bad)), np.random.default_rng(0))
    assert [one.name for one in mixed.losers] == ["bad"]


def test_the_sentence_tells_figures_and_costs() -> None:
    """Families that surely lose are named, the worst first, and a metric that moves."""
    others = [line("other family", -0.02 * k, 0.05, f"family-{k}") for k in range(6)]
    transfer = Transfer(
        "negation",
        (
            line("trained", 0.5, 0.1),
            line("new both", 0.0, 0.1),
            *others,
            TransferLine("retrieval", "recall@10", 0.8, 0.7, Estimate(-0.1)),
            TransferLine("retrieval", "recall@5", 0.8, 0.801, Estimate(0.001)),
        ),
    )
    judgement = judge_transfer(transfer, np.random.default_rng(0))
    assert [one.name for one in judgement.losers] == ["family-5", "family-4"]
    assert judgement.others.value == pytest.approx(-0.05)
    sentence = transfer_sentence("negation", judgement, transfer.of("retrieval"))
    assert sentence.startswith(
        "negation: the gain is cherry-picked: the pass rate goes from .30 to .80 on the"
    )
    assert "from .30 to .30 on new sentences with new fillers" in sentence
    assert "family-5 −0.10" in sentence
    assert "recall@10 goes from 0.800 to 0.700" in sentence
    assert "recall@5" not in sentence
