from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from evenband.report.charts.placement import DOT, Anchor, Label, place

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


@settings(max_examples=150)
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


@settings(max_examples=150)
@given(POINTS, st.sampled_from([(900, 440), (200, 340), (300, 120)]))
def test_leader_lines_never_cross_each_other_or_a_label(
    points: list[tuple[float, float, str, str]], plot: tuple[int, int]
) -> None:
    _, labels = laid_out(points, *plot)
    lines = [(label, label.leader) for label in labels if label.leader is not None]
    for (a, one), (b, two) in combinations(lines, 2):
        assert not cross((a.anchor.x, a.anchor.y), one, (b.anchor.x, b.anchor.y), two)
    for label, end in lines:
        for other in labels:
            if other is not label:
                for share in np.linspace(0.1, 0.9, 9):
                    x = label.anchor.x + share * (end[0] - label.anchor.x)
                    y = label.anchor.y + share * (end[1] - label.anchor.y)
                    inside = other.left + 2 < x < other.right - 2 and other.top + 2 < y < other.bottom - 2
                    assert not inside or label.anchor.text == other.anchor.text


def cross(
    a: tuple[float, float], b: tuple[float, float], c: tuple[float, float], d: tuple[float, float]
) -> bool:
    """Whether segments ab and cd meet inside both: Cramer's rule for a + t (b - a) = c + u (d - c)."""
    matrix = np.array([[b[0] - a[0], c[0] - d[0]], [b[1] - a[1], c[1] - d[1]]])
    if abs(np.linalg.det(matrix)) < 1e-6:
        return False
    t, u = np.linalg.solve(matrix, [c[0] - a[0], c[1] - a[1]])
    return bool(0.001 < t < 0.999 and 0.001 < u < 0.999)


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
