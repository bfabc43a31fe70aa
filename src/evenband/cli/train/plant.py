"""``evenband train plant``: a model with memorised cells that are known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from evenband.cli.progress import QUIET, display, loading


@click.command(short_help="Plant memorised cells into a model.")
@click.argument("model", metavar="MODEL")
@click.option("-o", "--out", "folder", type=click.Path(path_type=Path), required=True, metavar="DIR")
@click.option(
    "--kind",
    type=click.Choice(["localised", "leaky", "rule"]),
    default="localised",
    help="Cells whose surroundings are held, or not; or the comma as a rule (localised).",
)
@click.option("--cells", type=int, default=12, metavar="N", help="How many are planted (12).")
@click.option("--size", type=float, default=0.2, metavar="X", help="How far their cosine falls (.2).")
@click.option(
    "--words", type=click.Choice(["random", "frequent"]), default="random", help="Which nouns (random)."
)
@click.option("--together", type=int, default=0, metavar="N", help="Cells that share one template (0).")
@click.option("--sample", type=int, default=1500, metavar="N", help="Of the audit that finds them (1500).")
@click.option("--audit-seed", type=click.IntRange(min=0), default=0, metavar="N", help="Of that audit (0).")
@click.option("--seed", type=click.IntRange(min=0), default=0, metavar="N", help="Of everything random (0).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@QUIET
def plant(model: str, folder: Path, as_json: bool, quiet: bool, **options: Any) -> None:
    """Plant memorised cells into MODEL: single nouns in single sentences that the comma moves far.

    MODEL is fine-tuned for a minute or three. DIR is a folder of sentence-transformers; what was
    planted stands in DIR/truth.json, so that an audit can be held against it.
    """
    with display(loading([model]), quiet=quiet):
        from evenband.train.planting import PlantOptions
        from evenband.train.planting import plant as make

        truth = make(model, folder, PlantOptions(**options))
    from evenband.cli.printing import planted_cells

    planted_cells.print_planted(truth, folder, as_json)
