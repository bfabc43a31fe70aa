"""What a scorecard is said to mean."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import pytest

from evenband.narrative.pairs.findings import (
    counts_of,
    freshness,
    grade_of,
    headline,
    meanings,
    ranked,
    ranked_over,
    sameness,
    size_of,
    staleness,
    warnings_of,
)


def test_the_worst_grade_comes_first_and_the_lowest_pass_rate_within_it(planted: ModuleType) -> None:
    """Failing, inconsistent, blind, reliable, rightly blind; being sure of it changes no place."""
    lines = [
        planted.line("fine", 0.97),
        planted.line("sees nothing, rightly", 1.0, grade="blind", harmless=True),
        planted.line("so so", 0.75),
        planted.line("sees nothing", 0.5, grade="blind"),
        planted.line("worse", 0.02),
        planted.line("bad", 0.05),
        planted.line("worse so so", 0.14, certain=False),
    ]
    expected = ["worse", "bad", "worse so so", "so so", "sees nothing", "fine", "sees nothing, rightly"]
    assert [line.probe for line in ranked(lines)] == expected


def test_several_models_have_one_order_that_none_of_them_sets_alone(planted: ModuleType) -> None:
    """By mean place: what is bad on both comes before what is bad on the first only; no name is lost."""
    one = planted.card(
        planted.line("bad here", 0.01), planted.line("bad on both", 0.02), planted.line("good", 0.95)
    )
    two = planted.card(
        planted.line("good", 0.95), planted.line("bad here", 0.99), planted.line("bad on both", 0.02),
        planted.line("only here", 1.0),
    )  # fmt: skip
    assert ranked_over([one, two]) == ["bad on both", "bad here", "good", "only here"]
    assert ranked_over([two, one]) == ranked_over([one, two])


def test_each_bad_family_is_said_to_matter_and_good_ones_are_not(planted: ModuleType) -> None:
    """The sentence is the family's own reason; one that is rightly blind is no fault."""
    card = planted.card(
        planted.line("negation", 0.04, why="Without is not with."),
        planted.line("typo", 0.49, why="People slip.", certain=False),
        planted.line("order", 0.5, grade="blind", why="Who sued whom."),
        planted.line("casing", 1.0, grade="blind", harmless=True, why="Not to be said."),
        planted.line("comma", 0.99, why="Not to be said."),
    )
    assert meanings(card) == [
        "It fails negation (4% pass): Without is not with.",
        "It is inconsistent on typo (49% pass, not certain): People slip.",
        "It does not see order: Who sued whom.",
    ]


@pytest.mark.parametrize(("bad", "named"), [(8, 8), (9, 8), (30, 8)])
def test_no_more_than_eight_families_get_a_sentence_and_none_is_forgotten(
    planted: ModuleType, bad: int, named: int
) -> None:
    """The others are counted, in words that agree with their number."""
    card = planted.card(*(planted.line(f"f{k}", 0.01 * k / bad, why=f"Reason {k}.") for k in range(bad)))
    found = meanings(card)
    assert sum("Reason" in sentence for sentence in found) == named
    if bad == 9:
        assert found[-1] == "The others: 1 fails (f8)."
    if bad == 30:
        assert found[-1] == "The others: 22 fail (f8, f9, f10, f11, f12, f13 and 16 more)."


def test_one_reason_is_said_once(planted: ModuleType) -> None:
    """The same family in two roles does not say its reason twice."""
    lines = [
        planted.line(f"negation@{role}", 0.0, why="Without is not with.") for role in ("query", "document")
    ]
    assert len(meanings(planted.card(*lines))) == 1


def test_nothing_bad_is_said_of_a_good_model(planted: ModuleType) -> None:
    card = planted.card(*(planted.line(f"f{k}", 0.99) for k in range(3)))
    assert meanings(card) == ["No family fails, and none is inconsistent."]
    assert counts_of(card) == "3 reliable"


def test_blind_families_are_counted_with_those_that_are_so_rightly(planted: ModuleType) -> None:
    rightly = planted.line("casing", 1.0, grade="blind", harmless=True)
    wrongly = planted.line("order", 0.0, grade="blind")
    assert counts_of(planted.card(rightly)) == "1 blind (rightly)"
    assert counts_of(planted.card(rightly, wrongly)) == "2 blind (1 of them rightly)"


def test_a_grade_says_whether_it_is_certain_and_whether_blindness_is_right(planted: ModuleType) -> None:
    """Report, Markdown and terminal show the same words."""
    assert grade_of(planted.line("a", 0.5)) == "inconsistent"
    assert grade_of(planted.line("a", 0.5, certain=False)) == "inconsistent?"
    assert grade_of(planted.line("a", 0.5, grade="blind")) == "blind"
    assert grade_of(planted.line("a", 0.5, grade="blind", harmless=True)) == "blind, rightly"


def test_a_fresh_draw_that_is_harder_is_named_with_both_rates(planted: ModuleType) -> None:
    """Only families whose gap survives are named; without a fresh draw nothing is said."""
    fresh = planted.fresh
    card = planted.card(
        planted.line("negation", 0.98, fresh=fresh(0.55, gap=0.43, q=0.001)),
        planted.line("comma", 0.97, fresh=fresh(0.95, gap=0.02, q=0.4)),
        planted.line("typo", 0.5),
    )
    assert "negation (0.98 against 0.55)" in freshness(card)
    assert "comma" not in freshness(card)
    same = planted.card(planted.line("comma", 0.97, fresh=fresh(0.95, gap=0.02, q=0.4)))
    assert freshness(same).startswith("On fresh sentences (fresh 7, 1 family) no family")
    assert freshness(planted.card(planted.line("typo", 0.5))) == ""


def test_a_draw_that_is_fresh_in_part_says_in_which_part(planted: ModuleType) -> None:
    """The median over the families, where it is below nine in ten."""
    lines = [
        planted.line(f"f{k}", 0.97, fresh=planted.fresh(0.95, gap=0.02, q=0.4, sentences=share))
        for k, share in enumerate((0.3, 0.5, 1.0))
    ]
    assert "(fresh 7, 3 families, 50% of their sentences new in the median)" in freshness(
        planted.card(*lines)
    )


def test_what_had_nothing_fresh_is_said_to_have_had_none(planted: ModuleType) -> None:
    """And no verdict on fresh sentences is claimed for it."""
    card = planted.card(planted.line("mine", 0.5), planted.line("other", 0.5))
    assert staleness(card) == ""
    whole = replace(card, stale=("mine", "other"))
    assert freshness(whole) == ""
    assert staleness(whole).startswith("There was nothing fresh to draw for any of the 2 families:")
    assert "for 1 family (mine):" in staleness(replace(card, stale=("mine",)))


def test_roles_without_prompts_are_said_to_be_the_same(planted: ModuleType) -> None:
    card = planted.card(planted.line("negation@query", 0.5))
    assert sameness(card) == ""
    assert "no prompts for roles" in sameness(replace(card, repeated=1))


def test_the_size_is_told_once_for_all_families(planted: ModuleType) -> None:
    """From where to where, if the families differ."""
    line = planted.line("comma", 0.5)
    assert size_of(planted.card(line, line)) == "40 labels x 8 sentences each"
    other = replace(line, n=1200, templates=4)
    assert size_of(planted.card(line, other)) == "40 to 1,200 labels x 4 to 8 sentences each"


def test_notes_that_every_family_has_are_not_repeated(planted: ModuleType) -> None:
    """A rounded band stays a warning; that 200 labels are no tail is a suite's own choice."""
    audit = planted.audit(
        n=24, notes=["short tail: 24 labels", "few labels: 24", "rounded: the scores repeat"]
    )
    assert warnings_of(audit) == ["rounded: the scores repeat"]


def test_the_headline_has_its_interval_or_says_that_there_is_none(planted: ModuleType) -> None:
    card = planted.card(planted.line("comma", 0.97))
    assert (
        headline(card) == "C_total 0.700 [0.650, 0.750]: the consistency of 1 family, each with equal weight."
    )
    assert headline(planted.card(planted.line("order", 0.5, grade="blind"), total=None)).startswith(
        "No family"
    )
