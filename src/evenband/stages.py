"""Names of the stages of a long job, told to whoever listens: a progress display, or nobody.

Code that takes long says what it begins, wherever it stands; it needs no display for that. Who runs the job
listens. A job that runs beside another in its own context has its own listener.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeAlias

Listener: TypeAlias = Callable[[str, int, int], None]
"""Called with a stage's name, its number from 1, and among how many; 0 and 0 if stages are not counted."""

LOADED = "loaded"
"""Stage after a model was loaded on its first use: what was done before goes on."""

MEASURING = "measuring "
"""Beginning of a stage that names a probe; the stages after it, until the next such one, are parts of it."""

_LISTENER: ContextVar[Listener | None] = ContextVar("evenband_stage_listener", default=None)


def enter(stage: str, number: int = 0, of: int = 0) -> None:
    """Say that a stage begins.

    Args:
        stage: what is done, such as ``comparing neighbours``.
        number: of the stage among equal ones, from 1; 0 if they are not counted.
        of: how many of them there are.
    """
    listener = _LISTENER.get()
    if listener is not None:
        listener(stage, number, of)


@contextmanager
def heard_by(listener: Listener) -> Iterator[None]:
    """Context manager: every stage that begins inside is told to the listener."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)
