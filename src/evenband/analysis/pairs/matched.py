"""Other labels of the same measurement that match a label: what a word like it usually scores.

A label that lies far out of the band but not out of its matches is odd as words of its frequency
and length are odd.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evenband.analysis.pairs.covariates import row_of, tokens_of, zipf_of
from evenband.analysis.pairs.scale import scale_of
from evenband.errors import InputError
from evenband.types import PairsMeasurement, Scores


@dataclass(frozen=True)
class Match:
    """Another label, how unlike it is in what labels are matched by, and what it scores.

    Attributes:
        label: the other label.
        row: its position in the measurement.
        distance: mean of the gaps, each in standard deviations over all labels; 0 or more.
        gaps: by name (``frequency``, ``characters``, ``tokens``, ``sense``): its own value less the
            label's, in the units of the trait. What is not known of the label is not there.
        d: the other label's distance, the geometric mean over templates.
    """

    label: str
    row: int
    distance: float
    gaps: Mapping[str, float]
    d: float


@dataclass(frozen=True)
class Standing:
    """Where a label stands among its matches.

    Attributes:
        rank: 1 if no match lies farther apart than the label.
        n: the label and its matches.
        percentile: share of the matches that are less far apart, ties one half, in [0, 1].
        factor: the label's d over the median d of the matches.
    """

    rank: int
    n: int
    percentile: float
    factor: float


def matched_labels(measurement: PairsMeasurement, label: str, k: int = 8) -> tuple[Match, ...]:
    """The k labels nearest to a label in frequency, characters, tokens and sense number.

    Traits that are unknown of the label, or the same for all, do not count; a label of which one
    of the others is unknown is not taken, nor are words of the label's own synset, since they mean
    the same. Equal distances are told apart by a hash of the word.

    Args:
        measurement: where to look.
        label: the one to match.
        k: how many, 1 or more; fewer come back where there are not enough.

    Raises:
        InputError: if there is no such label, or k is below 1.
    """
    if k < 1:
        raise InputError(f"matched labels: got k = {k}, expected 1 or more")
    row = row_of(measurement.items, label)
    traits = {
        name: values
        for name, values in _traits(measurement).items()
        if math.isfinite(values[row]) and np.nanstd(values) > 0
    }
    gaps = {name: values - values[row] for name, values in traits.items()}
    scaled = [np.abs(gaps[name]) / np.nanstd(traits[name]) for name in gaps]
    distance = np.mean(scaled, axis=0) if scaled else np.zeros(len(measurement.items))
    y = scale_of(measurement).y.mean(axis=1)
    return tuple(
        Match(
            label=measurement.items[i],
            row=i,
            distance=float(distance[i]),
            gaps={name: float(gap[i]) for name, gap in gaps.items()},
            d=math.exp(y[i]),
        )
        for i in _nearest(measurement, row, distance, k)
    )


def stand(measurement: PairsMeasurement, label: str, matches: Sequence[Match]) -> Standing | None:
    """Where a label stands among its matches; ``None`` without matches.

    Raises:
        InputError: if there is no such label.
    """
    row = row_of(measurement.items, label)
    if not matches:
        return None
    y = scale_of(measurement).y.mean(axis=1)
    others = y[[match.row for match in matches]]
    farther, nearer = int((others > y[row]).sum()), int((others < y[row]).sum())
    ties = len(others) - farther - nearer
    return Standing(
        rank=1 + farther,
        n=1 + len(others),
        percentile=(nearer + ties / 2) / len(others),
        factor=math.exp(y[row] - float(np.median(others))),
    )


def _traits(measurement: PairsMeasurement) -> dict[str, Scores]:
    """What labels are matched by, each (n,), NaN where it is unknown."""
    labels = measurement.items
    traits = {
        "frequency": zipf_of(measurement),
        "characters": np.array([float(len(label)) for label in labels]),
        "tokens": tokens_of(measurement),
    }
    if "sense" in measurement.columns:
        numbers = measurement.columns["sense"]
        traits["sense"] = np.array([float(x) if isinstance(x, (int, float)) else math.nan for x in numbers])
    return {name: values for name, values in traits.items() if values is not None}


def _nearest(measurement: PairsMeasurement, row: int, distance: Scores, k: int) -> list[int]:
    """Rows of the k nearest labels of known distance that are neither the label nor of its synset."""
    synsets = measurement.columns.get("synset", (None,) * len(distance))
    own = synsets[row]
    usable = [
        i
        for i in np.flatnonzero(np.isfinite(distance)).tolist()
        if i != row and (own is None or synsets[i] != own)
    ]
    if len(usable) > k:
        # Only the labels up to the k-th distance need a hash.
        reach = np.partition(distance[usable], k - 1)[k - 1]
        usable = [i for i in usable if distance[i] <= reach]
    return sorted(usable, key=lambda i: (distance[i], _hash(measurement.items[i])))[:k]


def _hash(word: str) -> bytes:
    return hashlib.blake2b(word.encode(), digest_size=8).digest()
