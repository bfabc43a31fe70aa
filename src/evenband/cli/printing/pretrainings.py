"""What a pretraining and a conversion did, on stdout."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from evenband.wording import counted

if TYPE_CHECKING:
    from evenband.train.embedding_conversion import ConvertedModel
    from evenband.train.pretraining import Pretrained

BETTER_THAN_FREQUENCIES = 0.95
"""Share of the unigram loss below which a model has learned more than how frequent tokens are."""


def print_pretrained(result: Pretrained, as_json: bool) -> None:
    """Print what a pretraining did, as lines or as JSON."""
    if as_json:
        print(json.dumps({**asdict(result), "folder": str(result.folder)}, ensure_ascii=False, indent=1))
        return
    print(
        f"{result.folder}: {counted(result.parameters, 'weight')}, {counted(result.steps, 'step')}, "
        f"{counted(result.tokens, 'token')} read, trained in {result.seconds:,.0f} s"
    )
    print(
        f"held-out loss: {result.held_loss:.3f} nats a token (untrained {result.first_loss:.3f}), "
        f"{result.bits_per_byte:.3f} bits a byte"
    )
    print(f"knowing only how frequent tokens are: {result.unigram_loss:.3f} nats a token")
    if result.held_loss > BETTER_THAN_FREQUENCIES * result.unigram_loss:
        print("! it has hardly learned more than frequencies: train longer, or on more text")
    print(f"next: evenband train embed {result.folder} -o DIR")


def print_converted(result: ConvertedModel, as_json: bool) -> None:
    """Print what a converted model is, as lines or as JSON."""
    if as_json:
        print(json.dumps({**asdict(result), "folder": str(result.folder)}, ensure_ascii=False, indent=1))
        return
    end = f", every text ended by {result.end_token}" if result.end_token else ""
    projected = f", projected from {result.width}" if result.dimension != result.width else ""
    print(
        f"{result.folder}: {counted(result.dimension, 'dimension')}{projected}, "
        f"{result.pooling} pooling{end}, at most {counted(result.max_tokens, 'token')}"
    )
