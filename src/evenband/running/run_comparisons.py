"""Comparisons of stored runs: the models of one run, or each model in two runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from evenband import analysis, stages
from evenband.analysis import Comparison, PairsAudit
from evenband.analysis.pairing import pairs_of
from evenband.analysis.pairs.head_to_head import HeadToHead, Key, head_to_heads, set_against
from evenband.randomness import stream
from evenband.records import Manifest, RunDirectory
from evenband.running.reading import read_run
from evenband.types import Measurement


@dataclass(frozen=True)
class RunComparison:
    """Stored runs compared.

    Attributes:
        comparisons: one for every two measurements of a probe.
        head_to_heads: two sides at a time on all families of minimal pairs that both have.
    """

    comparisons: tuple[Comparison, ...]
    head_to_heads: tuple[HeadToHead, ...]


def compare_directories(directories: Sequence[Path], names: Sequence[str]) -> RunComparison:
    """Compare the models of one run, or the models that two runs share, probe by probe and over all.

    Args:
        directories: of one run or of two.
        names: what to call each run.

    Raises:
        EvenbandError: if a run cannot be read, there is nothing to compare, or two measurements differ in
            what they asked.
    """
    runs = [read_run(RunDirectory.open(directory)) for directory in directories]
    groups = [[one for one in run.measurements if not one.probe.of] for run in runs]
    manifest = runs[0].manifest
    comparisons = tuple(_compared(groups, manifest))
    compared = {(one.left.key, one.right.key): one for one in comparisons}

    def seed_of(key: Key) -> int:
        return manifest.settings_of(key).seed

    sides = [[one for one in analysis.audits_of(run) if isinstance(one, PairsAudit)] for run in runs]
    if len(sides) == 1:
        return RunComparison(comparisons, tuple(head_to_heads(sides[0], seed_of, compared)))
    shared = _models(sides[0]) & _models(sides[1])
    found = []
    for model in dict.fromkeys(audit.measurement.subject.name for audit in sides[0]):
        if model in shared:
            of_model = tuple([one for one in side if one.measurement.subject.name == model] for side in sides)
            called = [f"{model} in {name}" if len(shared) > 1 else name for name in names]
            found.append(set_against((called[0], called[1]), (of_model[0], of_model[1]), seed_of, compared))
    return RunComparison(comparisons, tuple(one for one in found if one is not None))


def _compared(groups: Sequence[Sequence[Measurement]], manifest: Manifest) -> Iterator[Comparison]:
    """Compare every two measurements of a probe."""
    pairs = pairs_of(groups)
    for number, (left, right) in enumerate(pairs, 1):
        stages.enter(f"comparing on {left.probe.name}", number, len(pairs))
        yield analysis.compare(left, right, stream(manifest.settings_of(left.key).seed, "analysis"))


def _models(audits: Sequence[PairsAudit]) -> set[str]:
    return {audit.measurement.subject.name for audit in audits}
