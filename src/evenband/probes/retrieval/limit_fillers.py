"""Further documents for datasets of lists such as LIMIT, in which the relevant ones are drowned."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evenband.errors import InputError
from evenband.probes.retrieval.datasets import Dataset
from evenband.probes.retrieval.limit_words import draw_people, draw_things, enumerate_things

FILLER_THINGS = 4000
"""Things that fillers choose from, less those that begin as a word of a query does."""


def make_fillers(dataset: Dataset, count: int, seed: int) -> Dataset:
    """Return a dataset of lists, such as LIMIT, with further people who like nothing that is asked for.

    They like as many things of WordNet's as the longest document of the dataset has commas. None of these
    begins as a word of a query does, and they have capitals where most of the dataset's things have.

    Raises:
        InputError: if there are not enough words or names.
    """
    if count < 1:
        raise InputError(f"got {count} fillers, expected 1 or more")
    rng = np.random.default_rng((seed, count))
    asked = {word[:4].lower() for query in dataset.queries for word in query.split()}
    free = [thing for thing in draw_things(FILLER_THINGS, 0, rng)[0] if thing[:4] not in asked]
    free = _styled(free, dataset.texts)
    length = min(max(text.count(",") for text in dataset.texts) + 1, len(free))
    drawn = draw_people(count + len(dataset.ids), rng)
    people = [name for name in drawn if name not in dataset.rows][:count]
    liked = [rng.choice(len(free), length, replace=False).tolist() for _ in people]
    texts = [
        f"{name} likes {enumerate_things([free[one] for one in things])}."
        for name, things in zip(people, liked, strict=True)
    ]
    return dataset.with_fillers(people, texts)


def _styled(things: Sequence[str], texts: Sequence[str]) -> list[str]:
    """Return things with capitals if most things of a dataset have them, else as they are."""
    written = [part.strip() for text in texts[:100] for part in text.rstrip(".").split(",")[1:]]
    has_capitals = 2 * sum(part[:1].isupper() for part in written) > len(written)
    return [thing.title() if has_capitals else thing for thing in things]
