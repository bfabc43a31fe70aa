"""What is known of each label besides its score.

Text: length, tokens, frequency, spelling, parts of speech, senses, and whatever the slot knows as
a number. Geometry: how strongly the label pulls its sentence away from the other labels' sentences.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from evenband.errors import InputError
from evenband.registry import nearest
from evenband.types import PairsMeasurement, Scores

Kind = Literal["number", "flag", "log"]

SMALLEST_SWAP = 1e-12
"""Distance to other labels below which the model does not tell labels apart."""

LEXICAL_PARTS = ("verb", "adjective", "adverb")
"""That a label may have beside noun, in the order of the columns ``word_verb`` ..."""

LEXICAL = "word_"
"""Prefix of the columns that hold what word lists know of a label."""

COLUMNS = {
    "sense": "sense number of the word, 1 is the most frequent",
    "depth": "links below the root of its category",
}
"""Plain words for the columns of WordNet's slots; other columns go by their own name."""


@dataclass(frozen=True)
class Covariates:
    """What is known of each label, as finite numbers. n labels, k covariates.

    Attributes:
        names: (k,) short, such as ``characters``.
        descriptions: (k,) the same in plain words.
        kinds: (k,) a ``flag`` is 0 or 1, a ``log`` is the natural logarithm of what is described.
        values: (n, k) float64, finite; no column is constant.
    """

    names: tuple[str, ...]
    descriptions: tuple[str, ...]
    kinds: tuple[Kind, ...]
    values: Scores

    def __post_init__(self) -> None:
        self.values.setflags(write=False)

    def reading(self, row: int, column: int) -> str:
        """A label's covariate as people write it: ``yes``, ``no`` or a number."""
        value, kind = float(self.values[row, column]), self.kinds[column]
        if kind == "flag":
            return "yes" if value else "no"
        return f"{math.exp(value) if kind == 'log' else value:.3g}"


def covariates_of(measurement: PairsMeasurement, geometry: bool = True) -> Covariates:
    """What is known of the labels of a measurement.

    A covariate that is the same for all labels, or known of none, is left out. Where it is unknown
    of some, these get the median of the others, and a flag of its own says so.

    Args:
        measurement: n labels by t templates.
        geometry: with the pull of the label on its sentence, which needs the model's vectors.
    """
    columns = [*_text(measurement), *_known(measurement)]
    swap = measurement.details.swap
    if geometry and swap is not None:
        pull = np.log(np.maximum(swap, SMALLEST_SWAP))
        about = "distance of its sentence to the other labels' sentences: how far it pulls the sentence"
        columns.append(_Column("pull", about, "log", _row_means(pull)))
    kept = [part for column in columns for part in _complete(column) if np.ptp(part.values) > 0]
    return Covariates(
        names=tuple(column.name for column in kept),
        descriptions=tuple(column.description for column in kept),
        kinds=tuple(column.kind for column in kept),
        values=np.column_stack([column.values for column in kept] or [np.empty((len(measurement.items), 0))]),
    )


def row_of(labels: tuple[str, ...], label: str) -> int:
    """Position of a label.

    Raises:
        InputError: if there is no such label, naming the nearest.
    """
    try:
        return labels.index(label)
    except ValueError:
        message = f"no label is called {label!r}{nearest(label, labels)} (there are {len(labels):,} labels)"
        raise InputError(message) from None


def zipf_of(measurement: PairsMeasurement) -> Scores | None:
    """Return the Zipf frequency of each label, 0 if unknown to wordfreq; ``None`` if it was not measured."""
    column = measurement.columns.get("word_frequency")
    return None if column is None else np.array(column, dtype=np.float64)


def tokens_of(measurement: PairsMeasurement) -> Scores | None:
    """Tokens of each label's sentence, averaged over templates; NaN where the tokenizer is not at hand."""
    tokens = measurement.details.tokens
    return None if tokens is None else _row_means(tokens)


class _Column(NamedTuple):
    """One covariate before what is missing is filled in."""

    name: str
    description: str
    kind: Kind
    values: Scores


def _text(measurement: PairsMeasurement) -> Iterator[_Column]:
    """What can be seen of the label itself, or looked up."""
    labels = measurement.items

    def count(values: Iterator[float]) -> Scores:
        return np.fromiter(values, dtype=np.float64, count=len(labels))

    yield _Column("characters", "number of characters", "number", count(len(x) for x in labels))
    yield _Column("words", "number of words", "number", count(len(x.split()) for x in labels))
    tokens = tokens_of(measurement)
    if tokens is not None:
        yield _Column("tokens", "number of tokens of its sentence", "number", tokens)
    zipf = zipf_of(measurement)
    if zipf is not None:
        about = "frequency in English, log10 of occurrences in a billion words"
        yield _Column("frequency", about, "number", zipf)
    capitals = count(sum(map(str.isupper, x)) / len(x) for x in labels)
    yield _Column("capitals", "share of capital letters", "number", capitals)
    marks = count(sum(not (c.isalpha() or c.isspace()) for c in x) for x in labels)
    yield _Column("marks", "number of digits and punctuation marks", "number", marks)
    for part in LEXICAL_PARTS:
        if (column := measurement.columns.get(f"word_{part}")) is not None:
            article = "an" if part.startswith("a") else "a"
            yield _Column(part, f"also {article} {part}", "flag", count(float(value) for value in column))
    if (senses := measurement.columns.get("word_senses")) is not None:
        yield _Column("senses", "number of senses as a noun", "number", count(float(n) for n in senses))


def _known(measurement: PairsMeasurement) -> Iterator[_Column]:
    """The slot's own columns, where they are numbers or yes and no."""
    for name, column in measurement.columns.items():
        if name.startswith(LEXICAL):
            continue
        given = [value for value in column if value is not None]
        if given and all(isinstance(value, (int, float)) for value in given):
            kind: Kind = "flag" if all(isinstance(value, bool) for value in given) else "number"
            values = np.array([math.nan if value is None else float(value) for value in column])
            yield _Column(name, COLUMNS.get(name, f"the slot's column {name!r}"), kind, values)


def _complete(column: _Column) -> Iterator[_Column]:
    """The column without gaps and, where there were some, a flag for them."""
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
    """Mean of each row over what is there; NaN if nothing is."""
    there = np.isfinite(table)
    total, n = np.where(there, table, 0.0).sum(axis=1), there.sum(axis=1)
    means: Scores = np.divide(total, n, out=np.full(len(table), math.nan), where=n > 0)
    return means
