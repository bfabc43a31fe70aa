"""What word lists know of any value: frequency, noun senses and other parts of speech, as columns.

A measurement carries these columns, so that a report that is rendered elsewhere, without wordfreq
or WordNet, says the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from evenband.slots import matching, wordnet
from evenband.types.details import LEXICAL_PREFIX


def lexical_columns(values: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    """Look each value up in wordfreq and in WordNet.

    Results for the same values are cached; each call returns a new dictionary.

    Args:
        values: n words or phrases.

    Returns:
        Columns by name, each with n cells in the order of ``values``:

        * ``word_frequency`` (float): Zipf frequency in English, log10 of the occurrences in a billion
          words; 0.0 if the value is unknown to wordfreq. Absent if wordfreq is not installed.
        * ``word_senses`` (int): number of noun senses in WordNet, 0 if the value is not a noun.
        * ``word_verb``, ``word_adjective``, ``word_adverb`` (bool): whether the value is a noun that
          WordNet also has as that part of speech.
    """
    return dict(_look_up(matching.frequency(), tuple(values)))


@lru_cache(maxsize=8)
def _look_up(
    frequency: matching.Frequency | None, values: tuple[str, ...]
) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    """Return the columns as pairs of name and cells; they are immutable, so that they can be cached."""
    columns: dict[str, tuple[Any, ...]] = {}
    if frequency is not None:
        columns[f"{LEXICAL_PREFIX}frequency"] = tuple(float(frequency(value)) for value in values)
    columns[f"{LEXICAL_PREFIX}senses"] = tuple(len(wordnet.senses(value)) for value in values)
    parts_of_values = [wordnet.other_parts(value) for value in values]
    for part in wordnet.PARTS_OF_SPEECH.values():
        columns[f"{LEXICAL_PREFIX}{part}"] = tuple(part in parts for parts in parts_of_values)
    return tuple(columns.items())
