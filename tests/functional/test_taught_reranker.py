"""A small real cross-encoder, taught a rule on MiniLM's network: it passes where a bag of words does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import evenband
from evenband.analysis.pairs.head_to_head import head_to_heads
from evenband.encoders.minilm import find_folder
from evenband.errors import MissingExtraError
from evenband.narrative.pairs.mending import mended

TAUGHT = (
    "nuts",
    "milk",
    "sugar",
    "garlic",
    "pork",
    "wheat",
    "honey",
    "butter",
    "rice",
    "beans",
    "cheese",
    "eggs",
)
UNSEEN = ("onions", "fish", "salt", "peppers", "tofu", "cream", "basil", "ginger", "lemon", "oats")
DISHES = ("salad", "pie", "stew", "curry")
UNSEEN_DISHES = ("soup", "cake", "sandwich")

pytestmark = pytest.mark.slow


def teach(model: Any, steps: int = 100) -> None:
    """That a dish free of something answers a query without it, and a dish full of it one with it."""
    import torch

    torch.manual_seed(0)
    pairs = [
        (
            (f"{dish} {query} {food}", f"a {dish} {answer} {food}"),
            float((query == "without") == (answer == "free of")),
        )
        for food in TAUGHT
        for dish in DISHES
        for query in ("with", "without")
        for answer in ("full of", "free of")
    ]
    order = torch.randperm(len(pairs)).tolist()
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-4)
    model.train()
    for step in range(steps):
        batch = [pairs[order[(step * 32 + k) % len(pairs)]] for k in range(32)]
        features = model.preprocess([pair for pair, _ in batch])
        scores = model(features)["scores"].squeeze(-1)
        wanted = torch.tensor([answer for _, answer in batch])
        loss: Any = torch.nn.functional.binary_cross_entropy_with_logits(scores, wanted)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    model.eval()


def test_a_cross_encoder_passes_a_rule_once_it_is_taught_it(tmp_path: Path) -> None:
    """On foods and dishes that it has not seen; the run says what it would mend."""
    library = pytest.importorskip("sentence_transformers")
    try:
        folder = find_folder()
    except MissingExtraError:
        pytest.skip("minilm is not installed")
    rows = ["query,relevant,irrelevant"]
    for food in UNSEEN:
        for dish in UNSEEN_DISHES:
            full, free = f"a {dish} full of {food}", f"a {dish} free of {food}"
            rows += [f"{dish} with {food},{full},{free}", f"{dish} without {food},{free},{full}"]
    table = tmp_path / "with-without.csv"
    table.write_text("\n".join(rows), encoding="utf-8")
    model = library.CrossEncoder(str(folder), num_labels=1, device="cpu")
    [before] = evenband.audit(evenband.wrap(model, "untaught"), table)
    teach(model)
    encoder, reranker = evenband.audit(["toy:words", evenband.wrap(model, "taught")], table)
    rates = [one.summary.pass_rate.value or 0.0 for one in (before, encoder, reranker)]
    assert max(rates[:2]) < 0.8, rates
    assert rates[2] > 0.9, rates
    [sentence] = mended(list(head_to_heads([encoder, reranker], lambda _: 0, {})))
    assert sentence.startswith(
        "taught, as a reranker of toy-words's candidates, would pass more often on 1 of 1 family "
        "(with-without"
    )
    model.save_pretrained(str(tmp_path / "saved"))
    [saved] = evenband.audit(tmp_path / "saved", table)
    assert saved.summary.pass_rate.value == reranker.summary.pass_rate.value
