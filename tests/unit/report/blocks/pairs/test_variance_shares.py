from __future__ import annotations

from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from evenband.report.blocks.pairs.variance_shares import power_blocks, shares_block, structure_blocks
from evenband.report.charts.detectability import power_chart
from evenband.report.charts.frame import SIZES
from evenband.report.charts.heat import factors, heat, rows_of
from evenband.report.charts.lettering import text_width
from evenband.report.views import Figure, Prose


def test_one_sentence_has_no_structure(planted: ModuleType) -> None:
    assert list(structure_blocks("s", [planted.audit()])) == []


def test_shares_fill_the_bar_in_order(planted: ModuleType) -> None:
    block = shares_block("s", [planted.structured()])
    ((_, parts, told),) = block.bars
    assert [part.width for part in parts] == [30.0, 40.0, 30.0]
    assert [part.start for part in parts] == [0.0, 30.0, 70.0]
    assert parts[1].text == "noun 0.40"
    assert told[0].startswith("G-coefficient 0.87")
    assert "the effects add up" in told[1]


def cells_of(spec: dict[str, Any]) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = spec["layer"][0]["data"]["values"]
    return cells


def test_an_odd_word_is_strong_in_every_sentence_and_a_memorised_one_in_one(planted: ModuleType) -> None:
    audit = planted.structured()
    rows = rows_of(audit)
    assert [audit.measurement.items[row] for row in rows[:2]] == ["grandma", audit.measurement.items[0]]
    d = 1 - audit.measurement.scores
    np.testing.assert_allclose(factors(audit), d / np.median(d, axis=0))
    for size in SIZES:
        cells = cells_of(heat(audit, size))
        assert len(cells) == 5 * len(rows)
        strength = np.array([cell["v"] for cell in cells]).reshape(-1, 5)
        assert int((strength[0] > 1).sum()) == 1
        assert (strength[1] > 1).all()
        framed = heat(audit, size)["layer"][1]["data"]["values"]
        assert len(framed) == 1
        assert framed[0]["x"] == cells[3]["x"]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size.name))
def test_the_table_of_cells_stays_inside_its_picture(planted: ModuleType, size: Any) -> None:
    spec = heat(planted.structured(), size)
    for cell in cells_of(spec):
        assert 0 <= cell["x"] < cell["x2"] <= spec["width"] <= size.total
        assert 0 <= cell["y"] < cell["y2"] <= spec["height"]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size.name))
def test_many_sentences_show_colours_where_numbers_would_overlap(planted: ModuleType, size: Any) -> None:
    audit = planted.audit(n=30, templates=tuple(f"{{x}} in sentence {k}" for k in range(40)))
    spec = heat(audit, size)
    boxes = cells_of(spec)
    texts = spec["layer"][2]["data"]["values"]
    assert len(boxes) % 40 == 0
    assert all(box["x2"] > box["x"] for box in boxes)
    step = boxes[1]["x"] - boxes[0]["x"]
    assert bool(texts) == (step >= text_width("8.8", 11))


def test_a_tip_tells_the_texts_and_what_was_expected(planted: ModuleType) -> None:
    audit = planted.structured()
    cell = cells_of(heat(audit, SIZES[0]))[3]
    assert (cell["a"], cell["b"]) == ("don't shoot, grandma", "don't shoot grandma")
    row = audit.measurement.items.index("grandma")
    assert f"s {audit.measurement.scores[row, 3]:.4f}" in cell["more"]
    assert "distance expected from the other sentences" in cell["more"]


def test_the_detectable_effect_is_marked_where_there_is_one(planted: ModuleType) -> None:
    for size in SIZES:
        marked = power_chart(planted.structured().structure.power, size)
        assert {"x": 4.3} in [layer["data"]["values"][0] for layer in marked["layer"]]
        bare = power_chart(planted.structured(power=None).structure.power, size)
        assert len(bare["layer"]) == len(marked["layer"]) - 2


def test_power_that_was_not_computed_says_why(planted: ModuleType) -> None:
    audit = planted.structured()
    bare = replace(audit, structure=replace(audit.structure, power=None))
    (block,) = power_blocks("s", [bare])
    assert isinstance(block, Prose)
    assert "was not computed: 60 labels are too few" in block.paragraphs[0]
    figure, prose = power_blocks("s", [audit, bare])
    assert isinstance(figure, Figure)
    assert isinstance(prose, Prose)
