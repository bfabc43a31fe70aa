"""summary.json as a typed value, for programs that read a run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evenband.errors import RunError

SUMMARY_FORMAT = 1
"""Format of summary.json. Fields are added and never renamed."""

Interval = tuple[float, float]
"""Lower and upper end of a 90% interval."""


class SummaryPart(BaseModel):
    """Base of all parts of a summary; fields that a newer evenband or another kind wrote are kept."""

    model_config = ConfigDict(extra="allow", frozen=True)


class SummaryModel(SummaryPart):
    """A subject: its name in the run, its reference as typed, its vectors' identity, notes, similarity."""

    name: str
    ref: str
    digest: str
    dim: int
    dtype: str
    notes: tuple[str, ...] = ()
    similarity: str = "cosine"


class SummaryOutlier(SummaryPart):
    """One of the farthest cells.

    Attributes:
        z: distance from the expected log d, in robust standard deviations (log-MAD z).
        q: p-value adjusted for the number of cells; ``None`` where it was not tested.
    """

    label: str
    template: str
    score: float
    z: float
    q: float | None = None
    verdict: str | None = None
    evidence: tuple[str, ...] = ()


class SummaryTruncation(SummaryPart):
    """How many of the labels have a text longer than the model's limit, and which are left out for it.

    Attributes:
        limit: number of tokens that the model reads.
        labels: number of labels with a text that is cut.
        total: number of labels of the probe.
        undecidable: labels whose texts differ only behind the cut; the figures are without them.
    """

    limit: int | None = None
    labels: int
    total: int
    undecidable: tuple[str, ...] = ()


class SummaryResult(SummaryPart):
    """Results of one measurement. A figure that does not exist is ``None``.

    Attributes:
        model: name of the subject.
        probe: name of the probe.
        kind: kind of measurement, such as ``pairs`` or ``agreement``; each adds fields of its own.
        type: INV, DIFF or ORDER; of pairs only.
        n: number of items (labels).
        templates: number of conditions.
        metric: name of the metric, such as ``cosine``.
        similarity: by which texts are ordered (pass rate, R@1, AUC): the subject's own.
        median: of the scores.
        phi: Phi, 1 or more: the factor by which two random labels' distances differ.
        consistency: C = 1 / Phi, in (0, 1].
        t99: T99, 1 or more: the 99th percentile of a template's distances over their median.
        r50: median of a pair's distance over the distance to other labels.
        r_at_1: share of cells whose text b is nearest to text a among all labels' text b, in [0, 1].
        auc: mean share of other labels whose text b is farther than the cell's own, in [0, 1].
        pass_rate: p, share of cells that behave as the probe demands, in [0, 1].
        rivals: number of other labels among which a cell of an INV probe passes, 149 at most; ``None`` for
            the other types. Rates of different numbers of rivals do not compare.
        pass_rate_of_31: the pass rate among 31 rivals, which compares over probes of any size; ``None`` where
            there are fewer.
        uniformity: 1 - 4 p (1 - p), in [0, 1]; 1 where all cells pass or all fail.
        twins: number of labels whose text a is the same to the model as another one's.
        truncation: texts that are longer than the model's limit; null where the model does not tell.
        noise_floor: largest distance of a text from itself when it is embedded again.
        blind: whether the model does not see the change.
        intervals: 90% intervals, by the name of the figure.
        discoveries: number of outliers that the tests claim; ``None`` where nothing could be tested.
        suspect: the first cell where none is certified, with its ``label``, ``template``, ``q`` and ``z``;
            ``None`` where none is far enough to be named, or one is certified.
        design: how a measurement under a budget was drawn: ``texts``, ``population``, ``predictor``, and the
            numbers of labels ``random`` and ``chosen``; ``None`` where all labels count alike.
        outliers: the farthest cells.
        notes: warnings in plain words, worst first.
    """

    model: str
    probe: str
    kind: str = "pairs"
    type: str | None = None
    probe_digest: str
    family: str | None = None
    draw: str | None = None
    n: int
    templates: int
    metric: str
    similarity: str = "cosine"
    median: float | None = None
    phi: float | None = None
    consistency: float | None = None
    t99: float | None = None
    r50: float | None = None
    r_at_1: float | None = None
    auc: float | None = None
    pass_rate: float | None = None
    rivals: int | None = None
    pass_rate_of_31: float | None = None
    uniformity: float | None = None
    twins: int | None = None
    truncation: SummaryTruncation | None = None
    noise_floor: float | None = None
    blind: bool | None = None
    intervals: Mapping[str, Interval | None] = Field(default_factory=dict)
    discoveries: int | None = None
    suspect: Mapping[str, Any] | None = None
    design: Mapping[str, Any] | None = None
    outliers: tuple[SummaryOutlier, ...] = ()
    notes: tuple[str, ...] = ()


class SummaryLine(SummaryPart):
    """One family of a scorecard.

    Attributes:
        grade: reliable, inconsistent, fails or blind; ``None`` where there is no grade.
        ungraded: why there is none: ``one label``, ``no rivals`` or ``few labels``.
    """

    probe: str
    type: str
    grade: str | None = None
    ungraded: str | None = None
    rivals: int | None = None
    certain: bool
    n: int
    templates: int
    pass_rate: float | None = None
    consistency: float | None = None


class SummaryScorecard(SummaryPart):
    """A subject over all families that were measured."""

    model: str
    similarity: str = "cosine"
    consistency: float | None = None
    interval: Interval | None = None
    families: int
    grades: Mapping[str, int] = Field(default_factory=dict)
    lines: tuple[SummaryLine, ...] = ()


class SummaryUnmeasured(SummaryPart):
    """A probe that was asked for and could not be measured, and why."""

    model: str
    probe: str
    reason: str


class SummaryDifference(SummaryPart):
    """A difference or ratio of the right subject against the left one, with its 90% interval."""

    value: float | None = None
    low: float | None = None
    high: float | None = None


class SummaryHeadToHead(SummaryPart):
    """Two subjects on all families that both were measured on.

    Attributes:
        left: name of the first subject.
        right: name of the second subject.
        left_is_reference: whether right was held against left.
        pass_rate: mean difference of the pass rates.
        phi_ratio: mean ratio of Phi; above 1: left is more even.
        clear_by_chance: intervals of single families that chance alone would put clear of zero.
        better: names of the families on which ``left`` and ``right`` are better, interval clear of zero.
    """

    left: str
    right: str
    left_is_reference: bool = False
    pass_rate: SummaryDifference = SummaryDifference()
    phi_ratio: SummaryDifference = SummaryDifference()
    clear_by_chance: float = 0.0
    better: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)


class SummaryTraining(SummaryPart):
    """A watched training.

    Attributes:
        steps: numbers of optimiser steps at which it was evaluated.
        alarms: probes of which the trained cells moved and those like them did not.
        curves: step and value of the training's own figures, by name.
        families: figures of every probe at each step.
        trained: moves of trained, same-word and matched cells of every probe that has some, at each step.
    """

    model: str
    steps: tuple[int, ...] = ()
    texts: int | None = None
    unaligned: int = 0
    alarms: tuple[str, ...] = ()
    curves: Mapping[str, tuple[tuple[int, float], ...]] = Field(default_factory=dict)
    families: tuple[Mapping[str, Any], ...] = ()
    trained: tuple[Mapping[str, Any], ...] = ()


class RunSummary(SummaryPart):
    """Everything in summary.json."""

    format: int
    models: tuple[SummaryModel, ...]
    results: tuple[SummaryResult, ...]
    scorecards: tuple[SummaryScorecard, ...] = ()
    unmeasured: tuple[SummaryUnmeasured, ...] = ()
    head_to_heads: tuple[SummaryHeadToHead, ...] = ()
    trainings: tuple[SummaryTraining, ...] = ()

    def result(self, model: str, probe: str) -> SummaryResult:
        """Return the result of a subject on a probe.

        Raises:
            KeyError: if there is none.
        """
        for result in self.results:
            if (result.model, result.probe) == (model, probe):
                return result
        raise KeyError((model, probe))


def read_summary(directory: Path | str) -> RunSummary:
    """Read and validate the summary of a run directory.

    Raises:
        RunError: if there is none, or it is damaged, naming the field, or has another format.
    """
    file = Path(directory) / "summary.json"
    try:
        data: Any = json.loads(file.read_text(encoding="utf-8"))
        version = data.get("format")
    except FileNotFoundError:
        raise RunError(f"{file}: no such file; expected what `evenband audit -o` wrote") from None
    except (OSError, ValueError, AttributeError) as error:
        raise RunError(f"{file}: damaged: {error}; write it again with `evenband report`") from None
    if version != SUMMARY_FORMAT:
        raise RunError(f"{file}: got format {version}, expected {SUMMARY_FORMAT}; update evenband to read it")
    try:
        return RunSummary.model_validate(data)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in fault["loc"])
        raise RunError(f"{file}: damaged: {field}: got {fault['input']!r}: {fault['msg']}") from None
