from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenband.report.charts import lettering
from evenband.report.charts.lettering import printable, shorten, telling, text_width


@given(st.text(max_size=80), st.integers(20, 300))
def test_a_shortened_text_fits_and_is_a_beginning(text: str, width: int) -> None:
    short = shorten(text, width, 12)
    assert text_width(short, 12) <= width or short == "…"
    assert printable(text).startswith(short.removesuffix("…"))


def test_a_text_is_shortened_in_a_few_passes_over_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A label may be a whole document: each character is measured a few times, not once for each other."""
    measured = 0
    width_of = lettering._character

    def counting(character: str) -> float:
        nonlocal measured
        measured += 1
        return width_of(character)

    monkeypatch.setattr(lettering, "_character", counting)
    assert shorten("word " * 2_000, 100, 12) == "word word…"
    assert measured < 3 * 10_000


@pytest.mark.parametrize(
    ("hostile", "clean"),
    [
        ("a\nb\tc", "a b c"),
        ("\u202egnp.exe", "gnp.exe"),
        ("x\u0000y\u2028z", "xy z"),
        ("  two  words ", "two words"),
    ],
)
def test_control_characters_and_overrides_do_not_reach_a_picture(hostile: str, clean: str) -> None:
    assert printable(hostile) == clean


def test_captions_that_begin_alike_begin_where_they_differ() -> None:
    """A prefix of whole words that all have, if it is long; a single caption is held against all labels."""
    labels = [f"Water-repellent jacket for {what}" for what in ("men", "mice", "women")]
    assert telling(labels, labels) == ["…men", "…mice", "…women"]
    assert telling(labels[:1], labels) == ["…men"]
    assert telling(["rain jacket", "rain hat"], []) == ["rain jacket", "rain hat"]
    assert telling(["alone"], ["alone"]) == ["alone"]
