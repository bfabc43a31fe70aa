"""What belongs to a training, what its watch is given, and how it fails: on small models."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path
from typing import Any

import pytest

import small_models
from evenband import stages
from evenband.errors import InputError, ModelError, RunError
from evenband.train import TuningOptions, tune, tune_reranker

pytest.importorskip("datasets")

PAIRS = [(f"let's eat {a} {b}", f"please {b} the {a}") for a in "abcde" for b in "xyz"]
SEVERAL = [(a, b, f"stop {a}", f"eat {b}") for a, b in PAIRS]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model of random weights."""
    return small_models.save(tmp_path_factory.mktemp("base"))


def live(folder: Path) -> Any:
    """The model, opened anew."""
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(folder), device="cpu")


def test_settings_of_the_model_belong_to_a_training(base: Path, tmp_path: Path) -> None:
    """Another limit of tokens, in a reference or of a live model, dropout or prompts are refused."""
    tune(f"{base}?max_tokens=8", PAIRS, out=tmp_path / "one", steps=1)
    assert tune(f"{base}?max_tokens=8", PAIRS, out=tmp_path / "one", steps=1).was_finished
    for other in (f"{base}?max_tokens=12", str(base)):
        with pytest.raises(InputError, match="another set of settings of the base model"):
            tune(other, PAIRS, out=tmp_path / "one", steps=1)
    tune(live(base), PAIRS, out=tmp_path / "two", steps=1)
    assert tune(live(base), PAIRS, out=tmp_path / "two", steps=1).was_finished
    shorter, prompted, calmer, frozen = (live(base) for _ in range(4))
    shorter.max_seq_length = 8
    prompted.prompts = {"query": "q: "}
    for module in calmer.modules():
        if type(module).__name__ == "Dropout":
            module.p = 0.3
    next(frozen.parameters()).requires_grad = False
    for model in (shorter, prompted, calmer, frozen):
        with pytest.raises(InputError, match="another set of settings of the base model"):
            tune(model, PAIRS, out=tmp_path / "two", steps=1)


def test_a_reranker_takes_its_limit_of_tokens(tmp_path: Path) -> None:
    """It reads no more, and another limit is another training."""
    base = small_models.save_cross_encoder(tmp_path)
    tuned = tune_reranker(f"{base}?max_tokens=9", SEVERAL, out=tmp_path / "out", steps=1)
    assert tuned.model.max_seq_length == 9
    with pytest.raises(InputError, match="another set of settings of the base model"):
        tune_reranker(str(base), SEVERAL, out=tmp_path / "out", steps=1)


def test_options_and_settings_together_are_refused(base: Path) -> None:
    """As is a setting that does not exist."""
    for train in (tune, tune_reranker):
        with pytest.raises(InputError, match="got options and epochs, which would not count"):
            train(base, PAIRS, TuningOptions(), epochs=3)
        with pytest.raises(InputError, match=r"no option is called 'epoch'.*epochs"):
            train(base, PAIRS, epoch=3)


def test_each_column_has_its_prompt_and_the_watch_sees_what_is_trained_on(base: Path) -> None:
    """Several negatives get the prompt of documents; rows kept apart are not watched."""
    from transformers import TrainerCallback

    seen: dict[str, Any] = {}

    class Look(TrainerCallback):  # type: ignore[misc, unused-ignore]
        def on_train_begin(self, args: Any, state: Any, control: Any, **others: Any) -> None:
            seen["prompts"] = args.prompts
            seen["columns"] = others["train_dataloader"].dataset.column_names
            seen["anchors"] = set(others["train_dataloader"].dataset["anchor"])

    def watch(examples: Any) -> Any:
        seen["watched"] = examples
        return Look()

    model = live(base)
    model.prompts = {"query": "q: ", "document": "d: "}
    tune(model, SEVERAL, loss="triplet", steps=1, prompts=True, held_out=0.2, watch=watch)
    assert seen["prompts"] == {"anchor": "q: ", "positive": "d: ", "negative": "d: "}
    assert [name for name in seen["columns"] if name in seen["prompts"]] == list(seen["prompts"])
    assert set(seen["watched"].texts[0]) == seen["anchors"]
    assert len(seen["watched"]) == 12


def test_a_watch_that_fails_loses_no_model(base: Path, tmp_path: Path) -> None:
    """The training goes on, the model is saved, and the reason is told."""
    from evenband.train.consistency_callback import ConsistencyCallback

    class Failing(ConsistencyCallback):
        def on_train_begin(self, *args: Any, **others: Any) -> None:
            pass

        def on_log(self, *args: Any, **others: Any) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

    tuned = tune(base, PAIRS, out=tmp_path / "out", steps=3, callbacks=[Failing("negation")])
    assert tuned.steps == 3
    assert (tmp_path / "out/modules.json").is_file()
    assert tuned.watch_failure is not None
    assert tuned.watch_failure.startswith("watching the training failed at step 1: ")
    assert "No space left" in tuned.watch_failure


class Failure:
    """An evaluator that raises what a library would."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __call__(self, *args: Any, **others: Any) -> float:
        raise self.error


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device"),
            RunError,
            "the disk is full; make room; then repeat",
        ),
        (RuntimeError("PytorchStreamWriter failed writing file"), RunError, "the disk is full"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), ModelError, "with a batch of 32; try a"),
        (MemoryError(), ModelError, "out of memory"),
        (KeyError("x"), ModelError, "failed in training: KeyError"),
    ],
)
def test_failures_are_one_line(
    base: Path, tmp_path: Path, error: BaseException, kind: type[Exception], message: str
) -> None:
    """With what to do."""
    with pytest.raises(kind, match=message) as caught:
        tune(base, PAIRS, out=tmp_path / "out", steps=1, evaluators=[Failure(error)])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["model.safetensors", "optimizer.pt"])
def test_a_damaged_checkpoint_is_named(base: Path, tmp_path: Path, name: str) -> None:
    """With what to do, which then helps."""
    from transformers import TrainerCallback

    class Stop(TrainerCallback):  # type: ignore[misc, unused-ignore]
        def on_step_end(self, args: Any, state: Any, control: Any, **others: Any) -> None:
            if state.global_step == 3:
                raise KeyboardInterrupt

    how: dict[str, Any] = {"out": tmp_path / "out", "steps": 4, "every": 1, "batch": 4}
    with pytest.raises(KeyboardInterrupt):
        tune(base, PAIRS, callbacks=[Stop()], **how)
    checkpoint = tmp_path / "out/evenband-training/checkpoints/checkpoint-2"
    content = (checkpoint / name).read_bytes()
    (checkpoint / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(RunError, match=rf"checkpoint-2 is damaged \('{name}'.*remove that folder"):
        tune(base, PAIRS, **how)
    shutil.rmtree(checkpoint)
    assert tune(base, PAIRS, **how).resumed_at == 1


def test_the_gradient_is_named_where_it_is_no_number() -> None:
    """The trainers log a finite loss beside it."""
    from types import SimpleNamespace

    from evenband.train.step_display import StepDisplay

    shown = StepDisplay(None, "model")
    state = SimpleNamespace(global_step=7)
    with pytest.raises(ModelError, match="the gradient is nan at step 7"):
        shown.on_log(None, state, None, logs={"loss": 0.01, "grad_norm": float("nan")})
    with pytest.raises(ModelError, match="the loss is nan at step 7"):
        shown.on_log(None, state, None, logs={"loss": float("nan"), "grad_norm": float("nan")})


def test_the_display_names_step_and_probe_while_a_training_is_watched(base: Path) -> None:
    """Between two steps it says what is measured; with the next step it says the training again."""
    from types import SimpleNamespace

    from evenband.train.step_display import StepDisplay
    from evenband.train.step_watch import StepWatch

    class Shown:
        def watch(self, status: Any) -> None:
            self.status = status

    screen, seen = Shown(), []
    display = StepDisplay(screen, "minilm")
    display.on_train_begin(None, SimpleNamespace(global_step=0, max_steps=8), None)
    display.on_step_end(None, SimpleNamespace(global_step=4), None)

    def hear(stage: str, number: int = 0, of: int = 0) -> None:
        display.hear(stage, number, of)
        seen.append(screen.status().place)

    with stages.heard_by(hear):
        StepWatch("vocative-comma", sample=6).evaluate(live(base), 4)
    assert "minilm: step 4 of 8, measuring vocative-comma: comparing neighbours" in seen
    assert all(line.startswith("minilm: step 4 of 8, ") for line in seen)
    display.on_step_begin(None, None, None)
    assert screen.status().place == "minilm: training"


def test_figures_of_a_watch_reach_other_callbacks_of_the_training(base: Path) -> None:
    """``tune`` gives them to the trainer's log, which its loggers read, at each evaluation."""
    from transformers import TrainerCallback

    from evenband.train import ConsistencyCallback

    seen: list[int] = []

    class Logger(TrainerCallback):  # type: ignore[misc, unused-ignore]
        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **others: Any) -> None:
            seen.extend([state.global_step] if "eval_vocative-comma_phi" in logs else [])

    watch = ConsistencyCallback("vocative-comma", sample=6, every=1)
    tune(base, PAIRS, steps=2, batch=4, callbacks=[watch, Logger()])
    assert seen == [0, 1, 2]
