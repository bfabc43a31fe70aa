from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenband.report.labels import DOT, Anchor, Label, place, printable, shorten, text_width

UNIT = st.floats(0, 1)
POINTS = st.lists(
    st.tuples(UNIT, UNIT, st.text(max_size=40), st.sampled_from(["named", "outlier"])), max_size=14
)


def laid_out(
    points: list[tuple[float, float, str, str]], width: float, height: float
) -> tuple[list[Anchor], tuple[Label, ...]]:
    anchors = [Anchor(x * width, y * height, text, style) for x, y, text, style in points]
    cloud = np.array([(anchor.x, anchor.y) for anchor in anchors]).reshape(-1, 2)
    return anchors, place(anchors, width, height, cloud)


@settings(deadline=None, max_examples=150)
@given(POINTS, st.sampled_from([(900, 440), (200, 340), (300, 120)]))
def test_labels_never_cover_each_other_a_dot_or_the_border(
    points: list[tuple[float, float, str, str]], plot: tuple[int, int]
) -> None:
    anchors, labels = laid_out(points, *plot)
    for label in labels:
        assert 0 <= label.left <= label.right <= plot[0]
        assert 0 <= label.top <= label.bottom <= plot[1]
        for anchor in anchors:
            across = label.left - DOT < anchor.x < label.right + DOT
            assert not (across and label.top - DOT < anchor.y < label.bottom + DOT)
    for a, b in combinations(labels, 2):
        assert a.right <= b.left or b.right <= a.left or a.bottom <= b.top or b.bottom <= a.top


@settings(deadline=None)
@given(st.text(max_size=80), st.integers(20, 300))
def test_a_shortened_text_fits_and_is_a_beginning(text: str, width: int) -> None:
    short = shorten(text, width, 12)
    assert text_width(short, 12) <= width or short == "…"
    assert printable(text).startswith(short.removesuffix("…"))


def test_with_room_every_label_is_placed_beside_its_own_dot() -> None:
    _, labels = laid_out([(0.2, 0.2, "one", "outlier"), (0.8, 0.8, "two", "outlier")], 600, 400)
    assert [label.text for label in labels] == ["one", "two"]
    for label in labels:
        assert abs(label.middle - label.anchor.y) < 30
        assert label.left - 20 < label.anchor.x < label.right + 20


def test_the_first_in_the_list_wins_where_room_is_scarce() -> None:
    points = [(0.5, 0.5, f"a rather long word {k}", "outlier") for k in range(30)]
    _, labels = laid_out(points, 200, 120)
    assert labels[0].text.startswith("a rather")
    assert 1 <= len(labels) < 30


def test_a_label_keeps_off_the_cloud_where_it_can() -> None:
    rng = np.random.default_rng(1)
    cloud = np.column_stack([rng.uniform(0, 600, 3000), rng.uniform(0, 180, 3000)])
    (label,) = place([Anchor(300, 190, "grandma")], 600, 400, cloud)
    assert label.top > 180


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
