"""Encoders that understand nothing, on the families' own texts."""

from __future__ import annotations

import numpy as np
import pytest

from evenband import encoders
from evenband.probes import Draw, find
from evenband.probes.pairs.baselines import measure_baselines
from evenband.probes.pairs.minimal_pairs import MinimalPairs


@pytest.mark.parametrize("name", ["role-swap", "direction", "comparison"])
def test_a_bag_of_words_scores_0_where_only_the_order_of_words_changes(name: str) -> None:
    """The changed text has the very same words, so no paraphrase can be nearer."""
    assert measure_baselines(find(name).load(draw=Draw("quick")))["words"] == 0.0


def test_a_random_encoder_passes_a_diff_probe_half_the_time_and_an_inv_probe_hardly_ever() -> None:
    """Orderings of unrelated vectors are coin flips; of forty texts the nearest is rarely the right one."""
    assert measure_baselines(find("negation").load())["random"] == pytest.approx(0.5, abs=0.06)
    assert measure_baselines(find("question-mark").load(draw=Draw("quick")))["random"] < 0.1


def test_a_single_label_has_no_pass_rate() -> None:
    """There is no other label for the change to be held against; no value, not NaN."""
    assert measure_baselines(find("comma").load().take([0])) == {}


@pytest.mark.parametrize("name", ["with-without", "magnitude"])
def test_where_a_bag_of_words_can_only_guess_it_passes_half_on_few_labels_too(name: str) -> None:
    """Both documents share as many words with the query: one draw of the vectors decides by chance."""
    probe = find(name).load(draw=Draw("quick"))
    draws = [_words(probe, seed) for seed in range(101, 117)]
    spread = float(np.std(draws))
    assert np.mean(draws) == pytest.approx(0.5, abs=4 * spread / 4)
    assert measure_baselines(probe)["words"] == pytest.approx(0.5, abs=min(0.1, 4 * spread / 8**0.5))


def _words(probe: MinimalPairs, seed: int) -> float:
    encoder = encoders.load(f"toy:words?dim=256&seed={seed}")
    return float(np.mean([cell["pass"] for cell in probe.cells(encoder)]))
