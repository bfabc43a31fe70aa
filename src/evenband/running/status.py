"""The status of a run at one moment, and what a display of it must do. Imports nothing heavy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True)
class Status:
    """How far a run is at one moment.

    Attributes:
        stage: what is done now, such as ``loading minilm`` or ``comparing neighbours``.
        model: name of the model; empty outside of the models.
        model_number: of the model, from 1.
        models: how many there are.
        probe: name of the probe; empty outside of the probes.
        probe_number: of the probe, from 1.
        probes: how many there are.
        done: texts that this run has embedded.
        total: these and the texts still to embed, as far as known.
        seconds_left: until the end of the run; ``None`` where nothing can be said yet.
        unit: what is counted.
        tokens: of what is done; 0 where they are not counted.
    """

    stage: str
    model: str = ""
    model_number: int = 0
    models: int = 0
    probe: str = ""
    probe_number: int = 0
    probes: int = 0
    done: int = 0
    total: int = 0
    seconds_left: float | None = None
    unit: str = "texts"
    tokens: int = 0

    @property
    def place(self) -> str:
        """What is done now, of how many: ``minilm (model 1 of 2), typo (probe 3 of 27): embedding``."""
        parts = []
        if self.model:
            parts.append(_of(self.model, "model", self.model_number, self.models))
        if self.probe:
            parts.append(_of(self.probe, "probe", self.probe_number, self.probes))
        return f"{', '.join(parts)}: {self.stage}" if parts else self.stage

    @property
    def amount(self) -> str:
        """How many texts are embedded of how many, and how long it still takes, as far as known."""
        parts = [f"{self.done:,} of {self.total:,} {self.unit}"] if self.total and self.model else []
        if self.tokens:
            parts.append(f"{self.tokens:,} tokens")
        if self.seconds_left is not None:
            parts.append(f"about {duration(self.seconds_left)} left")
        return ", ".join(parts)


@runtime_checkable
class Watching(Protocol):
    """A display that shows the status of a whole run, and asks for it as often as it likes."""

    def watch(self, status: Callable[[], Status]) -> None:
        """Show from now on what this function returns; it may be called from another thread."""


def _of(name: str, what: str, number: int, total: int) -> str:
    return f"{name} ({what} {number} of {total})" if total > 1 else name


def duration(seconds: float) -> str:
    """Format a time: ``35 s``, ``4 min``, ``2 h 10 min``."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"
