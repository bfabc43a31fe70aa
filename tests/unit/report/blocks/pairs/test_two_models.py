"""Which of two models, and where: what the page opens with, its figure and its table."""

from __future__ import annotations

from typing import Any

import vl_convert

from evenband.analysis.pairs.head_to_head import head_to_heads
from evenband.report.blocks.pairs.two_models import headline_of, rates_figure, rates_table, two_models_blocks
from evenband.report.charts.frame import SIZES
from evenband.report.charts.pass_rates import ordered, pass_rates
from evenband.report.theme import LIGHT, vega_config
from evenband.report.views import Figure, Table
from unit.analysis.pairs.test_head_to_head import family, only

RATES = {"gain": (0.3, 0.8), "loss": (0.9, 0.5), "same": (0.6, 0.6)}
ONE = only([family(m, p, RATES[p][k]) for k, m in enumerate(("old", "new")) for p in RATES])


def marks(spec: dict[str, Any], plot: int, style: str) -> list[dict[str, Any]]:
    """Data of the dots of a style in one of the plots."""
    layers = spec["concat"][plot]["layer"]
    return [
        row
        for layer in layers
        if layer["mark"].get("style") == f"{style}-dot"
        for row in layer["data"]["values"]
    ]


def test_every_family_has_both_rates_and_its_difference_in_every_size() -> None:
    """Dots at the pass rates; the difference has the better model's style, or none's."""
    for size in SIZES:
        spec = pass_rates(ONE, size)
        left, right = marks(spec, 0, "left"), marks(spec, 0, "right")
        names = ["gain", "same", "loss"]
        assert [row["label"] for row in left] == [row["label"] for row in right] == names
        assert [row["x"] for row in left] == [0.3, 0.6, 0.9]
        assert [row["x"] for row in right] == [0.8, 0.6, 0.5]
        assert [row["label"] for row in marks(spec, 1, "right")] == ["gain"]
        assert [row["label"] for row in marks(spec, 1, "left")] == ["loss"]
        assert [row["label"] for row in marks(spec, 1, "unclear")] == ["same"]
        assert [row["x"] for row in marks(spec, 1, "right")] == [0.5]
        for row in [*left, *right]:
            assert row["low"] <= row["x"] <= row["high"]


def test_the_chart_is_as_wide_as_it_may_be_and_draws() -> None:
    """Both plots and the names fit the width; the renderer accepts the spec."""
    for size in SIZES:
        spec = pass_rates(ONE, size)
        plots = sum(plot["width"] for plot in spec["concat"]) + spec["spacing"]["column"]
        texts = [
            -row["px"] + 1
            for layer in spec["concat"][0]["layer"]
            if layer["mark"]["type"] == "text" and layer["mark"]["align"] == "right"
            for row in layer["data"]["values"]
        ]
        assert plots + (max(texts) if texts else 0) <= size.total
        svg = vl_convert.vegalite_to_svg({**spec, "config": vega_config(LIGHT)})
        assert "gain" in svg


def test_rows_follow_the_difference() -> None:
    """Right's largest gain is at the top, its largest loss at the bottom."""
    assert [one.probe for one in ordered(ONE)] == ["gain", "same", "loss"]


def test_the_page_opens_with_the_answer() -> None:
    """One sentence for two models; the ranking for three; none for one."""
    [sentence] = headline_of([ONE])
    assert sentence.startswith("Neither passes clearly more often")
    audits = [family(m, p, 0.5) for m in "abc" for p in RATES]
    [ranking] = headline_of(list(head_to_heads(audits, lambda key: 0, {})))
    assert ranking.startswith("Cells that pass, on average over 3 families: ")
    assert headline_of([]) == ()


def test_figure_and_table_say_the_same_in_words() -> None:
    """The text alternative names the clear families; the table has every family, ten at once."""
    figure = rates_figure("f", [ONE])
    assert "gain +50 points" in figure.alt
    assert "same" not in figure.alt
    table = rates_table("t", ONE)
    assert [row.cells[0].text for row in table.rows] == ["gain", "loss", "same"]
    assert "new is better" in table.rows[0].cells[3].note
    assert "is better" not in table.rows[2].cells[3].note
    assert table.shown == 10
    assert table.stacked


def test_a_single_family_has_no_figure() -> None:
    """The sentences are enough."""
    one = only([family("a", "p", 0.5), family("b", "p", 0.9)])
    blocks = list(two_models_blocks([one]))
    assert not any(isinstance(block, Figure | Table) for block in blocks)
    assert any(isinstance(block, Figure) for block in two_models_blocks([ONE]))
