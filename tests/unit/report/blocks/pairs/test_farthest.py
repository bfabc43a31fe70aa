from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import numpy as np

from evenband.report import render
from evenband.report.blocks.pairs.farthest import outlier_table


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
    assert [column.name for column in one.columns] == ["Label", "The two texts", "s", "z", "q"]
    assert [column.name for column in many.columns[-2:]] == ["Model", "Template"]


def test_a_claimed_row_stands_out_in_words_too(planted: ModuleType) -> None:
    """Claimed cells come first, say so, and unfold what their verdict rests on."""
    table = outlier_table("t", [planted.structured()])
    assert [column.name for column in table.columns] == [
        "Label", "The two texts", "Verdict", "s", "z", "q", "Template",
    ]  # fmt: skip
    assert [row.claimed for row in table.rows] == [True] + [False] * 7
    verdict, q = table.rows[0].cells[2], table.rows[0].cells[5]
    assert (verdict.text, verdict.kind) == ("memorisation-like", "memorisation-like")
    assert verdict.details == ("cell effect z 9.1, q 0.001", "base lacks the effect")
    assert q.note == "claimed"
    assert [row.cells[5].note for row in table.rows[1:]] == [""] * 7


def test_what_only_a_reference_shows_is_claimed_against_it(planted: ModuleType) -> None:
    audit = planted.structured(reference=True)
    audit = replace(audit, q=np.full_like(audit.q, 0.6))
    lone = replace(audit.outliers[0], q=0.6, shift_q=0.01)
    table = outlier_table("t", [replace(audit, outliers=(lone,))])
    assert table.rows[0].claimed
    assert table.rows[0].cells[5].note == "claimed against the reference"
    for uncertain in (replace(lone, shift_q=0.2), replace(lone, shift_q=None)):
        table = outlier_table("t", [replace(audit, outliers=(uncertain,))])
        assert not table.rows[0].claimed


def test_ten_rows_are_visible_and_the_others_folded(planted: ModuleType) -> None:
    """None is lost: they follow in a part that unfolds without JavaScript, for one model as for two."""
    for audits in ([planted.audit()], [planted.audit(), planted.audit(model="other")]):
        page = render(planted.results(audits))
        table = page.partition('id="t0-outliers"')[2].partition("</details>")[0]
        shown, _, folded = table.partition('<details class="rest">')
        total = sum(len(audit.outliers) for audit in audits)
        assert shown.count("<tr") == 1 + 10
        assert folded.count("<tr") == 1 + total - 10
        assert f"<summary>{total - 10} more</summary>" in folded
