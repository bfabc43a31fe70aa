"""The display of a command's progress, on stderr: live on a terminal, otherwise a line now and then.

It starts before anything heavy is imported, so that a first sign is there at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePath
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from evenband.types import Progress

QUIET = click.option("-q", "--quiet", is_flag=True, help="Show no progress.")


@contextmanager
def display(first: str, *, quiet: bool = False) -> Iterator[Progress | None]:
    """Show progress while the block runs.

    Args:
        first: what is done at first.
        quiet: show nothing.
    """
    from evenband.running.progress_display import shown

    with shown(not quiet, first) as progress:
        yield progress


def loading(models: Sequence[str]) -> str:
    """Return the first sign of a command on some models: a folder's name, a URL's host without secrets."""
    if not models:
        return "starting"
    if "://" in models[0]:
        return f"loading {models[0].partition('://')[2].partition('/')[0].rpartition('@')[2]}"
    return f"loading {PurePath(models[0]).name or models[0]}"
