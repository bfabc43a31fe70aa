"""Training of rerankers (cross-encoders), on the trainer and the losses of sentence-transformers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenband import encoders
from evenband.encoders.references import Settings, parse
from evenband.encoders.trainable import Trainable, live_trainable, open_trainable_reranker
from evenband.errors import InputError
from evenband.train.kept_apart import divide
from evenband.train.random_states import seeded
from evenband.train.training_examples import Examples
from evenband.train.training_libraries import CONTRASTIVE_LIBRARIES, check_libraries
from evenband.train.training_starts import TrainingStart, set_up
from evenband.train.tuned_models import Tuned, ended, finished
from evenband.train.tuning import as_examples
from evenband.train.tuning_options import TuningOptions, options_of
from evenband.types import Progress

if TYPE_CHECKING:
    from evenband.train.trainer_runs import Trained

UNFIT = ("temperature", "margin", "mini_batch", "matryoshka", "lora", "prompts", "loss")
"""Options of an embedding model's training that a reranker's does not have."""

BINARY, IN_BATCH = "binary cross-entropy", "in-batch negatives"
"""The losses: of scores, and of pairs whose batch gives the negatives."""


def tune_reranker(
    model: Any,
    examples: Examples | Path | str | Sequence[Sequence[str | float]],
    options: TuningOptions | None = None,
    *,
    out: Path | str | None = None,
    evaluators: Sequence[Any] = (),
    callbacks: Sequence[Any] = (),
    trust_remote_code: bool = False,
    progress: Progress | None = None,
    **settings: Any,
) -> Tuned:
    """Train a reranker, or make one of an embedding model's network with a new head for scores.

    Scored pairs and triplets are learned by binary cross-entropy (a positive is 1, a negative 0); pairs
    alone by ``MultipleNegativesRankingLoss``, which takes other positives of the batch as negatives.

    Args:
        model: a reference, or a live ``CrossEncoder``, which is trained in place.
        examples: as for :func:`~evenband.train.tune`.
        options: likewise; those of vectors do not apply.
        out: likewise.
        evaluators: likewise.
        callbacks: likewise.
        trust_remote_code: likewise.
        progress: likewise.
        settings: likewise.

    Raises:
        InputError: as for :func:`~evenband.train.tune`.
        ModelError: likewise.
        MissingExtraError: likewise.
    """
    check_libraries(CONTRASTIVE_LIBRARIES)
    data = as_examples(examples)
    chosen = options_of(options, settings)
    _check(chosen, data)
    decides = {**chosen.to_dict(), "loss": IN_BATCH if data.kind == "pairs" else BINARY}
    with seeded(chosen.seed):
        start = set_up("rerank", (model, data), decides, out, _open, trust_remote_code)
    if start.folder is not None and start.results is not None:
        opener = open_trainable_reranker
        return finished(start.folder, start.results, data.remarks, opener, trust_remote_code)
    with start.held():
        trained, seen = _train(start, data, chosen, (evaluators, callbacks), progress)
        results = {**asdict(trained), "examples": seen, "loss": decides["loss"]}
        return ended(start.model, start.folder, results, data.remarks)


def scored_pairs(data: Examples) -> Examples:
    """Return triplets as scored pairs: 1 for each positive, each once, and 0 for each negative."""
    if data.kind != "triplets":
        return data
    anchors, positives, *negatives = data.texts
    rows: dict[tuple[str, str], float] = {}
    for column, score in ((positives, 1.0), *((column, 0.0) for column in negatives)):
        for pair in zip(anchors, column, strict=True):
            rows.setdefault(pair, score)
    texts = tuple(tuple(pair[side] for pair in rows) for side in (0, 1))
    return Examples("scored", texts, tuple(rows.values()), source=data.source, remarks=data.remarks)


def _check(options: TuningOptions, data: Examples) -> None:
    """Refuse options that a reranker's training does not have, and pairs without a batch.

    Raises:
        InputError: naming the option.
    """
    usual = TuningOptions()
    for name in UNFIT:
        if getattr(options, name) != getattr(usual, name):
            raise InputError(f"{name.replace('_', ' ')} is no option of a reranker's training; leave it out")
    if data.kind == "pairs" and (options.batch < 2 or len(data) < 2):
        raise InputError(
            "pairs take the negatives from their batch, so that it needs 2 or more; got a batch of "
            f"{options.batch} and {len(data)} examples"
        )


def _open(model: Any, trust_remote_code: bool) -> Trainable:
    """Return the reranker to train and what pins its weights."""
    if isinstance(model, (str, Path)):
        reference = parse(str(model), encoders.REGISTRY)
        return open_trainable_reranker(reference, Settings(trust_remote_code=trust_remote_code))
    from sentence_transformers import CrossEncoder

    if not isinstance(model, CrossEncoder):
        raise InputError(f"got {encoders.type_of(model)}, expected a CrossEncoder or a reference")
    return live_trainable(model)


def _train(
    start: TrainingStart,
    data: Examples,
    options: TuningOptions,
    listeners: tuple[Sequence[Any], Sequence[Any]],
    progress: Progress | None,
) -> tuple[Trained, int]:
    """Train a reranker in place; returns what was done, and the number of examples that were trained on."""
    from sentence_transformers.base.sampler import BatchSamplers
    from sentence_transformers.cross_encoder import (
        CrossEncoderTrainer,
        CrossEncoderTrainingArguments,
        losses,
    )

    from evenband.train import trainer_runs

    model = start.model
    rows, apart = divide(data, options.held_out, options.seed)
    train, held_out = scored_pairs(rows), None if apart is None else scored_pairs(apart)
    if train.kind == "pairs":
        loss: Any = losses.MultipleNegativesRankingLoss(model, num_negatives=min(4, options.batch - 1))
        sampler = BatchSamplers.NO_DUPLICATES
    else:
        loss, sampler = losses.BinaryCrossEntropyLoss(model), BatchSamplers.BATCH_SAMPLER
    with seeded(options.seed):
        work = trainer_runs.Work(
            CrossEncoderTrainer,
            CrossEncoderTrainingArguments,
            model,
            loss,
            train,
            held_out,
            {"batch_sampler": sampler},
            start.name,
            *listeners,
        )
        start.begin()
        trained = trainer_runs.perform(work, options, start.folder, progress)
    model.eval()
    return trained, len(train)
