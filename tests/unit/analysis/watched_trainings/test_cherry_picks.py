"""What a training taught, judged by planted moves of a probe's cells."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evenband.analysis.watched_trainings.cherry_picks import judge_cells
from evenband.analysis.watched_trainings.training_values import TrainedProbe
from evenband.types import COSINE, Measurement, ModelSpec, PairsDetails, PairsMeasurement, PairsSpec, Scores

LABELS = tuple(f"word{number:02d}" for number in range(40))
TEMPLATES = ("one", "two", "three", "four")
TRAINED = LABELS[:8]
FAR = math.log(2)


def measurement(y: Scores, step: int, probe: str = "comma") -> PairsMeasurement:
    """A step's measurement with planted log-distances. Shape: (n, t)."""
    texts = np.array([[f"{label} {name}" for name in TEMPLATES] for label in LABELS], dtype=object)
    spec = PairsSpec(name=probe, why="", digest=probe, items=len(LABELS), conditions=len(TEMPLATES))
    return Measurement(
        probe=spec,
        subject=ModelSpec("live:m", f"step-{step:06d}", "live", str(step), "float32", 8),
        metric=COSINE,
        items=LABELS,
        conditions=TEMPLATES,
        scores=1 - np.exp(y),
        noise=None,
        details=PairsDetails(texts=(texts, texts)),
    )


def judged(trained: float, matched: float, same: float, way: int = -1, steps: int = 3) -> TrainedProbe:
    """Plant moves of log d: of trained cells, of others in their template, of their words elsewhere."""
    rng = np.random.default_rng(0)
    start = rng.normal(-3, 0.3, size=(len(LABELS), len(TEMPLATES)))
    move = np.zeros_like(start)
    move[:, 0] = matched
    move[: len(TRAINED), 1:] = same
    move[: len(TRAINED), 0] = trained
    history = [(0, measurement(start, 0))]
    for step in range(1, steps + 1):
        noise = rng.normal(0, 0.05, size=start.shape)
        history.append((10 * step, measurement(start + way * move * step / steps + noise, step)))
    cells = {label: {"one": way} for label in TRAINED}
    [result] = judge_cells({"comma": history}, {"comma": cells}, seed=0)
    return result


@pytest.mark.parametrize("way", [-1, 1], ids=["together", "apart"])
def test_trained_texts_that_move_alone_are_cherry_picked(way: int) -> None:
    """The alarm names the move as training asked for it, and a p-value that holds over all steps."""
    result = judged(FAR, 0.0, 0.0, way)
    last = result.steps[-1]
    assert result.lesson == "cherry-picked"
    assert result.together is (way == -1)
    assert (result.labels, result.cells, result.controls) == (8, 8, 2)
    assert last.trained.value == pytest.approx(FAR, abs=0.1)
    assert last.matched.value == pytest.approx(0, abs=0.1)
    assert last.p <= 0.01
    assert (last.trained.low or 0) < (last.trained.value or 0) < (last.trained.high or 0)
    assert not last.words


def test_words_that_moved_everywhere_are_said() -> None:
    """Trained nouns that moved in other sentences too: the words were learned, not only the texts."""
    result = judged(FAR, 0.0, FAR)
    assert result.lesson == "cherry-picked"
    assert result.steps[-1].words


def test_texts_like_the_trained_ones_that_follow_are_a_rule() -> None:
    """All cells move: no alarm, and the transfer is about one."""
    result = judged(FAR, FAR, FAR)
    assert result.lesson == "rule"
    assert result.steps[-1].transfer == pytest.approx(1, abs=0.15)


def test_texts_that_follow_part_of_the_way_are_no_rule() -> None:
    """Others that surely move less far than the trained ones follow; the word rule would be too strong."""
    result = judged(FAR, 0.75 * FAR, 0.75 * FAR)
    assert result.lesson == "followed"
    assert result.steps[-1].transfer == pytest.approx(0.75, abs=0.1)


def test_a_rule_of_the_trained_sentences_alone_is_told_from_one_of_all() -> None:
    """Other nouns follow in the trained sentences, but nothing moves in others: these sentences only."""
    assert judged(FAR, FAR, 0.0).lesson == "sentences"


def test_a_part_of_the_way_is_unclear_and_nothing_is_still() -> None:
    """A small move is none, whatever its p."""
    assert judged(0.05, 0.0, 0.0).lesson == "still"
    assert judged(0.3, 0.16, 0.2).lesson == "unclear"


def test_labels_that_were_all_trained_leave_nothing_to_compare() -> None:
    """Without untrained labels nothing is claimed."""
    y = np.full((len(LABELS), len(TEMPLATES)), -3.0)
    history = [(0, measurement(y, 0)), (1, measurement(y, 1))]
    cells = {label: {"one": -1} for label in LABELS}
    [result] = judge_cells({"comma": history}, {"comma": cells}, seed=0)
    assert (result.lesson, result.steps, result.controls) == ("untested", (), 0)


def test_several_probes_share_the_error_rate() -> None:
    """The p-values of two equal probes are twice that of one (Holm)."""
    rng = np.random.default_rng(1)
    start = rng.normal(-3, 0.3, size=(len(LABELS), len(TEMPLATES)))
    later = start + rng.normal(0, 0.2, size=start.shape)
    later[: len(TRAINED), 0] -= 0.16
    cells = {label: {"one": -1} for label in TRAINED}
    one = [(0, measurement(start, 0, "a")), (1, measurement(later, 1, "a"))]
    two = [(0, measurement(start, 0, "b")), (1, measurement(later, 1, "b"))]
    [alone] = judge_cells({"a": one}, {"a": cells}, seed=0)
    both = judge_cells({"a": one, "b": two}, {"a": cells, "b": cells}, seed=0)
    assert 0.01 < alone.steps[0].p < 0.5
    assert [probe.steps[0].p for probe in both] == pytest.approx([2 * alone.steps[0].p] * 2)
