"""Texts as blocks of tokens, the rows that a language model is trained on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from evenband import stages
from evenband.errors import InputError
from evenband.train.pretraining_texts import PretrainingTexts

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedTokenizerBase

TEXTS_AT_A_TIME = 1000


class TokenBlocks:
    """A dataset of equally long blocks of tokens; each token is predicted from those before it.

    Attributes:
        blocks: (n, context) numbers of tokens.
    """

    def __init__(self, blocks: NDArray[np.int64]) -> None:
        self.blocks = blocks

    def __len__(self) -> int:
        return len(self.blocks)

    def __getitem__(self, row: int) -> dict[str, Tensor]:
        import torch

        tokens = torch.from_numpy(self.blocks[row])
        return {"input_ids": tokens, "labels": tokens}


def encode(texts: Sequence[str], tokenizer: PreTrainedTokenizerBase) -> NDArray[np.int64]:
    """Return the tokens of all texts in a row, each text followed by the end token.

    Shape: n texts -> (tokens,).
    """
    end = cast(int, tokenizer.eos_token_id)
    parts: list[NDArray[np.int64]] = []
    call: Any = tokenizer
    for start in range(0, len(texts), TEXTS_AT_A_TIME):
        batch = list(texts[start : start + TEXTS_AT_A_TIME])
        rows = call(batch, add_special_tokens=False, verbose=False)["input_ids"]
        parts += [np.asarray([*row, end], dtype=np.int64) for row in rows]
    return np.concatenate(parts)


def cut(tokens: NDArray[np.int64], context: int) -> NDArray[np.int64]:
    """Cut a row of tokens into blocks; fewer tokens than a block are one short block.

    Shape: (tokens,) -> (n, context).
    """
    if tokens.size < context:
        return tokens[None, :]
    n = tokens.size // context
    return tokens[: n * context].reshape(n, context)


def unigram_loss(training: NDArray[np.int64], held: NDArray[np.int64], vocabulary: int) -> float:
    """Return the held-out loss, in nats a token, of knowing only how frequent each token is.

    Every token is counted once more than it occurs (add-one smoothing).
    """
    counts = np.bincount(training, minlength=vocabulary) + 1.0
    return float(-np.log(counts[held] / counts.sum()).mean())


def bits_per_byte(loss: float, tokens: int, texts: Sequence[str]) -> float:
    """Return a loss in nats a token as bits a byte of text, which does not depend on the vocabulary.

    Args:
        loss: nats a token.
        tokens: number of tokens of the texts.
        texts: that have these tokens.
    """
    size = sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)
    return loss * tokens / size / math.log(2)


def blocks_of(
    texts: PretrainingTexts, tokenizer: PreTrainedTokenizerBase, context: int
) -> tuple[TokenBlocks, TokenBlocks]:
    """Return the blocks of training and held-out text.

    Raises:
        InputError: if the training text is shorter than one block.
    """
    stages.enter("cutting the texts into tokens")
    training, held = encode(texts.training, tokenizer), encode(texts.held, tokenizer)
    if training.size < context:
        raise InputError(
            f"--context: got {context}, but the texts have {training.size:,} tokens; give more text or a "
            "shorter context"
        )
    return TokenBlocks(cut(training, context)), TokenBlocks(cut(held, context))
