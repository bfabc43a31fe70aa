"""Batches of one length hold every text once, with its own tokens and nothing else."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from evenband.encoders.local.engines import features
from evenband.encoders.local.engines.features import Batch, UnsupportedError, merge_small, tokenize


class Characters:
    """Stands in for a model: a token per character, padded on one side."""

    def __init__(self, left: bool = False, **more: Any) -> None:
        self.left = left
        self.more = more

    def preprocess(self, texts: list[str], prompt: str | None, **_: Any) -> dict[str, Any]:
        rows = [[ord(sign) for sign in (prompt or "") + text] for text in texts]
        width = max(len(row) for row in rows)
        pads = [[0] * (width - len(row)) for row in rows]
        sides = [(pad, row) if self.left else (row, pad) for row, pad in zip(rows, pads, strict=True)]
        ids = torch.tensor([first + second for first, second in sides])
        mask = (ids > 0).long()
        return {"input_ids": ids, "attention_mask": mask, "token_type_ids": ids + 1, **self.more}


texts_of_any_length = st.lists(
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1), min_size=1
)


@given(texts_of_any_length, st.booleans(), st.integers(1, 60), st.sampled_from(["", "p"]))
def test_every_text_is_in_one_batch_with_exactly_its_tokens(
    texts: list[str], left: bool, budget: int, prompt: str
) -> None:
    seen = {}
    model: Any = Characters(left, modality="text", prompt_length=len(prompt))
    whole = tokenize(model, texts, prompt, None)
    for batch in (part for one in whole for part in one.split(budget)):
        assert len(batch.rows) == 1 or len(batch.rows) * batch.length <= budget
        assert batch.constants == {"modality": "text", "prompt_length": len(prompt)}
        for row, ids, types in zip(
            batch.rows, batch.tokens["input_ids"], batch.tokens["token_type_ids"], strict=True
        ):
            assert row not in seen
            assert torch.equal(types, ids + 1)
            seen[row] = "".join(chr(token) for token in ids)
    assert [seen[row] for row in range(len(texts))] == [prompt + text for text in texts]


@given(texts_of_any_length, st.booleans(), st.integers(0, 40), st.integers(1, 90))
def test_small_batches_of_nearly_one_length_go_together_and_keep_their_tokens(
    texts: list[str], left: bool, least: int, most: int
) -> None:
    """Under the mask every text is what it was; padding stays within the slack and the budget."""
    model: Any = Characters(left)
    tokenizer = SimpleNamespace(pad_token_id=7, pad_token_type_id=8, padding_side="left" if left else "right")
    seen = {}
    whole = tokenize(model, texts, "", None)
    for batch in merge_small(whole, least, most, tokenizer):
        mask = torch.ones_like(batch.tokens["input_ids"]) if batch.mask is None else batch.mask
        assert batch.mask is None or (batch.size <= most and least)
        for part in batch.split(10**6):
            for row, ids, types, own in zip(
                part.rows, part.tokens["input_ids"], part.tokens["token_type_ids"], mask.bool(), strict=True
            ):
                assert batch.length - int(own.sum()) <= max(2, batch.length // 8)
                assert bool(own[-1 if left else 0])
                assert set(ids[~own].tolist()) <= {7}
                assert set(types[~own].tolist()) <= {8}
                seen[row] = "".join(chr(token) for token in ids[own])
    assert [seen[row] for row in range(len(texts))] == texts
    large = [batch for batch in whole if batch.size >= least]
    assert all(any(batch is one for one in merge_small(whole, least, most, tokenizer)) for batch in large)


def test_neighbouring_lengths_are_one_batch_and_empty_ones_have_no_say() -> None:
    model: Any = Characters()
    tokenizer = SimpleNamespace(pad_token_id=0, pad_token_type_id=0, padding_side="right")
    batches = tokenize(model, ["a" * 20, "b" * 19, "c" * 18, "d" * 9], "", None)
    assert [batch.length for batch in merge_small(batches, 50, 1000, tokenizer)] == [20, 9]
    assert [len(batch) for batch in merge_small(batches, 50, 1000, tokenizer)] == [3, 1]
    assert merge_small(batches, 50, 1000, None) == batches
    nothing = Batch(np.empty(0, dtype=np.intp), {k: v[:0] for k, v in batches[-1].tokens.items()}, {})
    [only] = merge_small([batches[-2], nothing], 50, 1000, tokenizer)
    assert only.mask is None


def test_texts_tokenized_in_several_calls_still_share_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "TEXTS_PER_CALL", 2)
    model: Any = Characters()
    batches = tokenize(model, ["aa", "b", "cc", "d", "ee"], "", None)
    assert [batch.length for batch in batches] == [1, 2]
    assert [sorted(batch.rows.tolist()) for batch in batches] == [[1, 3], [0, 2, 4]]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"input_ids": "words"}, "not token ids"),
        ({"attention_mask": torch.ones(2, 1)}, "not token ids"),
        ({"attention_mask": torch.tensor([[0, 1, 0], [0, 1, 0]])}, "padded in the middle"),
        ({"pixels": torch.ones(2, 9)}, "not one number per token"),
    ],
)
def test_inputs_of_another_kind_are_not_guessed_at(change: dict[str, Any], reason: str) -> None:
    model: Any = Characters(**change)
    with pytest.raises(UnsupportedError, match=reason):
        tokenize(model, ["abc", "abc"], "", None)


def test_rows_are_indices_into_the_texts() -> None:
    model: Any = Characters()
    (batch,) = tokenize(model, ["ab", "cd"], "", None)
    assert batch.rows.dtype == np.intp
