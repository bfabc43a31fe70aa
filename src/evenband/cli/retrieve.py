"""``evenband retrieve``: what a search finds, and what each of its steps loses."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from evenband.cli import consent
from evenband.cli.audit import JSON, OUT, SEED, TRUST
from evenband.cli.check import GATE_NAMES, OpenedGate, gate_options
from evenband.cli.consent import PRICE, YES
from evenband.cli.progress import QUIET, display, loading
from evenband.errors import InputError

MOST_DEPTH = 10**9
"""Depths end below it; no corpus of one machine has more documents."""


def read_cutoffs(
    context: click.Context, option: click.Parameter, value: str | None
) -> tuple[int, ...] | None:
    """Return depths such as ``2,10,20`` as numbers.

    Raises:
        InputError: if one is not a whole number of 1 or more.
    """
    del context, option
    if value is None:
        return None
    parts = [part.strip() for part in value.split(",")]
    if not all(part.isascii() and part.isdecimal() and 0 < int(part[:10]) < MOST_DEPTH for part in parts):
        raise InputError(
            f"-k: got {value[:40]!r}, expected whole numbers from 1 to a billion, such as 2,10,20"
        )
    return tuple(map(int, parts))


@click.command()
@click.argument("dataset", metavar="DATASET|STORE")
@click.option("-m", "--model", "models", multiple=True, metavar="MODEL", help="Encoder, bm25 or run:FILE.")
@click.option(
    "--index",
    multiple=True,
    metavar="REF,...",
    help="Indexes: exact,ivf:256?probes={1,4,16},exact+bm25.",
)
@click.option("--rerank", metavar="MODEL", help="A reranker over what each index finds.")
@click.option("--bm25", is_flag=True, help="BM25 beside the models: the same as -m bm25.")
@click.option("-k", callback=read_cutoffs, metavar="K,...", help="Depths of recall (default: 10,100).")
@click.option("--split", metavar="NAME", help="Which judgements (default: test).")
@click.option("--fillers", type=click.IntRange(min=1), metavar="N", help="Add N generated documents (LIMIT).")
@click.option("--sample", type=click.IntRange(min=1), metavar="N", help="At most N queries.")
@click.option("--queries", metavar="FILE", help="Queries, one a line: asked of a store; changed.")
@click.option(
    "--suite",
    type=click.Choice(["quick", "standard", "full"]),
    help="Change the queries: how much of the first documents stays?",
)
@click.option(
    "--store", multiple=True, metavar="STORE", help="Take documents' vectors from a store that has the texts."
)
@click.option("--trec", is_flag=True, help="Write run files of TREC, too.")
@gate_options
@SEED
@OUT
@TRUST
@YES
@PRICE
@JSON
@QUIET
def retrieve(
    dataset: str,
    models: tuple[str, ...],
    out: Path | None,
    as_json: bool,
    quiet: bool,
    yes: bool,
    price: float | None,
    **options: Any,
) -> int:
    """Search a dataset with judged queries: what is found, and what does each step lose?

    DATASET is a folder in the format of BEIR or MTEB, limit-small, or a fresh set such as
    limit:n=50,k=2,pattern=dense. With --suite, changes of its queries, or of those in a file,
    are measured as well. A store, or a corpus without judgements, needs --queries. With --baseline
    or --limit the command ends with exit code 1 if a figure does not hold.
    """
    of_gate = {name: options.pop(name) for name in GATE_NAMES}
    given = {key: value for key, value in options.items() if value is not None}
    with display(loading(models[:1]), quiet=quiet):
        from evenband.running.retrieval_checks import check_retrieval
        from evenband.running.retrieval_costs import estimate_retrieval
        from evenband.running.retrieval_plans import build_retrieval

        todo = build_retrieval(dataset, models, **given)
        if todo.trec and out is None:
            raise InputError("--trec writes run files into a directory; name one with -o")
        check_retrieval(todo)
        gate = OpenedGate.of(**of_gate)
        expected = estimate_retrieval(todo)
    consent.ask(lambda: expected, yes, price)
    with display(loading(models[:1]), quiet=quiet) as progress:
        from evenband import api
        from evenband.cli.printing.analogies import print_analogies

        command = ["evenband", *sys.argv[1:]]
        results = api.perform_retrieval(todo, out, command=command, progress=progress)
    print_analogies(results, as_json, out)
    return 0 if gate is None else gate.hold(results, todo.seed, as_json)
