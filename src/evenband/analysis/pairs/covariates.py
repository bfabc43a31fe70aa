"""Covariates of labels: what is known of each label besides its score.

Text covariates are length, tokens, frequency, spelling, parts of speech, senses, and the slot's own numeric
columns. The one covariate of geometry is the pull: how far a label moves its sentence away from the same
sentence with other labels.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from evenband.errors import InputError
from evenband.registry import nearest
from evenband.types import PairsMeasurement, Scores
from evenband.types.columns import free_name
from evenband.types.details import LEXICAL_PREFIX
from evenband.wording import counted

Kind = Literal["number", "flag", "log"]

SMALLEST_SWAP = 1e-12
"""Distance to other labels at which the pull is cut off, since its logarithm is taken."""

LARGEST_NUMBER = 1e100
"""Size beyond which a number of a user's column counts as not known, since its square has no value."""

LEXICAL_PARTS = ("verb", "adjective", "adverb")
"""Parts of speech that a noun may have besides, in columns named ``word_verb`` ..."""

DESCRIPTIONS = {
    "sense": "sense number of the word, 1 is the most frequent",
    "depth": "links below the root of its category",
}
"""Descriptions of the columns of WordNet slots; other columns are described by their name."""


@dataclass(frozen=True)
class Covariates:
    """Covariates of n labels as finite numbers, k of them.

    Attributes:
        names: (k,) short names, such as ``characters``.
        descriptions: (k,) descriptions in plain words.
        kinds: (k,) a ``number``; a ``flag``, which is 0 or 1; or a ``log``, the natural logarithm of what is
            described.
        values: (n, k) float64, finite; no column is constant.
    """

    names: tuple[str, ...]
    descriptions: tuple[str, ...]
    kinds: tuple[Kind, ...]
    values: Scores

    def __post_init__(self) -> None:
        self.values.setflags(write=False)

    def reading(self, row: int, column: int) -> str:
        """Return a label's covariate as text: ``yes``, ``no`` or a number."""
        value, kind = float(self.values[row, column]), self.kinds[column]
        if kind == "flag":
            return "yes" if value else "no"
        return f"{math.exp(value) if kind == 'log' else value:.3g}"


def covariates_of(measurement: PairsMeasurement, geometry: bool = True) -> Covariates:
    """Return the covariates of a measurement's labels.

    A covariate that is constant or known of no label is left out. Labels of which it is not known get
    the median of the others, and a covariate of its own flags them.

    Args:
        measurement: n labels by t templates.
        geometry: whether to include the pull of a label on its sentence.
    """
    columns = list(_text_columns(measurement))
    columns += _slot_columns(
        measurement, {"pull", "tokens", "frequency", *(column.name for column in columns)}
    )
    swap = measurement.details.swap
    if geometry and swap is not None:
        pull = np.log(np.maximum(swap, SMALLEST_SWAP))
        description = "distance of its sentence to the other labels' sentences: how far it pulls the sentence"
        columns.append(_Column("pull", description, "log", _row_means(pull)))
    kept = [complete for column in columns for complete in _complete(column) if np.ptp(complete.values) > 0]
    return Covariates(
        names=tuple(column.name for column in kept),
        descriptions=tuple(column.description for column in kept),
        kinds=tuple(column.kind for column in kept),
        values=np.column_stack([column.values for column in kept] or [np.empty((len(measurement.items), 0))]),
    )


def row_of(labels: tuple[str, ...], label: str) -> int:
    """Return the row of a label.

    Raises:
        InputError: if there is no such label, naming the nearest.
    """
    try:
        return labels.index(label)
    except ValueError:
        message = f"no label is called {label!r}{nearest(label, labels)} (of {counted(len(labels), 'label')})"
        raise InputError(message) from None


def zipf_of(measurement: PairsMeasurement) -> Scores | None:
    """Return the Zipf frequency of each label: log10 of its occurrences in a billion words.

    Shape: (n,), 0 where the word list does not have the label; ``None`` if frequencies were not measured.
    """
    column = measurement.known(f"{LEXICAL_PREFIX}frequency")
    return None if column is None else np.array(column, dtype=np.float64)


def tokens_of(measurement: PairsMeasurement) -> Scores | None:
    """Return the number of tokens of each label's sentences, averaged over templates.

    Shape: (n,); ``None`` where the tokenizer is not known.
    """
    tokens = measurement.details.tokens
    return None if tokens is None else _row_means(tokens)


class _Column(NamedTuple):
    """One covariate of all labels, with gaps. Shape of values: (n,), NaN where not known."""

    name: str
    description: str
    kind: Kind
    values: Scores


def _text_columns(measurement: PairsMeasurement) -> Iterator[_Column]:
    """Yield the covariates of the label itself and of word lists."""
    labels = measurement.items

    def column_of(values: Iterator[float]) -> Scores:
        return np.fromiter(values, dtype=np.float64, count=len(labels))

    characters = column_of(len(label) for label in labels)
    yield _Column("characters", "number of characters", "number", characters)
    yield _Column("words", "number of words", "number", column_of(len(label.split()) for label in labels))
    tokens = tokens_of(measurement)
    if tokens is not None:
        yield _Column("tokens", "number of tokens of its sentence", "number", tokens)
    zipf = zipf_of(measurement)
    if zipf is not None:
        description = "frequency in English, log10 of occurrences in a billion words"
        yield _Column("frequency", description, "number", zipf)
    capitals = column_of(sum(map(str.isupper, label)) / len(label) for label in labels)
    yield _Column("capitals", "share of capital letters", "number", capitals)
    marks = column_of(sum(not (c.isalpha() or c.isspace()) for c in label) for label in labels)
    yield _Column("marks", "number of digits and punctuation marks", "number", marks)
    for part in LEXICAL_PARTS:
        if (column := measurement.known(f"{LEXICAL_PREFIX}{part}")) is not None:
            article = "an" if part.startswith("a") else "a"
            yield _Column(part, f"also {article} {part}", "flag", column_of(float(value) for value in column))
    if (senses := measurement.known(f"{LEXICAL_PREFIX}senses")) is not None:
        yield _Column("senses", "number of senses as a noun", "number", column_of(float(n) for n in senses))


def _slot_columns(measurement: PairsMeasurement, taken: Collection[str]) -> Iterator[_Column]:
    """Yield the slot's own columns that are numbers, or yes and no, with names that are not taken."""
    for name, column in measurement.columns.items():
        is_own = measurement.known(name) is not None
        if is_own and name.startswith(LEXICAL_PREFIX):
            continue
        present = [value for value in column if value is not None]
        if present and all(isinstance(value, (int, float)) for value in present):
            kind: Kind = "flag" if all(isinstance(value, bool) for value in present) else "number"
            values = np.array([math.nan if value is None else float(value) for value in column])
            values[np.abs(values) > LARGEST_NUMBER] = math.nan
            described = DESCRIPTIONS.get(name) if is_own else None
            yield _Column(free_name(name, taken), described or f"the slot's column {name!r}", kind, values)


def _complete(column: _Column) -> Iterator[_Column]:
    """Yield the column with its gaps filled and, if there were any, a flag for them."""
    gap = ~np.isfinite(column.values)
    if gap.all():
        return
    # The upper of two middle values, so that a flag's median is a flag.
    median = np.quantile(column.values[~gap], 0.5, method="higher")
    yield column._replace(values=np.where(gap, median, column.values))
    if gap.any():
        yield _Column(
            f"{column.name} unknown", f"not known: {column.description}", "flag", gap.astype(np.float64)
        )


def _row_means(table: Scores) -> Scores:
    """Return the mean of each row's finite values, NaN if there is none. Shape: (n, t) -> (n,)."""
    is_finite = np.isfinite(table)
    total, n = np.where(is_finite, table, 0.0).sum(axis=1), is_finite.sum(axis=1)
    means: Scores = np.divide(total, n, out=np.full(len(table), math.nan), where=n > 0)
    return means
