from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from evenband.report.charts.placement import DOT_RADIUS, Anchor, Caption, place

UNIT = st.floats(0, 1)
POINTS = st.lists(
    st.tuples(UNIT, UNIT, st.text(max_size=40), st.sampled_from(["named", "outlier"])), max_size=14
)


def laid_out(
    points: list[tuple[float, float, str, str]], width: float, height: float
) -> tuple[list[Anchor], tuple[Caption, ...]]:
    anchors = [Anchor(x * width, y * height, text, style) for x, y, text, style in points]
    cloud = np.array([(anchor.x, anchor.y) for anchor in anchors]).reshape(-1, 2)
    return anchors, place(anchors, width, height, cloud)


@settings(max_examples=150)
@given(POINTS, st.sampled_from([(900, 440), (200, 340), (300, 120)]))
def test_captions_never_cover_each_other_a_dot_or_the_border(
    points: list[tuple[float, float, str, str]], plot: tuple[int, int]
) -> None:
    anchors, captions = laid_out(points, *plot)
    for caption in captions:
        assert 0 <= caption.left <= caption.right <= plot[0]
        assert 0 <= caption.top <= caption.bottom <= plot[1]
        for anchor in anchors:
            across = caption.left - DOT_RADIUS < anchor.x < caption.right + DOT_RADIUS
            assert not (across and caption.top - DOT_RADIUS < anchor.y < caption.bottom + DOT_RADIUS)
    for a, b in combinations(captions, 2):
        assert a.right <= b.left or b.right <= a.left or a.bottom <= b.top or b.bottom <= a.top


@settings(max_examples=150)
@given(POINTS, st.sampled_from([(900, 440), (200, 340), (300, 120)]))
def test_leader_lines_never_cross_each_other_or_a_caption(
    points: list[tuple[float, float, str, str]], plot: tuple[int, int]
) -> None:
    _, captions = laid_out(points, *plot)
    lines = [(caption, caption.leader) for caption in captions if caption.leader is not None]
    for (a, one), (b, two) in combinations(lines, 2):
        assert not cross((a.anchor.x, a.anchor.y), one, (b.anchor.x, b.anchor.y), two)
    for caption, end in lines:
        for other in captions:
            if other is not caption:
                for share in np.linspace(0.1, 0.9, 9):
                    x = caption.anchor.x + share * (end[0] - caption.anchor.x)
                    y = caption.anchor.y + share * (end[1] - caption.anchor.y)
                    inside = other.left + 2 < x < other.right - 2 and other.top + 2 < y < other.bottom - 2
                    assert not inside or caption.anchor.text == other.anchor.text


def cross(
    a: tuple[float, float], b: tuple[float, float], c: tuple[float, float], d: tuple[float, float]
) -> bool:
    """Whether segments ab and cd meet inside both: Cramer's rule for a + t (b - a) = c + u (d - c)."""
    matrix = np.array([[b[0] - a[0], c[0] - d[0]], [b[1] - a[1], c[1] - d[1]]])
    if abs(np.linalg.det(matrix)) < 1e-6:
        return False
    t, u = np.linalg.solve(matrix, [c[0] - a[0], c[1] - a[1]])
    return bool(0.001 < t < 0.999 and 0.001 < u < 0.999)


def test_with_room_every_caption_is_placed_beside_its_own_dot() -> None:
    _, captions = laid_out([(0.2, 0.2, "one", "outlier"), (0.8, 0.8, "two", "outlier")], 600, 400)
    assert [caption.text for caption in captions] == ["one", "two"]
    for caption in captions:
        assert abs(caption.middle - caption.anchor.y) < 30
        assert caption.left - 20 < caption.anchor.x < caption.right + 20


def test_the_first_in_the_list_wins_where_room_is_scarce() -> None:
    points = [(0.5, 0.5, f"a rather long word {k}", "outlier") for k in range(30)]
    _, captions = laid_out(points, 200, 120)
    assert captions[0].text.startswith("a rather")
    assert 1 <= len(captions) < 30


def test_a_caption_keeps_off_the_cloud_where_it_can() -> None:
    rng = np.random.default_rng(1)
    cloud = np.column_stack([rng.uniform(0, 600, 3000), rng.uniform(0, 180, 3000)])
    (caption,) = place([Anchor(300, 190, "grandma")], 600, 400, cloud)
    assert caption.top > 180
