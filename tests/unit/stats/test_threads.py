"""The limit of one BLAS thread."""

import scipy.linalg  # noqa: F401 (its BLAS is a library of its own)
from threadpoolctl import threadpool_info

from evenband.stats.threads import single_threaded


def threads() -> set[int]:
    """Return the numbers of threads of all BLAS libraries."""
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def test_one_thread_inside_and_as_many_as_before_outside() -> None:
    """The limit holds while the function runs, is lifted after it, and the result passes through."""
    before = threads()
    assert single_threaded(threads)() == {1}
    assert threads() == before
