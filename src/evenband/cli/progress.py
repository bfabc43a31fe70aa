"""The display of a command's progress, on stderr: live on a terminal, otherwise a line now and then.

It starts before anything heavy is imported, so that a first sign is there at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePath

import click

from evenband.types.protocols import Progress

QUIET = click.option("-q", "--quiet", is_flag=True, help="Show no progress.")


@contextmanager
def display(models: Sequence[str] = (), *, quiet: bool = False) -> Iterator[Progress | None]:
    """Show progress while the block runs.

    Args:
        models: references of the models; the first one's name is the first sign.
        quiet: show nothing.
    """
    from evenband.running.progress_display import shown

    first = f"loading {PurePath(models[0]).name or models[0]}" if models else "starting"
    with shown(not quiet, first) as progress:
        yield progress
