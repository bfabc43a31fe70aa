"""Fine-tuning small models: resumption, seeds, what is refused, and what is saved."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evenband
import small_models
from evenband.errors import InputError, ModelError
from evenband.train import Tuned, tune
from evenband.train.training_examples import of_rows

pytest.importorskip("sentence_transformers")
pytest.importorskip("datasets")
pytest.importorskip("accelerate")

SETTINGS: dict[str, Any] = {"epochs": 3, "batch": 4, "learning_rate": 1e-3, "every": 2}
PAIRS = [(f"let's eat {a} {b}", f"please {b} the {a}") for a in "abcde" for b in "xyz"]
SCORED = [(a, b, row % 3 / 2) for row, (a, b) in enumerate(PAIRS)]
TRIPLETS = [(a, b, f"stop {a}") for a, b in PAIRS]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model of random weights that has dropout, so that random state matters."""
    folder = tmp_path_factory.mktemp("base")
    return small_models.save(folder, hidden_dropout_prob=0.1, attention_probs_dropout_prob=0.1)


def weights(folder: Path) -> dict[str, Any]:
    from safetensors.numpy import load_file

    return load_file(folder / "model.safetensors")


def same(one: Path, other: Path) -> None:
    """Assert that two folders hold the same weights."""
    first, second = weights(one), weights(other)
    assert first.keys() == second.keys()
    for name, value in first.items():
        np.testing.assert_allclose(second[name], value, atol=1e-6, err_msg=name)


def stopper(step: int) -> Any:
    """A callback that interrupts the training after a step."""
    from transformers import TrainerCallback

    class Stop(TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **others: Any) -> None:
            if state.global_step == step:
                raise KeyboardInterrupt

    return Stop()


@pytest.mark.parametrize(("rows", "stop"), [(PAIRS, 7), (SCORED, 5)])
def test_a_stopped_training_goes_on_to_the_same_weights(
    base: Path, tmp_path: Path, rows: Any, stop: int
) -> None:
    """In another epoch than that of the checkpoint, with dropout, and with half a checkpoint beside it."""
    whole = tune(base, rows, out=tmp_path / "whole", **SETTINGS)
    parts = tmp_path / "parts"
    with pytest.raises(KeyboardInterrupt):
        tune(base, rows, out=parts, callbacks=[stopper(stop)], **SETTINGS)
    (parts / "evenband-training/checkpoints/checkpoint-99").mkdir()
    resumed = tune(base, rows, out=parts, **SETTINGS)
    assert resumed.resumed_at == stop - 1
    assert (resumed.steps, whole.steps) == (12, 12)
    same(whole.out or base, parts)
    name = "embeddings.word_embeddings.weight"
    assert not np.allclose(weights(parts)[name], weights(base)[name])
    assert not (parts / "evenband-training/checkpoints").exists()
    assert dict(resumed.losses)[12] == pytest.approx(dict(whole.losses)[12], abs=1e-6)


KILLED = """
import os, signal, sys
sys.path[:0] = {paths!r}
from transformers import TrainerCallback
from evenband.train.tuning import tune
class Kill(TrainerCallback):
    def on_step_end(self, args, state, control, **others):
        if state.global_step == 7:
            os.kill(os.getpid(), signal.SIGKILL)
tune({base!r}, {rows!r}, out={out!r}, callbacks=[Kill()], **{settings!r})
"""


@pytest.mark.slow
def test_a_killed_training_goes_on_to_the_same_weights(base: Path, tmp_path: Path) -> None:
    """After SIGKILL in a process of its own."""
    whole = tune(base, PAIRS, out=tmp_path / "whole", **SETTINGS)
    out = tmp_path / "killed"
    program = KILLED.format(paths=sys.path, base=str(base), rows=PAIRS, out=str(out), settings=SETTINGS)
    ended = subprocess.run([sys.executable, "-c", program], check=False, env=dict(os.environ))
    assert ended.returncode == -signal.SIGKILL
    assert not (out / "modules.json").exists()
    assert tune(base, PAIRS, out=out, **SETTINGS).resumed_at == 6
    same(whole.out or base, out)


def test_a_finished_training_is_not_done_again(base: Path, tmp_path: Path) -> None:
    """The same command says so; other options or examples are refused by their name."""
    first = tune(base, TRIPLETS, out=tmp_path / "t", loss="triplet", steps=2)
    before = (tmp_path / "t/model.safetensors").stat().st_mtime_ns
    again = tune(base, TRIPLETS, out=tmp_path / "t", loss="triplet", steps=2)
    assert (again.was_finished, again.losses, again.examples) == (True, first.losses, 15)
    assert (tmp_path / "t/model.safetensors").stat().st_mtime_ns == before
    with pytest.raises(InputError, match=r"another steps \(2, now 3\); repeat the command as it was"):
        tune(base, TRIPLETS, out=tmp_path / "t", loss="triplet", steps=3)
    with pytest.raises(InputError, match="another set of examples"):
        tune(base, TRIPLETS[:9], out=tmp_path / "t", loss="triplet", steps=2)
    with pytest.raises(InputError, match="is not empty and holds no training"):
        tune(base, TRIPLETS, out=base, steps=2)


def test_seeds_decide_the_weights_and_nothing_else_random(base: Path) -> None:
    """Equal seeds give equal vectors, others do not; the caller's random state is left as it was."""
    import torch

    def vectors(seed: int) -> Any:
        return tune(base, PAIRS, seed=seed, steps=3, batch=4, learning_rate=1e-3).model.encode(["the king"])

    torch.manual_seed(5)
    state = torch.get_rng_state()
    first = vectors(1)
    assert torch.equal(torch.get_rng_state(), state)
    torch.rand(3)
    np.testing.assert_array_equal(vectors(1), first)
    assert not np.allclose(vectors(2), first, atol=1e-5)


def test_what_was_trained_is_a_model_with_a_card(base: Path, tmp_path: Path) -> None:
    """It loads as any folder, its record does not change its identity, and its card tells what was done."""
    path = tmp_path / "data.csv"
    path.write_text("anchor,positive\n" + "".join(f"{a},{b}\n" for a, b in PAIRS), encoding="utf-8")
    tuned = tune(base, path, out=tmp_path / "out", steps=4, batch=4, held_out=0.2, matryoshka=(8, 16))
    encoder = evenband.load(tmp_path / "out")
    np.testing.assert_allclose(encoder.encode(["the king"]), tuned.model.encode(["the king"]), atol=1e-6)
    card = (tmp_path / "out/README.md").read_text(encoding="utf-8")
    assert "| examples | 12 of data.csv |" in card
    assert "| matryoshka | [8, 16] |" in card
    assert str(tmp_path) not in card
    assert len(tuned.held_out_losses) >= 2
    record = tmp_path / "out/evenband-training/record.json"
    assert json.loads(record.read_text(encoding="utf-8"))["decides"]["loss"] == "infonce"
    record.write_text("{}", encoding="utf-8")
    assert evenband.load(tmp_path / "out").spec.revision == encoder.spec.revision


@pytest.mark.slow
def test_training_lowers_the_loss_on_a_live_model(base: Path) -> None:
    """In place, with gradient checkpointing and in parts of a batch, which change no more than rounding."""
    from sentence_transformers import SentenceTransformer

    settings: dict[str, Any] = {"epochs": 6, "batch": 8, "learning_rate": 2e-3}

    def trained(**others: Any) -> Tuned:
        model = SentenceTransformer(str(base), device="cpu")
        modules: Any = model.modules()
        for module in modules:
            if type(module).__name__ == "Dropout":
                module.p = 0.0
        tuned = tune(model, PAIRS, **settings, **others)
        assert tuned.model is model
        return tuned

    plain = trained()
    assert plain.losses[-1][1] < plain.losses[0][1] - 0.3
    for others in ({"gradient_checkpointing": True}, {"mini_batch": 3}):
        assert dict(trained(**others).losses)[12] == pytest.approx(dict(plain.losses)[12], abs=2e-3)


@pytest.mark.slow
def test_matryoshka_and_lora_train_what_they_say(base: Path, tmp_path: Path, monkeypatch: Any) -> None:
    """Merged adapters leave a folder without PEFT; frozen weights do not move."""
    pytest.importorskip("peft")
    from transformers.integrations import peft as integration

    monkeypatch.setattr(integration, "MIN_PEFT_VERSION", "0.10.0")
    tuned = tune(base, PAIRS, out=tmp_path / "lora", lora=4, steps=6, batch=5, learning_rate=1e-2)
    before, after = weights(base), weights(tmp_path / "lora")
    assert before.keys() == after.keys()
    moved = {name for name in before if not np.allclose(before[name], after[name])}
    assert moved
    assert all(
        name.endswith("weight") and "LayerNorm" not in name and "embeddings" not in name for name in moved
    )
    np.testing.assert_allclose(
        evenband.load(tmp_path / "lora").encode(["the king"]), tuned.model.encode(["the king"]), atol=1e-5
    )


@pytest.mark.parametrize(
    ("rows", "settings", "message"),
    [
        (PAIRS, {"loss": "triplet"}, "mine negatives with --hard-negatives CORPUS, or use --loss infonce"),
        (PAIRS, {"loss": "pairwise"}, "takes scored pairs .*; examples has pairs"),
        (SCORED, {"loss": "infonce"}, "leave --loss out for pairwise"),
        (TRIPLETS, {"loss": "triplet", "temperature": 0.1}, "--temperature is no option of the loss triplet"),
        (PAIRS, {"margin": 0.1}, "--margin is no option of the loss infonce"),
        (PAIRS, {"batch": 1}, "need a batch of 2 or more"),
        ([(a, b, 0.5) for a, b in PAIRS], {}, "all scores of examples are 0.5"),
        (PAIRS, {"loss": "infonse"}, "no loss is called 'infonse'.*infonce"),
        (PAIRS, {"temperature": 0}, "--temperature: got 0, expected a number above 0"),
        (PAIRS, {"matryoshka": (64,)}, "--matryoshka: got 64, expected 32 or less"),
        (PAIRS, {"held_out": 0.01}, "keeps 0 apart"),
        (PAIRS, {"held_out": 1.0}, "--eval: got 1, expected 0 or more, below 1"),
        (PAIRS, {"prompts": True}, "the model has no prompts"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(
    base: Path, tmp_path: Path, rows: Any, settings: dict[str, Any], message: str
) -> None:
    """Before anything is trained or written, so that the corrected call is not refused for this one."""
    with pytest.raises(InputError, match=message):
        tune(base, rows, out=tmp_path / "out", **settings)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_in_use_is_refused_before_the_model_is_loaded(base: Path, tmp_path: Path) -> None:
    """Something else in it, other options or other examples are found without the model."""
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="is not empty and holds no training"):
        tune(tmp_path / "no model", PAIRS, out=tmp_path / "used")
    tune(base, PAIRS, out=tmp_path / "out", steps=1)
    with pytest.raises(InputError, match=r"another steps \(1, now 2\)"):
        tune(tmp_path / "no model", PAIRS, out=tmp_path / "out", steps=2)


def test_short_numbers_compute_and_whole_ones_are_kept(base: Path) -> None:
    """With ``bf16`` the losses are nearly those of float32, not the same, and the weights stay float32."""
    losses = []
    for bf16 in (False, True):
        tuned = tune(base, PAIRS, steps=2, batch=8, bf16=bf16)
        assert {value.dtype.itemsize for value in tuned.model.parameters()} == {4}
        losses.append([loss for _, loss in tuned.losses])
    assert losses[1] == pytest.approx(losses[0], rel=0.05)
    assert losses[1] != losses[0]


def test_rows_that_no_batch_takes_are_said(base: Path) -> None:
    """A batch of InfoNCE takes a text once; an error within the training names the model in one line."""
    same_anchor = [("let's eat", f"please eat {word}") for word in "abcdefgh"]
    tuned = tune(base, same_anchor, batch=4)
    assert tuned.remarks == (
        '"let\'s eat" stands in 8 rows; a batch takes a text once, and an epoch has 2 batches: some rows are '
        "left out of each epoch (a smaller --batch takes more of them)",
    )
    assert tune(base, PAIRS, batch=4).remarks == ()

    class Broken:
        def __call__(self, *args: Any, **others: Any) -> float:
            raise ZeroDivisionError("a broken evaluator")

    with pytest.raises(ModelError, match=r"failed in training: .*a broken evaluator"):
        tune(base, PAIRS, batch=4, evaluators=[Broken()])


def test_models_that_cannot_be_trained_are_refused() -> None:
    """With what can."""
    with pytest.raises(InputError, match="'toy:words' cannot be trained; expected minilm"):
        tune("toy:words", of_rows(PAIRS))
    with pytest.raises(InputError, match="expected a SentenceTransformer or a reference"):
        tune(object(), of_rows(PAIRS))
