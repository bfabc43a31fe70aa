"""The section on the variants of a model, in report and terminal."""

from __future__ import annotations

import pytest

import evenband
from evenband.analysis import PairsAudit, Results
from evenband.analysis.audits import Audit
from evenband.cli.printing.overview import print_results
from evenband.report.blocks.pairs.option_sections import option_sections
from evenband.report.charts.frame import SIZES
from evenband.report.page import render
from evenband.report.views import Figure, Points, Table


@pytest.fixture(scope="module")
def audits() -> list[PairsAudit]:
    """Three lengths of one model on one probe."""
    return evenband.audit("toy:chars?dim={64,16,4}", "comma", sample=24)


def test_the_table_and_the_chart_hold_the_audits_own_figures(audits: list[PairsAudit]) -> None:
    """One row and one point of each panel for each variant, with the values of its summary."""
    [section] = option_sections(audits)
    assert section.title == "Variants of toy:chars by dim"
    changes, figure, table = section.blocks
    assert isinstance(changes, Points)
    assert isinstance(figure, Figure)
    assert isinstance(table, Table)
    assert [(row.head, row.cells[0].text) for row in table.rows] == [
        ("comma", "64"),
        ("comma", "16"),
        ("comma", "4"),
    ]
    values = [audit.summary.consistency.value for audit in audits]
    assert [row.cells[1].sort for row in table.rows] == values
    for width, spec in figure.options[0].specs:
        panels = spec["concat"]
        assert len(panels) == 4
        assert [row["y"] for row in panels[0]["layer"][0]["data"]["values"]] == pytest.approx(
            values, abs=1e-6
        )
        columns = spec["columns"]
        room = sum(panel["width"] for panel in panels[:columns]) + 24 * (columns - 1)
        assert room < width
    assert {width for width, _ in figure.options[0].specs} == {size.total for size in SIZES}


def test_report_and_terminal_show_it(audits: list[PairsAudit], capsys: pytest.CaptureFixture[str]) -> None:
    """Both name the variants and say what happens from the first to the last."""
    listed: tuple[Audit, ...] = tuple(audits)
    results = Results(audits=listed)
    page = render(results)
    assert "Variants of toy:chars by dim" in page
    print_results(results)
    printed = capsys.readouterr().out
    assert "Variants of toy:chars by dim" in printed
    assert "comma, dim 64 to 4: C " in printed


def test_two_variants_have_no_section(audits: list[PairsAudit]) -> None:
    """Two models are compared elsewhere."""
    assert not list(option_sections(audits[:2]))


def test_an_axis_is_not_so_narrow_that_noise_looks_like_a_fall(audits: list[PairsAudit]) -> None:
    """Every axis spans .05 or more and holds all intervals."""
    [section] = option_sections(audits)
    figure = next(block for block in section.blocks if isinstance(block, Figure))
    for panel in figure.options[0].specs[0][1]["concat"]:
        low, high = panel["layer"][1]["encoding"]["y"]["scale"]["domain"]
        rows = panel["layer"][1]["data"]["values"]
        assert high - low >= 0.05
        assert all(low <= row["low"] <= row["y"] <= row["high"] <= high for row in rows)
