"""The callback in the trainer of sentence-transformers: its curves stand beside the measurements."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sentence_transformers")
datasets = pytest.importorskip("datasets")
pytest.importorskip("accelerate")

ROWS = [(f"let's eat, {noun}", f"let's eat {noun}") for noun in ("king", "queen", "grandma", "doctor")]


def arguments(folder: Path, **options: Any) -> Any:
    from sentence_transformers import SentenceTransformerTrainingArguments

    return SentenceTransformerTrainingArguments(
        output_dir=str(folder),
        max_steps=4,
        per_device_train_batch_size=2,
        logging_steps=1,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        use_cpu=True,
        **options,
    )


def trainer(model: Any, folder: Path, evaluator: Any = None, callbacks: Any = (), **options: Any) -> Any:
    from sentence_transformers import SentenceTransformerTrainer
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

    data = datasets.Dataset.from_dict({"anchor": [a for a, _ in ROWS], "positive": [b for _, b in ROWS]})
    return SentenceTransformerTrainer(
        model,
        arguments(folder, **options),
        train_dataset=data,
        loss=MultipleNegativesRankingLoss(model),
        evaluator=evaluator,
        callbacks=list(callbacks),
    )


@pytest.fixture
def probe(tmp_path: Path) -> Path:
    path = tmp_path / "comma.csv"
    path.write_text("a,b\n" + "\n".join(f'"{a}","{b}"' for a, b in ROWS), encoding="utf-8")
    return path


def test_evaluator_and_callback_share_one_directory(small_model: Any, probe: Path, tmp_path: Path) -> None:
    """The trainer logs the metrics; the directory has the steps, the loss and the learning rate."""
    from evenband.train import ConsistencyCallback, ConsistencyEvaluator

    evaluator = ConsistencyEvaluator(probe, out=tmp_path / "run", training=ROWS)
    taught = trainer(
        small_model,
        tmp_path / "model",
        evaluator,
        [ConsistencyCallback(evaluator)],
        eval_strategy="steps",
        eval_steps=2,
        metric_for_best_model="eval_pass_rate",
    )
    taught.train()
    logged = [row for row in taught.state.log_history if "eval_pass_rate" in row]
    assert [row["step"] for row in logged] == [2, 4]
    [training] = json.loads((tmp_path / "run" / "summary.json").read_text("utf-8"))["trainings"]
    assert training["steps"] == [0, 2, 4]
    assert [step for step, _ in training["curves"]["training loss"]] == [1, 2, 3, 4]
    assert len(training["curves"]["learning rate"]) == 4


def test_training_with_the_watch_ends_with_the_same_weights(
    small_folder: Path, probe: Path, tmp_path: Path
) -> None:
    """Dropout and order of the data are as without a watch: the trained weights are the same bits."""
    from sentence_transformers import SentenceTransformer

    from evenband.train import ConsistencyCallback

    weights = []
    for callbacks in ([], [ConsistencyCallback(probe, every=1)]):
        model = SentenceTransformer(str(small_folder), device="cpu")
        trainer(model, tmp_path / "model", callbacks=callbacks).train()
        weights.append({name: value.numpy().tobytes() for name, value in model.state_dict().items()})
    assert weights[0] == weights[1]
    assert [one.step for one in callbacks[0].watch.steps] == [0, 1, 2, 3, 4]


def test_only_figures_of_the_training_are_kept() -> None:
    """Loss, learning rate and retrieval metrics of a log line are kept under plain names."""
    from evenband.train.consistency_callback import kept_figures

    line = {"loss": 0.5, "eval_loss": 0.4, "grad_norm": 3.0, "eval_set_cosine_ndcg@10": 0.3, "epoch": 1.0}
    assert kept_figures(line) == {"training loss": 0.5, "evaluation loss": 0.4, "set_cosine_ndcg@10": 0.3}


def test_the_command_watches_at_its_checkpoints(
    evenband: Callable[..., Any], small_folder: Path, probe: Path, tmp_path: Path
) -> None:
    """``train tune --watch`` measures before, at each checkpoint and after, and prints what was learned."""
    data = tmp_path / "data.csv"
    data.write_text("anchor,positive\n" + "\n".join(f'"{a}","{b}"' for a, b in ROWS), encoding="utf-8")
    words = ["train", "tune", small_folder, data, "--steps", "4", "--every", "2", "--batch", "2"]
    done = evenband(*words, "--watch", probe, "-o", tmp_path / "new", "--quiet")
    assert done.code == 0, done.err
    assert "training-pairs, step 4" in done.out
    last, before = done.out.splitlines()[-1], done.out.splitlines()[-2]
    assert (last, before[:9]) == (f"next: evenband audit {tmp_path / 'new'}", "watched: ")
    [training] = json.loads((tmp_path / "new-watched" / "summary.json").read_text("utf-8"))["trainings"]
    assert training["steps"] == [0, 2, 4]
    again = evenband(*words, "--watch", probe, "-o", tmp_path / "new", "--quiet", "--json")
    told = json.loads(again.out)["watched"]
    assert told["report"] == str(tmp_path / "new-watched" / "report.html")
    shutil.rmtree(tmp_path / "new-watched")
    later = evenband(*words, "--watch", probe, "-o", tmp_path / "new", "--quiet")
    assert "the training had ended before, so that nothing was watched" in later.out
    alone = evenband(*words, "--watch-retrieval", "x", "-o", tmp_path / "new")
    assert alone.code == 2
    assert "--watch quick" in alone.err


def test_figures_reach_the_log_of_the_trainer(small_model: Any, probe: Path, tmp_path: Path) -> None:
    """Beside another evaluator, each evaluation is logged once, and the best model is chosen by it."""
    from sentence_transformers.sentence_transformer.evaluation import SentenceEvaluator

    from evenband.train import ConsistencyCallback

    class Other(SentenceEvaluator):  # type: ignore[misc, unused-ignore]
        def __call__(self, *args: Any, **kwargs: Any) -> float:
            return 0.5

    callback = ConsistencyCallback(probe)
    taught = trainer(
        small_model,
        tmp_path / "model",
        Other(),  # type: ignore[no-untyped-call, unused-ignore]
        [callback],
        eval_strategy="steps",
        eval_steps=2,
        metric_for_best_model="eval_pass_rate",
    )
    taught.train()
    logged = [row for row in taught.state.log_history if "eval_pass_rate" in row]
    assert [row["step"] for row in logged] == [0, 2, 4]
    assert logged[-1]["eval_comma_phi"] > 0


def test_figures_reach_the_loggers_of_the_trainer(small_model: Any, probe: Path, tmp_path: Path) -> None:
    """``log_to(trainer.log)`` passes each evaluation to whatever the trainer logs to, once."""
    from transformers import TrainerCallback

    from evenband.train import ConsistencyCallback

    class Logger(TrainerCallback):  # type: ignore[misc, unused-ignore]
        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
            seen.extend([state.global_step] if "eval_pass_rate" in logs else [])

    seen: list[int] = []
    callback = ConsistencyCallback(probe, every=2)
    taught = trainer(small_model, tmp_path / "model", callbacks=[callback, Logger()])
    callback.log_to(taught.log)
    taught.train()
    assert seen == [0, 2, 4]
    assert [row["step"] for row in taught.state.log_history if "eval_pass_rate" in row] == [0, 2, 4]
