"""Batches on all cores: each on one thread of its own, not one after another on all of them.

The products of a batch are too small to be worth cutting: on two cores a Qwen3-type model spends an
eighth of its time on threads that wait for each other.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Item = TypeVar("Item")
Result = TypeVar("Result")


def processors() -> int:
    """Those that this process may use, or the threads that ``OMP_NUM_THREADS`` allows it."""
    with contextlib.suppress(ValueError):
        return max(1, int(os.environ.get("OMP_NUM_THREADS", "")))
    with contextlib.suppress(AttributeError):  # not on every system
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def workers(model: SentenceTransformer) -> int:
    """Batches that may be computed at the same time: PyTorch's threads on a CPU, else one."""
    import torch

    return torch.get_num_threads() if model.device.type == "cpu" else 1


def spread(work: Callable[[Item], Result], items: Sequence[Item], together: int) -> list[Result]:
    """The results in order; what fails first is raised, and nothing new is begun after it.

    Args:
        work: called in inference mode, on one thread of PyTorch's unless it is alone.
        items: any number.
        together: how many at the same time.
    """
    import torch

    def inferred(item: Item) -> Result:
        with torch.inference_mode():
            return work(item)

    if min(together, len(items)) < 2:
        return [inferred(item) for item in items]
    threads = torch.get_num_threads()
    pool = ThreadPoolExecutor(together, "evenband", torch.set_num_threads, (1,))
    try:
        return list(pool.map(inferred, items))
    finally:
        pool.shutdown(cancel_futures=True)
        # What a worker sets holds for threads to come, too.
        torch.set_num_threads(threads)
