"""One BLAS thread for small problems: thousands of tiny solves wait for each other on more.

With two threads on two busy cores the analysis of 1,500 x 8 cells took 26 s of CPU time, with
one 5 s. Large matrix products keep all threads: they are not made here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def single_threaded(function: Callable[P, R]) -> Callable[P, R]:
    """The function with one BLAS thread while it runs; as many as before afterwards."""

    @wraps(function)
    def limited(*args: P.args, **kwargs: P.kwargs) -> R:
        from threadpoolctl import threadpool_limits

        with threadpool_limits(limits=1, user_api="blas"):
            return function(*args, **kwargs)

    return limited
