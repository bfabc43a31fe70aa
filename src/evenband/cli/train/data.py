"""``evenband train data``: an audit of training data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from evenband.cli.audit import SKIP
from evenband.cli.progress import QUIET, display
from evenband.cli.train.tune import COLUMN_NAMES, SCORES, read_data


@click.command(short_help="Audit training examples before a training.")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option(
    "-p",
    "--probe",
    "--probes",
    "probes",
    multiple=True,
    metavar="PROBE",
    help="Whose texts must not be in FILE (all of the suite standard).",
)
@click.option("--against", multiple=True, metavar="DATASET", help="Retrieval set that must not be in FILE.")
@click.option("--corpus", type=click.Path(path_type=Path), metavar="FILE", help="What the model will search.")
@click.option("-m", "--model", metavar="MODEL", help="Compares FILE with the corpus (default: tf-idf).")
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, metavar="N", help="Of samples and shuffles (0)."
)
@COLUMN_NAMES
@SCORES
@SKIP
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
@QUIET
def data(
    file: Path,
    columns: str | None,
    score_range: str | None,
    skip_bad: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Audit the training examples in FILE before they are trained on.

    Can labels be told from length, word overlap, form or single words? Which rows are repeated or
    contradict others? Which texts of probes and retrieval sets are among them? Do they cover the
    corpus? Which well-known minimal pairs are there? FILE is read as `evenband train tune` reads it.
    """
    with display(f"reading {file.name}", quiet=quiet):
        from evenband.train.data_audit import audit_data, check_comparison

        check_comparison(options["model"], options["corpus"])
        audit = audit_data(read_data(file, columns, score_range, skip_bad), **options)
    from evenband.cli.printing import data_audits

    data_audits.print_data_audit(audit, as_json)
