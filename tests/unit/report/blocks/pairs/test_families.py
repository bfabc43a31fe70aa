"""Scorecards in the report: checked on real measurements of an encoder that understands nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import evenband
from evenband.analysis.pairs.scorecard import Scorecard, score
from evenband.analysis.pairs.values import PairsAudit
from evenband.report import render, write
from evenband.report.blocks.pairs.families import scorecard_sections
from evenband.report.blocks.pairs.pair_views import Families, Family
from evenband.report.views import Table

FAMILIES = (
    "negation",
    "and-or",
    "with-without",
    "role-swap",
    "thousands",
    "vocative-comma",
    "question-mark",
    "typo",
    "magnitude",
)


@pytest.fixture(scope="module")
def detailed() -> list[PairsAudit]:
    """Nine families, each looked into, as after ``-p``."""
    return evenband.audit("toy:words", FAMILIES, sample=20)


@pytest.fixture(scope="module")
def audits(detailed: list[PairsAudit]) -> list[PairsAudit]:
    """The same as part of a suite: none has charts of its own."""
    return [replace(one, detailed=False) for one in detailed]


@pytest.fixture(scope="module")
def card(audits: list[PairsAudit]) -> Scorecard:
    [only] = score(audits)
    return only


def families(cards: list[Scorecard], audits: list[PairsAudit]) -> dict[str, Family]:
    """The last scorecard's lines by name."""
    *_, section = scorecard_sections(cards, audits)
    [block] = [block for block in section.blocks if isinstance(block, Families)]
    return {one.name: one for one in block.families}


def test_every_family_has_a_line_with_its_own_pass_rate(card: Scorecard, audits: list[PairsAudit]) -> None:
    """The figures are those of the audits, and the whisker's places are the figures'."""
    found = families([card], audits)
    assert set(found) == set(FAMILIES)
    for one in audits:
        shown, rate = found[one.measurement.probe.name], one.summary.pass_rate
        assert rate.value is not None
        assert shown.whisker is not None
        assert shown.rate == f"{100 * rate.value:.0f}%"
        assert shown.whisker.low <= shown.whisker.value <= shown.whisker.high
        assert shown.whisker.value == pytest.approx(100 * rate.value, abs=0.06)
        assert {place for place, _ in shown.whisker.ticks} == {
            round(100 * share, 1) for share in one.measurement.details.baselines.values()
        }


def test_a_worst_cell_can_be_checked(card: Scorecard, audits: list[PairsAudit]) -> None:
    """Its texts and similarities are those of a cell, and the changed text is nearer than it may be."""
    found = families([card], audits)["negation"]
    made = next(one.measurement for one in audits if one.measurement.probe.name == "negation")
    for case in found.cases:
        row = made.items.index(case.title)
        texts = [text for _, text, _ in case.texts]
        [column] = [j for j in range(len(made.conditions)) if made.details.texts[0][row, j] == texts[0]]
        assert texts == [str(table[row, column]) for table in made.details.texts]
        similar = [float(score.replace("−", "-")) for _, _, score in case.texts[1:]]
        assert similar[0] == pytest.approx(made.scores[row, column], abs=5e-5)
        assert similar[0] > np.mean(similar[1:])
    sentences = [case.texts[0][1].replace(case.title, "") for case in found.cases]
    assert len(set(sentences)) == len(sentences), "the worst cells are of different sentences"


def test_every_sentence_has_its_own_pass_rate(card: Scorecard, audits: list[PairsAudit]) -> None:
    """The lowest first; their mean is the family's."""
    for name, found in families([card], audits).items():
        line = next(line for line in card.lines if line.probe == name)
        rates = [at for _, _, at in found.sentences]
        assert rates == sorted(rates)
        assert len(rates) == line.templates
        assert np.mean(rates) == pytest.approx(100 * (line.pass_rate.value or 0.0), abs=0.06)


def test_the_page_of_a_suite_has_no_charts_and_escapes_its_texts(
    planted: ModuleType, card: Scorecard, audits: list[PairsAudit]
) -> None:
    """It is small and opens without drawing anything; a reason with markup stays text."""
    lines = [replace(line, why="<b>why</b>") for line in card.lines]
    page = render(planted.results(audits, scorecards=[replace(card, lines=tuple(lines))]))
    assert len(page) < 200_000
    assert "<figure" not in page
    assert "&lt;b&gt;why&lt;/b&gt;" in page
    assert "<b>why</b>" not in page
    assert page.count('<details class="family') == len(FAMILIES)


def test_beside_a_suite_letters_have_their_chart_and_no_tables(
    planted: ModuleType, card: Scorecard, audits: list[PairsAudit]
) -> None:
    """An ablation is in no scorecard, and its picture is what it is for."""
    letters = replace(planted.letters(), detailed=False)
    page = render(planted.results([*audits, letters], scorecards=[card]))
    assert page.count("<figure") == 1
    assert "One letter replaced" in page
    assert "All figures, with 90% intervals" not in page
    assert "All figures, with 90% intervals" in render(planted.results([planted.letters()]))


@pytest.mark.parametrize("families", [3, 9])
def test_families_outside_of_a_suite_keep_their_own_sections(
    planted: ModuleType, detailed: list[PairsAudit], families: int
) -> None:
    """They have a scorecard on top and charts below it, however many there are."""
    some = detailed[:families]
    page = render(planted.results(some, scorecards=score(some)))
    assert page.index('id="scorecard-0"') < page.index('id="headlines"')
    assert all(f"Probe {one.measurement.probe.name}" in page for one in some)


def test_a_family_that_is_easier_when_published_is_marked(
    planted: ModuleType, card: Scorecard, audits: list[PairsAudit]
) -> None:
    """Its line says so, shows the fresh rate, and the section lists it."""
    drawn = planted.fresh(0.2, gap=0.6, q=0.001)
    lines = (replace(card.lines[0], fresh=drawn), *card.lines[1:])
    found = families([replace(card, lines=lines)], audits)
    assert found["negation"].alarm
    assert found["negation"].figures[-1] == ("fresh", "20%")
    whisker = found["negation"].whisker
    assert whisker is not None
    assert whisker.again == 20.0
    assert not found["and-or"].alarm
    page = render(planted.results(audits, scorecards=[replace(card, lines=lines)]))
    assert "Published sentences against fresh ones" in page


def test_models_stand_side_by_side(card: Scorecard, audits: list[PairsAudit]) -> None:
    """A table of every family on every model; a family that one lacks is a dash."""
    other = replace(card, model="other", lines=card.lines[1:])
    subject = replace(audits[0].measurement.subject, name="other")
    renamed = [replace(one, measurement=replace(one.measurement, subject=subject)) for one in audits]
    first, *rest = scorecard_sections([card, other], [*audits, *renamed])
    [table] = first.blocks
    assert isinstance(table, Table)
    rows = {row.cells[0].text: [cell.text for cell in row.cells[2:]] for row in table.rows}
    assert rows["negation"][1] == "–"
    assert rows["and-or"][0] == rows["and-or"][1]
    assert len(rest) == 2


def test_grades_can_be_read_on_every_ground() -> None:
    """The colours of all grades are colours of the theme."""
    from evenband.report.page import _style
    from evenband.report.theme import THEMES

    style = _style()
    for grade in ("reliable", "inconsistent", "fails", "blind"):
        [colour] = re.findall(rf"\.pill\.grade-{grade}\{{color:var\(--([\w-]+)\)", style)
        assert all(colour in palette for palette in THEMES.values())


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 800, 400])
def test_every_family_unfolds_in_a_browser_without_a_complaint_or_overflow(
    browser: Any,
    planted: ModuleType,
    card: Scorecard,
    audits: list[PairsAudit],
    tmp_path: Path,
    width: int,
    dark: bool,
) -> None:
    """Under the page's own security policy, with hostile and endless texts."""
    hostile = "</script><img src=x onerror=alert(1)>" + "a" * 200
    drawn = planted.fresh(0.2, gap=0.6, q=0.001)
    lines = tuple(replace(line, why=hostile, fresh=drawn) for line in card.lines)
    results = planted.results(audits, scorecards=[replace(card, lines=lines), card])
    path = write(tmp_path, results, figures=False)
    browser.open(path, width, dark)
    browser.ask("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    beyond = browser.ask(
        """[...document.querySelectorAll("body *")].filter((element) => {
          const edge = document.documentElement.clientWidth + 0.5;
          return !element.closest(".scroll, .skip") && element.getBoundingClientRect().right > edge;
        }).map((element) => element.outerHTML.slice(0, 80))"""
    )
    assert beyond == []
    sizes = browser.ask("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert sizes[0] <= sizes[1] <= width
    dots = browser.ask(
        """[...document.querySelectorAll(".whisker")].map((one) => {
          const dot = one.querySelector(".dot").getBoundingClientRect(), all = one.getBoundingClientRect();
          return [dot.left + dot.width / 2 - all.left, all.width];
        })"""
    )
    assert len(dots) == 2 * len(FAMILIES)
    for at, whole in dots:
        assert whole > 60
        assert -1 <= at <= whole + 1
    assert browser.complaints == []
