"""``evenband explain``: why one label lies where it lies."""

from __future__ import annotations

from pathlib import Path

import click

from evenband.cli.audit import TRUST


@click.command()
@click.argument("directory", type=click.Path(path_type=Path), metavar="DIR")
@click.argument("label")
@click.option(
    "-m", "--model", metavar="NAME", help="Where the run has several; not the reference by default."
)
@click.option(
    "-p",
    "--probe",
    metavar="NAME",
    help="Where several probes have the label; the one where it is farthest out by default.",
)
@click.option("--no-model", is_flag=True, help="Do not load the model to look inside.")
@TRUST
def explain(
    directory: Path, label: str, model: str | None, probe: str | None, no_model: bool, trust_remote_code: bool
) -> None:
    """Say why LABEL is an outlier, or is none: expected against observed, controls, words like it, layers."""
    from evenband import api
    from evenband.cli.printing.pairs import explanations

    look = not no_model
    found = api.explain(
        directory, label, model=model, probe=probe, look_inside=look, trust_remote_code=trust_remote_code
    )
    explanations.print_explanation(found, look)
