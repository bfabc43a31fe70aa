"""``evenband repair``: mend families of pairs by a linear map of the vectors, without training."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from evenband.cli.audit import SEED, TRUST, Folder
from evenband.cli.progress import QUIET, display, loading


@click.command()
@click.argument("model", metavar="MODEL")
@click.option(
    "-p",
    "--probes",
    "--probe",
    "probes",
    multiple=True,
    required=True,
    metavar="PROBE,...|FILE",
    help="Families to repair: INV, or DIFF.",
)
@click.option("--keep", multiple=True, metavar="PROBE,...|FILE", help="Families that must not lose.")
@click.option(
    "--others",
    multiple=True,
    default=("standard",),
    metavar="PROBE,...|none",
    help="Other families to audit before and after (default: all of the suite).",
)
@click.option("--retrieval", multiple=True, metavar="DATASET", help="Search it before and after.")
@click.option(
    "--sample",
    type=click.IntRange(min=25),
    default=100,
    metavar="N",
    help="Labels of each family at most (default: 100).",
)
@click.option(
    "--most-cost",
    type=float,
    default=0.01,
    metavar="X",
    help="Share of definitions that may lose their term (default: .01).",
)
@click.option(
    "-o", "--out", type=Folder(path_type=Path, file_okay=False), required=True, help="Folder of the repair."
)
@SEED
@TRUST
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
@QUIET
def repair(
    model: str,
    probes: tuple[str, ...],
    keep: tuple[str, ...],
    others: tuple[str, ...],
    retrieval: tuple[str, ...],
    sample: int,
    most_cost: float,
    out: Path,
    seed: int,
    trust_remote_code: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Mend families of pairs by a linear map of MODEL's vectors; nothing is trained.

    The map is learned from half of a family's sentences, its strength is chosen on held-out ones, and it is
    judged on fresh sentences and words. Writes the map, the repaired model and an audit.
    """
    with display(loading([model]), quiet=quiet) as progress:
        from evenband.train.repairing import repair as mend

        done = mend(
            model,
            probes,
            keep,
            out=out,
            retrieval=retrieval,
            others=others,
            sample=sample,
            most_cost=most_cost,
            seed=seed,
            trust_remote_code=trust_remote_code,
            progress=progress,
            command=["evenband", *sys.argv[1:]],
        )
    from evenband.cli.printing import repairs

    repairs.print_repair(done, as_json)
