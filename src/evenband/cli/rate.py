"""The rate column of the progress bar."""

from __future__ import annotations

from rich.progress import ProgressColumn, Task
from rich.text import Text


class RateColumn(ProgressColumn):
    """Texts per second over the last seconds."""

    def render(self, task: Task) -> Text:
        """Return ``512 texts/s``, or nothing before the first batch."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f} texts/s" if speed else "", style="progress.data.speed")
