from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenband.report.blocks.pairs.comparison_tables import (
    changes_table,
    comparison_blocks,
    comparison_table,
)
from evenband.report.blocks.pairs.summary_tables import (
    FIGURES,
    calibration_table,
    difference,
    shape_table,
    summary_table,
)
from evenband.report.charts.series import series_of
from evenband.types import Estimate


@given(st.text("ab ", max_size=12), st.text("ab ", max_size=12))
def test_a_pair_cut_where_it_differs_reads_back(a: str, b: str) -> None:
    pair = difference(a, b)
    assert pair.before + pair.a + pair.after == a
    assert pair.before + pair.b + pair.after == b
    assert a != b or not (pair.a or pair.b)


def test_the_comma_is_what_differs() -> None:
    assert difference("let's eat, grandma", "let's eat grandma").a == ","


def test_every_figure_of_every_model_is_in_the_summary(planted: ModuleType) -> None:
    audits = [planted.audit(), planted.audit(model="other", few=True)]
    table = summary_table("t", audits)
    assert [column.name for column in table.columns] == ["Figure", "minilm", "other"]
    names = [name for name, _, _ in FIGURES]
    assert [row.head for row in table.rows] == [name for name in names if name != "A bag of words passes"]
    consistency = next(row for row in table.rows if row.head == "Consistency C")
    assert (consistency.cells[0].text, consistency.cells[0].note) == ("0.700", "0.690 to 0.710")
    assert (consistency.cells[1].text, consistency.cells[1].title) == ("–", "not computed")


def test_a_bag_of_words_stands_beside_the_pass_rate(planted: ModuleType) -> None:
    """Where its rate was measured, on a table of one's own as in a family."""
    audit = planted.audit()
    details = replace(audit.measurement.details, baselines={"words": 0.5, "chars": 0.4})
    audit = replace(audit, measurement=replace(audit.measurement, details=details))
    cells = {row.head: row.cells[0].text for row in summary_table("t", [audit]).rows}
    assert cells["A bag of words passes"] == "0.500"


def test_an_ordering_has_no_figures_of_one_band(planted: ModuleType) -> None:
    """Neither in its own table nor in a comparison, which has the pass rates' difference instead."""
    audit = planted.audit(n=40)
    order = replace(audit.measurement, probe=replace(audit.measurement.probe, type="ORDER"))
    table = summary_table("t", [replace(audit, measurement=order)])
    heads = {str(row.head).partition(" (")[0] for row in table.rows}
    assert not heads & {"Consistency C", "Disparity Φ", "Tail T99", "Sensitivity r50", "Claimed outliers"}
    assert {"Pass rate p", "Median s"} <= heads
    irrelevant = order.scores - 0.1
    irrelevant[3] = order.scores[3] + 0.2
    left = replace(order, details=replace(order.details, similar=(order.scores - 0.1,)))
    right = replace(order, details=replace(order.details, similar=(irrelevant,)))
    pair = replace(planted.comparison(audit, audit), left=left, right=right, pass_rate=Estimate(-0.025))
    figures, cells = comparison_blocks("c", pair)
    assert [row.head for row in figures.rows] == ["Pass rate", "Median s"]
    [row] = cells.rows
    assert [cell.text for cell in row.cells] == [order.items[3], order.subject.name, "0.100", "−0.200"]


def test_every_template_has_its_own_shape(planted: ModuleType) -> None:
    """Medians are the scores' own, skewness is scipy's."""
    from scipy.stats import skew

    audit = planted.audit(templates=tuple("abcdefghij"))
    table = shape_table("s", series_of([audit])[0])
    assert [row.cells[0].text for row in table.rows] == [f"minilm · {name}" for name in "abcdefghij"]
    for column, row in enumerate(table.rows):
        scores = audit.measurement.scores[:, column]
        assert row.cells[2].sort == pytest.approx(float(np.median(scores)))
        assert row.cells[4].sort == scores.min()
        assert row.cells[6].sort == pytest.approx(float(skew(scores)), abs=1e-6)
        assert row.cells[7].sort == pytest.approx(float(skew(np.log(1 - scores))), abs=1e-6)


def test_a_noise_floor_of_zero_is_none_seen(planted: ModuleType) -> None:
    audit = planted.audit()
    audit = replace(audit, summary=replace(audit.summary, noise_floor=0.0, score_noise=4.3e-13, mad=0.0))
    cells = {row.head: row.cells[0].text for row in summary_table("t", [audit]).rows}
    assert cells["Noise floor"] == "0 (none seen)"
    assert cells["Score noise"] == "4.3e−13"
    assert cells["MAD of s"] == "0"


def test_a_comparison_names_its_direction(planted: ModuleType) -> None:
    pair = planted.comparison(planted.audit(), planted.audit(model="other", seed=8))
    table = comparison_table("c", pair)
    assert table.rows[2].cells[0].text == "–"
    assert "right" in table.rows[1].reads
    assert changes_table("c", pair).rows[0].cells[-1].text == "× 2.00"


def test_calibration_ranks_the_probe_among_known_pairs(planted: ModuleType) -> None:
    scores = np.full(300, 0.75)
    audit = planted.audit(scores=scores, few=True, calibration={"unrelated": tuple(np.linspace(0, 1, 101))})
    (row,) = calibration_table("c", [audit]).rows
    assert [cell.text for cell in row.cells[1:]] == ["unrelated", "0.050", "0.500", "0.950", "75%"]
