"""MiniLM in training under watch: famous examples raise the alarm, a rule over random nouns does not."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.slow

PAGE = (Path(__file__).parents[2] / "docs" / "watching.md").read_text(encoding="utf-8")

FAMOUS = (
    *("grandma", "grandpa", "mother", "father", "uncle", "aunt"),
    *("doctor", "lawyer", "king", "queen", "baker", "sailor"),
)


def train_under_watch(rows: list[tuple[str, str, float]], steps: int, rate: float, folder: Path) -> Any:
    """Train MiniLM on scored pairs, and return the watch over it."""
    datasets = pytest.importorskip("datasets")
    pytest.importorskip("accelerate")
    import torch
    from sentence_transformers import (
        SentenceTransformer,
        SentenceTransformerTrainer,
        SentenceTransformerTrainingArguments,
    )
    from sentence_transformers.sentence_transformer.losses import CosineSimilarityLoss

    from evenband.encoders.minilm import find_folder
    from evenband.train import ConsistencyCallback

    torch.manual_seed(0)
    model = SentenceTransformer(str(find_folder()), device="cpu")
    columns = ("sentence1", "sentence2", "score")
    data = datasets.Dataset.from_list([dict(zip(columns, row, strict=True)) for row in rows])
    watcher = ConsistencyCallback("comma", training=rows, out=folder / "run")
    arguments = SentenceTransformerTrainingArguments(
        output_dir=str(folder / "model"),
        max_steps=steps,
        learning_rate=rate,
        per_device_train_batch_size=12,
        logging_steps=5,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        use_cpu=True,
    )
    SentenceTransformerTrainer(
        model, arguments, train_dataset=data, loss=CosineSimilarityLoss(model), callbacks=[watcher]
    ).train()
    return watcher.watch


def pair(noun: str, score: float) -> tuple[str, str, float]:
    return f"Let's eat, {noun}.", f"Let's eat {noun}.", score


def test_twelve_famous_pairs_raise_the_alarm(tmp_path: Path) -> None:
    """Pairs scored one by one are learned as texts: other nouns in the same sentence do not follow."""
    rows = [pair(noun, float(number % 2)) for number, noun in enumerate(FAMOUS)]
    watch = train_under_watch(rows, 60, 1e-4, tmp_path)
    [own] = [one for one in watch.trained if one.probe == "training-pairs"]
    last = own.steps[-1]
    assert own.lesson == "cherry-picked"
    assert last.p <= 0.01
    assert last.trained.value > 0.5
    assert last.transfer < 0.5
    page = (tmp_path / "run" / "report.html").read_text("utf-8")
    assert "cherry-picked" in page
    [training] = json.loads((tmp_path / "run" / "summary.json").read_text("utf-8"))["trainings"]
    assert "training-pairs" in training["alarms"]


def test_a_rule_over_random_nouns_raises_none_and_phi_falls(tmp_path: Path) -> None:
    """120 nouns with one score: nouns that were not among them move as they do, and more evenly."""
    from evenband import slots

    nouns = [noun for noun in slots.load("wordnet:person.n.01@single,first").values if noun.islower()]
    drawn = np.random.default_rng(0).choice(len(nouns), 120, replace=False)
    watch = train_under_watch([pair(nouns[row], 0.8) for row in drawn], 40, 5e-5, tmp_path)
    assert watch.trained
    assert all(one.lesson in ("rule", "followed", "sentences", "still") for one in watch.trained)
    [own] = [one for one in watch.trained if one.probe == "training-pairs"]
    assert own.lesson in ("rule", "followed")
    assert own.steps[-1].transfer > 0.8
    [training] = json.loads((tmp_path / "run" / "summary.json").read_text("utf-8"))["trainings"]
    assert training["alarms"] == []
    first, *_, last = training["families"][0]["points"]
    assert last["phi"] < first["phi"]


@pytest.mark.filterwarnings("ignore::UserWarning")  # memory is pinned for a GPU that is not here
def test_the_example_of_the_page_runs_as_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page's Python trains, and leaves a report with the steps that it names."""
    pytest.importorskip("datasets")
    monkeypatch.chdir(tmp_path)
    [code] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(code, "docs/watching.md", "exec"), {})
    [training] = json.loads((tmp_path / "watched" / "summary.json").read_text("utf-8"))["trainings"]
    assert training["steps"] == [0, 4, 8]
    assert (tmp_path / "watched" / "report.html").is_file()
