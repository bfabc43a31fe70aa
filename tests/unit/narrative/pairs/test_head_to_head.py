"""The sentences about two models: they say what the numbers say, and what may be chance."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evenband.analysis.pairs.head_to_head import head_to_heads
from evenband.narrative.pairs.head_to_head import answer, answers, difference_in_points, moved_since
from evenband.narrative.pairs.two_model_advice import reasons
from evenband.types import Estimate, PairsMeasurement
from unit.analysis.pairs import labelled
from unit.analysis.pairs.test_head_to_head import family, only


def test_the_answer_names_the_better_model_and_where() -> None:
    """Both means, the difference with its interval, and on how many families each is better."""
    rates = {"p": (0.3, 0.8), "q": (0.4, 0.9), "r": (0.5, 0.5)}
    text = answer(only([family(m, p, rates[p][k]) for k, m in enumerate(("old", "new")) for p in rates]))
    assert text.startswith("new passes more often than old: 73.3% against 40.0% of the cells")
    assert "on average over 3 families (+33 points, 90% interval +" in text
    assert "new is better on 2 and old on 0, each with its interval clear of zero" in text
    assert "They are about equally even (C " in text


def test_the_better_model_is_the_one_to_take_but_for_what_it_is_worse_at() -> None:
    """A plain piece of advice, with the families on which the other is clearly better."""
    rates = {"p": (0.1, 0.9), "q": (0.1, 0.9), "r": (0.9, 0.5)}
    one = only([family(m, p, rates[p][k]) for k, m in enumerate(("old", "new")) for p in rates])
    assert "By these families, take new, unless what matters most to you is r." in reasons(one)
    plain = only([family(m, p, rates[p][k]) for k, m in enumerate(("old", "new")) for p in ("p", "q")])
    assert "By these families, take new." in reasons(plain)


def test_the_better_model_may_be_the_left_one() -> None:
    """The difference is told from the better model's side."""
    text = answer(only([family("old", "p", 0.9), family("new", "p", 0.4)]))
    assert text.startswith("old passes more often than new: 90.0% against 40.0%")
    assert "on p (+50 points, 90% interval +" in text


def test_chance_is_called_chance() -> None:
    """No winner is named, and the reader is told how to choose; how many would be clear by chance is said."""
    rates = {"p": (0.3, 0.8), "q": (0.8, 0.3), "r": (0.5, 0.5)}
    one = only([family(m, p, rates[p][k]) for k, m in enumerate(("old", "new")) for p in rates])
    assert answer(one).startswith("Neither passes clearly more often: ")
    told = " ".join(reasons(one))
    assert "choose by the families that your texts need" in told
    assert "about 0.3 of 3 would lie clear of zero by chance. 2 do." in told
    assert "new is better on 1 family (p +50)." in told
    assert "old is better on 1 family (q +50)." in told


def test_advice_fits_what_was_measured() -> None:
    """Own words are recommended to those who did not bring any; figures of the answer are not repeated."""
    left = [family("old", "kept", 0.5), family("old", "changed", 0.5, effect="changes")]
    right = [family("new", "kept", 0.5), family("new", "changed", 0.5, swap=0.25, effect="changes")]
    told = reasons(only([*left, *right]))
    assert "If you need none of them more than others, new tells meanings apart better." in told[0]
    assert told[0].endswith("Or measure both on your own words (--terms).")
    assert "Far is good for changes of meaning, near for those that keep it." in told[-1]
    assert "×" not in told[-1]
    assert " times as far" not in told[-1]
    own = [
        replace(one, measurement=with_slot(one.measurement, "file:terms.csv@column=name"))
        for one in (*left, *right)
    ]
    labels = len(own[0].measurement.items)
    assert reasons(only(own))[0].endswith(
        f"More terms of yours than these {labels} would narrow the intervals."
    )


def with_slot(measurement: PairsMeasurement, slot: str) -> PairsMeasurement:
    """The same measurement over words of another source."""
    return replace(measurement, probe=replace(measurement.probe, slot=slot))


def test_evenness_and_reaction_have_the_right_side() -> None:
    """The wider band is less even; a smaller distance to other labels is a stronger reaction."""
    one = only([
        family("old", "p", 0.5, effect="changes"),
        family("new", "p", 0.5, spread=2.0, swap=0.125, effect="changes"),
    ])  # fmt: skip
    assert "old is more even (C " in answer(one)
    assert "changes of meaning move the texts of new × 4" in answer(one)
    assert "reacts more" not in answer(one)


def test_to_tell_meanings_apart_is_to_react_to_them_more_than_to_the_rest() -> None:
    """The headline weighs changes of meaning against changes that keep it."""
    left = [family("old", "kept", 0.5), family("old", "changed", 0.5, effect="changes")]
    right = [family("new", "kept", 0.5), family("new", "changed", 0.5, swap=0.25, effect="changes")]
    text = answer(only([*left, *right]))
    assert "new tells changes of meaning from changes that keep it better (× 2" in text
    alike = answer(only([*left, family("new", "kept", 0.5, swap=0.25), right[1]]))
    assert "hey tell changes of meaning from changes that keep it about equally (× " in alike
    assert "over 2 families that both see" in alike


def test_what_moved_against_a_reference_is_one_line() -> None:
    """With the families that rose and fell, and nothing without a reference."""
    rates = {"p": (0.3, 0.8), "q": (0.9, 0.4), "r": (0.5, 0.5)}
    left = [family("base", p, rates[p][0]) for p in rates]
    right = [
        labelled.audit(family("ft", p, rates[p][1]).measurement, reference=one.measurement, detailed=False)
        for p, one in zip(rates, left, strict=True)
    ]
    one = only([*left, *right])
    line = moved_since(one)
    assert line.startswith(
        "ft against its reference base: pass rates rose on 1 family (p), fell on 1 family (q)"
    )
    assert "\n" not in line
    assert answer(one).startswith("Against its reference base: ")
    assert moved_since(replace(one, has_reference=False)) == ""


def test_three_models_are_ranked_first() -> None:
    """Then a sentence for each pair."""
    audits = [family(m, "p", rate) for m, rate in (("a", 0.5), ("b", 0.9), ("c", 0.1))]
    told = answers(list(head_to_heads(audits, lambda key: 0, {})))
    assert told[0] == "Cells that pass, on average on p: b 90.0%, a 50.0%, c 10.0%."
    assert len(told) == 4


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        (Estimate(0.0371, -0.006, 0.12, 9), "+3.7 points, 90% interval −0.6 to +12"),
        (Estimate(-0.2), "−20 points"),
        (Estimate(0.0, 0.0, 0.0, 3), "0 points, 90% interval 0 to 0"),
        (Estimate(None), ""),
    ],
)
def test_differences_are_in_points(estimate: Estimate, text: str) -> None:
    """Percentage points, one decimal below ten."""
    assert difference_in_points(estimate) == text
