"""The waist: what every probe makes and every analysis reads."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from evenband.errors import InputError
from evenband.types.arrays import Scores, Texts
from evenband.types.specs import ModelSpec, ProbeSpec

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow


@dataclass(frozen=True)
class Metric:
    """What a score is. Direction is declared here, once."""

    name: str
    kind: Literal["similarity", "proportion", "rank"]
    better: Literal["higher", "lower", "neither"]


COSINE = Metric("cosine", "similarity", "neither")


@dataclass(frozen=True)
class NoiseFloor:
    """How exact a score is: the same texts embedded again, uncached, in other batches and order.

    Attributes:
        floor: largest 1 - s between two embeddings of one text; in [0, 2].
        score: largest change of a pair's score.
        n: how many texts were embedded again.
    """

    floor: float
    score: float
    n: int


@dataclass(frozen=True)
class Measurement:
    """The waist: finite float64 scores, one per label and template, with the texts.

    n labels, t templates. The arrays become read-only, in the caller's hands too.

    Attributes:
        probe: which probe.
        model: which model.
        metric: what a score is.
        labels: (n,) the slot's values.
        templates: (t,) the templates' names.
        scores: (n, t) float64, finite.
        texts: ``text_a``, ``text_b`` ..., each (n, t).
        noise: how exact a score is.
        details: further numbers of each cell, each (n, t) float64, NaN where there is none:
            ``swap`` is the median distance of text a to the other labels' text a,
            ``hit`` 1, 1/2 (tie) or 0: text b is the nearest of all labels' text b to text a,
            ``auc`` the share of other labels' text b that are farther from text a than its own,
            ``tokens`` how many tokens the model sees of text a, where its tokenizer is at hand,
            ``score_c``, ``score_d`` ... the similarity of text a to text c, d ...,
            ``pass`` whether the ordering that the probe's type demands holds, in [0, 1],
            ``swap_x`` for each of several slots the distance to text a with another value in it.
        columns: what the slot knows of each label, each (n,).
        calibration: quantiles of the model's own similarities, by kind of pair (``unrelated``,
            ``paraphrase``); empty where it was not measured.
        floors: pass rates on the same texts, in [0, 1], of encoders that understand nothing
            (``words``, ``chars``, ``random``); empty where they were not measured.
    """

    probe: ProbeSpec
    model: ModelSpec
    metric: Metric
    labels: tuple[str, ...]
    templates: tuple[str, ...]
    scores: Scores
    texts: Mapping[str, Texts]
    noise: NoiseFloor
    details: Mapping[str, Scores] = field(default_factory=dict)
    columns: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    calibration: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    floors: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shape = (len(self.labels), len(self.templates))
        scores = np.asarray(self.scores)
        if scores.dtype != np.float64 or scores.shape != shape:
            raise InputError(
                f"{self.probe.name}: got scores {scores.shape} {scores.dtype}, expected {shape} float64"
            )
        if not np.isfinite(scores).all():
            i, j = (int(index) for index in np.argwhere(~np.isfinite(scores))[0])
            raise InputError(
                f"{self.probe.name}: the score of {self.labels[i]!r} in {self.templates[j]!r} "
                f"is {scores[i, j]}, expected a finite number"
            )
        for key, array in (*self.texts.items(), *self.details.items()):
            if array.shape != shape:
                raise InputError(f"{self.probe.name}: got {key} {array.shape}, expected {shape}")
            array.setflags(write=False)
        for key, column in self.columns.items():
            if len(column) != shape[0]:
                raise InputError(
                    f"{self.probe.name}: column {key!r} has {len(column)} rows, expected {shape[0]}"
                )
        scores.setflags(write=False)

    def to_arrow(self) -> pyarrow.Table:
        """A row per label and template: label, template, text_a, text_b, score, details, slot columns."""
        import pyarrow as pa

        n, t = self.scores.shape
        columns: dict[str, Any] = {
            "label": np.repeat(np.array(self.labels, dtype=object), t),
            "template": np.tile(np.array(self.templates, dtype=object), n),
            **{key: array.ravel() for key, array in self.texts.items()},
            "score": self.scores.ravel(),
            **{key: array.ravel() for key, array in self.details.items()},
        }
        arrays = {key: pa.array(column, from_pandas=True) for key, column in columns.items()}
        for key, values in self.columns.items():
            arrays[key] = pa.array([value for value in values for _ in range(t)])
        return pa.table(arrays)

    def to_polars(self) -> polars.DataFrame:
        """:meth:`to_arrow` as a polars frame (extra ``frames``)."""
        import polars as pl

        frame = pl.from_arrow(self.to_arrow())
        assert isinstance(frame, pl.DataFrame)
        return frame

    def to_pandas(self) -> pandas.DataFrame:
        """:meth:`to_arrow` as a pandas frame (extra ``frames``)."""
        frame: pandas.DataFrame = self.to_arrow().to_pandas()
        return frame


@dataclass(frozen=True)
class Estimate:
    """A number with its spread and its n. "No value" is ``value=None``, never 0.0.

    Attributes:
        value: the estimate, or ``None``.
        low: lower end of the 90 % interval, ``None`` if there is none.
        high: upper end.
        n: how many observations it rests on.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0

    def __post_init__(self) -> None:
        for number in (self.value, self.low, self.high):
            if number is not None and not math.isfinite(number):
                raise InputError(f"an estimate must be finite or None, got {number}")
