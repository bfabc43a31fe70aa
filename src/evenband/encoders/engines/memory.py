"""Out of memory is answered with half the batch, never with a failed run."""

from __future__ import annotations

import gc
import logging

logger = logging.getLogger(__name__)


def is_exhausted(error: RuntimeError) -> bool:
    """Whether PyTorch found no memory, on a GPU or on the CPU."""
    import torch

    said = str(error)
    return (
        isinstance(error, torch.OutOfMemoryError)
        or "not enough memory" in said
        or "t allocate memory" in said
    )


def halve(tokens: int) -> int:
    """Half as many tokens, after memory that nobody uses was given back."""
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    logger.info("out of memory with %d tokens at a time; going on with half as many", tokens)
    return max(1, tokens // 2)
