"""Long texts are cut short, and what tells them apart stays in sight."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evenband.narrative.abridgement import AROUND, LONGEST_TEXT, abridge, abridge_label

LONG = " ".join(f"word{k}" for k in range(400))


def test_the_changed_part_stays_with_some_words_around_it() -> None:
    """In the middle of 400 words, in both texts."""
    changed = LONG.replace("word200 ", "word200 not ")
    shown = abridge((LONG, changed))
    assert " not " in shown[1]
    assert "word200" in shown[0]
    assert all(len(text) <= LONGEST_TEXT + 2 * len("…") for text in shown)
    assert all(text.startswith("…") and text.endswith("…") for text in shown)
    assert shown[1].index("not") > AROUND - 10


def test_a_change_at_the_end_shows_the_end() -> None:
    """Nothing is left out behind it."""
    first, second = abridge((LONG, f"{LONG} for children"))
    assert second.endswith("for children")
    assert first.endswith("word399")


def test_a_document_unlike_the_query_shows_both_its_ends_and_two_documents_their_difference() -> None:
    """The third text is held against the second, which it resembles."""
    query, relevant, irrelevant = abridge(("boots", f"{LONG} red", f"{LONG} blue"))
    assert query == "boots"
    assert relevant.endswith("red")
    assert irrelevant.endswith("blue")
    [_, alone] = abridge(("boots", LONG))
    assert alone.startswith("word0 ")
    assert alone.endswith("word399")
    assert " … " in alone


@given(st.lists(st.text("ab ", max_size=LONGEST_TEXT), min_size=2, max_size=4))
def test_short_texts_stay_as_they_are(texts: list[str]) -> None:
    """Every sign of them."""
    assert abridge(texts) == tuple(texts)


def test_a_label_loses_its_middle() -> None:
    """A short one loses nothing."""
    assert abridge_label("rain jacket") == "rain jacket"
    short = abridge_label(LONG)
    assert len(short) <= 62
    assert short.startswith("word0 ")
    assert short.endswith("word399")
