"""Frozen values and protocols: the nouns that every layer shares.

A value validates itself once, when it is made. Arrays inside a value are read-only.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from evenband.errors import InputError

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

Vectors: TypeAlias = NDArray[np.float32]
"""float32, C-contiguous, (n, d), finite, in input order; (0, d) for no texts."""

Scores: TypeAlias = NDArray[np.float64]
Texts: TypeAlias = NDArray[np.object_]
ProbeType: TypeAlias = Literal["INV", "DIFF", "ORDER"]
Effect: TypeAlias = Literal["keeps", "changes", "reverses"]


class Role(StrEnum):
    """What a text is to the model; it decides the prompt. Never guessed."""

    NONE = "none"
    QUERY = "query"
    DOCUMENT = "document"


def digest_of(value: Any) -> str:
    """32 hexadecimal digits of the BLAKE2b hash of a value's canonical JSON."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


@dataclass(frozen=True)
class ModelSpec:
    """Everything that changes a vector; its digest is the cache key and the identity in every file.

    Attributes:
        ref: the reference as the user wrote it.
        name: short, for tables and file names.
        source: the adapter, such as ``sentence-transformers`` or ``toy``.
        revision: what pins the weights: a commit, a digest of the files, a version.
        dtype: of the computation, such as ``float32``.
        dim: length of a vector.
        max_tokens: longer texts are truncated to it; ``None`` if unlimited or unknown.
        pooling: such as ``mean``, ``cls`` or ``lasttoken``; ``None`` if unknown.
        normalize: whether the model itself returns unit vectors.
        prompts: the text put before an input, by role.
        trust_remote_code: whether code that came with the model was run.
        options: whatever else changes a vector, such as the engine.
    """

    ref: str
    name: str
    source: str
    revision: str
    dtype: str
    dim: int
    max_tokens: int | None = None
    pooling: str | None = None
    normalize: bool | None = None
    prompts: Mapping[str, str] = field(default_factory=dict)
    trust_remote_code: bool = False
    options: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.dim < 1:
            raise InputError(f"model {self.ref!r}: got dim = {self.dim}, expected 1 or more")
        if not self.name or "/" in self.name or self.name.startswith("."):
            raise InputError(f"model {self.ref!r}: {self.name!r} cannot be a file name")

    @property
    def digest(self) -> str:
        """Identity of the vectors: every field except how the user called the model."""
        return digest_of({key: value for key, value in self.to_dict().items() if key not in ("ref", "name")})

    def to_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return {**asdict(self), "prompts": dict(self.prompts), "options": dict(self.options)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ModelSpec:
        """The inverse of :meth:`to_dict`."""
        return cls(**data)


@dataclass(frozen=True)
class Slot:
    """The values that fill a template: unique, ordered, with where they came from.

    Attributes:
        name: the reference that made it, such as ``wordnet:person.n.01``.
        values: unique, non-empty strings.
        origin: where the values come from, in words a report can print.
        columns: what is known of each value, by name; each as long as ``values``.
            ``synset`` and ``sense`` for WordNet, a CSV file's own columns for files.
        language: of the values, such as ``en``; empty where they belong to none, such as numbers.
    """

    name: str
    values: tuple[str, ...]
    origin: str
    columns: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    language: str = ""

    def __post_init__(self) -> None:
        if not self.values:
            raise InputError(f"slot {self.name!r} has no values; expected at least one")
        if len(set(self.values)) != len(self.values):
            twice = next(value for value in self.values if self.values.count(value) > 1)
            raise InputError(f"slot {self.name!r} has {twice!r} twice; expected unique values")
        for index, value in enumerate(self.values):
            if not value.strip():
                raise InputError(f"slot {self.name!r}: value {index} is empty; expected a word")
        for key, column in self.columns.items():
            if len(column) != len(self.values):
                raise InputError(
                    f"slot {self.name!r}: column {key!r} has {len(column)} rows, expected {len(self.values)}"
                )

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: Sequence[int]) -> Slot:
        """The slot with only those rows, in the order given."""
        return replace(
            self,
            values=tuple(self.values[row] for row in rows),
            columns={key: tuple(column[row] for row in rows) for key, column in self.columns.items()},
        )


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
class ProbeSpec:
    """What a measurement must say of the probe that made it.

    Attributes:
        name: short, for tables and file names.
        type: CheckList's INV or DIFF, or ORDER.
        effect: what the operator does to the meaning.
        why: why it matters, one sentence.
        slot: reference of the slot.
        labels: number of labels.
        templates: number of templates.
        digest: of templates and slot values: two measurements with equal digests are comparable.
        of: name of the probe whose outliers this one follows up; empty for a probe of its own.
        family: name of the definition it was drawn from.
        draw: which draw of values and fillers it is, such as ``fresh 7``; empty for the standard one.
        novel: share of its labels that the standard draw does not have; ``None`` for the standard one.
        roles: of texts a, b ...: ``query``, ``document``, ``none``; empty where no text has one.
        language: of the sentences, such as ``en``.
    """

    name: str
    type: ProbeType
    effect: Effect
    why: str
    slot: str
    labels: int
    templates: int
    digest: str
    of: str = ""
    family: str = ""
    draw: str = ""
    novel: float | None = None
    roles: tuple[str, ...] = ()
    language: str = "en"

    def __post_init__(self) -> None:
        object.__setattr__(self, "roles", tuple(self.roles))
        object.__setattr__(self, "family", self.family or self.name)

    def to_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return asdict(self)


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


class Progress(Protocol):
    """Told how far a long job is; a terminal shows a bar, a test counts."""

    def start(self, what: str, total: int) -> None:
        """A job of ``total`` items begins."""

    def advance(self, items: int) -> None:
        """So many more are done."""

    def finish(self) -> None:
        """The job is over."""


@runtime_checkable
class Encoder(Protocol):
    """Turns texts into vectors. One abstract method; ``spec`` says what decides its result."""

    @property
    def spec(self) -> ModelSpec:
        """Everything that changes a vector."""

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        """Vectors of the texts, in input order.

        Shape: n texts -> (n, d) float32, C-contiguous, finite; (0, d) for none.

        Raises:
            ModelError: if the model cannot answer or answers with something else.
        """


class Probe(Protocol):
    """Measures one behaviour of one model."""

    name: str

    def measure(self, encoder: Encoder, fresh: Encoder | None = None) -> Measurement:
        """One number per label and template.

        Args:
            encoder: may be cached.
            fresh: the same model uncached, for the noise floor; ``encoder`` itself if not given.
        """
