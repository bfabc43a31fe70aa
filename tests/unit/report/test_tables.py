from __future__ import annotations

from types import ModuleType

from hypothesis import given
from hypothesis import strategies as st

from evenband.report.tables import (
    FIGURES,
    changes_table,
    comparison_table,
    difference,
    outlier_table,
    summary_table,
)


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
    assert [row.head for row in table.rows] == [name for name, _, _ in FIGURES]
    consistency = next(row for row in table.rows if row.head == "Consistency C")
    assert (consistency.cells[0].text, consistency.cells[0].note) == ("0.700", "0.690 to 0.710")
    assert (consistency.cells[1].text, consistency.cells[1].title) == ("–", "not computed")


def test_outliers_come_farthest_first_with_their_texts(planted: ModuleType) -> None:
    audit = planted.audit(low_q=["grandma"])
    table = outlier_table("t", [audit])
    z = [row.cells[3].sort or 0.0 for row in table.rows]
    assert z == sorted(z, reverse=True)
    assert [row.cells[0].text for row in table.rows] == [outlier.label for outlier in audit.outliers]
    assert {len(row.cells) for row in table.rows} == {len(table.columns)}


def test_columns_for_model_and_template_appear_where_there_are_several(planted: ModuleType) -> None:
    one = outlier_table("t", [planted.audit()])
    many = outlier_table("t", [planted.audit(templates=("a", "b")), planted.audit(model="other")])
    assert [column.name for column in one.columns] == ["Value", "The two texts", "s", "z", "q"]
    assert [column.name for column in many.columns[-2:]] == ["Model", "Template"]


def test_a_comparison_names_its_direction(planted: ModuleType) -> None:
    pair = planted.comparison(planted.audit(), planted.audit(model="other", seed=8))
    table = comparison_table("c", pair)
    assert table.rows[2].cells[0].text == "–"
    assert "right" in table.rows[1].reads
    assert changes_table("c", pair).rows[0].cells[-1].text == "× 2.00"
