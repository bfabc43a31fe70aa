"""``evenband list``: show what exists, and the texts that an audit embeds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

LISTABLE = ("models", "probes", "slots", "indexes", "suites", "texts")


@click.command("list")
@click.argument("kind", type=click.Choice(LISTABLE))
@click.argument("names", nargs=-1, metavar="[NAME...]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.option("--suite", type=click.Choice(["quick", "standard", "full"]), help="texts: as in an audit.")
@click.option("--terms", metavar="FILE", help="texts: as in an audit.")
@click.option("--sample", type=click.IntRange(min=1), metavar="N", help="texts: as in an audit.")
@click.option("--seed", type=click.IntRange(min=0), metavar="S", help="texts: as in an audit.")
@click.option("--fresh", type=click.IntRange(min=0), metavar="SEED", help="texts: as in an audit.")
@click.option(
    "--roles", type=click.Choice(["probe", "query", "document", "both"]), help="texts: as in an audit."
)
@click.option("--skip-bad", is_flag=True, default=None, help="texts: as in an audit.")
@click.option(
    "-o",
    "--out",
    metavar="FILE",
    help="texts: a .jsonl, .csv or .parquet file; default: JSON lines on stdout.",
)
def listing(kind: str, names: tuple[str, ...], as_json: bool, out: str | None, **options: Any) -> None:
    """List models, probes, slots, indexes or suites. `list probes NAME` shows one probe whole.

    `list texts PROBE...` writes every text that an audit with the same options embeds, once in each
    role, so that another system can embed them and `vectors:FILE` be audited.
    """
    if kind == "texts":
        _list_texts(names, as_json, out, options)
        return
    _refuse_options(out=out, **options)
    from evenband.cli import inventory
    from evenband.cli.printing import console, listings

    if names:
        if kind != "probes" or len(names) > 1:
            raise click.UsageError(
                f"got the name {names[-1]!r}, expected none: only a probe can be shown by name"
            )
        listings.print_probe(inventory.show_probe(names[0]), as_json)
        return
    rows = getattr(inventory, f"list_{kind}")()
    if kind == "probes" and not as_json:
        rows = [listings.shorten_row(row) for row in rows]
    console.print_rows(rows, as_json)


def _refuse_options(**options: Any) -> None:
    for name, value in options.items():
        if value is not None:
            raise click.UsageError(f"--{name.replace('_', '-')} is for `evenband list texts` only")


def _list_texts(names: tuple[str, ...], as_json: bool, out: str | None, options: dict[str, Any]) -> None:
    """Write the texts to a file or to stdout, and what is not among them to stderr."""
    from evenband.running import texts_to_embed

    texts = texts_to_embed.list_texts(texts_to_embed.build_listing(names, **options))
    if as_json and out in (None, "-"):
        from evenband.cli.printing import console

        console.print_rows([{"text": text, "role": role.value} for text, role in texts], as_json)
    elif out in (None, "-"):
        click.echo(texts_to_embed.formatted(texts, ".jsonl"), nl=False)
    else:
        texts_to_embed.write_texts(texts, Path(str(out)))
    click.echo(
        f"{len(texts):,} texts, each once in its role; follow-ups of outliers (controls) depend on scores, "
        "so they cannot be listed: an audit by a file goes without them",
        err=True,
    )
