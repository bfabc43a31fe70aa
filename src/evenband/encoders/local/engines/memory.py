"""Batch sizes: the fastest number of tokens per batch, reduced to what fits into free memory.

Free memory is looked up before every call, since other programs use it too. If a batch runs out of memory
all the same, it is split in half; the run does not fail.
"""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from evenband.encoders.local.engines.parallel import spread, worker_count

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

logger = logging.getLogger(__name__)

MEMORY_SHARE = 0.25
"""Fraction of the free memory that the states of the batches in progress may take."""

LIVE_LAYERS = 4
"""Number of the widest layer's inputs and outputs that are in memory at the same time.

No architecture that was examined needs more: four projections of attention, or gate, up, product and output.
"""

MAX_EVEN_ROUNDS = 4
"""Parts per thread up to which all parts get the same size: among more, a small last one costs little."""

PART_SIZE_MARGIN = 1.03
"""Factor on the size of equal parts.

Neighbouring parts both compute the prefixes that they share; without the margin a small part would be left.
"""

MIN_PART_TOKENS = 512
"""Tokens below which a part takes about as long as reading the weights."""

MIN_PART_REPEATS = 8
"""Least size of a part, in multiples of the common prefix that every part computes again."""

REUSED_BLOCK_BYTES = 31 << 20
"""Size of freed memory blocks up to which they are reused; glibc allows up to 32 MB."""

MEMINFO = Path("/proc/meminfo")
CGROUPS = (
    (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")),
    (
        Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
        Path("/sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ),
)


class Work(Protocol):
    """Texts that can go through a model together."""

    def __len__(self) -> int:
        """Return the number of texts."""

    @property
    def size(self) -> int:
        """Number of tokens to compute."""

    @property
    def repeated(self) -> int:
        """How many of them every part of a split computes again."""


Part = TypeVar("Part", bound=Work)


class Budget:
    """Number of tokens per batch of one model."""

    def __init__(self, model: SentenceTransformer, fastest: int, one_by_one: bool = False) -> None:
        """Create a budget of at most ``fastest`` tokens, however much memory is free.

        Args:
            model: the loaded model.
            fastest: most tokens per batch.
            one_by_one: never compute two batches at the same time.
        """
        self._model = model
        self._one_by_one = one_by_one
        self._max_tokens = fastest
        self._bytes = bytes_per_token(model)

    def tokens(self, workers: int = 1) -> int:
        """Return how many tokens a batch may have now (at least 1), with ``workers`` batches at a time."""
        free = free_memory(str(self._model.device))
        if free is None:
            return self._max_tokens
        return max(1, min(self._max_tokens, int(MEMORY_SHARE * free) // self._bytes // workers))

    def compute(
        self,
        work: Callable[[Part], None],
        wholes: Sequence[Part],
        split: Callable[[Part, int], Iterable[Part]],
    ) -> None:
        """Split the input and compute all parts, several in parallel; halve parts that run out of memory.

        A few parts are made equally large, so that all threads finish at the same time.

        Args:
            work: called with each part, which fits the budget or has a single text.
            wholes: what to split.
            split: yields parts of at most the given number of tokens, or of a single text.
        """
        workers = 1 if self._one_by_one else worker_count(self._model)
        max_tokens = self.tokens(workers)
        while wholes:
            size = sum(whole.size for whole in wholes)
            part_size = even_part_size(size, max(whole.repeated for whole in wholes), max_tokens, workers)
            parts = [part for whole in wholes for part in split(whole, part_size)]
            fits = spread(lambda part: _fits(work, part), parts, workers)
            wholes = [part for part, fit in zip(parts, fits, strict=True) if not fit]
            if wholes:
                max_tokens = self.halve(max(part.size for part in wholes))

    def halve(self, tokens: int) -> int:
        """Release unused memory; limit this and all later batches to half of ``tokens``, and return that."""
        import torch

        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        logger.info("out of memory with %d tokens per batch; continuing with half as many", tokens)
        self._max_tokens = max(1, tokens // 2)
        return self._max_tokens


def even_part_size(size: int, repeated: int, max_tokens: int, workers: int) -> int:
    """Return the number of tokens per part with which all threads finish at the same time.

    Args:
        size: number of tokens to compute.
        repeated: how many of them every part computes again.
        max_tokens: most tokens per part; never exceeded.
        workers: number of threads.
    """
    rounds = -(-size // (max_tokens * workers))
    if size <= max_tokens or workers == 1 or rounds > MAX_EVEN_ROUNDS:
        return max_tokens
    tokens = repeated + int(PART_SIZE_MARGIN * (size - repeated) / (rounds * workers)) + 1
    return min(max_tokens, max(tokens, MIN_PART_TOKENS, MIN_PART_REPEATS * repeated))


def _fits(work: Callable[[Part], None], part: Part) -> bool:
    """Compute a part; return false if it ran out of memory and can be split further."""
    try:
        work(part)
    except RuntimeError as error:
        if len(part) == 1 or part.size <= 1 or not is_out_of_memory(error):
            raise
        return False
    return True


def keep_freed_blocks() -> None:
    """Make the C library reuse freed blocks of up to 31 MB, instead of returning them to the system.

    A returned block is mapped anew, page by page, the next time. glibc returns blocks larger than the largest
    mapped one that was freed before (``mallopt(3)``, M_MMAP_THRESHOLD), so allocating and freeing one large
    block is enough. Other C libraries are not affected.
    """
    import torch

    torch.empty(REUSED_BLOCK_BYTES, dtype=torch.uint8)


def bytes_per_token(model: SentenceTransformer) -> int:
    """Estimate the memory that a token takes in the model's widest layer, in bytes."""
    sizes = (
        (getattr(module, f"{side}_features", None) for side in ("in", "out")) for module in model.modules()
    )
    widths = [size + other for size, other in sizes if isinstance(size, int) and isinstance(other, int)]
    return LIVE_LAYERS * max(widths, default=1024) * max(2, model.dtype.itemsize if model.dtype else 4)


def free_memory(device: str) -> int | None:
    """Return the free memory of a device in bytes; ``None`` if unknown."""
    if device.startswith("cuda"):
        import torch

        # PyTorch can also use what it has reserved and not allocated.
        reserved = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(torch.cuda.mem_get_info(device)[0]) + int(reserved)
    if device.startswith("mps"):
        import torch

        return max(0, torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory())
    if not device.startswith("cpu"):
        return None
    limits = [limit for limit in (_machine_memory(), _container_memory()) if limit is not None]
    return min(limits, default=None)


def _machine_memory() -> int | None:
    """Return the machine's available memory on Linux, half of the installed memory elsewhere, in bytes."""
    try:
        for line in MEMINFO.read_text(encoding="utf-8").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, ValueError, OSError):
        return None


def _container_memory() -> int | None:
    """Return what the process's control group may still use, in bytes; ``None`` without a limit."""
    for limit, used in CGROUPS:
        try:
            return max(0, int(limit.read_text(encoding="utf-8")) - int(used.read_text(encoding="utf-8")))
        except (OSError, ValueError):  # no such group, or its limit is "max"
            continue
    return None


def is_out_of_memory(error: RuntimeError) -> bool:
    """Return whether PyTorch ran out of memory, on a GPU or on the CPU."""
    import torch

    message = str(error)
    return (
        isinstance(error, torch.OutOfMemoryError)
        or "out of memory" in message
        or "not enough memory" in message
        or "t allocate memory" in message
    )
