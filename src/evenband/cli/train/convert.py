"""``evenband train embed``: an embedding model from a language model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from evenband.cli.progress import QUIET, display, loading


@click.command("embed", short_help="Make an embedding model of a language model.")
@click.argument("base", metavar="BASE")
@click.option("-o", "--out", "folder", type=click.Path(path_type=Path), required=True, metavar="DIR")
@click.option(
    "--pooling",
    type=click.Choice(["last", "mean"]),
    help="State of the last token, or mean of all (last for causal models).",
)
@click.option("--dim", type=int, metavar="N", help="Project to N dimensions (default: those of BASE).")
@click.option("--max-tokens", type=int, metavar="N", help="Tokens of a text that are read (512).")
@click.option("--seed", type=click.IntRange(min=0), default=0, metavar="N", help="Of the projection (0).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a line.")
@QUIET
def convert(base: str, folder: Path, as_json: bool, quiet: bool, **options: Any) -> None:
    """Make an embedding model of the language model BASE: no prediction head, pooling, unit length.

    BASE is a folder or a Hugging Face id. DIR is in the format of sentence-transformers. Its vectors
    mean little before `evenband train tune`.
    """
    with display(loading([base]), quiet=quiet):
        from evenband.train.embedding_conversion import to_embedding_model

        result = to_embedding_model(base, folder, **options)
    from evenband.cli.printing import pretrainings

    pretrainings.print_converted(result, as_json)
