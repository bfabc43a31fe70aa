from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from evenband.analysis.pairs.values import VERDICTS
from evenband.narrative.pairs.verdicts import MEANINGS, amount
from evenband.wording import listed


def test_every_verdict_has_a_meaning() -> None:
    assert set(MEANINGS) == set(VERDICTS)


@pytest.mark.parametrize(
    ("labels", "text"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "a", "b"], "a and b"),
        (["a", "b", "c"], "a, b and c"),
        (["a", "b", "c", "d", "e"], "a, b, c and 2 more"),
    ],
)
def test_names_are_listed_as_people_do(labels: list[str], text: str) -> None:
    assert listed(labels) == text


def test_memorised_cells_are_said_first(planted: ModuleType) -> None:
    assert amount(planted.structured(), "noun") == ("1 cell looks memorised: grandma.",)


def test_odd_words_explain_their_cells(planted: ModuleType) -> None:
    audit = planted.structured(memorised=False)
    word = audit.measurement.items[0]
    assert amount(audit, "noun") == (
        f"No cell stands out beyond what its noun explains; the farthest, {word}, is an odd word: "
        "far in every sentence.",
    )


def test_leaks_are_counted_by_value_not_by_cell(planted: ModuleType) -> None:
    audit = planted.structured(memorised=False)
    leaky = tuple(replace(outlier, verdict="leaky suspect") for outlier in audit.outliers[:5])
    (sentence,) = amount(replace(audit, outliers=(*leaky, audit.outliers[6])), "noun")
    assert sentence.startswith("1 noun has moved in every sentence")


def test_a_list_that_is_cut_says_at_least(planted: ModuleType) -> None:
    audit = planted.structured()
    assert amount(replace(audit, outliers=audit.outliers[:1]), "noun")[0].startswith("At least 1 cell")


def test_without_structure_or_verdicts_nothing_is_claimed(planted: ModuleType) -> None:
    assert amount(planted.audit(), "noun") == ()


def test_what_was_not_tested_is_not_called_ordinary(planted: ModuleType) -> None:
    audit = planted.structured(memorised=False)
    blank = replace(audit, q=np.full(audit.q.shape, np.nan), outliers=())
    made = audit.measurement
    said = amount(replace(blank, measurement=made.take(range(60))), "noun")
    assert said == ("Not tested: 60 of the 200 labels that a test needs.",)
