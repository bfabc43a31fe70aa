"""``evenband train tune``: fine-tune an embedding model."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evenband.cli.audit import SEED, SKIP, TRUST, Folder
from evenband.cli.progress import QUIET, display, loading
from evenband.cli.train.watcher import WATCH, WATCH_RETRIEVAL, watching
from evenband.errors import InputError, RunError

if TYPE_CHECKING:
    from evenband.train.training_examples import Examples
    from evenband.train.transfer_runs import Taught

TRAINED_OUT = click.option(
    "-o",
    "--out",
    type=Folder(path_type=Path, file_okay=False),
    required=True,
    help="Folder of the new model",
)
EPOCHS = click.option("--epochs", type=float, metavar="N", help="Passes over the examples (default: 1).")
STEP_COUNT = click.option("--steps", type=int, metavar="N", help="Steps in all, instead of epochs.")
BATCH = click.option("--batch", type=int, metavar="N", help="Examples per step (default: 32).")
LEARNING_RATE = click.option(
    "--learning-rate", type=float, metavar="X", help="Highest learning rate (default: 2e-5)."
)
WARMUP = click.option("--warmup", type=float, metavar="X", help="Share of warm-up steps (default: .1).")
BF16 = click.option("--bf16", is_flag=True, help="Compute in bfloat16; weights stay in float32.")
CHECKPOINTING = click.option("--gradient-checkpointing", is_flag=True, help="Less memory, more time.")
HELD_OUT = click.option("--eval", "held_out", type=float, metavar="X", help="Share of examples held out.")
EVERY = click.option("--every", type=int, metavar="N", help="Steps between checkpoints and evaluations.")
COLUMN_NAMES = click.option("--columns", metavar="anchor=NAME,...", help="Names of the file's columns.")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
SCORES = click.option("--score-range", metavar="LOW,HIGH", help="Range of the scores (default: 0,1).")


def numbers(text: str | None, option: str, count: int | None = None) -> tuple[float, ...]:
    """Return numbers such as ``256,128``; none for no text.

    Raises:
        InputError: if it is anything else.
    """
    try:
        values = tuple(float(part) for part in (text or "").split(",") if text)
    except ValueError:
        values = ()
    if text and (not values or (count is not None and len(values) != count)):
        raise InputError(
            f"{option}: got {text[:40]!r}, expected numbers such as {'0,5' if count else '256,128'}"
        )
    return values


def lengths(text: str | None) -> tuple[int, ...]:
    """Return the lengths of ``--matryoshka 256,128``; none for no text.

    Raises:
        InputError: if one is no whole number.
    """
    values = numbers(text, "--matryoshka")
    if not all(math.isfinite(value) and value == int(value) for value in values):
        raise InputError(f"--matryoshka: got {str(text)[:40]!r}, expected whole numbers such as 256,128")
    return tuple(map(int, values))


def given_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that the user gave: a number 0 is one, a flag that is not set is none."""
    return {name: value for name, value in options.items() if value is not None and value is not False}


def named_columns(text: str | None) -> dict[str, str]:
    """Return names of columns such as ``anchor=title,positive=abstract``.

    Raises:
        InputError: if a part has no equals sign, or names what another names.
    """
    parts = [part.partition("=") for part in (text or "").split(",") if part]
    if any(not sign for _, sign, _ in parts):
        raise InputError(f"--columns: got {text!r}, expected such as anchor=title,positive=abstract")
    names = [(what.strip(), name.strip()) for what, _, name in parts]
    if twice := [what for what, _ in names if [one for one, _ in names].count(what) > 1]:
        raise InputError(f"--columns: got {twice[0]} twice, expected one column for each")
    return dict(names)


def read_data(data: Path, columns: str | None, score_range: str | None, skip_bad: bool) -> Examples:
    """Read the examples of a command.

    Raises:
        InputError: if they cannot be read, or an option of theirs not.
    """
    from evenband.train.example_files import read_examples

    low, high = numbers(score_range, "--score-range", 2) or (0.0, 1.0)
    return read_examples(data, named_columns(columns), (low, high), skip_bad)


def check_generation(
    data: Path | None, family: str | None, generate: int | None, retrieval: str | None, corpus: Path | None
) -> None:
    """Refuse options of generated examples that do not go together.

    Raises:
        InputError: naming what is missing or too much.
    """
    if (family is None) != (generate is None):
        raise InputError("--from-probe FAMILY and --generate N go together; give both")
    if data is None and family is None:
        raise InputError("got no DATA, expected a file of examples, or --from-probe FAMILY --generate N")
    if family is None and retrieval is not None:
        raise InputError("--retrieval goes with --from-probe; elsewhere it is --watch-retrieval")
    if family is not None and corpus is not None:
        raise InputError("--hard-negatives and --from-probe do not go together; leave one out")


def check_company(options: Mapping[str, object], companion: str, given: object) -> None:
    """Refuse options that have no effect without another one.

    Raises:
        InputError: naming both.
    """
    if given is None:
        for name, value in options.items():
            if value is not None:
                raise InputError(f"{name} goes with {companion}; give both, or leave it out")


@click.command(short_help="Fine-tune an embedding model.")
@click.argument("model")
@click.argument("data", type=click.Path(path_type=Path), required=False, metavar="[DATA]")
@click.option("--loss", type=click.Choice(["infonce", "pairwise", "triplet"]), help="Default: by DATA.")
@click.option("--temperature", type=float, metavar="X", help="Of infonce and pairwise (default: .05).")
@click.option("--margin", type=float, metavar="X", help="Of triplet, in cosine distance (default: .2).")
@EPOCHS
@STEP_COUNT
@BATCH
@click.option("--mini-batch", type=int, metavar="N", help="Examples computed at a time (infonce).")
@LEARNING_RATE
@WARMUP
@click.option("--matryoshka", metavar="N,...", help="Shorter lengths of a vector to train as well: 256,128.")
@click.option("--lora", type=int, metavar="RANK", help="Train adapters of this rank, then merge them.")
@BF16
@CHECKPOINTING
@click.option("--prompts", is_flag=True, help="Use the model's prompts for queries and documents.")
@click.option(
    "--hard-negatives",
    "corpus",
    type=click.Path(path_type=Path),
    metavar="CORPUS",
    help="Mine negatives here.",
)
@click.option("--negatives", type=int, metavar="N", help="Mined for each pair (default: 1).")
@HELD_OUT
@EVERY
@COLUMN_NAMES
@SCORES
@click.option("--from-probe", "family", metavar="FAMILY", help="Make examples from a probe family.")
@click.option("--generate", type=int, metavar="N", help="Triplets to make; some of FAMILY is held out.")
@click.option("--retrieval", metavar="DATASET", help="With --from-probe: does search suffer?")
@WATCH
@WATCH_RETRIEVAL
@SKIP
@SEED
@TRAINED_OUT
@TRUST
@AS_JSON
@QUIET
def tune(
    model: str,
    data: Path | None,
    matryoshka: str | None,
    corpus: Path | None,
    negatives: int | None,
    family: str | None,
    generate: int | None,
    retrieval: str | None,
    watch: str | None,
    watch_retrieval: str | None,
    out: Path,
    trust_remote_code: bool,
    as_json: bool,
    quiet: bool,
    columns: str | None,
    score_range: str | None,
    skip_bad: bool,
    **options: Any,
) -> None:
    """Fine-tune MODEL on DATA: pairs, triplets or scored pairs in JSON lines, CSV, TSV or Parquet.

    The columns say which: anchor, positive; anchor, positive, negative; sentence1, sentence2, score.
    Repeat the command to go on after an interruption. The folder is audited like any model.
    """
    check_generation(data, family, generate, retrieval, corpus)
    check_company({"--negatives": negatives}, "--hard-negatives CORPUS", corpus)
    check_company({"--columns": columns, "--score-range": score_range}, "DATA", data)
    given = given_options(options)
    with display(loading([model]), quiet=quiet) as progress:
        from evenband.train.hard_negatives import read_negatives
        from evenband.train.transfer_runs import teach
        from evenband.train.tuning import tune as train_on
        from evenband.train.tuning_options import TuningOptions

        chosen = TuningOptions(matryoshka=lengths(matryoshka), **given)
        own = None if data is None else read_data(data, columns, score_range, skip_bad)
        count = 1 if negatives is None else negatives
        mined = None if corpus is None else read_negatives(corpus, count, skip_bad)
        watcher = watching(watch, watch_retrieval, out, chosen.seed)
        how: dict[str, Any] = {"options": chosen, "out": out, "trust_remote_code": trust_remote_code}
        how |= {"watch": watcher, "progress": progress}
        taught: Taught | None = None
        if family is None or generate is None:
            assert own is not None
            tuned = train_on(model, own, hard_negatives=mined, **how)
        else:
            taught = teach(model, family, generate, own, retrieval=retrieval, seed=chosen.seed, **how)
            tuned = taught.tuned
    from evenband.cli.printing import trainings

    watched = None if watcher is None else trainings.Watched(watcher.watch, watcher.report)
    trainings.print_tuned(tuned, taught, as_json, watched)
    if tuned.watch_failure is not None:
        raise RunError(f"{tuned.out} is trained and saved, but {tuned.watch_failure}")
