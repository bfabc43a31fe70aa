"""Shortcuts: can the right text be told by length, overlap, form or single words alone?

* triplets: which of the two texts is the positive;
* pairs: which text is the anchor's own positive, and which that of another row, drawn at random as in a
  batch;
* scored pairs: whether the score is above the median.

McCoy, Pavlick and Linzen (2019), Gururangan et al. (2018): models learn such shortcuts where data has them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evenband.stats.multiple_testing import holm
from evenband.stats.predictability import SHUFFLES, Predictability, predict_classes, predict_signs
from evenband.train import text_features
from evenband.train.data_findings import Quotation, Shortcut
from evenband.train.text_features import Features, words_of
from evenband.train.training_examples import Examples

LEAST_AUC = 0.6
"""AUC from which on a shortcut is worth a model's while."""

LARGEST_P = 0.05
MOST_CONTRASTED = 10_000
"""Examples that are looked at; of more, that many at random."""

MOST_SHORTCUTS_QUOTED = 1

FAMILIES: Mapping[str, Features] = {
    "length": text_features.length_features,
    "overlap": text_features.overlap_features,
    "form": text_features.form_features,
    "words": text_features.word_features,
}
"""Features of each shortcut."""

OF_PAIRS: Mapping[str, Features] = {
    "length": text_features.length_gap,
    "overlap": text_features.overlap_features,
}
"""The same for pairs, whose texts stand on both sides: only what relates them to the anchor can tell."""


@dataclass(frozen=True)
class Contrast:
    """Right and wrong texts to tell apart.

    Attributes:
        first: anchors, n.
        right: positives, or second texts of rows with a high score.
        wrong: negatives; empty for scored pairs, where ``is_high`` says which rows are right.
        is_high: (n,) of scored pairs; empty otherwise.
        groups: (n,) rows with one anchor have one number.
        places: of the rows.
        names: what the two sides are called.
    """

    first: Sequence[str]
    right: Sequence[str]
    wrong: Sequence[str]
    is_high: NDArray[np.bool_]
    groups: NDArray[np.intp]
    places: Sequence[str]
    names: tuple[str, str]


def contrast_of(examples: Examples, rng: np.random.Generator) -> Contrast:
    """Return what is to be told apart in examples, of at most :data:`MOST_CONTRASTED` rows."""
    if examples.kind == "triplets":
        examples = examples.one_negative_each()
    if len(examples) > MOST_CONTRASTED:
        rows = np.sort(rng.choice(len(examples), MOST_CONTRASTED, replace=False))
        examples = examples.take(rows.tolist())
    anchors = [text_features.normalised(text) for text in examples.texts[0]]
    groups = np.unique(np.array(anchors, dtype=object).astype(str), return_inverse=True)[1].astype(np.intp)
    first, right = examples.texts[:2]
    none = np.zeros(0, dtype=bool)
    if examples.kind == "scored":
        scores = np.array(examples.scores)
        middle = np.median(scores)
        is_high = scores > middle if (scores > middle).any() else scores >= middle
        return Contrast(first, right, (), is_high, groups, examples.places, ("high scores", "low scores"))
    if examples.kind == "triplets":
        names = ("positives", "negatives")
        return Contrast(first, right, examples.texts[2], none, groups, examples.places, names)
    names = ("own positives", "other rows' positives")
    others = tuple(right[row] for row in _others(groups, rng))
    return Contrast(first, right, others, none, groups, examples.places, names)


def _others(groups: NDArray[np.intp], rng: np.random.Generator) -> NDArray[np.intp]:
    """Return another row for each row, of another anchor where there is one."""
    n = len(groups)
    order = rng.permutation(n)
    others = np.empty(n, dtype=np.intp)
    others[order] = np.roll(order, 1)
    for _ in range(10):
        same = np.flatnonzero(groups[others] == groups)
        if not same.size:
            break
        others[same] = rng.integers(0, n, same.size)
    return others


def find_shortcuts(
    examples: Examples, rng: np.random.Generator, permutations: int = SHUFFLES
) -> tuple[Shortcut, ...]:
    """Return every shortcut that was looked for, with how well it works.

    Args:
        examples: of any kind.
        rng: of samples, folds and shuffles.
        permutations: number of shuffles.
    """
    contrast = contrast_of(examples, rng)
    families = OF_PAIRS if examples.kind == "pairs" else FAMILIES
    measured = {name: _measure(contrast, features, rng, permutations) for name, features in families.items()}
    adjusted = holm([one.p if one else np.nan for one in measured.values()])
    return tuple(
        _shortcut(name, one, float(p), contrast)
        for (name, one), p in zip(measured.items(), adjusted, strict=True)
    )


def _measure(
    contrast: Contrast, features: Features, rng: np.random.Generator, permutations: int
) -> Predictability | None:
    right = features(contrast.first, contrast.right)
    if contrast.is_high.size:
        both = np.concatenate([right, features(contrast.right, contrast.first)], axis=1)
        return predict_classes(both, contrast.is_high, contrast.groups, rng, permutations)
    return predict_signs(right - features(contrast.first, contrast.wrong), contrast.groups, rng, permutations)


def _shortcut(name: str, measured: Predictability | None, p: float, contrast: Contrast) -> Shortcut:
    if measured is None or measured.auc.value is None:
        return Shortcut(name, None, None, None, False, "too few rows, or labels of one kind, to tell")
    is_flagged = p <= LARGEST_P and measured.auc.value >= LEAST_AUC
    found = Shortcut(name, measured.auc, measured.chance, p, is_flagged, _how(name, contrast))
    return replace(found, quotations=_quotations(name, contrast)) if is_flagged else found


def _sides(contrast: Contrast) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return the pairs of first and second texts on the right and on the wrong side."""
    pairs = list(zip(contrast.first, contrast.right, strict=True))
    if contrast.is_high.size:
        chosen = contrast.is_high.tolist()
        return (
            [pair for pair, is_high in zip(pairs, chosen, strict=True) if is_high],
            [pair for pair, is_high in zip(pairs, chosen, strict=True) if not is_high],
        )
    return pairs, list(zip(contrast.first, contrast.wrong, strict=True))


def _how(name: str, contrast: Contrast) -> str:
    """Return what differs between the two sides, in words."""
    right, wrong = _sides(contrast)
    one, other = contrast.names
    if name == "length":
        sizes = [np.median([len(text) for _, text in side]) for side in (right, wrong)]
        return f"median characters: {one} {sizes[0]:.0f}, {other} {sizes[1]:.0f}"
    if name == "overlap":
        common = [np.mean([text_features.overlap(*pair)[1] for pair in side]) for side in (right, wrong)]
        return f"words shared with the first text: {one} {common[0]:.0%}, {other} {common[1]:.0%}"
    texts = [[text for _, text in side] for side in (right, wrong)]
    if name == "form":
        marks = {
            mark: [float(np.mean([read(text) > 0 for text in side])) for side in texts]
            for mark, read in text_features.FORM_MARKS.items()
        }
        mark, shares = max(marks.items(), key=lambda item: abs(item[1][0] - item[1][1]))
        return f"{mark}: {one} {shares[0]:.0%}, {other} {shares[1]:.0%}"
    word, shares = _telling_word(texts)
    return f"the word {word!r}: in {shares[0]:.0%} of {one}, {shares[1]:.0%} of {other}"


def _telling_word(texts: Sequence[Sequence[str]]) -> tuple[str, list[float]]:
    """Return the word whose share of texts differs most, and its shares."""
    counts: dict[str, list[float]] = {}
    for side, rows in enumerate(texts):
        for text in rows:
            for word in set(words_of(text)):
                counts.setdefault(word, [0.0, 0.0])[side] += 1 / len(rows)
    return max(
        counts.items(), key=lambda item: (abs(item[1][0] - item[1][1]), item[0]), default=("", [0.0, 0.0])
    )


def _quotations(name: str, contrast: Contrast) -> tuple[Quotation, ...]:
    """Return the rows in which the two sides differ most; of scored pairs, the first of each side."""
    if contrast.is_high.size:
        rows = [int(np.flatnonzero(contrast.is_high == side)[0]) for side in (True, False)]
        columns: tuple[Sequence[str], ...] = (contrast.first, contrast.right)
    else:
        features = FAMILIES[name]
        gap = features(contrast.first, contrast.right) - features(contrast.first, contrast.wrong)
        rows = np.argsort(-(gap @ gap.mean(axis=0)), kind="stable")[:MOST_SHORTCUTS_QUOTED].tolist()
        columns = (contrast.first, contrast.right, contrast.wrong)
    return tuple(Quotation(contrast.places[row], tuple(side[row] for side in columns)) for row in rows)
