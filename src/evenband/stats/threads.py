"""A limit of one BLAS thread for code that solves thousands of small systems.

With more threads such solves wait for each other: on two busy cores the analysis of 1,500 x 8 cells took
26 s of CPU time with two threads, and 5 s with one. Large matrix products should keep all threads.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def single_threaded(function: Callable[P, R]) -> Callable[P, R]:
    """Decorate a function to run with one BLAS thread; afterwards there are as many as before."""

    @wraps(function)
    def limited(*args: P.args, **kwargs: P.kwargs) -> R:
        from threadpoolctl import threadpool_limits

        with threadpool_limits(limits=1, user_api="blas"):
            return function(*args, **kwargs)

    return limited
