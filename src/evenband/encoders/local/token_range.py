"""Texts with tokens or positions for which a model has no embedding, found before the model fails on them.

On a GPU such a failure ends all use of the device, so that it must not happen at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from evenband.encoders.local.engines.tokenization import Tokenizer
from evenband.errors import Refusal, RefusedTextsError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


class TokenRange:
    """The tokens and positions that a model has embeddings for, where its tokenizer can exceed them.

    Attributes:
        tokens: number of token embeddings; ``None`` where the tokenizer has no more tokens than that.
        positions: number of positions; ``None`` where texts are cut to fewer, or positions are computed.
    """

    def __init__(self, model: SentenceTransformer) -> None:
        """Look at a loaded model."""
        self.tokens = _exceeded_tokens(model)
        self.positions = _exceeded_positions(model)

    def check(
        self, ref: str, tokenizer: Tokenizer, texts: Sequence[str], prompt: str, task: str | None
    ) -> None:
        """Refuse texts that exceed the range.

        Raises:
            RefusedTextsError: naming them.
        """
        if self.tokens is None and self.positions is None:
            return
        ids = tokenizer.ids(texts, prompt, task)
        refusals = [
            Refusal(texts[row], row, reason)
            for row, own in enumerate(ids or ())
            if (reason := self._fault_of(own))
        ]
        if refusals:
            raise RefusedTextsError(ref, tuple(refusals))

    def _fault_of(self, ids: Sequence[int]) -> str:
        if self.tokens is not None and ids and max(ids) >= self.tokens:
            return f"index out of range: token {max(ids)} is beyond its {self.tokens:,} embeddings"
        if self.positions is not None and len(ids) > self.positions:
            return (
                f"index out of range: its {len(ids):,} tokens are more than the {self.positions:,} positions"
            )
        return ""


def _exceeded_tokens(model: SentenceTransformer) -> int | None:
    """Return the number of token embeddings if the tokenizer has tokens beyond it."""
    first: Any = model[0]
    try:
        count = int(first.auto_model.get_input_embeddings().num_embeddings)
        largest = max(model.tokenizer.get_vocab().values())
    except Exception:  # another kind of first module or tokenizer
        return None
    return count if largest >= count else None


def _exceeded_positions(model: SentenceTransformer) -> int | None:
    """Return the number of absolute positions if texts are not cut to fewer tokens."""
    import torch

    first: Any = model[0]
    try:
        table = first.auto_model.embeddings.position_embeddings
        longest = model.max_seq_length
    except Exception:  # another kind of first module, or one without absolute positions
        return None
    if not isinstance(table, torch.nn.Embedding):
        return None
    # RoBERTa counts positions from the padding index on.
    count = table.num_embeddings - (0 if table.padding_idx is None else table.padding_idx + 1)
    return count if longest is None or longest > count else None
