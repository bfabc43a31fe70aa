"""Parallel batches: each batch on one thread, instead of one batch after another on all threads.

The matrix products of a batch are too small to be worth splitting: on two cores a Qwen3 model spends an
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
    """Return the number of processors for this process, which ``OMP_NUM_THREADS`` overrides."""
    with contextlib.suppress(ValueError):
        return max(1, int(os.environ.get("OMP_NUM_THREADS", "")))
    with contextlib.suppress(AttributeError):  # not on every system
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def worker_count(model: SentenceTransformer) -> int:
    """Return how many batches to compute at the same time: one per PyTorch thread on a CPU, else one."""
    import torch

    return torch.get_num_threads() if model.device.type == "cpu" else 1


def spread(work: Callable[[Item], Result], items: Sequence[Item], workers: int) -> list[Result]:
    """Apply ``work`` to all items in parallel; return the results in order.

    The first error is raised; items that have not started by then are not computed.

    Args:
        work: called in inference mode, with one PyTorch thread unless it runs alone.
        items: any number.
        workers: most items to compute at the same time.
    """
    import torch

    def infer(item: Item) -> Result:
        with torch.inference_mode():
            return work(item)

    if min(workers, len(items)) < 2:
        return [infer(item) for item in items]
    threads = torch.get_num_threads()
    pool = ThreadPoolExecutor(workers, "evenband", torch.set_num_threads, (1,))
    try:
        return list(pool.map(infer, items))
    finally:
        pool.shutdown(cancel_futures=True)
        # The number that a worker sets also applies to threads that start later.
        torch.set_num_threads(threads)
