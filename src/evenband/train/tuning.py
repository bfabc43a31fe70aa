"""Contrastive fine-tuning of embedding models, on the trainer and the losses of sentence-transformers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenband import encoders
from evenband.encoders.references import Settings, parse
from evenband.encoders.trainable import Trainable, live_trainable, open_trainable
from evenband.errors import MOST_SHOWN, InputError
from evenband.train.example_files import read_examples
from evenband.train.hard_negatives import MINED_FILE, HardNegatives
from evenband.train.kept_apart import divide
from evenband.train.random_states import seeded
from evenband.train.training_examples import Examples, of_rows
from evenband.train.training_libraries import CONTRASTIVE_LIBRARIES, check_libraries
from evenband.train.training_starts import TrainingStart, set_up
from evenband.train.tuned_models import Tuned, ended, finished
from evenband.train.tuning_options import TuningOptions, options_of
from evenband.types import Progress
from evenband.wording import counted

if TYPE_CHECKING:
    from evenband.train.guarded_watch import GuardedWatch
    from evenband.train.trainer_runs import Trained


def tune(
    model: Any,
    examples: Examples | Path | str | Sequence[Sequence[str | float]],
    options: TuningOptions | None = None,
    *,
    out: Path | str | None = None,
    evaluators: Sequence[Any] = (),
    callbacks: Sequence[Any] = (),
    hard_negatives: HardNegatives | None = None,
    before: Callable[[Any], None] | None = None,
    watch: Callable[[Examples], Any] | None = None,
    trust_remote_code: bool = False,
    progress: Progress | None = None,
    **settings: Any,
) -> Tuned:
    """Fine-tune an embedding model on pairs, triplets or scored pairs.

    A training that was stopped goes on from its last checkpoint when the same call is repeated, and ends with
    the weights that it would have had without the stop.

    Args:
        model: a reference (``minilm``, ``mpnet``, a folder, a Hugging Face id), or a live
            ``SentenceTransformer``, which is trained in place.
        examples: see :class:`~evenband.train.Examples`; or a file of them, or rows of (anchor, positive).
        options: how; or given by name, such as ``loss="triplet", epochs=3``.
        out: folder to save the model in, as sentence-transformers does; nothing is written without one.
        evaluators: evaluators of sentence-transformers, such as ``evenband.train.ConsistencyEvaluator``.
        callbacks: callbacks of transformers.
        hard_negatives: texts from which each pair gets negatives, mined with the model as it begins.
        before: called with the model before it is trained.
        watch: called with the examples that are trained on (with mined negatives, without those that are
            kept apart); returns a callback such as ``evenband.train.ConsistencyCallback``. Where that fails,
            the training goes on, and ``watch_failure`` of the result says why.
        trust_remote_code: run code that comes with the model.
        progress: display.
        settings: fields of :class:`~evenband.train.TuningOptions`, in place of ``options``.

    Raises:
        InputError: if options, examples and model do not fit, or the folder holds something else.
        ModelError: if the model cannot be loaded or trained.
        MissingExtraError: if the libraries of the extra ``train`` are not installed.
    """
    check_libraries(CONTRASTIVE_LIBRARIES)
    data = as_examples(examples)
    chosen = options_of(options, settings).resolved(
        data if hard_negatives is None else hard_negatives.placeholder(data)
    )
    mining = None if hard_negatives is None else hard_negatives.to_dict()
    decides = {**chosen.to_dict(), "hard_negatives": mining}
    start = set_up("tune", (model, data), decides, out, open_to_tune, trust_remote_code)
    if start.folder is not None and start.results is not None:
        return finished(start.folder, start.results, data.remarks, open_trainable, trust_remote_code)
    if before is not None:
        before(start.model)
    if hard_negatives is not None:
        data = hard_negatives.mine(start.model, data, chosen, start.folder)
    parts = divide(data, chosen.held_out, chosen.seed)
    heard, guards = _guarded([*callbacks, *([] if watch is None else [watch(parts[0])])])
    mined = {} if hard_negatives is None else {MINED_FILE: list(zip(*data.texts, strict=True))}
    with start.held():
        trained, seen = _train(start, parts, chosen, (evaluators, heard), progress, mined)
        results = {**asdict(trained), "examples": seen, "loss": chosen.loss}
        tuned = ended(start.model, start.folder, results, (*data.remarks, *_repetitions(data, chosen)))
    failures = [guard.failure for guard in guards if guard.failure is not None]
    return replace(tuned, watch_failure="; ".join(failures)) if failures else tuned


def _guarded(callbacks: Sequence[Any]) -> tuple[list[Any], list[GuardedWatch]]:
    """Return callbacks, those that watch in a guard, and the guards."""
    from evenband.train.consistency_callback import ConsistencyCallback
    from evenband.train.guarded_watch import GuardedWatch

    heard = [GuardedWatch(one) if isinstance(one, ConsistencyCallback) else one for one in callbacks]
    return heard, [one for one in heard if isinstance(one, GuardedWatch)]


def _repetitions(data: Examples, options: TuningOptions) -> tuple[str, ...]:
    """Return a remark on a text in more rows than an epoch has batches, each of which takes one of them."""
    if options.loss != "infonce":
        return ()
    counts = Counter(text for row in zip(*data.texts, strict=True) for text in set(row))
    [(text, count)] = counts.most_common(1)
    batches = -(-len(data) // options.batch)
    if count <= batches:
        return ()
    return (
        f"{text[:MOST_SHOWN]!r} stands in {count:,} rows; a batch takes a text once, and an epoch has "
        f"{counted(batches, 'batch', 'batches')}: some rows are left out of each epoch (a smaller --batch "
        "takes more of them)",
    )


def as_examples(examples: Examples | Path | str | Sequence[Sequence[str | float]]) -> Examples:
    """Return examples as they are, read from a file, or made of rows.

    Raises:
        InputError: if they cannot be read or used.
    """
    if isinstance(examples, Examples):
        return examples
    return read_examples(examples) if isinstance(examples, (Path, str)) else of_rows(examples)


def _train(
    start: TrainingStart,
    parts: tuple[Examples, Examples | None],
    options: TuningOptions,
    listeners: tuple[Sequence[Any], Sequence[Any]],
    progress: Progress | None,
    files: Mapping[str, Any],
) -> tuple[Trained, int]:
    """Train a model in place; returns what was done, and the number of examples that were trained on.

    The record is written once nothing can be refused any more, and the files with it.
    """
    from sentence_transformers import SentenceTransformerTrainer, SentenceTransformerTrainingArguments
    from sentence_transformers.base.sampler import BatchSamplers

    from evenband.train import trainer_runs
    from evenband.train.contrastive_losses import loss_of
    from evenband.train.low_rank import add_adapters, merge_adapters

    model, (train, held_out) = start.model, parts
    if options.loss == "triplet":
        train, held_out = train.one_negative_each(), held_out and held_out.one_negative_each()
    sampler = BatchSamplers.NO_DUPLICATES if options.loss == "infonce" else BatchSamplers.BATCH_SAMPLER
    with seeded(options.seed):
        if options.lora is not None:
            add_adapters(model, options.lora, start.name)
        extra = {"batch_sampler": sampler, "prompts": _prompts(model, train) if options.prompts else None}
        work = trainer_runs.Work(
            SentenceTransformerTrainer,
            SentenceTransformerTrainingArguments,
            model,
            loss_of(model, options),
            train,
            held_out,
            extra,
            start.name,
            *listeners,
        )
        start.begin(files)
        trained = trainer_runs.perform(work, options, start.folder, progress)
        if options.lora is not None:
            merge_adapters(model)
    model.eval()
    return trained, len(train)


def _prompts(model: Any, data: Examples) -> dict[str, str]:
    """Return the prompt of each column of texts.

    Raises:
        InputError: if the model has no prompts for queries and documents.
    """
    query = model.prompts.get("query") or ""
    document = model.prompts.get("document") or model.prompts.get("passage") or ""
    if not query and not document:
        raise InputError("--prompts: the model has no prompts for queries or documents; leave it out")
    names = data.names[: len(data.texts)]
    return {name: query if place == 0 else document for place, name in enumerate(names)}


def open_to_tune(model: Any, trust_remote_code: bool) -> Trainable:
    """Return the model to train and what pins its weights.

    Raises:
        InputError: if it is neither a live ``SentenceTransformer`` nor the reference of such a model.
        ModelError: if it cannot be loaded.
    """
    if isinstance(model, (str, Path)):
        reference = parse(str(model), encoders.REGISTRY)
        return open_trainable(reference, Settings(trust_remote_code=trust_remote_code))
    if not encoders.is_sentence_transformer(model):
        raise InputError(
            f"got {encoders.type_of(model)}, expected a SentenceTransformer or a reference such as 'minilm'"
        )
    return live_trainable(model)
