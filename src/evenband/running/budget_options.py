"""Budget of a plan: what it cannot be combined with, and what it makes of a probe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from evenband.errors import InputError
from evenband.probes.pairs.budget_size import is_searched, labels_within
from evenband.probes.pairs.minimal_pairs import MinimalPairs
from evenband.randomness import stream


def check_budget(budget: int | None, predictor: str | None, others: Mapping[str, object]) -> None:
    """Refuse a budget beside what needs all labels to count alike, and a predictor without a budget.

    Args:
        budget: number of texts.
        predictor: reference of a model that helps to choose.
        others: values of the options that need equal weights, by name; ``None`` where not given.

    Raises:
        InputError: naming the option.
    """
    if budget is None:
        if predictor is not None:
            raise InputError(f"predictor: got {predictor!r} without a budget; add --budget N")
        return
    for name, value in others.items():
        if value is not None:
            raise InputError(
                f"budget: got {budget} beside --{name}, which needs all labels to count alike; "
                "leave one of them out, or use --sample"
            )


def within_budget(probe: MinimalPairs, budget: int, predictor: str, seed: int) -> MinimalPairs:
    """Return a probe with its budget: to be searched where that pays, else a sample, or the whole.

    Args:
        probe: all labels of it.
        budget: number of texts.
        predictor: reference of a model that helps to choose; empty for none.
        seed: of the run.

    Raises:
        InputError: if the budget does not pay for one label.
    """
    labels = labels_within(probe, budget)
    if labels >= len(probe.slot):
        return probe
    if is_searched(probe, labels):
        return replace(probe, budget=budget, predictor=predictor)
    return replace(probe.sample(labels, stream(seed, "sample")), budget=budget)
