"""Options of a training that watch it, and what they make."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from evenband.errors import InputError

if TYPE_CHECKING:
    from evenband.train.consistency_callback import ConsistencyCallback
    from evenband.train.step_watch import StepWatch
    from evenband.train.training_examples import Examples

WATCH = click.option(
    "--watch",
    metavar="PROBE,...",
    help="Measure consistency at each checkpoint: quick, or probes. See OUT-watched/report.html.",
)
WATCH_RETRIEVAL = click.option(
    "--watch-retrieval", metavar="DATASET", help="With --watch: what a search finds, as in `retrieve`."
)


class Watcher:
    """Makes the callback that watches a training into a folder, once it is known what is trained on.

    Args:
        probes: a suite, or names of probes.
        retrieval: a dataset; ``None`` for none.
        folder: for measurements and the report.
        seed: of every random choice.
    """

    def __init__(self, probes: str, retrieval: str | None, folder: Path, seed: int) -> None:
        self._probes, self._retrieval, self._folder, self._seed = probes, retrieval, folder, seed
        self._callback: ConsistencyCallback | None = None

    def __call__(self, examples: Examples) -> ConsistencyCallback:
        """Return the callback for a training on some examples."""
        from evenband.train.consistency_callback import ConsistencyCallback

        self._callback = ConsistencyCallback(
            self._probes, training=examples, out=self._folder, retrieval=self._retrieval, seed=self._seed
        )
        return self._callback

    @property
    def watch(self) -> StepWatch | None:
        """What was measured; ``None`` where the training had ended before."""
        return None if self._callback is None else self._callback.watch

    @property
    def report(self) -> Path | None:
        """The page of this training, or of an earlier command; ``None`` where there is none."""
        page = self._folder / "report.html"
        return page if page.is_file() else None


def watching(watch: str | None, retrieval: str | None, out: Path, seed: int) -> Watcher | None:
    """Return what watches a training into ``OUT-watched``; ``None`` where nothing is asked for.

    Raises:
        InputError: if only retrieval is to be watched, or a probe does not exist.
    """
    if watch is None:
        if retrieval is not None:
            raise InputError("--watch-retrieval: expected probes to watch as well, such as --watch quick")
        return None
    from evenband.train.watched_probes import watched

    watched(watch, None, None, seed, "quick")  # whether they exist, before a model is loaded
    named = out if out.name not in ("", "..") else out.resolve()
    if not named.name:
        raise InputError(f"--watch: got -o {out}, expected a folder that one can stand beside")
    return Watcher(watch, retrieval, named.with_name(f"{named.name}-watched"), seed)
