"""The section on a watched training: sentences, curves and tables of planted figures."""

from __future__ import annotations

import json
from dataclasses import replace

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
from evenband.narrative.watched_trainings import alarm_sentence, training_sentences
from evenband.report.blocks.training_sections import training_sections
from evenband.report.charts.frame import SIZES
from evenband.report.charts.step_panels import StepLine, StepPanel, StepPoint, step_panels
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
            FamilyCurve(
                "typo", "INV", (point(0, 0.5), point(50, 0.6), point(100, 0.9)), Estimate(0.4, 0.3, 0.5), 0.01
            ),
            FamilyCurve(
                "negation", "DIFF", (point(0, 0.4), point(50, 0.4), point(100, 0.2)),
                Estimate(-0.2, -0.5, 0.1), 0.3,
            ),
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
    assert said.sentences[1] == (
        "Pass rates moved by +10.0 points on average over 2 families; surely up: typo +40 [+30 to +50]."
    )
    assert said.sentences[2].startswith(
        "training-pairs, step 100: cherry-picked: the trained texts moved, and"
    )
    assert (
        "trained 1.50 [1.40 to 1.60] (12 cells of 12 nouns), matched 0.20 [0.10 to 0.30] (13% of it)"
        in (said.sentences[2])
    )
    assert (
        "Pairs of the 12 trained nouns are now 4.48 times as far apart as before, those of nouns like them "
        "1.22 times. Move of log d" in said.sentences[2]
    )
    assert "p < 0.001" in said.sentences[2]
    assert said.sentences[3].startswith("typo, step 100: the rule was learned")
    assert said.sentences[4].startswith("1 minimal pair of the training data has no noun")


def test_the_page_opens_with_the_alarm(training: Training) -> None:
    """The alarm is the page's answer, and its title names the training."""
    page = page_of(Results(trainings=(training,)))
    assert page.answer[0].startswith("training-pairs, step 100: cherry-picked")
    assert page.answer[0].endswith("those of nouns like them 1.22 times.")
    html = render(Results(trainings=(training,)))
    assert "same-word cells" in html


def test_charts_have_every_line_and_fit_their_width(training: Training) -> None:
    """Curves of pass rate, C, loss and retrieval; trained, same-word and matched cells; no NaN."""
    [section] = training_sections([training])
    curves, moves = [block for block in section.blocks if isinstance(block, Figure)]
    assert [option.name for option in curves.options] == ["All families", "INV", "DIFF"]
    assert [option.name for option in moves.options] == ["typo", "training-pairs"]
    for total, spec in curves.options[0].specs:
        titles = [json.dumps(plot) for plot in spec["concat"]]
        assert len(titles) == 4
        for title in ("Pass rate", "Consistency C", "Training loss", "set_ndcg@10"):
            assert any(f'"{title}"' in text for text in titles)
        columns = spec["columns"]
        assert all((plot["width"] + 46) * columns <= total for plot in spec["concat"])
    text = json.dumps([spec for _, spec in moves.options[1].specs], allow_nan=False)
    for name in ("trained", "same word", "matched", "step 100"):
        assert f'"{name}"' in text


@pytest.mark.usefixtures("drawn_pictures")
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


def test_a_change_that_may_be_chance_is_not_named(training: Training) -> None:
    """Ten points of a few labels are no news: only changes that hold over all families are named."""
    unsure = tuple(replace(one, p=0.06) for one in training.families)
    sentences = list(training_sentences(replace(training, families=unsure)))
    assert sentences[1] == (
        "Pass rates moved by +10.0 points on average over 2 families; no family changed for sure."
    )


def test_others_that_follow_part_of_the_way_are_no_rule(training: Training) -> None:
    """The share is said, and the word rule only of cells that move as far."""
    for lesson, words in (
        ("followed", "other nouns move with the trained ones, 80% as far: less than a rule"),
        ("sentences", "other nouns move with the trained ones, 80% as far, but in these sentences only"),
    ):
        one = TrainedProbe("typo", 8, 8, 4, True, (cells(9, 1.0, 0.8, lesson),))  # type: ignore[arg-type]
        assert words in alarm_sentence(one)
        assert "the rule was learned" not in alarm_sentence(one)
    assert "the rule was learned" in alarm_sentence(training.trained[0])


def test_small_learning_rates_keep_their_decay(training: Training) -> None:
    """A rate that falls from 2e-5, or from 5e-8, is a line of its own values, which fills the plot."""
    for rate in (2e-5, 5e-8):
        curve = tuple((step, rate * (1 - step / 100)) for step in range(0, 100, 2))
        panel = StepPanel("Learning rate", (StepLine("r", tuple(StepPoint(s, v, v, v) for s, v in curve)),))
        [plot] = step_panels([panel], SIZES[0])["concat"]
        [layer] = [layer for layer in plot["layer"] if layer["mark"]["type"] == "line"]
        rows = layer["data"]["values"]
        assert [row["y"] for row in rows] == pytest.approx([value for _, value in curve], rel=1e-5)
        low, high = layer["encoding"]["y"]["scale"]["domain"]
        assert high - low < 1.3 * rate


def test_all_plots_have_the_same_steps_below(training: Training) -> None:
    """Figures that are logged at other steps than evaluations stand over the same round numbers from 0."""
    [section] = training_sections([training])
    curves = next(block for block in section.blocks if isinstance(block, Figure))
    for _, spec in curves.options[0].specs:
        below = [
            [row["text"] for row in layer["data"]["values"]]
            for plot in spec["concat"]
            for layer in plot["layer"]
            if any(row.get("py") == plot["height"] + 15 for row in layer["data"]["values"])
        ]
        assert below == [["0", "50", "100"]] * 4 or below == [["0", "20", "40", "60", "80", "100"]] * 4


def test_families_that_changed_most_are_named_in_the_plot(training: Training) -> None:
    """Of many families, the five that moved farthest and the mean have their names at the right."""
    moved = tuple(
        FamilyCurve(f"family{number}", "INV", (point(0, 0.1), point(100, 0.1 + number / 10)))
        for number in range(8)
    )
    [section] = training_sections([replace(training, steps=(0, 100), families=moved)])
    curves = next(block for block in section.blocks if isinstance(block, Figure))
    plot = curves.options[0].specs[0][1]["concat"][0]
    right = [row["text"] for row in plot["layer"][-1]["data"]["values"]]
    assert right == [*(f"family{number}" for number in range(3, 8)), "mean"]


def test_a_training_that_is_watched_from_its_middle_on_says_so(training: Training) -> None:
    """Moves are then not from before the training; from step 0 on there is nothing to say."""
    late = list(training_sentences(replace(training, steps=(40, 80))))
    assert late[1].startswith(
        "The first step that was watched is 40: moves and changes are counted from there"
    )
    assert not any(
        "first step that was watched" in one for one in training_sentences(replace(training, steps=(0, 80)))
    )
