"""Measurement: what every probe makes and every analysis reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from typing_extensions import TypeVar

from evenband.errors import InputError, MissingExtraError
from evenband.types.arrays import Scores
from evenband.types.columns import column_array, free_name
from evenband.types.details import Details, PairsDetails
from evenband.types.specs import ModelSpec, PairsSpec, ProbeSpec
from evenband.types.summaries import Field, Summarised

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow


@dataclass(frozen=True)
class Metric:
    """Name, kind and direction of a score.

    Attributes:
        name: such as ``cosine`` or ``recall@10``.
        kind: decides the summary: a similarity or a distance has a band, a proportion a mean in [0, 1], a
            rank (1 is best) a median; a relevance, a reranker's score, has neither unit nor zero, so that
            only scores of one query can be put in order.
        better: the better direction; ``neither`` where that depends on the probe.
    """

    name: str
    kind: Literal["similarity", "distance", "proportion", "rank", "relevance"]
    better: Literal["higher", "lower", "neither"]


COSINE = Metric("cosine", "similarity", "neither")
RELEVANCE = Metric("relevance", "relevance", "higher")


@dataclass(frozen=True)
class NoiseFloor:
    """Exactness of a score, from the same texts embedded again, uncached, in other batches and order.

    Attributes:
        floor: largest cosine distance between two embeddings of one text, in [0, 2]; 0 for a reranker, which
            has no distances.
        score: largest change of a pair's score.
        n: number of texts that were embedded again.
        own: largest change of a pair's own similarity, in its unit; ``None`` where that is the cosine.
    """

    floor: float
    score: float
    n: int
    own: float | None = None


P_co = TypeVar("P_co", bound=ProbeSpec, covariant=True, default=ProbeSpec)
D_co = TypeVar("D_co", bound=Details, covariant=True, default=Details)


@dataclass(frozen=True, repr=False)
class Measurement(Summarised, Generic[P_co, D_co]):
    """Scores of one subject on one probe by one metric, one per item and condition.

    There are n items and t conditions. The arrays become read-only, also for the caller who made them.

    Attributes:
        probe: identity of the probe.
        subject: identity of what was measured.
        metric: of the scores.
        items: names of the n rows: a slot's values, queries, questions.
        conditions: names of the t columns: templates, pipelines, conventions.
        scores: finite float64. Shape: (n, t).
        noise: exactness of the scores; ``None`` where embedding a text again shows nothing.
        details: further results, of the measurement's kind.
        columns: further facts of each item, by name, n cells each.
        own: which of the columns are evenband's own, not the user's; ``None`` where an older version, which
            did not tell them apart, wrote the measurement.

    Raises:
        InputError: if shapes differ or a score is not finite.
    """

    probe: P_co
    subject: ModelSpec
    metric: Metric
    items: tuple[str, ...]
    conditions: tuple[str, ...]
    scores: Scores
    noise: NoiseFloor | None
    details: D_co
    columns: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    own: frozenset[str] | None = None

    def __post_init__(self) -> None:
        shape = (len(self.items), len(self.conditions))
        scores = np.asarray(self.scores)
        if scores.dtype != np.float64 or scores.shape != shape:
            raise InputError(
                f"{self.probe.name}: got scores {scores.shape} {scores.dtype}, expected {shape} float64"
            )
        if not np.isfinite(scores).all():
            i, j = (int(index) for index in np.argwhere(~np.isfinite(scores))[0])
            raise InputError(
                f"{self.probe.name}: the score of {self.items[i]!r} in {self.conditions[j]!r} "
                f"is {scores[i, j]}, expected a finite number"
            )
        for key, array in self.details.to_tables().items():
            if array.shape != shape:
                raise InputError(f"{self.probe.name}: got {key} {array.shape}, expected {shape}")
            array.setflags(write=False)
        for key, column in self.columns.items():
            if len(column) != shape[0]:
                raise InputError(
                    f"{self.probe.name}: column {key!r} has {len(column)} rows, expected {shape[0]}"
                )
        scores.setflags(write=False)

    @property
    def kind(self) -> str:
        """Kind of the measurement, such as ``pairs`` or ``agreement``; it selects the analysis."""
        return self.details.kind

    @property
    def texts(self) -> Mapping[str, NDArray[np.object_]]:
        """The measured texts by column name, such as ``text_a``. Shape: (n, t) each."""
        return {key: table for key, table in self.details.to_tables().items() if table.dtype == object}

    @property
    def model(self) -> ModelSpec:
        """The subject; a name of the first version that scripts use."""
        return self.subject

    @property
    def noise_floor(self) -> float:
        """Largest cosine distance of a text from itself embedded again, in [0, 2]; 0 where not known."""
        return 0.0 if self.noise is None else self.noise.floor

    @property
    def score_noise(self) -> float:
        """Largest change of a score when its texts are embedded again; 0 where not known."""
        return 0.0 if self.noise is None else self.noise.score

    @property
    def key(self) -> tuple[str, str]:
        """Names of subject and probe, which together are unique in a run."""
        return self.subject.name, self.probe.name

    def known(self, name: str) -> tuple[Any, ...] | None:
        """Return a column of evenband's own; ``None`` without one, whatever the user's columns are called.

        Shape: (n,).
        """
        is_own = self.own is None or name in self.own
        return self.columns.get(name) if is_own else None

    def summary_fields(self) -> Iterable[Field]:
        """Return what was measured, and how large it is."""
        n, t = self.scores.shape
        yield from (("probe", self.probe.name), ("model", self.subject.name), ("metric", self.metric.name))
        yield from ((f"{self.details.item}s", n), (f"{self.details.condition}s", t))
        if self.scores.size:
            yield "median", float(np.median(self.scores))

    def take(self, rows: Sequence[int], columns: Sequence[int] | None = None) -> Measurement[P_co, D_co]:
        """Return the measurement of some items, and of some or all conditions, in the order given."""
        chosen = list(range(len(self.conditions)) if columns is None else columns)
        details: Any = self.details.take(list(rows), chosen)
        return replace(
            self,
            items=tuple(self.items[row] for row in rows),
            conditions=tuple(self.conditions[column] for column in chosen),
            scores=self.scores[np.ix_(list(rows), chosen)],
            columns={key: tuple(column[row] for row in rows) for key, column in self.columns.items()},
            details=details,
        )

    def to_arrow(self) -> pyarrow.Table:
        """Return a table with a row per item and condition: names, texts, score, details, columns.

        A column whose name another one has already is named ``slot_NAME``: see :attr:`column_names`.
        """
        import pyarrow as pa

        n, t = self.scores.shape
        tables = self.details.to_tables()
        columns: dict[str, Any] = {
            self.details.item: np.repeat(np.array(self.items, dtype=object), t),
            self.details.condition: np.tile(np.array(self.conditions, dtype=object), n),
            **{key: array.ravel() for key, array in tables.items() if array.dtype == object},
            "score": self.scores.ravel(),
            **{key: array.ravel() for key, array in tables.items() if array.dtype != object},
        }
        arrays = {key: pa.array(column, from_pandas=True) for key, column in columns.items()}
        names = self.column_names
        arrays |= {names[key]: column_array(cells, t) for key, cells in self.columns.items()}
        return pa.table(arrays)

    @property
    def column_names(self) -> dict[str, str]:
        """Name in :meth:`to_arrow` of each column: its own, unless a score or a detail has that name."""
        measured = {self.details.item, self.details.condition, "score", *self.details.to_tables()}
        names: dict[str, str] = {}
        for key in self.columns:
            others = self.columns.keys() - {key}
            names[key] = free_name(key, {*measured, *(others if key in measured else ()), *names.values()})
        return names

    def to_polars(self) -> polars.DataFrame:
        """Return :meth:`to_arrow` as a polars frame.

        Raises:
            MissingExtraError: without polars, which the extra ``frames`` installs.
        """
        try:
            import polars as pl
        except ImportError:
            raise MissingExtraError("A polars frame", "frames") from None
        frame = pl.from_arrow(self.to_arrow())
        assert isinstance(frame, pl.DataFrame)
        return frame

    def to_pandas(self) -> pandas.DataFrame:
        """Return :meth:`to_arrow` as a pandas frame.

        Raises:
            MissingExtraError: without pandas, which the extra ``frames`` installs.
        """
        try:
            import pandas  # noqa: F401 (pyarrow needs it)
        except ImportError:
            raise MissingExtraError("A pandas frame", "frames") from None
        frame: pandas.DataFrame = self.to_arrow().to_pandas()
        return frame


PairsMeasurement: TypeAlias = Measurement[PairsSpec, PairsDetails]
"""A measurement of minimal pairs."""
