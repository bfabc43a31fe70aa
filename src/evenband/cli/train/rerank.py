"""``evenband train rerank``: train a reranker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from evenband.cli.audit import SEED, SKIP, TRUST
from evenband.cli.progress import QUIET, display, loading
from evenband.cli.train import tune as options_of_tune
from evenband.cli.train.tune import given_options, read_data


@click.command(short_help="Train a reranker.")
@click.argument("model")
@click.argument("data", type=click.Path(path_type=Path))
@options_of_tune.EPOCHS
@options_of_tune.STEP_COUNT
@options_of_tune.BATCH
@options_of_tune.LEARNING_RATE
@options_of_tune.WARMUP
@options_of_tune.BF16
@options_of_tune.CHECKPOINTING
@options_of_tune.HELD_OUT
@options_of_tune.EVERY
@options_of_tune.COLUMN_NAMES
@options_of_tune.SCORES
@SKIP
@SEED
@options_of_tune.TRAINED_OUT
@TRUST
@options_of_tune.AS_JSON
@QUIET
def rerank(
    model: str,
    data: Path,
    columns: str | None,
    score_range: str | None,
    skip_bad: bool,
    out: Path,
    trust_remote_code: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Train MODEL as a reranker on DATA: scored pairs, triplets or pairs.

    MODEL is a cross-encoder, or an embedding model such as `minilm`, which gets a new head for scores.
    """
    given = given_options(options)
    with display(loading([model]), quiet=quiet) as progress:
        from evenband.train.reranker_tuning import tune_reranker
        from evenband.train.tuning_options import TuningOptions

        chosen = TuningOptions(**given)
        examples = read_data(data, columns, score_range, skip_bad)
        tuned = tune_reranker(
            model, examples, chosen, out=out, trust_remote_code=trust_remote_code, progress=progress
        )
    from evenband.cli.printing import trainings

    trainings.print_tuned(tuned, None, as_json)
