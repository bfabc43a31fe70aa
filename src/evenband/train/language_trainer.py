"""The pretraining itself: transformers' Trainer on blocks of tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenband import stages
from evenband.encoders.local.failures import one_line
from evenband.train import token_blocks
from evenband.train.paced_callback import PacedCallback, seconds_behind
from evenband.train.token_blocks import TokenBlocks
from evenband.train.training_records import CHECKPOINTS_KEPT, TrainingFolder

if TYPE_CHECKING:
    from transformers import PreTrainedModel, Trainer, TrainingArguments

    from evenband.train.pretraining_options import PretrainingOptions

WEIGHT_DECAY = 0.1
BETAS = (0.9, 0.95)
LOGGED_EVERY = 10


def train_language_model(
    model: PreTrainedModel,
    blocks: tuple[TokenBlocks, TokenBlocks],
    kept: TrainingFolder,
    options: PretrainingOptions,
    save_seconds: float,
) -> dict[str, Any]:
    """Train a model in place, from its last checkpoint on if there is one; return the figures.

    Args:
        model: as it is before training.
        blocks: to train on, and to measure the loss on.
        kept: folder of the training, with its checkpoints.
        options: how to train.
        save_seconds: time between two checkpoints.
    """
    training, held = blocks
    steps = options.steps or -(-len(training) // options.batch)
    last = kept.last_checkpoint()
    pace = PacedCallback(steps, options.minutes, save_seconds, seconds_behind(last) if last else 0.0)
    trainer = _trainer(model, training, held, _arguments(kept.checkpoints, options, steps), pace)
    with one_line(str(kept.folder), "while it was trained"):
        trainer.train(resume_from_checkpoint=str(last) if last else None)
    seconds = pace.seconds
    stages.enter("measuring the held-out loss")
    loss = float(trainer.evaluate()["eval_loss"])
    done = int(trainer.state.global_step)
    curve = {name: _curve(trainer.state.log_history, key) for name, key in _LOGGED.items()}
    return {
        "parameters": sum(weight.numel() for weight in model.parameters()),
        "steps": done,
        "tokens": done * options.batch * training.blocks.shape[1],
        "held_loss": loss,
        "first_loss": curve["held"][0][1],
        "unigram_loss": _unigram(training, held, model),
        "curve": curve,
        "seconds": seconds,
    }


_LOGGED = {"training": "loss", "held": "eval_loss"}
"""Names of the trainer's figures."""


def _curve(log: Sequence[Mapping[str, Any]], key: str) -> list[tuple[int, float]]:
    """Return step and value of one figure, a step once."""
    return sorted({int(row["step"]): float(row[key]) for row in log if key in row}.items())


def _unigram(training: TokenBlocks, held: TokenBlocks, model: PreTrainedModel) -> float:
    size = int(model.config.vocab_size)
    return token_blocks.unigram_loss(training.blocks.ravel(), held.blocks.ravel(), size)


def _arguments(checkpoints: Path, options: PretrainingOptions, steps: int) -> TrainingArguments:
    import torch
    from transformers import TrainingArguments

    has_gpu = torch.cuda.is_available()
    return TrainingArguments(
        output_dir=str(checkpoints),
        max_steps=steps,
        per_device_train_batch_size=options.batch,
        per_device_eval_batch_size=options.batch,
        learning_rate=options.largest_rate,
        weight_decay=WEIGHT_DECAY,
        adam_beta1=BETAS[0],
        adam_beta2=BETAS[1],
        max_grad_norm=1.0,
        bf16=options.bf16,
        seed=options.seed,
        use_cpu=not has_gpu,
        dataloader_pin_memory=has_gpu,
        save_strategy="no",  # the callback asks for checkpoints
        save_total_limit=CHECKPOINTS_KEPT,
        eval_strategy="no",
        eval_on_start=True,
        prediction_loss_only=True,
        logging_steps=LOGGED_EVERY,
        logging_first_step=True,
        logging_nan_inf_filter=False,  # a loss that is no number ends the training
        report_to="none",
        disable_tqdm=True,
    )


def _trainer(
    model: PreTrainedModel,
    training: TokenBlocks,
    held: TokenBlocks,
    arguments: TrainingArguments,
    pace: PacedCallback,
) -> Trainer:
    """Return a trainer whose learning rate follows the callback's clock, and that prints nothing."""
    from torch.optim.lr_scheduler import LambdaLR
    from transformers import PrinterCallback, Trainer

    make: Any = Trainer
    trainer: Trainer = make(model, arguments, train_dataset=training, eval_dataset=held, callbacks=[pace])
    trainer.remove_callback(PrinterCallback)
    optimiser = trainer.create_optimizer()
    trainer.lr_scheduler = LambdaLR(optimiser, pace.rate)
    return trainer
