"""``evenband explain``: explain one label's distance."""

from __future__ import annotations

from pathlib import Path

import click

from evenband.cli.audit import TRUST
from evenband.cli.progress import display


@click.command()
@click.argument("directory", type=click.Path(path_type=Path), metavar="DIR")
@click.argument("label")
@click.option(
    "-m",
    "--model",
    metavar="NAME",
    help="Which model of the run; by default one that is not the reference.",
)
@click.option(
    "-p",
    "--probe",
    metavar="NAME",
    help="Which of the probes that have the label; by default the one in which it is farthest.",
)
@click.option("--no-model", is_flag=True, help="Do not load the model to look inside.")
@TRUST
def explain(
    directory: Path, label: str, model: str | None, probe: str | None, no_model: bool, trust_remote_code: bool
) -> None:
    """Explain LABEL: expected and observed distance, controls, similar words, layers."""
    look_inside = not no_model
    with display(f"reading {directory}"):
        from evenband import api

        explanation = api.explain(
            directory,
            label,
            model=model,
            probe=probe,
            look_inside=look_inside,
            trust_remote_code=trust_remote_code,
        )
    from evenband.cli.printing.pairs import explanations

    explanations.print_explanation(explanation, look_inside)
