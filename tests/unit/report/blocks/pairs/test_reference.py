from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from evenband.narrative.pairs.headlines import moved
from evenband.report.blocks.pairs.reference import contrast_blocks
from evenband.report.charts.frame import SIZES, Size
from evenband.report.charts.series import points, records, series_of
from evenband.report.charts.shift import movers_of, shift
from evenband.report.views import Figure, Prose, Table


def test_without_a_reference_there_is_no_contrast(planted: ModuleType) -> None:
    assert list(contrast_blocks("r", series_of([planted.structured()]))) == []


def test_what_moved_is_said_and_listed_by_sentence(planted: ModuleType) -> None:
    audit = planted.structured(reference=True)
    prose, table, figure = contrast_blocks("r", series_of([audit]))
    assert prose == Prose((moved(audit, audit.contrast),))
    assert isinstance(table, Table)
    assert isinstance(figure, Figure)
    assert [row.cells[2].text for row in table.rows] == ["0", "0", "0", "1", "0"]
    assert table.rows[3].cells[3].text == "grandma"
    assert len(figure.options) == 5
    assert [option.leading for option in figure.options] == [True] + [False] * 4


@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size.name))
def test_movers_are_named_and_dots_are_the_two_distances(planted: ModuleType, size: Size) -> None:
    audit = planted.structured(reference=True)
    one = series_of([audit])[0][3]
    row = one.labels.index("grandma")
    assert movers_of(one, audit.contrast) == [row]
    spec = shift(one, audit.contrast, size)
    (mover,) = spec["layer"][2]["data"]["values"]
    assert mover["label"] == "grandma"
    drawn = records(points(one))
    np.testing.assert_allclose([dot["v"] for dot in drawn], 1 - one.scores, rtol=1e-3)
    reference = 1 - audit.contrast.reference.scores[:, 3]
    np.testing.assert_allclose([dot["u"] for dot in drawn], reference, rtol=1e-3)
    low, high = spec["layer"][1]["encoding"]["x"]["scale"]["domain"]
    assert all(low < dot[key] < high for dot in drawn for key in ("u", "v"))
