"""Operators on queries as people type them."""

from __future__ import annotations

import pytest

from evenband.errors import UnknownReferenceError
from evenband.probes.retrieval.text_operators import OPERATORS, QUICK_OPERATORS, load_operators


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("full-stop", "rain jacket", "rain jacket."),
        ("full-stop", "Rain. Jacket.", "Rain. Jacket"),
        ("full-stop", "rain?", "rain?"),
        ("question-mark", "who likes tea?", "who likes tea"),
        ("question-mark", "rain jacket", "rain jacket?"),
        ("comma", "black shoes size 42", "black shoes, size 42"),
        ("comma", "shoes, black", "shoes black"),
        ("comma", "shoes", "shoes"),
        ("politeness", "rain jacket", "please find rain jacket"),
        ("politeness", "who likes tea?", "Could you please tell me: who likes tea?"),
        ("casing", "Rain jacket", "RAIN JACKET"),
        ("casing", "DNA", "dna"),
        ("white-space", "rain jacket", "  rain  jacket "),
        ("quotes", "rain jacket", '"rain jacket"'),
        ("quotes", '"rain jacket"', "rain jacket"),
        ("negation", "jackets that are waterproof", "jackets that are not waterproof"),
        ("negation", "who likes tea?", "who does not like tea?"),
        ("negation", "waterproof jacket", "not waterproof jacket"),
        ("negation", "jackets that are not waterproof", "jackets that are waterproof"),
        ("with-without", "bread without nuts, with salt", "bread with nuts, without salt"),
        ("with-without", "within reach", "within reach"),
        ("and-or", "eggs and milk", "eggs or milk"),
        ("number", "size 42 shoes", "size 420 shoes"),
        ("number", "1,000 litres", "1,000 litres"),
        ("number", "20 litres", "2 litres"),
        ("number", "version 0", "version 0"),
        ("negation", "not", "not"),
        ("question-mark", "?", "?"),
        ("full-stop", ".", "."),
        ("comma", ",", ","),
        ("from-to", "flights from Rome to Oslo?", "flights from Oslo to Rome?"),
        ("from-to", "flights to Oslo", "flights to Oslo"),
        ("typo", "tea", "tea"),
        # A negation goes where English has it, or nowhere.
        ("negation", "what can't I take", "what can I take"),
        ("negation", "Who won’t pay tax", "Who will pay tax"),
        ("negation", "who doesn't pay", "who does pay"),
        ("negation", "what can I take", "what can't I take"),
        ("negation", "what foods can dogs eat", "what foods can't dogs eat"),
        ("negation", "is it safe to swim", "isn't it safe to swim"),
        ("negation", "WHO IS IT", "WHO ISN'T IT"),
        ("negation", "which drugs interact with warfarin", "which drugs interact with warfarin"),
        ("negation", "what foods contain gluten", "what foods contain gluten"),
        ("negation", "what causes headaches", "what does not cause headaches"),
        ("negation", "who teaches yoga", "who does not teach yoga"),
        ("negation", "who carries umbrellas", "who does not carry umbrellas"),
        ("negation", "who goes first", "who does not go first"),
        ("negation", "who wrote hamlet", "who never wrote hamlet"),
        ("negation", "who never wrote", "who wrote"),
        ("negation", "how to fix a tap", "how not to fix a tap"),
        ("negation", "can opener", "not can opener"),
        ("negation", "events in may", "not events in may"),
        ("negation", "living will forms", "not living will forms"),
        ("negation", "how to open a can", "how not to open a can"),
        ("negation", "people who can swim", "people who can not swim"),
        ("negation", "bus no 5", "not bus no 5"),
        ("with-without", "which drugs interact with warfarin", "which drugs interact with warfarin"),
        ("with-without", "BREAD WITH NUTS", "BREAD WITHOUT NUTS"),
        ("and-or", "cases and/or bags", "cases and/or bags"),
        ("and-or", "between Rome and Oslo", "between Rome and Oslo"),
        ("number", "mp3 player", "mp3 player"),
        ("number", "h2o2", "h2o2"),
        ("number", "covid-19 rules", "covid-19 rules"),
        ("number", "opening 10:30 for 6 people", "opening 10:30 for 60 people"),
        ("number", "events 2024 for 8", "events 2024 for 80"),
        ("number", "1.5 litres", "1.5 litres"),
        (
            "from-to",
            "flights from Paris to Rome under 100 euros",
            "flights from Rome to Paris under 100 euros",
        ),
        ("from-to", "translate from English to French online", "translate from French to English online"),
    ],
)
def test_an_operator_changes_what_it_names(name: str, before: str, after: str) -> None:
    """What nothing would be left of stays as it is: the operator does not apply."""
    assert OPERATORS[name].apply(before) == after


def test_a_typo_is_one_slip_in_the_longest_word_and_always_the_same() -> None:
    typo = OPERATORS["typo"].change
    first, second = typo("waterproof jacket").split()
    assert second == "jacket"
    assert first != "waterproof"
    assert abs(len(first) - len("waterproof")) <= 1
    assert typo("waterproof jacket") == f"{first} {second}"


def test_operators_are_chosen_by_name_or_suite() -> None:
    assert [one.name for one in load_operators(["typo", "comma", "typo"])] == ["typo", "comma"]
    assert [one.name for one in load_operators(suite="quick")] == list(QUICK_OPERATORS)
    assert len(load_operators(suite="full")) == len(OPERATORS)
    with pytest.raises(UnknownReferenceError, match="no operator is called 'coma'; did you mean 'comma'"):
        load_operators(["coma"])
