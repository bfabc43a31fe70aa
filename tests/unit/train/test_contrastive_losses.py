"""InfoNCE, CoSENT and the triplet loss, as configured, against plain numpy: values and gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from evenband.train.training_examples import of_rows
from evenband.train.tuning_options import TuningOptions

torch = pytest.importorskip("torch")
pytest.importorskip("sentence_transformers")

Matrix = Any


def unit(x: Matrix) -> Matrix:
    """Rows of length 1."""
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def infonce(temperature: float) -> Callable[..., float]:
    """Mean cross-entropy of each anchor's positive among all positives and all negatives of the batch."""

    def loss(anchors: Matrix, *others: Matrix) -> float:
        logits = unit(anchors) @ unit(np.concatenate(others)).T / temperature
        top = logits.max(axis=1, keepdims=True)
        log_sum = np.log(np.exp(logits - top).sum(axis=1)) + top[:, 0]
        return float(np.mean(log_sum - np.diagonal(logits)))

    return loss


def cosent(temperature: float, scores: Matrix) -> Callable[..., float]:
    """log(1 + sum over pairs of pairs, score i > score j, of exp((cosine j - cosine i) / temperature))."""

    def loss(first: Matrix, second: Matrix) -> float:
        cosines = (unit(first) * unit(second)).sum(axis=1) / temperature
        terms = [
            np.exp(cosines[j] - cosines[i])
            for i in range(len(scores))
            for j in range(len(scores))
            if scores[i] > scores[j]
        ]
        return float(np.log(1 + np.sum(terms)))

    return loss


def triplet(margin: float) -> Callable[..., float]:
    """Mean of how much the negative is too near, in cosine distance."""

    def loss(anchors: Matrix, positives: Matrix, negatives: Matrix) -> float:
        near = 1 - (unit(anchors) * unit(positives)).sum(axis=1)
        far = 1 - (unit(anchors) * unit(negatives)).sum(axis=1)
        return float(np.mean(np.maximum(near - far + margin, 0)))

    return loss


def gradient(loss: Callable[..., float], columns: list[Matrix], step: float = 1e-6) -> list[Matrix]:
    """Central differences by every number of every column."""
    gradients = []
    for place, column in enumerate(columns):
        slopes = np.zeros_like(column)
        for index in np.ndindex(column.shape):
            values = []
            for sign in (1, -1):
                moved = [one.copy() for one in columns]
                moved[place][index] += sign * step
                values.append(loss(*moved))
            slopes[index] = (values[0] - values[1]) / (2 * step)
        gradients.append(slopes)
    return gradients


def given(columns: list[Matrix]) -> Any:
    """A model whose vectors are parameters: a text is the numbers of its column and row."""
    from torch import nn

    class Given(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.columns = nn.ParameterList(nn.Parameter(torch.from_numpy(one)) for one in columns)

        def forward(self, features: dict[str, Any]) -> dict[str, Any]:
            rows = [self.columns[int(place)][int(row)] for place, row in features["input_ids"]]
            return {"sentence_embedding": torch.stack(rows)}

        def __getitem__(self, place: int) -> Any:
            return self

        def get_embedding_dimension(self) -> int:
            return int(columns[0].shape[1])

    return Given()


def library(
    columns: list[Matrix], options: TuningOptions, labels: Matrix | None
) -> tuple[float, list[Matrix]]:
    """Value and gradients of the library's loss as evenband sets it up."""
    from evenband.train.contrastive_losses import loss_of

    model = given(columns)
    features = [
        {"input_ids": torch.tensor([[place, row] for row in range(len(one))])}
        for place, one in enumerate(columns)
    ]
    for one in features:
        one["attention_mask"] = torch.ones_like(one["input_ids"])
    loss = loss_of(model, options)
    value = loss(features, None if labels is None else torch.from_numpy(labels))
    value.backward()
    return float(value.detach()), [column.grad.numpy() for column in model.columns]


ROWS: dict[str, Any] = {
    "pairs": [("a", "b"), ("c", "d")],
    "triplets": [("a", "b", "n"), ("c", "d", "m")],
    "scored": [("a", "b", 1.0), ("c", "d", 0.0)],
}


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("pairs", {"temperature": 0.07}),
        ("pairs", {"temperature": 0.5, "mini_batch": 2}),
        ("triplets", {"loss": "infonce", "temperature": 0.2}),
        ("triplets", {"loss": "triplet", "margin": 0.3}),
        ("scored", {"temperature": 0.1}),
    ],
)
def test_losses_agree_with_plain_numpy(kind: str, settings: dict[str, Any]) -> None:
    """To 1e-5, gradients included; temperature and margin mean what they say."""
    rng = np.random.default_rng(7)
    scores = np.array([0.0, 1.0, 0.5, 0.5, 0.25]) if kind == "scored" else None
    columns = [rng.normal(size=(5, 4)) for _ in range(3 if kind == "triplets" else 2)]
    options = TuningOptions(batch=5, **settings).resolved(of_rows(ROWS[kind]))
    oracle = {
        "infonce": lambda: infonce(options.temperature or 0),
        "pairwise": lambda: cosent(options.temperature or 0, scores),
        "triplet": lambda: triplet(options.margin or 0),
    }[str(options.loss)]()
    value, gradients = library(columns, options, scores)
    assert value == pytest.approx(oracle(*columns), abs=1e-5)
    for ours, theirs in zip(gradient(oracle, columns), gradients, strict=True):
        assert np.abs(theirs).max() > 1e-3
        np.testing.assert_allclose(theirs, ours, atol=1e-5)


def test_matryoshka_adds_the_losses_of_shorter_vectors() -> None:
    """The full length is always among them."""
    rng = np.random.default_rng(3)
    columns = [rng.normal(size=(4, 6)) for _ in range(2)]
    options = TuningOptions(batch=4, matryoshka=(2, 4), temperature=0.3).resolved(of_rows(ROWS["pairs"]))
    value, _ = library(columns, options, None)
    plain = infonce(0.3)
    assert value == pytest.approx(sum(plain(*(one[:, :n] for one in columns)) for n in (2, 4, 6)), abs=1e-5)
