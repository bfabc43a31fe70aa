"""How many tokens go through a model at a time: what is fastest, if the memory holds it.

The limit is looked up before every call, since others use the memory, too. Where it was set too
high, out of memory is answered with half the batch, never with a failed run.
"""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from evenband.encoders.local.engines.parallel import spread, workers

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

logger = logging.getLogger(__name__)

SHARE = 0.25
"""Of the free memory, for the states of one batch."""

LIVE = 4
"""Inputs and outputs of the widest layer that live at the same time: more than any architecture
that was looked at keeps (attention's four projections, or gate, up, product and output)."""

FEW = 4
"""Parts per thread up to which a smaller last one leaves threads idle for long."""

UNEVEN = 1.03
"""Room for what neighbouring parts both compute, so that no small part is left over."""

LEAST, REPEATED = 512, 8
"""Tokens below which a part mostly reads the weights, and how many times as many as it shares with all
others a part should have."""

KEPT = 31 << 20
"""Bytes of a block of states that is used again when it is free; glibc allows up to 32 MB."""

MEMINFO = Path("/proc/meminfo")
CGROUPS = (
    (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")),
    (
        Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
        Path("/sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ),
)


class Piece(Protocol):
    """Texts that may go through a model together."""

    def __len__(self) -> int:
        """How many texts."""

    @property
    def size(self) -> int:
        """Tokens that are computed for them."""

    @property
    def repeated(self) -> int:
        """Of those, the ones that every part of them computes again."""


Part = TypeVar("Part", bound=Piece)


class Budget:
    """Tokens per batch of one model."""

    def __init__(self, model: SentenceTransformer, fastest: int) -> None:
        """No more than ``fastest``, whatever the memory."""
        self._model = model
        self._most = fastest
        self._bytes = bytes_per_token(model)

    def tokens(self, together: int = 1) -> int:
        """How many a batch may have now, at least one, where so many batches go at a time."""
        free = free_memory(str(self._model.device))
        if free is None:
            return self._most
        return max(1, min(self._most, int(SHARE * free) // self._bytes // together))

    def compute(
        self, work: Callable[[Part], None], whole: Sequence[Part], cut: Callable[[Part, int], Iterable[Part]]
    ) -> None:
        """Do the work on every part, several side by side; what does not fit is cut anew, half as large.

        A few parts are made equally large, so that all threads finish together.

        Args:
            work: called with a part of no more tokens than there is room for, or of one text.
            whole: what is cut.
            cut: into parts of at most so many tokens, but of at least one text.
        """
        together = workers(self._model)
        most = self.tokens(together)
        while whole:
            each = even(sum(one.size for one in whole), max(one.repeated for one in whole), most, together)
            parts = [part for one in whole for part in cut(one, each)]
            fits = spread(lambda part: _fits(work, part), parts, together)
            whole = [part for part, fit in zip(parts, fits, strict=True) if not fit]
            if whole:
                most = self.halve(max(part.size for part in whole))

    def halve(self, tokens: int) -> int:
        """Half of what was too much from now on, after memory that nobody uses was given back."""
        import torch

        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        logger.info("out of memory with %d tokens at a time; going on with half as many", tokens)
        self._most = max(1, tokens // 2)
        return self._most


def even(total: int, repeated: int, most: int, together: int) -> int:
    """Tokens per part, at most so many, with which so many threads finish together.

    Args:
        total: tokens to compute.
        repeated: of those, how many every part computes again.
        most: tokens per part for which there is room.
        together: threads.
    """
    rounds = -(-total // (most * together))
    if total <= most or together == 1 or rounds > FEW:  # among many parts a small last one costs little
        return most
    each = repeated + int(UNEVEN * (total - repeated) / (rounds * together)) + 1
    return min(most, max(each, LEAST, REPEATED * repeated))


def _fits(work: Callable[[Part], None], part: Part) -> bool:
    """Whether the memory was enough for the work."""
    try:
        work(part)
    except RuntimeError as error:
        if len(part) == 1 or part.size <= 1 or not is_exhausted(error):
            raise
        return False
    return True


def keep_freed_blocks() -> None:
    """Have blocks of up to 31 MB used again, not given back to the system and taken anew, page by page.

    glibc gives back whatever is larger than the largest block that was freed before (mallopt(3), on
    M_MMAP_THRESHOLD). With another C library nothing happens.
    """
    import torch

    torch.empty(KEPT, dtype=torch.uint8)


def bytes_per_token(model: SentenceTransformer) -> int:
    """What one token needs while it goes through the widest layer."""
    sizes = (
        (getattr(module, f"{side}_features", None) for side in ("in", "out")) for module in model.modules()
    )
    widths = [size + other for size, other in sizes if isinstance(size, int) and isinstance(other, int)]
    return LIVE * max(widths, default=1024) * max(2, model.dtype.itemsize if model.dtype else 4)


def free_memory(device: str) -> int | None:
    """Bytes that can be had on a device; ``None`` where nobody says."""
    if device.startswith("cuda"):
        import torch

        # What PyTorch keeps for itself and does not use can be had, too.
        kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(torch.cuda.mem_get_info(device)[0]) + int(kept)
    if device.startswith("mps"):
        import torch

        return max(0, torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory())
    if not device.startswith("cpu"):
        return None
    limits = [limit for limit in (_machine_memory(), _container_memory()) if limit is not None]
    return min(limits, default=None)


def _machine_memory() -> int | None:
    """Of the whole machine: available on Linux, half of what is built in elsewhere."""
    try:
        for line in MEMINFO.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, ValueError, OSError):
        return None


def _container_memory() -> int | None:
    """What a control group leaves to this process; ``None`` without a limit."""
    for limit, used in CGROUPS:
        try:
            return max(0, int(limit.read_text()) - int(used.read_text()))
        except (OSError, ValueError):  # no such group, or its limit is "max"
            continue
    return None


def is_exhausted(error: RuntimeError) -> bool:
    """Whether PyTorch found no memory, on a GPU or on the CPU."""
    import torch

    said = str(error)
    return (
        isinstance(error, torch.OutOfMemoryError)
        or "out of memory" in said
        or "not enough memory" in said
        or "t allocate memory" in said
    )
