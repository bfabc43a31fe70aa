"""What the grade column says of a family and what the sentences say of it agree, whatever the grade."""

from __future__ import annotations

import re
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evenband.analysis import Scorecard
from evenband.narrative.pairs.findings import (
    MOST_LISTED,
    counts_of,
    grade_of,
    headline,
    meanings,
    ranked,
)
from evenband.narrative.pairs.reservations import unmeasured
from evenband.report.markdown import markdown
from unit.report import planted as shapes

GRADED = [(grade, None) for grade in ("reliable", "inconsistent", "fails", "blind")]
UNGRADED = [(None, why) for why in ("one label", "no rivals", "few labels")]
LINES = st.lists(
    st.tuples(st.sampled_from([*GRADED, *UNGRADED]), st.booleans(), st.booleans()), min_size=1, max_size=12
)


def _card(kinds: list[Any]) -> Scorecard:
    lines = []
    for number, ((grade, why), certain, harmless) in enumerate(kinds):
        lines.append(
            shapes.line(
                f"family{number}.", 0.5, grade=grade, ungraded=why,
                certain=grade == "blind" or (certain and grade is not None),
                harmless=harmless and grade == "blind", why=f"Reason {number}.",
            )
        )  # fmt: skip
    return shapes.card(*lines)


@given(kinds=LINES, most=st.integers(0, 9))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_family_is_said_to_be_what_its_grade_says(kinds: list[Any], most: int) -> None:
    """Failing ones fail, blind ones are not seen, ungraded ones are in no sentence on search."""
    card = _card(kinds)
    told, rest = meanings(card, most), unmeasured(card)
    for line in card.lines:
        said = [sentence for sentence in told if line.probe in sentence]
        if line.grade is None:
            assert said == []
            named = card.ungraded.index(line) < MOST_LISTED
            assert not named or line.probe in rest
            assert grade_of(line).startswith(("not measured", "too few labels"))
            continue
        assert line.probe not in rest
        if line.grade == "reliable" or line.harmless:
            assert said == []
        for sentence in said:
            start = next(part for part in re.split("; |The others: ", sentence) if line.probe in part)
            fails, unseen = "fail" in start, "not see" in start
            assert (fails, unseen) == (line.grade == "fails", line.grade == "blind")
            assert ("inconsistent" in start) == (line.grade == "inconsistent")
            if "pass" in start:
                assert ("not certain" in start) == (grade_of(line)[-1] == "?")


@given(kinds=LINES)
@settings(max_examples=100, deadline=None)
def test_the_count_of_grades_is_the_number_of_families(kinds: list[Any]) -> None:
    """Those without a grade are counted as such, and come last in every table."""
    card = _card(kinds)
    numbers = [int(number) for number in re.findall(r"(?:^|, )(\d+) ", counts_of(card))]
    assert sum(numbers) == len(card.lines)
    graded = [line.grade is not None for line in ranked(card.lines)]
    assert graded == sorted(graded, reverse=True)


def test_nothing_is_concluded_where_no_family_has_a_grade() -> None:
    """No praise for a model none of whose families could be graded."""
    card = _card([((None, "few labels"), False, False)] * 3)
    assert meanings(card) == ["Nothing: no family has a grade."]
    assert "sees none" not in headline(card)


@pytest.mark.parametrize(
    ("why", "reason"),
    [("one label", "Not measured \\(mine\\): there is one label"), ("few labels", "\\(mine: 40\\): a grade")],
)
def test_the_scorecard_for_a_model_card_says_why_there_is_no_grade(
    planted: ModuleType, why: str, reason: str
) -> None:
    """Its table has no grade, and its last sentence the reason."""
    lines = [planted.line(f"f{k}", 0.95) for k in range(3)]
    card = planted.card(*lines, planted.line("mine", 0.0, ungraded=why))
    text = markdown(planted.results([planted.audit(n=40)], scorecards=[card]))
    assert "| mine | INV | fails" not in text
    assert reason.replace("\\", "") in text.replace("\\", "")
    assert "1 without a grade" in text
