"""``evenband train pretrain``: a language model from a folder of texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from evenband import stages
from evenband.cli.progress import QUIET, display
from evenband.errors import InputError


@click.command(short_help="Train a language model on texts.")
@click.argument("texts", type=click.Path(path_type=Path), metavar="TEXTS")
@click.option("-o", "--out", "folder", type=click.Path(path_type=Path), required=True, metavar="DIR")
@click.option("--text", "column", metavar="COLUMN", help="Column of the texts (found by name: text).")
@click.option("--base", metavar="MODEL", help="Go on from this causal model and its tokenizer.")
@click.option("--layers", type=int, metavar="N", help="Blocks of the model (4).")
@click.option("--width", type=int, metavar="N", help="Dimension of its states (256).")
@click.option("--heads", type=int, metavar="N", help="Of attention (4).")
@click.option("--vocabulary", type=int, metavar="N", help="Tokens of the tokenizer (8192).")
@click.option("--context", type=int, default=128, metavar="N", help="Tokens of a block (128).")
@click.option("--batch", type=int, default=32, metavar="N", help="Blocks of a step (32).")
@click.option("--steps", type=int, metavar="N", help="At most N (default: one pass over TEXTS).")
@click.option("--minutes", type=float, metavar="M", help="Train M minutes at most.")
@click.option(
    "--learning-rate",
    "--rate",
    "rate",
    type=float,
    metavar="X",
    help="Highest learning rate (.001; with --base .0001).",
)
@click.option("--bf16", is_flag=True, help="Compute in bfloat16.")
@click.option("--seed", type=click.IntRange(min=0), default=0, metavar="N", help="Of weights and order (0).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
@QUIET
def pretrain(
    texts: Path,
    folder: Path,
    column: str | None,
    base: str | None,
    as_json: bool,
    quiet: bool,
    layers: int | None,
    width: int | None,
    heads: int | None,
    vocabulary: int | None,
    **options: Any,
) -> None:
    """Train a causal language model to predict the next token of TEXTS, and save it in DIR.

    TEXTS is a folder of text files, one text file, or JSON lines, CSV or Parquet with a column text (or
    --text COLUMN). Repeat a command that was stopped, and it goes on. `evenband train embed DIR` makes
    an embedding model of it.
    """
    shape = {"layers": layers, "width": width, "heads": heads, "vocabulary": vocabulary}
    given = {name: value for name, value in shape.items() if value is not None}
    if base and given:
        raise InputError(f"got --base and --{next(iter(given))}, expected one of the two: a base has a shape")
    with display("loading the libraries", quiet=quiet):
        from evenband.train.causal_models import ModelShape
        from evenband.train.pretraining import pretrain as train
        from evenband.train.pretraining_options import PretrainingOptions
        from evenband.train.pretraining_texts import read_texts

        chosen = PretrainingOptions(ModelShape(**given), base, **options)
        stages.enter("reading the texts")
        documents = read_texts(texts.expanduser(), chosen.seed, (column,) if column else ())
        result = train(documents, folder, chosen)
    from evenband.cli.printing import pretrainings

    pretrainings.print_pretrained(result, as_json)
