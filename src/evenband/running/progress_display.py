"""Displays of a run's progress on stderr: live on a terminal, otherwise a line now and then.

A thread of its own draws, so that something moves while a library is imported or a model computes. rich is
imported when a live display starts.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING, TextIO

from evenband import stages
from evenband.running.status import Status, duration

if TYPE_CHECKING:
    from rich.table import Table

    from evenband.types import Progress

FRAMES_PER_SECOND = 5
BAR_WIDTH = 20
SPINNER = "|/-\\"
"""Signs that every character set has."""

FIRST_LINE, NEXT_LINE, NEXT_PLACE = 5.0, 10.0, 3.0
"""Seconds until the first line, so that an error at the start stands alone; between two lines; and between
two lines where the probe is another one."""

LOOK_EVERY = 0.25
"""Seconds between two looks at the status, where lines are written."""


class Display:
    """Base of the displays: it asks for the status, and need not be told of single jobs."""

    def __init__(self, first: str) -> None:
        self._status: Callable[[], Status] = lambda: Status(first)
        self._started = time.monotonic()

    def watch(self, status: Callable[[], Status]) -> None:
        """Show from now on what this function returns."""
        self._status = status

    def enter(self, stage: str, number: int = 0, of: int = 0) -> None:
        """Show a stage of a job that has no status of its own."""
        step = f" ({number} of {of})" if number else ""
        self.watch(lambda: Status(f"{stage}{step}"))

    def start(self, what: str, total: int) -> None:
        """Leave a job's beginning to the status."""

    def advance(self, items: int) -> None:
        """Leave a job's progress to the status."""

    def finish(self) -> None:
        """Leave a job's end to the status."""

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._started


class LiveDisplay(Display):
    """Two lines on a terminal: what is done now of how many; texts, time passed and time left."""

    def render(self) -> Table:
        """Return the lines as they are now."""
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        status = self._status()
        mark = SPINNER[int(self.elapsed * FRAMES_PER_SECOND) % len(SPINNER)]
        lines = Table.grid()
        lines.add_row(Text(f"{mark} {status.place}", no_wrap=True, overflow="ellipsis"))
        times = [text for text in (status.amount, f"{duration(self.elapsed)} so far") if text]
        row = Table.grid(padding=(0, 1))
        share = ProgressBar(total=max(status.total, 1), completed=status.done, width=BAR_WIDTH)
        row.add_row(*([share] if status.total and status.model else []), Text(", ".join(times), no_wrap=True))
        lines.add_row(row)
        return lines


class LineDisplay(Display):
    """A line now and then, for a log: when another probe begins, and every ten seconds.

    Args:
        first: what is done until a run says more.
        stream: where the lines go.
    """

    def __init__(self, first: str, stream: TextIO) -> None:
        super().__init__(first)
        self._stream = stream
        self._ended = Event()
        self._thread = Thread(target=self._write_lines, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write no more lines."""
        self._ended.set()
        self._thread.join()

    def _write_lines(self) -> None:
        due, shown = FIRST_LINE, ("", "")
        while not self._ended.wait(LOOK_EVERY):
            status = self._status()
            here = (status.model, status.probe)
            is_new = here != shown and self.elapsed >= due - NEXT_LINE + NEXT_PLACE
            if self.elapsed >= due or (is_new and due > FIRST_LINE):
                line = ", ".join(text for text in (status.place, status.amount) if text)
                print(f"[{duration(self.elapsed)}] {line}", file=self._stream, flush=True)
                due, shown = self.elapsed + NEXT_LINE, here


@contextmanager
def shown(progress: Progress | bool | None, first: str = "starting") -> Iterator[Progress | None]:
    """Context manager: the display to report a run to.

    Args:
        progress: a display of the caller's own, which is given back; true for a live display on a
            terminal and lines elsewhere; false or ``None`` for none.
        first: what is done until the run says more.
    """
    if not isinstance(progress, bool):
        yield progress
    elif not progress:
        yield None
    elif sys.stderr.isatty():
        from rich.console import Console
        from rich.live import Live

        live = LiveDisplay(first)
        with (
            Live(
                get_renderable=live.render,
                console=Console(stderr=True, highlight=False),
                refresh_per_second=FRAMES_PER_SECOND,
                transient=True,
                redirect_stdout=False,
            ),
            stages.heard_by(live.enter),
        ):
            yield live
    else:
        lines = LineDisplay(first, sys.stderr)
        try:
            with stages.heard_by(lines.enter):
                yield lines
        finally:
            lines.close()
