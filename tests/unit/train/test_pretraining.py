"""Pretraining: texts, tokenizer, loss, resumption."""

from __future__ import annotations

import json
import math
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from evenband.cli.printing.pretrainings import print_pretrained
from evenband.errors import InputError, ModelError
from evenband.train import causal_models, paced_callback, pretraining, token_blocks
from evenband.train.causal_models import ModelShape
from evenband.train.paced_callback import PacedCallback
from evenband.train.pretraining import pretrain
from evenband.train.pretraining_options import PretrainingOptions
from evenband.train.pretraining_texts import PretrainingTexts, read_texts, split
from evenband.train.training_records import STATE_FILE, TrainingFolder

pytest.importorskip("accelerate")

SHAPE = ModelShape(layers=1, width=16, heads=2, vocabulary=300)
OPTIONS = PretrainingOptions(SHAPE, context=16, batch=4, steps=60, rate=1e-2)
DOCUMENTS = [
    f"the {a} {b} the {c}{d}."
    for a in "abcde"
    for b in ("sees", "eats", "finds")
    for c in "vwxyz"
    for d in ("", " now", " then")
]


@pytest.fixture(scope="module")
def texts() -> PretrainingTexts:
    """Sentences of a tiny language, whose next letter is easy to predict."""
    return split(DOCUMENTS)


@pytest.fixture(scope="module")
def trained(texts: PretrainingTexts, tmp_path_factory: pytest.TempPathFactory) -> pretraining.Pretrained:
    """A training without interruption."""
    return pretrain(texts, tmp_path_factory.mktemp("whole") / "model", OPTIONS)


def weights(folder: Path) -> dict[str, Any]:
    """The saved weights by name."""
    from safetensors.numpy import load_file

    return load_file(folder / "model.safetensors")


def test_held_out_text_is_no_training_text() -> None:
    """Both parts together are the documents, each character once; 5% is held out."""
    parts = split([f"{number:04}" * 50 for number in range(40)], seed=3)
    assert sum(map(len, parts.held)) == 400
    assert sorted("".join(parts.training + parts.held)) == sorted("".join(f"{n:04}" * 50 for n in range(40)))
    whole = split(["".join(chr(1000 + k) for k in range(4000))])
    assert len(whole.held[0]) == 200
    assert not set(whole.held[0]) & set(whole.training[0])


def test_equal_documents_count_once() -> None:
    """The copy of a held-out text would be learned from."""
    parts = split([text for text in DOCUMENTS for _ in range(3)])
    assert parts.digest == split(DOCUMENTS).digest
    assert not set(parts.held[1:]) & set(parts.training)


def test_a_training_that_diverges_is_refused(texts: PretrainingTexts, tmp_path: Path) -> None:
    """No model of numbers that are none is saved as a result."""
    with pytest.raises(ModelError, match=r"diverged: (loss|grad_norm|eval_loss) is (nan|inf)"):
        pretrain(texts, tmp_path / "model", replace(OPTIONS, rate=1e30))
    assert not (tmp_path / "model" / "model.safetensors").exists()


def test_the_seed_decides_the_order_and_the_digest() -> None:
    """Another order holds out other text, and is another training."""
    assert split(DOCUMENTS).digest == split(DOCUMENTS).digest != split(DOCUMENTS, seed=1).digest


def test_texts_come_from_folders_files_and_tables(tmp_path: Path) -> None:
    """A folder of texts, one text file and JSON lines without ids hold the same text."""
    long = ["alpha beta " * 200, "gamma delta " * 200]
    for number, text in enumerate(long):
        (tmp_path / f"{number}.md").write_text(text, encoding="utf-8")
    (tmp_path / "all.rows").mkdir()
    (tmp_path / "all.jsonl").write_text(
        "".join(json.dumps({"text": text}) + "\n" for text in long), encoding="utf-8"
    )
    (tmp_path / "one.txt").write_text("".join(long), encoding="utf-8")
    folder = tmp_path / "texts"
    folder.mkdir()
    for number, text in enumerate(long):
        (folder / f"{number}.txt").write_text(text, encoding="utf-8")
    sizes = {read_texts(path).characters for path in (folder, tmp_path / "all.jsonl")}
    assert sizes == {sum(len(text.strip()) for text in long)}
    assert read_texts(tmp_path / "one.txt").characters == sum(map(len, long))


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"short", "5 characters"), (b"\xff" * 3000, "not UTF-8")],
)
def test_unfit_texts_are_refused(tmp_path: Path, content: bytes, message: str) -> None:
    """Too little text, and a file that is not UTF-8."""
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_texts(path)


@pytest.mark.parametrize(
    ("changes", "name"),
    [({"width": 10}, "width"), ({"vocabulary": 100}, "vocabulary"), ({"layers": 0}, "layers")],
)
def test_impossible_shapes_are_refused(changes: dict[str, int], name: str) -> None:
    """The message names the option."""
    with pytest.raises(InputError, match=f"--{name}"):
        replace(SHAPE, **changes)


def test_the_tokenizer_writes_any_text() -> None:
    """Byte-level tokens give back what they were made of, signs that it never saw included."""
    tokenizer = causal_models.train_tokenizer(DOCUMENTS, 270, 16)
    assert len(tokenizer) == 270
    for text in ("the a sees", "Größe 1,000 漢字 🙂", "  two  spaces\n"):
        assert tokenizer.decode(tokenizer(text)["input_ids"]) == text


def test_every_text_ends_with_the_end_token() -> None:
    """Blocks are cut out of one row of tokens; no token is lost before the last block."""
    tokenizer = causal_models.train_tokenizer(DOCUMENTS, 300, 16)
    tokens = token_blocks.encode(["the a", "b"], tokenizer)
    assert list(tokens == tokenizer.eos_token_id).count(True) == 2
    assert tokens[-1] == tokenizer.eos_token_id
    row = np.arange(37)
    assert np.array_equal(token_blocks.cut(row, 10).ravel(), row[:30])
    assert token_blocks.cut(row, 50).shape == (1, 37)


def test_unigram_loss_is_the_cross_entropy_of_frequencies() -> None:
    """Worked by hand: counts 3 and 1, each one more, of two tokens."""
    loss = token_blocks.unigram_loss(np.array([0, 0, 0, 1]), np.array([0, 1]), 2)
    assert loss == pytest.approx(-(math.log(4 / 6) + math.log(2 / 6)) / 2)
    assert token_blocks.bits_per_byte(math.log(2), 3, ["abc"]) == pytest.approx(1.0)


def test_the_loss_falls_below_frequencies_and_is_that_of_the_saved_model(
    trained: pretraining.Pretrained, texts: PretrainingTexts
) -> None:
    """The held-out loss is what transformers computes with the saved files, averaged by hand over tokens."""
    import torch
    from transformers import AutoModelForCausalLM

    assert trained.first_loss == pytest.approx(math.log(300), abs=0.2)
    assert trained.held_loss < trained.unigram_loss < trained.first_loss
    tokenizer = causal_models.load_tokenizer(trained.folder)
    model = AutoModelForCausalLM.from_pretrained(trained.folder)
    held = torch.from_numpy(token_blocks.cut(token_blocks.encode(texts.held, tokenizer), 16))
    with torch.no_grad():
        scores = model(held).logits[:, :-1].log_softmax(-1)
    picked = scores.gather(-1, held[:, 1:, None])
    assert trained.held_loss == pytest.approx(-picked.mean().item(), abs=1e-4)


def test_a_finished_training_is_not_repeated(
    trained: pretraining.Pretrained, texts: PretrainingTexts
) -> None:
    """The same command gives the same figures and leaves the files alone."""
    before = (trained.folder / "model.safetensors").stat().st_mtime_ns
    assert pretrain(texts, trained.folder, OPTIONS) == trained
    assert (trained.folder / "model.safetensors").stat().st_mtime_ns == before
    assert not TrainingFolder(trained.folder).checkpoints.exists()


@pytest.mark.parametrize(
    ("changes", "name"),
    [({"batch": 8}, r"batch \(4, now 8\)"), ({"seed": 1}, "seed"), ({"steps": 31}, "steps")],
)
def test_another_training_in_the_folder_is_refused(
    trained: pretraining.Pretrained, texts: PretrainingTexts, changes: dict[str, Any], name: str
) -> None:
    """The field that differs is named."""
    with pytest.raises(InputError, match=name):
        pretrain(texts, trained.folder, replace(OPTIONS, **changes))
    with pytest.raises(InputError, match=r"another text \(texts, now fewer.txt\)"):
        pretrain(split(DOCUMENTS[1:], source="fewer.txt"), trained.folder, OPTIONS)


def test_a_refused_option_leaves_no_record(texts: PretrainingTexts, tmp_path: Path) -> None:
    """So the corrected command is not refused as another training."""
    with pytest.raises(InputError, match="give more text or a shorter context"):
        pretrain(texts, tmp_path / "model", replace(OPTIONS, context=100_000))
    assert not (tmp_path / "model").exists()
    assert pretrain(texts, tmp_path / "model", replace(OPTIONS, steps=1)).steps == 1


def test_numbers_out_of_range_are_told() -> None:
    """With what was given."""
    with pytest.raises(InputError, match="--context: got 1, expected 2 or more"):
        PretrainingOptions(context=1)
    with pytest.raises(InputError, match="--steps: got 0, expected 1 or more"):
        PretrainingOptions(steps=0)


def test_the_column_of_the_texts_can_be_named(tmp_path: Path) -> None:
    """Of a table; files of text have none."""
    rows = [{"question": "why? " * 100, "answer": f"because of {number}. " * 100} for number in range(9)]
    path = tmp_path / "pairs.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with pytest.raises(InputError, match="name the column of the texts with --text"):
        read_texts(path)
    read = read_texts(path, text_columns=("answer",))
    assert read.source == str(path)
    assert not any("why" in text for text in (*read.training, *read.held))
    plain = tmp_path / "a.txt"
    plain.write_text("some text " * 500, encoding="utf-8")
    for one in (plain, tmp_path / "folder"):
        (tmp_path / "folder").mkdir(exist_ok=True)
        (tmp_path / "folder" / "b.txt").write_text("some text " * 500, encoding="utf-8")
        with pytest.raises(InputError, match=r"--text: got answer, but .* has no columns"):
            read_texts(one, text_columns=("answer",))


def test_losses_are_printed_with_their_units(
    trained: pretraining.Pretrained, capsys: pytest.CaptureFixture[str]
) -> None:
    """The untrained loss stands with the unit that it has."""
    print_pretrained(trained, as_json=False)
    assert (
        f"held-out loss: {trained.held_loss:.3f} nats a token (untrained {trained.first_loss:.3f}), "
        f"{trained.bits_per_byte:.3f} bits a byte\n" in capsys.readouterr().out
    )


def test_a_folder_with_something_else_is_refused(texts: PretrainingTexts, tmp_path: Path) -> None:
    """Nothing of the user's is written over."""
    (tmp_path / "diary.txt").write_text("dear diary", encoding="utf-8")
    with pytest.raises(InputError, match="not empty"):
        pretrain(texts, tmp_path, OPTIONS)


def test_an_interrupted_training_ends_with_the_same_weights(
    trained: pretraining.Pretrained,
    texts: PretrainingTexts,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Broken off after 13 steps, with a half-written checkpoint beside, it goes on to the same model."""
    folder = tmp_path / "model"

    def stop(self: PacedCallback, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if state.global_step == 13:
            raise KeyboardInterrupt

    monkeypatch.setattr(PacedCallback, "on_step_begin", stop, raising=False)
    with pytest.raises(KeyboardInterrupt):
        pretrain(texts, folder, OPTIONS, save_seconds=0.0)
    kept = TrainingFolder(folder)
    (kept.checkpoints / "checkpoint-99").mkdir()
    monkeypatch.undo()
    last = kept.last_checkpoint()
    assert last is not None
    assert last.name == "checkpoint-13"
    assert paced_callback.seconds_behind(last) > 0
    again = pretrain(texts, folder, OPTIONS, save_seconds=0.0)
    assert again.steps == OPTIONS.steps
    assert again.first_loss == trained.first_loss
    for name, value in weights(trained.folder).items():
        np.testing.assert_allclose(weights(folder)[name], value, atol=1e-6)


def test_a_base_goes_on_where_it_stopped(
    trained: pretraining.Pretrained, texts: PretrainingTexts, tmp_path: Path
) -> None:
    """With --base the first loss is the last one of the base, and tokens keep their numbers."""
    options = PretrainingOptions(base=str(trained.folder), context=16, batch=4, steps=2)
    result = pretrain(texts, tmp_path / "on", options)
    assert result.first_loss == pytest.approx(trained.held_loss, abs=1e-4)
    tokenizers = [causal_models.load_tokenizer(folder) for folder in (trained.folder, tmp_path / "on")]
    assert tokenizers[0].get_vocab() == tokenizers[1].get_vocab()


def test_a_base_of_other_weights_is_another_training(
    texts: PretrainingTexts, trained: pretraining.Pretrained, tmp_path: Path
) -> None:
    """The files of a base decide, not its name; one whose tokenizer has no end token is refused."""
    base = tmp_path / "base"
    shutil.copytree(trained.folder, base)
    options = PretrainingOptions(base=str(base), context=16, batch=4, steps=1)
    pretrain(texts, tmp_path / "on", options)
    changed = {name: array * 2 for name, array in weights(base).items()}
    save_file(changed, base / "model.safetensors", {"format": "pt"})
    with pytest.raises(InputError, match=r"another base files \(.*base: its content has changed\)"):
        pretrain(texts, tmp_path / "on", options)
    settings = json.loads((base / "tokenizer_config.json").read_text("utf-8"))
    del settings["eos_token"]
    (base / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    with pytest.raises(InputError, match="has no end token"):
        pretrain(texts, tmp_path / "none", options)


def test_minutes_end_a_training_with_a_rate_of_zero() -> None:
    """The learning rate follows the clock where that is faster than the steps, also after a kill."""
    half = PacedCallback(steps=1000, minutes=1.0, save_seconds=60, spent=30.0)
    assert half.rate(0) == pytest.approx(0.5 / 0.95, abs=0.01)
    over = PacedCallback(steps=1000, minutes=1.0, save_seconds=60, spent=61.0)
    assert over.progress(1) == 1.0
    assert over.rate(1) == pytest.approx(0.001)
    stepped = PacedCallback(steps=100, minutes=None, save_seconds=60)
    rates = [stepped.rate(step) for step in range(100)]
    assert max(rates) == pytest.approx(1.0)
    assert np.argmax(rates) == 4
    assert rates[-1] == pytest.approx(0.01)


@pytest.mark.slow
def test_a_killed_command_goes_on(tmp_path: Path) -> None:
    """kill -9 in the middle, then the same command again: the weights of an uninterrupted run."""
    (tmp_path / "all.txt").write_text(" ".join(DOCUMENTS * 10), encoding="utf-8")
    shape = [f"--{key}={value}" for key, value in vars(SHAPE).items()]
    command = [sys.executable, "-m", "evenband", "train", "pretrain", str(tmp_path / "all.txt"), *shape]
    command += ["--steps=250", "--context=16", "--batch=4", "-q"]
    script = (
        "import evenband.train.pretraining as p, evenband.cli as c, sys; "
        "p.pretrain.__defaults__ = (None, 0.2); sys.argv[1:] = sys.argv[1:]; c.main()"
    )
    killed = [sys.executable, "-c", script, *command[3:], "-o", str(tmp_path / "killed")]
    process = subprocess.Popen(killed, stdout=subprocess.DEVNULL)
    states = TrainingFolder(tmp_path / "killed").checkpoints
    for _ in range(600):  # to ask for the last checkpoint would remove one that is being written
        if list(states.glob(f"checkpoint-*/{STATE_FILE}")):
            break
        time.sleep(0.1)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "killed" / "model.safetensors").exists()
    subprocess.run([*command, "-o", str(tmp_path / "killed")], check=True)
    pretrain(
        tmp_path / "all.txt", tmp_path / "whole", PretrainingOptions(SHAPE, context=16, batch=4, steps=250)
    )
    for name, value in weights(tmp_path / "whole").items():
        np.testing.assert_allclose(weights(tmp_path / "killed")[name], value, atol=1e-5)
