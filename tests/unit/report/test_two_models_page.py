"""A report of two models in a real browser. Skipped where there is no chromium."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evenband.analysis import Results, score
from evenband.analysis.pairs.head_to_head import head_to_heads
from evenband.report import write
from unit.analysis.pairs.test_head_to_head import family

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty families on two models with long names."""
    audits = [
        family(model, f"a-family-of-number-{number}", (number + k) % 11 / 10)
        for k, model in enumerate(("a-model-with-a-rather-long-name", "another-model-of-a-team"))
        for number in range(30)
    ]
    results = Results(
        audits=tuple(audits),
        scorecards=tuple(score(audits)),
        head_to_heads=tuple(head_to_heads(audits, lambda key: 0, {})),
    )
    return write(tmp_path_factory.mktemp("report"), results, figures=False)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 800, 400])
def test_both_models_are_seen_at_every_width(browser: Any, page: Path, width: int, dark: bool) -> None:
    """No cell of a table of models lies outside of the screen; the figure is drawn and fits."""
    browser.open(page, width, dark)
    beyond = browser.ask(
        """(() => { const edge = document.documentElement.clientWidth + 0.5;
          const cells = [...document.querySelectorAll("table.stacked td")];
          const seen = cells.filter((cell) => !cell.closest("details:not([open])"));
          return seen.filter((cell) => cell.getBoundingClientRect().right > edge).length; })()"""
    )
    names = browser.ask(
        """[...document.querySelectorAll("#scorecards-table table tr:nth-child(3) td")]
          .map((cell) => getComputedStyle(cell, "::before").content)"""
    )
    if width == 400:
        assert beyond == 0
        assert [name for name in names if "model" in name] == [
            '"a-model-with-a-rather-long-name"',
            '"another-model-of-a-team"',
        ]
    fits = browser.ask(
        """(() => { const box = document.querySelector("[data-figure=comparisons-rates]");
          const canvas = box.querySelector("canvas");
          return [canvas.clientWidth <= box.clientWidth, canvas.clientHeight]; })()"""
    )
    assert fits[0]
    assert fits[1] > 30 * 20
    sizes = browser.ask("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert sizes[0] <= sizes[1]
    assert browser.complaints == []


def test_a_folded_table_is_searched_and_sorted_as_one(browser: Any, page: Path) -> None:
    """A search unfolds the rest; a click on a head orders all rows, not only those in sight."""
    browser.open(page, 1280, False)
    order = browser.ask(
        """(() => {
          const table = document.getElementById("comparisons-0-table");
          table.querySelectorAll("thead th")[1].querySelector("button").click();
          return [...table.querySelectorAll("tbody tr")].map((row) => Number(row.cells[1].dataset.sort));
        })()"""
    )
    assert len(order) == 30
    assert order == sorted(order)
    is_open, shown = browser.ask(
        """(() => {
          const table = document.getElementById("comparisons-0-table");
          const input = document.querySelector("[data-search=comparisons-0-table]");
          input.value = "number-17"; input.dispatchEvent(new Event("input"));
          const rows = [...table.querySelectorAll("tbody tr")].filter((row) => !row.hidden);
          return [table.querySelector("details.rest").open, rows.length];
        })()"""
    )
    assert is_open
    assert shown == 1
