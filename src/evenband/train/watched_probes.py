"""What is measured at every evaluation of a training; loaded once."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict

from evenband.errors import InputError
from evenband.probes.files import catalogue
from evenband.probes.pairs.minimal_pairs import MinimalPairs
from evenband.registry import nearest
from evenband.running import plan as plans
from evenband.running.given_models import texts_of
from evenband.running.plan import Plan
from evenband.train.refilled_pairs import refill
from evenband.train.shown_texts import TrainingData, shown_texts
from evenband.train.trained_pairs import trained_cells

logger = logging.getLogger(__name__)

SUITE_SIZES = ("quick", "standard", "full")

WATCHED_LABELS = 6
"""Labels of each probe of the suite ``quick``, where no other number is asked for."""


class WatchOptions(TypedDict, total=False):
    """Arguments of :class:`evenband.train.step_watch.StepWatch` beside the probes, by name."""

    out: str | os.PathLike[str] | None
    training: TrainingData | None
    sample: int | None
    seed: int
    size: str
    retrieval: str | os.PathLike[str] | Callable[[Any], Any] | None
    model_name: str | None


@dataclass(frozen=True)
class Watched:
    """What is measured at every evaluation; loaded once.

    Attributes:
        plan: of each evaluation's session.
        probes: of the plan.
        own: the probe of the training data's minimal pairs; ``None`` without one.
        cells: trained cells of each probe that has some.
        texts: number of texts in the training data; ``None`` where they were not given.
        data: digest of the training data.
        unaligned: number of its minimal pairs that nothing could be compared with.
    """

    plan: Plan
    probes: tuple[MinimalPairs, ...]
    own: MinimalPairs | None = None
    cells: Mapping[str, Mapping[str, Mapping[str, int]]] = field(default_factory=dict)
    texts: int | None = None
    data: str = ""
    unaligned: int = 0

    @property
    def all_probes(self) -> list[MinimalPairs]:
        """The plan's probes, and that of the training data."""
        return [*self.probes, *([] if self.own is None else [self.own])]


def watched(
    probes: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    training: TrainingData | None,
    sample: int | None,
    seed: int,
    size: str,
) -> Watched:
    """Load what is measured at every evaluation.

    Args:
        probes: a suite (``quick``, ``standard``, ``full``), or names and files of probes.
        training: the training data; ``None`` for no cherry-pick alarm.
        sample: labels of each probe, at most; ``None`` for 6 of the suite ``quick``, else all of the size.
        seed: of every random choice.
        size: of probes that are named: ``quick`` for 32 labels, ``standard`` or ``full``.

    Raises:
        InputError: if a probe or size does not exist or cannot be read, or the data have no texts.
    """
    if size not in SUITE_SIZES:
        raise InputError(f"size: got {size!r}, expected one of {', '.join(SUITE_SIZES)}")
    names = plans.list_probes(texts_of(probes))
    _check_alone(names)
    is_suite = len(names) == 1 and names[0] in SUITE_SIZES
    suite = names[0] if is_suite else size
    if is_suite and suite == "quick" and sample is None:
        sample = WATCHED_LABELS
    plan = plans.build(
        models=("live:model",), probes=() if is_suite else names, suite=suite, sample=sample, seed=seed
    )
    loaded = tuple(plans.load_probes(plan, logger.warning))
    if training is None:
        return Watched(plan, loaded)
    shown = shown_texts(training)
    refilled = refill(shown, seed)
    own = refilled.probe
    candidates = [*loaded, *([] if own is None else [own])]
    cells = {probe.name: found for probe in candidates if (found := trained_cells(probe, shown))}
    return Watched(plan, loaded, own, cells, len(shown.texts), shown.digest, refilled.unaligned)


def _check_alone(names: Sequence[str]) -> None:
    """Refuse a suite among probes, and name the suite that a text nearly is.

    Raises:
        InputError: naming it.
    """
    for name in names:
        if name in SUITE_SIZES and len(names) > 1:
            others = ",".join(other for other in names if other != name)
            raise InputError(
                f"got the suite {name!r} among probes, expected a suite alone, or probes such as {others}"
            )
        is_known = name in SUITE_SIZES or plans.is_file(name) or name in catalogue.names()
        suggestion = "" if is_known else nearest(name, (*SUITE_SIZES, *catalogue.names()))
        if any(repr(suite) in suggestion for suite in SUITE_SIZES):
            raise InputError(f"no probe or suite is called {name!r}{suggestion}")
