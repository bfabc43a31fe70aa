"""Pretraining: a language model that predicts the next token, from random weights or a base model."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from evenband import stages
from evenband.encoders.local.folders import digest_folder
from evenband.encoders.local.loading import quiet
from evenband.storage import scratch_folder
from evenband.train import causal_models
from evenband.train.pretraining_options import PretrainingOptions
from evenband.train.pretraining_texts import PretrainingTexts, read_texts
from evenband.train.token_blocks import bits_per_byte, blocks_of, encode
from evenband.train.training_libraries import LANGUAGE_LIBRARIES, check_libraries
from evenband.train.training_records import TrainingFolder

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

TOKENIZER = "tokenizer"
"""Folder of the tokenizer beside the record of a training."""

SAVE_SECONDS = 60.0


@dataclass(frozen=True)
class Pretrained:
    """What a pretraining did.

    Attributes:
        folder: of the model.
        parameters: number of weights.
        steps: of the optimiser.
        tokens: read, repetitions included.
        held_loss: mean loss on held-out text, nats a token.
        first_loss: the same before training.
        unigram_loss: the same of knowing only how frequent tokens are.
        bits_per_byte: held-out loss per byte of text.
        curve: step and training loss, then step and held-out loss, as the trainer logged them.
        seconds: of training.
        cpu_seconds: of this process, since the last start.
    """

    folder: Path
    parameters: int
    steps: int
    tokens: int
    held_loss: float
    first_loss: float
    unigram_loss: float
    bits_per_byte: float
    curve: Mapping[str, list[tuple[int, float]]]
    seconds: float
    cpu_seconds: float


def pretrain(
    texts: Path | str | PretrainingTexts,
    folder: Path | str,
    options: PretrainingOptions | None = None,
    save_seconds: float = SAVE_SECONDS,
) -> Pretrained:
    """Pretrain a causal language model and save it as transformers does.

    A training that was killed goes on from its last checkpoint when it is called again.

    Args:
        texts: a folder of texts, a file, or texts that are read already.
        folder: where the model goes.
        options: how to train.
        save_seconds: time between two checkpoints.

    Raises:
        InputError: for texts or options that do not fit, or a folder of another training or anything else.
        MissingExtraError: if the libraries are not installed.
    """
    check_libraries(LANGUAGE_LIBRARIES)
    options, out = options or PretrainingOptions(), Path(folder).expanduser()
    stages.enter("reading the texts")
    if not isinstance(texts, PretrainingTexts):
        texts = read_texts(Path(texts).expanduser(), options.seed)
    kept = TrainingFolder(out)
    base = causal_models.find_base(options.base) if options.base else None
    decides = {"task": "pretrain", "text": texts.digest, **options.identity()}
    decides |= {} if base is None else {"base_files": digest_folder(base)}
    about = {"source": texts.source}
    results = kept.look(decides, about)
    if results is not None:
        return _finished(out, results)
    started = time.process_time()
    with quiet(), kept.held():
        from evenband.train.language_trainer import train_language_model

        model, tokenizer = _prepare(texts, kept, options, base)
        blocks = blocks_of(texts, tokenizer, options.context)
        kept.begin(decides, about)  # from here on, the folder holds this training
        _keep_tokenizer(tokenizer, kept, base)
        figures = train_language_model(model, blocks, kept, options, save_seconds)
        size = encode(texts.held, tokenizer).size
        figures["bits_per_byte"] = bits_per_byte(figures["held_loss"], size, texts.held)
        model.config.use_cache = True
        model.save_pretrained(str(out))
        tokenizer.save_pretrained(str(out))
        figures["cpu_seconds"] = time.process_time() - started
        kept.finish(figures)
    return _finished(out, figures)


def _finished(folder: Path, figures: Mapping[str, Any]) -> Pretrained:
    """Return the result of a finished training, from its record too."""
    curve = {name: [(int(step), loss) for step, loss in rows] for name, rows in figures["curve"].items()}
    return Pretrained(folder=folder, **{**figures, "curve": curve})


def _prepare(
    texts: PretrainingTexts, kept: TrainingFolder, options: PretrainingOptions, base: Path | None
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Return the model as it is before training, and its tokenizer: the base's, a kept or a new one."""
    import torch

    if base is not None:
        stages.enter(f"loading {options.base}")
        return causal_models.load_base(base)
    if (kept.folder / TOKENIZER).is_dir():
        tokenizer = causal_models.load_tokenizer(kept.folder / TOKENIZER)
    else:
        stages.enter("training the tokenizer")
        trained = causal_models.train_tokenizer(texts.training, options.shape.vocabulary, options.context)
        with TemporaryDirectory() as scratch:
            trained.save_pretrained(scratch)
            tokenizer = causal_models.load_tokenizer(Path(scratch))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(options.seed)
        return causal_models.build_model(options.shape, tokenizer), tokenizer


def _keep_tokenizer(tokenizer: PreTrainedTokenizerBase, kept: TrainingFolder, base: Path | None) -> None:
    """Keep a new tokenizer beside the record: a training that goes on must have the same tokens."""
    folder = kept.folder / TOKENIZER
    if base is None and not folder.is_dir():
        with scratch_folder(kept.folder) as scratch:
            tokenizer.save_pretrained(str(scratch / TOKENIZER))
            (scratch / TOKENIZER).rename(folder)
