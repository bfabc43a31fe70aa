"""The page in a real browser. Skipped where there is no chromium."""

from __future__ import annotations

import json
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from evenband.report import write
from evenband.report.charts.lettering import text_width
from evenband.report.theme import FONT, THEMES

pytestmark = pytest.mark.slow

HOSTILE = "</script><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def page(planted: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with every kind of figure, several models and templates, and hostile labels."""
    labels = [*planted.words(2000), HOSTILE, "{{x}}", "a" * 200, "مرحبا بالعالم"]
    audits = [
        planted.audit(labels, templates=("let's eat", HOSTILE), low_q=[HOSTILE], notes=["few"]),
        planted.audit(labels, templates=("let's eat", HOSTILE), model="m" * 80, seed=8),
        planted.letters(),
        planted.structured(reference=True, model="told"),
    ]
    results = planted.results(
        audits,
        comparisons=[planted.comparison(*audits[:2])],
        explanations=[planted.explanation("m" * 60), planted.explanation()],
        manifests=[planted.manifest()],
    )
    return write(tmp_path_factory.mktemp("report"), results, figures=False)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 800, 400])
def test_charts_are_drawn_in_theme_without_a_complaint_or_overflow(
    browser: Any, page: Path, width: int, dark: bool
) -> None:
    browser.open(page, width, dark)
    panel = THEMES["dark" if dark else "light"]["panel"]
    ground = [int(panel[k : k + 2], 16) for k in (1, 3, 5)]
    charts = browser.ask(
        """[...document.querySelectorAll("[data-figure]")].map((box) => {
          const canvas = box.querySelector("canvas");
          const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
          const colours = new Set();
          for (let k = 0; k < pixels.length; k += 4) colours.add(pixels.slice(k, k + 3).join());
          return [canvas.clientWidth <= box.clientWidth, colours.size, [...pixels.slice(0, 3)]];
        })"""
    )
    assert len(charts) == 9
    for fits, colours, corner in charts:
        assert fits
        assert colours > 40
        assert corner == ground
    beyond = browser.ask(
        """[...document.querySelectorAll("body *")].filter((element) => {
          const inside = element.closest(".scroll, .chart, .skip, details:not([open])");
          const edge = document.documentElement.clientWidth + 0.5;
          return !inside && element.getBoundingClientRect().right > edge;
        }).map((element) => element.outerHTML.slice(0, 80))"""
    )
    assert beyond == []
    sizes = browser.ask("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert sizes[0] <= sizes[1] <= width
    assert browser.complaints == []


def test_the_tip_shows_hostile_text_as_text(browser: Any, page: Path) -> None:
    browser.open(page, 1280, False)
    x, y = browser.ask(
        """(() => {
          const box = document.querySelector("[data-figure]");
          box.scrollIntoView({behavior: "instant"});
          const canvas = box.querySelector("canvas").getBoundingClientRect();
          return [canvas.x, canvas.y];
        })()"""
    )
    time.sleep(0.3)
    heard = set()
    for step in range(60, 950, 4):
        browser.send("Input.dispatchMouseEvent", type="mouseMoved", x=x + step, y=y + 120)
        heard.add(
            browser.ask("document.querySelector('.tip').hidden || document.querySelector('.tip').innerText")
        )
    tips = [tip for tip in heard if isinstance(tip, str)]
    assert len(tips) > 20
    assert all("let's eat, " in tip and "\n\ns 0." in tip for tip in tips)
    assert browser.complaints == []


def test_another_template_is_drawn_when_it_is_chosen(browser: Any, page: Path) -> None:
    browser.open(page, 1280, False)
    before, after = browser.ask(
        """(async () => {
          const select = document.querySelector("select[data-choose]");
          const figure = document.getElementById(select.dataset.choose);
          const canvas = () => figure.querySelector("canvas").toDataURL();
          const first = canvas();
          select.value = "1";
          select.dispatchEvent(new Event("change"));
          const later = (on) => setTimeout(on, 50);
          for (let left = 100; left && canvas() === first; left--) await new Promise(later);
          return [first.length, canvas() === first];
        })()"""
    )
    assert before > 1000
    assert after is False
    assert browser.complaints == []


def test_the_theme_button_and_a_new_width_draw_the_charts_again(browser: Any, page: Path) -> None:
    browser.open(page, 1280, False)
    first = browser.ask("document.documentElement.dataset.drawn")
    browser.ask("document.getElementById('theme').click()")
    browser.resize(400)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        now = browser.ask("document.documentElement.dataset.drawn")
        if "1036" not in now and "light" not in now:
            break
        time.sleep(0.1)
    assert first.count("1036 light") == 9
    assert now.count("320 dark") == 9
    assert browser.ask("getComputedStyle(document.body).colorScheme") is not None


def test_tables_can_be_searched_and_sorted(browser: Any, page: Path) -> None:
    browser.open(page, 1280, False)
    shown, status = browser.ask(
        """(() => {
          const input = document.querySelector("[data-search=t0-outliers]");
          input.value = "IMG SRC"; input.dispatchEvent(new Event("input"));
          const rows = [...document.querySelectorAll("#t0-outliers tbody tr")].filter((row) => !row.hidden);
          const found = rows.length && rows.every((row) => row.textContent.includes("<img src=x"));
          const text = document.querySelector("[data-count=t0-outliers]").textContent;
          input.value = ""; input.dispatchEvent(new Event("input"));
          return [found, text];
        })()"""
    )
    assert shown is True
    assert status.endswith("of 60")
    for expected in ("ascending", "descending"):
        state, column = browser.ask(
            """(() => {
              const head = document.querySelectorAll("#t0-outliers thead th")[2];
              head.querySelector("button").click();
              const rows = [...document.querySelectorAll("#t0-outliers tbody tr")];
              return [head.getAttribute("aria-sort"), rows.map((row) => Number(row.cells[2].dataset.sort))];
            })()"""
        )
        assert state == expected
        assert column == sorted(column, reverse=expected == "descending")
        assert len(set(column)) > 10


def test_without_javascript_verdicts_and_tables_are_there(browser: Any, page: Path) -> None:
    browser.send("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.send("Page.navigate", url=page.as_uri())
        time.sleep(1.0)
        root = browser.send("DOM.getDocument", depth=1)["root"]["nodeId"]
        text = browser.send("DOM.getOuterHTML", nodeId=root)["outerHTML"]
    finally:
        browser.send("Emulation.setScriptExecutionDisabled", value=False)
    assert "<canvas" not in text
    assert text.count('<article class="card ') == 4
    assert "drawn by JavaScript" in text
    assert '<p class="search" hidden' in text


def test_text_is_no_wider_in_the_browser_than_was_estimated(browser: Any, page: Path) -> None:
    """The promise that labels do not overlap rests on this estimate."""
    words = [
        "grandma",
        "minister",
        "Mommy",
        "WWW MMM",
        "P.O.",
        "illicit",
        "O'Connor-Smith",
        "日本語",
        "é ñ ü",
        "مرحبا",
    ]
    browser.open(page, 1280, False)
    for weight, bold in ((400, False), (700, True)):
        widths = browser.ask(
            f"(() => {{ const pen = document.createElement('canvas').getContext('2d');"
            f" pen.font = {json.dumps(f'{weight} 12px {FONT}')};"
            f" return {json.dumps(words)}.map((word) => pen.measureText(word).width); }})()"
        )
        for word, width in zip(words, widths, strict=True):
            assert 0 < width <= text_width(word, 12, bold) + 0.01, word
