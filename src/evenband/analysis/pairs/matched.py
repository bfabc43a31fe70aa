"""Matched labels: labels of the same measurement that are alike in frequency, length, tokens and sense.

A label that lies far out of the band, but not among its matches, is far because of its frequency or length.
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

MATCHES = 8
"""Number of matches of a label, by default."""


@dataclass(frozen=True)
class Match:
    """A label matched to another one.

    Attributes:
        label: the matched label.
        row: its row in the measurement.
        distance: mean of the absolute gaps, each in standard deviations over all labels; 0 or more.
        gaps: difference of each trait to the other label's, in the units of the trait, by name
            (``frequency``, ``characters``, ``tokens``, ``sense``); without traits that are not known.
        d: distance 1 - s of the matched label's pairs, the geometric mean over templates.
    """

    label: str
    row: int
    distance: float
    gaps: Mapping[str, float]
    d: float


@dataclass(frozen=True)
class Standing:
    """Position of a label among its matches.

    Attributes:
        rank: 1 plus the number of matches that lie farther apart than the label.
        n: number of matches plus 1, for the label itself.
        factor: d of the label over the median d of its matches, above 0.
    """

    rank: int
    n: int
    factor: float


def matched_labels(measurement: PairsMeasurement, label: str, k: int = MATCHES) -> tuple[Match, ...]:
    """Return the k labels nearest to a label in frequency, characters, tokens and sense number.

    Traits that are not known of the label, or equal for all labels, do not count. Labels without one of
    the other traits are left out, and so are words of the label's own synset, which mean the same. Ties
    are broken by a hash of the word.

    Args:
        measurement: n labels by t templates.
        label: label to match.
        k: number of matches, 1 or more; fewer are returned where there are not enough labels.

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
    """Return the position of a label among its matches; ``None`` without matches.

    Args:
        measurement: n labels by t templates.
        label: one of its labels.
        matches: its matches.

    Raises:
        InputError: if there is no such label.
    """
    row = row_of(measurement.items, label)
    if not matches:
        return None
    y = scale_of(measurement).y.mean(axis=1)
    others = y[[match.row for match in matches]]
    return Standing(
        rank=1 + int((others > y[row]).sum()),
        n=1 + len(others),
        factor=math.exp(y[row] - float(np.median(others))),
    )


def _traits(measurement: PairsMeasurement) -> dict[str, Scores]:
    """Return the traits that labels are matched by, by name. Shape: (n,) each, NaN where not known."""
    labels = measurement.items
    traits = {
        "frequency": zipf_of(measurement),
        "characters": np.array([float(len(label)) for label in labels]),
        "tokens": tokens_of(measurement),
    }
    senses = measurement.known("sense")
    if senses is not None:
        traits["sense"] = np.array(
            [float(sense) if isinstance(sense, (int, float)) else math.nan for sense in senses]
        )
    return {name: values for name, values in traits.items() if values is not None}


def _nearest(measurement: PairsMeasurement, row: int, distance: Scores, k: int) -> list[int]:
    """Return the rows of the k nearest labels, without the label itself and the labels of its synset."""
    synsets = measurement.known("synset") or (None,) * len(distance)
    own_synset = synsets[row]
    candidates = [
        i
        for i in np.flatnonzero(np.isfinite(distance)).tolist()
        if i != row and (own_synset is None or synsets[i] != own_synset)
    ]
    if len(candidates) > k:
        # Only labels up to the k-th distance need a hash.
        kth = np.partition(distance[candidates], k - 1)[k - 1]
        candidates = [i for i in candidates if distance[i] <= kth]
    return sorted(candidates, key=lambda i: (distance[i], _hash(measurement.items[i])))[:k]


def _hash(word: str) -> bytes:
    """Return a hash of a word that is the same on every machine."""
    return hashlib.blake2b(word.encode(), digest_size=8).digest()
