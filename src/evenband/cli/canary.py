"""``evenband canary``: pin the vectors of a few texts, and tell whether they have moved."""

from __future__ import annotations

from pathlib import Path

import click

from evenband.cli.audit import TRUST
from evenband.cli.parity import BROKEN_LIMIT
from evenband.cli.progress import QUIET, display, loading


@click.group()
def canary() -> None:
    """Pin the vectors of a few texts, and tell in CI when a model or an API changes them."""


@canary.command()
@click.argument("model", metavar="MODEL")
@click.option(
    "-o",
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help=".json or .parquet file.",
)
@click.option("--texts", metavar="FILE", help="Texts of your own: FILE[@column=NAME].")
@click.option("--force", is_flag=True, help="Replace a file that exists.")
@TRUST
@QUIET
def save(model: str, out: Path, texts: str | None, force: bool, trust_remote_code: bool, quiet: bool) -> None:
    """Write pinned texts and their vectors: 25 of many kinds, or those of --texts."""
    with display(loading([model]), quiet=quiet):
        from evenband.running.canaries import save_canary

        saved = save_canary(model, out, texts, trust_remote_code=trust_remote_code, force=force)
    click.echo(f"{out}: {len(saved.texts)} vectors of {saved.spec.ref}")


@canary.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.argument("model", metavar="[MODEL]", required=False)
@click.option(
    "--tolerance", type=float, metavar="X", help="Largest 1 - cosine of a text that has not moved: 1e-4."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@TRUST
@QUIET
def check(
    file: Path,
    model: str | None,
    tolerance: float | None,
    as_json: bool,
    trust_remote_code: bool,
    quiet: bool,
) -> int:
    """Embed the texts of FILE anew, past the cache; exit with 1 and a table if vectors have moved.

    MODEL is the one that was saved, unless another is named.
    """
    with display(loading([model or str(file)]), quiet=quiet):
        from evenband.running.canaries import CANARY_TOLERANCE, check_canary

        limit = CANARY_TOLERANCE if tolerance is None else tolerance
        result = check_canary(file, model, limit, trust_remote_code=trust_remote_code)
    from evenband.cli.printing import drifts

    drifts.print_check(result, as_json)
    return BROKEN_LIMIT if result.moved else 0
