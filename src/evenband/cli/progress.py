"""A progress bar with rate and time left, on stderr, shown only on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from evenband.types import Progress

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

FEWEST_TEXTS = 500
"""Jobs with fewer texts are over before a bar could be read."""


class Bar:
    """A progress bar for one job at a time."""

    def __init__(self, display: RichProgress) -> None:
        self._display = display
        self._task: TaskID | None = None

    def start(self, what: str, total: int) -> None:
        """Begin a job of ``total`` items."""
        self.finish()
        if total >= FEWEST_TEXTS:
            self._task = self._display.add_task(what, total=total)

    def advance(self, items: int) -> None:
        """Count so many more items as done."""
        if self._task is not None:
            self._display.advance(self._task, items)

    def finish(self) -> None:
        """End the job."""
        if self._task is not None:
            self._display.remove_task(self._task)
            self._task = None


@contextmanager
def bar() -> Iterator[Progress | None]:
    """Show a bar while the block runs; yields ``None`` if stderr is not a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as RichProgress

    from evenband.cli.rate import RateColumn

    columns = [TextColumn("{task.description}"), BarColumn(bar_width=20), MofNCompleteColumn()]
    with RichProgress(
        *columns,
        RateColumn(),
        TimeRemainingColumn(compact=True),
        console=Console(stderr=True),
        transient=True,
    ) as display:
        yield Bar(display)
