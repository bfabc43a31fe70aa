"""Memory of this machine and of its GPU, as a whole: what a large model could have."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

CONTAINER_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
"""Files in which Linux says how much memory a container may use."""


def installed_memory() -> int | None:
    """Return the bytes of memory that the machine, or the container, has; ``None`` where unknown."""
    limits = [limit for limit in (_physical_memory(), *map(_container_limit, CONTAINER_LIMITS)) if limit]
    return min(limits, default=None)


def gpu_memory() -> int | None:
    """Return the bytes of memory of the first GPU that PyTorch can use; ``None`` without one.

    PyTorch is imported, which takes seconds.
    """
    if find_spec("torch") is None:
        return None
    import torch

    if torch.cuda.is_available():
        return int(torch.cuda.get_device_properties(0).total_memory)
    if torch.backends.mps.is_available():
        return int(torch.mps.recommended_max_memory())
    return None


def _physical_memory() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return None


def _container_limit(file: Path) -> int | None:
    try:
        return int(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # no such file, or its limit is "max"
        return None
