"""By which similarity a figure is measured, and among how many rivals, in words.

Whatever is an ordering (pass rate, uniformity, R@1, AUC) is by the model's own similarity. Whatever needs a
distance with a zero (s, C, Phi, T99, r50, outliers, noise floor) is by cosine.
"""

from __future__ import annotations

from collections.abc import Iterable

from evenband.stats.ranks import OPPONENTS
from evenband.types import PairsMeasurement, Similarity

MIXED = "own similarity"
"""Stands for the similarities of several models, where they are not the same."""


def measures_of(measurements: Iterable[PairsMeasurement]) -> tuple[str, str]:
    """Return what to put behind the names of orderings and of distances: `` (dot)`` and `` (cosine)``.

    Both are empty where every model is compared by cosine.
    """
    names = list(dict.fromkeys(one.subject.similarity for one in measurements))
    if names in ([], ["cosine"]):
        return "", ""
    return f" ({names[0] if len(names) == 1 else MIXED})", " (cosine)"


def among(rivals: Iterable[int | None]) -> str:
    """Return the number of rivals to put behind a pass rate: ``, 31 rivals``; empty if it is the usual one.

    Args:
        rivals: of each model; ``None`` where a pass rate has none.
    """
    numbers = [number for number in rivals if number is not None]
    if not numbers or min(numbers) == OPPONENTS:
        return ""
    low, high = min(numbers), max(numbers)
    return f", {low} rivals" if low == high else f", {low} to {high} rivals"


def titled(measurement: PairsMeasurement) -> str:
    """Return a model's name for the head of a column, with its similarity if that is not the cosine."""
    return with_similarity(measurement.subject.name, measurement.subject.similarity)


def with_similarity(name: str, similarity: Similarity) -> str:
    """Return a name with the similarity behind it, unless that is the cosine: ``contriever (dot)``."""
    return name if similarity == "cosine" else f"{name} ({similarity})"


def sentence_on(similarity: Similarity) -> str:
    """Say by which similarity a scorecard's figures are; empty if all are by cosine."""
    if similarity == "cosine":
        return ""
    if similarity == "relevance":
        return (
            "Pass rates are by relevance, the score that this reranker gives a query and a document; it has "
            "no distance between texts, so that C, r50 and s do not exist."
        )
    return f"Pass rates are by {similarity}, as this model is made for; C, r50 and s are by cosine."
