"""The section on a watched training: sentences, curves and tables of planted figures."""

from __future__ import annotations

import json

import pytest

from evenband.analysis import Results
from evenband.analysis.watched_trainings.training_values import (
    CellStep,
    CurvePoint,
    FamilyCurve,
    Lesson,
    TrainedProbe,
    Training,
)
from evenband.report.blocks.training_sections import training_sections
from evenband.report.page import page_of, render
from evenband.report.pictures import draw_pictures
from evenband.report.views import Figure, Points, Table
from evenband.types import Estimate


def point(step: int, rate: float) -> CurvePoint:
    return CurvePoint(step, Estimate(2.0), Estimate(0.5), Estimate(rate), Estimate(0.1), Estimate(0.9))


def cells(step: int, trained: float, matched: float, lesson: Lesson) -> CellStep:
    mine, same, others = (Estimate(value, value - 0.1, value + 0.1, 8) for value in (trained, 0.1, matched))
    return CellStep(step, mine, same, others, Estimate(trained - matched), 3.2, 0.0004, lesson)


@pytest.fixture
def training() -> Training:
    """Two families over three steps, an alarm and a rule that was learned."""
    return Training(
        model="base",
        steps=(0, 50, 100),
        families=(
            FamilyCurve("typo", "INV", (point(0, 0.5), point(50, 0.6), point(100, 0.9))),
            FamilyCurve("negation", "DIFF", (point(0, 0.4), point(50, 0.4), point(100, 0.2))),
        ),
        curves={"training loss": ((10, 2.0), (90, 0.5)), "set_ndcg@10": ((0, 0.3), (100, 0.31))},
        trained=(
            TrainedProbe("typo", 8, 9, 4, True, (cells(50, 0.5, 0.5, "rule"), cells(100, 1.0, 0.9, "rule"))),
            TrainedProbe(
                "training-pairs", 12, 12, 5, False,
                (cells(50, 0.3, 0.1, "unclear"), cells(100, 1.5, 0.2, "cherry-picked")),
            ),
        ),
        texts=24,
        unaligned=1,
        others=("step-000050",),
    )  # fmt: skip


def test_the_alarm_comes_first_with_its_figures(training: Training) -> None:
    """Sentences: how many steps, what rose and fell, the alarm, the rule, what nothing was compared with."""
    [section] = training_sections([training])
    [said] = [block for block in section.blocks if isinstance(block, Points)]
    assert said.sentences[0] == "base was evaluated at 3 steps, from 0 to 100."
    assert said.sentences[1].startswith(
        "Pass rates moved by +10.0 points on average over 2 families; up by ten"
    )
    assert said.sentences[2].startswith(
        "training-pairs, step 100: cherry-picked: the trained texts moved, and"
    )
    assert (
        "trained 1.50 [1.40 to 1.60] (12 cells of 12 nouns), matched 0.20 [0.10 to 0.30] (13% of it)"
        in (said.sentences[2])
    )
    assert "p < 0.001" in said.sentences[2]
    assert said.sentences[3].startswith("typo, step 100: the rule was learned")
    assert said.sentences[4].startswith("1 minimal pair of the training data has no noun")


def test_the_page_opens_with_the_alarm(training: Training) -> None:
    """The alarm is the page's answer, and its title names the training."""
    page = page_of(Results(trainings=(training,)))
    assert page.answer[0].startswith("training-pairs, step 100: cherry-picked")
    html = render(Results(trainings=(training,)))
    assert "same-word cells" in html


def test_charts_have_every_line_and_fit_their_width(training: Training) -> None:
    """Curves of pass rate, C, Phi, loss and retrieval; trained, same-word and matched cells; no NaN."""
    [section] = training_sections([training])
    curves, moves = [block for block in section.blocks if isinstance(block, Figure)]
    assert [option.name for option in curves.options] == ["All families", "INV", "DIFF"]
    assert [option.name for option in moves.options] == ["typo", "training-pairs"]
    for total, spec in curves.options[0].specs:
        titles = [json.dumps(plot) for plot in spec["concat"]]
        assert len(titles) == 5
        for title in ("Pass rate", "Consistency C", "Phi", "Training loss", "set_ndcg@10"):
            assert any(f'"{title}"' in text for text in titles)
        columns = spec["columns"]
        assert all((plot["width"] + 46) * columns <= total for plot in spec["concat"])
    text = json.dumps([spec for _, spec in moves.options[1].specs], allow_nan=False)
    for name in ("trained", "same word", "matched", "step 100"):
        assert f'"{name}"' in text


def test_figures_can_be_drawn(training: Training, tmp_path: object) -> None:
    """The renderer of the PNG files takes both charts."""
    from pathlib import Path

    folder = Path(str(tmp_path))
    draw_pictures(page_of(Results(trainings=(training,))), folder)
    assert len(list(folder.glob("*.png"))) == 2


def test_tables_have_the_moves_and_the_families(training: Training) -> None:
    """A row for each probe with trained cells, and one for each family with its first and last figures."""
    [section] = training_sections([training])
    moves, families = [block for block in section.blocks if isinstance(block, Table)]
    assert [row.cells[0].text for row in moves.rows] == ["rule learned", "cherry-picked"]
    assert [cell.text for cell in families.rows[1].cells[:3]] == ["DIFF", "0.400", "0.200"]


def test_a_training_without_data_or_with_one_step_says_so() -> None:
    """Without training data nothing is said of cherry-picking; with data in no probe, that nothing can be."""
    one = Training("m", (0,), (FamilyCurve("typo", "INV", (point(0, 0.5),)),))
    [section] = training_sections([one])
    [said] = [block for block in section.blocks if isinstance(block, Points)]
    assert said.sentences == ("m was evaluated at 1 step.",)
    [section] = training_sections([Training("m", (0, 1), (), texts=5)])
    [said] = [block for block in section.blocks if isinstance(block, Points)]
    assert said.sentences[-1].startswith("No cell of the probes is among the 5 texts of the training data")
