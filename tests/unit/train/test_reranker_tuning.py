"""Training rerankers of small models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evenband
import small_models
from evenband.errors import InputError
from evenband.train import tune_reranker
from evenband.train.reranker_tuning import scored_pairs
from evenband.train.training_examples import of_rows

pytest.importorskip("datasets")

FOODS = ("abc", "xyz", "queen", "king")
FREE = [(f"{food} pie", f"pie with {food}", f"pie without {food}") for food in FOODS]


def test_a_reranker_learns_and_is_audited_from_its_folder(tmp_path: Path) -> None:
    """Its positives end above its negatives; the same command later finds it finished."""
    base = small_models.save_cross_encoder(tmp_path)
    settings: dict[str, Any] = {"epochs": 12, "batch": 4, "learning_rate": 3e-3}
    tuned = tune_reranker(base, FREE, out=tmp_path / "out", **settings)
    assert tuned.loss == "binary cross-entropy"
    assert tuned.examples == 8
    assert tuned.losses[-1][1] < tuned.losses[0][1]
    scores = tuned.model.predict([(a, b) for a, *others in FREE for b in others]).reshape(-1, 2)
    assert (scores[:, 0] > scores[:, 1]).all()
    reranker = evenband.encoders.load_reranker(str(tmp_path / "out"))
    loaded = reranker.score([(a, b) for a, *others in FREE for b in others])
    assert (np.argsort(loaded) == np.argsort(scores.ravel())).all()
    assert tune_reranker(base, FREE, out=tmp_path / "out", **settings).was_finished


def test_an_embedding_model_gets_a_head_by_the_seed(tmp_path: Path) -> None:
    """So that the same command gives the same reranker; pairs take negatives from their batch."""
    base = small_models.save(tmp_path)
    pairs = [(a, b) for a, b, _ in FREE]

    def scores(seed: int) -> Any:
        tuned = tune_reranker(base, pairs, steps=2, batch=4, seed=seed)
        assert tuned.loss == "in-batch negatives"
        return np.asarray(tuned.model.predict(pairs))

    np.testing.assert_array_equal(scores(1), scores(1))
    assert not np.allclose(scores(1), scores(2))


def test_triplets_become_scored_pairs_each_once() -> None:
    """A pair that is a positive somewhere is no negative."""
    scored = scored_pairs(of_rows([("q", "p", "n"), ("q", "p", "m"), ("q", "n", "x")]))
    rows = set(zip(*scored.texts, scored.scores, strict=True))
    assert rows == {("q", "p", 1.0), ("q", "n", 1.0), ("q", "m", 0.0), ("q", "x", 0.0)}


def test_options_of_vectors_are_refused(tmp_path: Path) -> None:
    """By their name."""
    with pytest.raises(InputError, match="matryoshka is no option of a reranker's training"):
        tune_reranker("minilm", FREE, matryoshka=(8,))
