"""The families of figures are true: what they call the same is the same, and the changed text is not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

import pytest

from evenband import probes
from evenband.probes import Draw
from evenband.probes.pairs.baselines import measure_baselines
from evenband.stats.intervals import wilson

KILOMETERS = {"miles": 1.609344, "km": 1.0, "kilometers": 1.0}


def _cells(name: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each label with its texts, over every sentence of a full draw."""
    probe = probes.find(name).load(draw=Draw(size="full"))
    for template in probe.templates:
        yield from zip(probe.slot.values, zip(*probe.texts(template), strict=True), strict=True)


def _numbers(text: str) -> list[int]:
    return [int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*(?!\d)", text)]


def _dropped(a: str, b: str) -> tuple[list[str], list[str]]:
    """The words of each text that the other has not."""
    left, right = (Counter(re.findall(r"[\w-]+", text)) for text in (a, b))
    return list((left - right).elements()), list((right - left).elements())


def test_the_wrong_dose_is_the_same_number_of_grams() -> None:
    """One word differs, mg against g, and both paraphrases have the number and milligrams."""
    for _, (a, changed, close, free) in _cells("milligram"):
        assert _dropped(a, changed) == (["mg"], ["g"])
        for text in (close, free):
            assert sorted(_numbers(text)) == sorted(_numbers(a))
            assert re.search(r" mg\b| milligrams", text)


def test_the_near_number_is_near_and_the_far_one_is_tenfold() -> None:
    """At most 2.5 % more, against exactly ten times as much."""
    for value, (query, relevant, irrelevant) in _cells("magnitude"):
        [near], [far] = _dropped(relevant, irrelevant)
        assert value in query
        assert int(value) < int(near) <= 1.025 * int(value)
        assert int(far) == 10 * int(value)


def test_a_reformatted_date_is_the_same_day_and_a_changed_one_another_month() -> None:
    """Read back by the standard library."""
    for value, (a, changed, close, free) in _cells("date"):
        day = datetime.strptime(value, "%B %d, %Y").date()
        other = re.search(r"[A-Z][a-z]+ \d+, \d{4}", changed)
        written = re.search(r"\d+ [A-Z][a-z]+ \d{4}", close)
        assert other
        assert written
        moved = datetime.strptime(other[0], "%B %d, %Y").date()
        assert (moved.day, moved.year) == (day.day, day.year)
        assert moved.month != day.month
        assert datetime.strptime(written[0], "%d %B %Y").date() == day
        assert day.isoformat() in free
        assert value in a


def test_the_letter_is_in_the_word_and_the_other_is_not() -> None:
    """One letter in place of another is all that changes, and both paraphrases name the right one."""
    for word, (a, changed, close, free) in _cells("letter-in-word"):
        [letter], [absent] = _dropped(a, changed)
        assert letter in word.lower()
        assert absent.lower() not in word.lower()
        assert re.search(rf"\b{letter}\b", close)
        assert re.search(rf"\b{letter}\b", free)


def test_the_same_distance_is_converted_and_the_wrong_one_is_not() -> None:
    """Within 3 % in kilometers, against the same number of the other unit."""
    for _, (a, changed, close, free) in _cells("units"):
        kilometers = [_kilometers(text) for text in (a, changed, close, free)]
        assert kilometers[2] == pytest.approx(kilometers[0], rel=0.03)
        assert kilometers[3] == pytest.approx(kilometers[0], rel=0.03)
        assert abs(kilometers[1] / kilometers[0] - 1) > 0.3


def _kilometers(text: str) -> float:
    found = re.search(r"([\d.,]+) (miles|kilometers|km)", text)
    assert found
    return float(found[1].replace(",", "")) * KILOMETERS[found[2]]


def test_a_wrong_code_has_two_digits_in_each_others_place() -> None:
    """The same letters and digits in another order, both paraphrases with the right ones."""
    for code, (a, changed, close, free) in _cells("codes"):
        wrong = re.search(code[:3] + r"\d{4}", changed)
        assert wrong
        assert wrong[0] != code
        places = [at for at in range(len(code)) if code[at] != wrong[0][at]]
        assert len(places) == 2
        assert places[1] == places[0] + 1
        assert sorted(wrong[0]) == sorted(code)
        assert code in a
        assert code.replace("-", " ") in close
        assert code in free


def test_both_notations_are_the_same_amount_of_the_same_currency() -> None:
    """The sign, the word and the code belong together."""
    names = {"$": "dollars USD", "€": "euros EUR", "£": "pounds GBP"}
    for amount, (a, b) in _cells("currency"):
        assert amount in a
        assert amount[1:] in b
        assert re.search("|".join(names[amount[0]].split()), b)


def test_only_the_right_list_holds_what_is_asked_for() -> None:
    """The two lists differ in one entry, and the wrong one does not name it."""
    for label, (query, relevant, irrelevant) in _cells("limit-lists"):
        wanted, instead = label.split(" + ")[:2]
        assert re.search(rf"\b{wanted}\b", query)
        assert re.search(rf"\b{wanted}\b", relevant)
        assert not re.search(rf"\b{wanted}\b", irrelevant)
        assert re.search(rf"\b{instead}\b", irrelevant)


@pytest.mark.parametrize("field", ["medical", "legal", "everyday"])
def test_a_definition_names_neither_term(field: str) -> None:
    """The term in the right document only, so that no word decides."""
    for label, (query, relevant, irrelevant) in _cells(f"definition-{field}"):
        term, other = (part.lower() for part in label.split(" + "))
        assert not re.search(rf"\b{term}\b", query.lower())
        assert term in relevant.lower()
        assert other in irrelevant.lower()


@pytest.mark.parametrize(
    "name", ["magnitude", "definition-medical", "definition-everyday", "definition-legal"]
)
def test_a_bag_of_words_is_at_chance_where_words_cannot_tell(name: str) -> None:
    """One half lies in the interval of its pass rate; ties count one half."""
    probe = probes.find(name).load()
    rate = measure_baselines(probe)["words"]
    low, high = wilson(rate, len(probe.slot), 0.99)
    assert low <= 0.5 <= high


@pytest.mark.parametrize("name", ["milligram", "letter-in-word", "units", "antonym"])
def test_a_bag_of_words_prefers_the_changed_text(name: str) -> None:
    """Every paraphrase shares fewer words with a than the changed text; chance directions add little."""
    assert measure_baselines(probes.find(name).load())["words"] < 0.03
