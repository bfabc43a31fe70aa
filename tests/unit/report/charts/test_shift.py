"""Distances against a reference that has no vectors for some texts."""

from __future__ import annotations

import json

import numpy as np
import pytest

from evenband.analysis import PairsAudit
from evenband.report.blocks.pairs.reference import contrast_blocks
from evenband.report.charts.frame import SIZES, Size
from evenband.report.charts.series import points, records, series_of
from evenband.report.charts.shift import shift
from evenband.report.views import Figure, Table
from unit.analysis.pairs.labelled import additive_table, audit, of_animals

LACKED = 41


@pytest.fixture(scope="module")
def against() -> PairsAudit:
    """An audit against a reference without one label and without the first template."""
    y = additive_table(5)[:300]
    reference = of_animals(y + np.random.default_rng(1).normal(0, 0.1, y.shape))
    rows = [row for row in range(300) if row != LACKED]
    return audit(of_animals(y), reference=reference.take(rows, [1, 2, 3, 4]), detailed=False)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size.name))
def test_a_label_that_the_reference_lacks_has_no_dot(against: PairsAudit, size: Size) -> None:
    """Its place is empty; axes and names are those of the others, and nothing is NaN."""
    assert against.contrast is not None
    one = series_of([against])[0][1]
    drawn = records(points(one))
    assert [row["x"] for row in drawn if row["u"] is None] == [LACKED]
    spec = shift(one, against.contrast, size)
    json.dumps([spec, drawn], allow_nan=False)
    low, high = spec["layer"][1]["encoding"]["x"]["scale"]["domain"]
    assert all(low < row["u"] < high for row in drawn if row["u"] is not None)


def test_a_sentence_that_the_reference_lacks_has_no_picture(against: PairsAudit) -> None:
    """Four sentences in table and figure; the first of them leads."""
    _, table, figure = contrast_blocks("r", series_of([against]))
    assert isinstance(table, Table)
    assert isinstance(figure, Figure)
    assert [row.cells[0].text for row in table.rows] == [f"template {j}" for j in range(1, 5)]
    assert [option.leading for option in figure.options] == [True, False, False, False]
