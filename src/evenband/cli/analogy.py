"""``evenband analogy``: word arithmetic such as ``king - man + woman``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from evenband.cli import consent
from evenband.cli.audit import JSON, OUT, SEED, TRUST
from evenband.cli.consent import PRICE, YES
from evenband.cli.progress import QUIET, display, loading
from evenband.errors import InputError


@click.command()
@click.argument("arguments", nargs=-1, required=True, metavar="MODEL... [EXPRESSION [EXPRESSION]]")
@click.option(
    "--questions", type=click.Path(path_type=Path), metavar="FILE", help="Questions, four words a line."
)
@click.option("--words", metavar="SLOT|FILE", help="Words to search in place of the model's own list.")
@click.option("--vocabulary", type=click.IntRange(min=1), metavar="N", help="Search the first N words only.")
@click.option("-k", type=click.IntRange(min=1), default=10, metavar="K", help="Words to show (default: 10).")
@SEED
@OUT
@TRUST
@YES
@PRICE
@JSON
@QUIET
def analogy(
    arguments: tuple[str, ...],
    questions: Path | None,
    out: Path | None,
    as_json: bool,
    quiet: bool,
    yes: bool,
    price: float | None,
    **options: Any,
) -> None:
    """Do arithmetic with words: which are nearest to "king - man + woman"?

    Two expressions are held against each other: "king - man" "queen - woman". With --questions every
    argument is a model, and the rank of every answer is measured.
    """
    given = {key: value for key, value in options.items() if value is not None}
    with display(loading(arguments[:1]), quiet=quiet):
        from evenband.running.arithmetic_runs import words_of
        from evenband.running.costs import estimate_words

        models = arguments if questions is not None else arguments[:1]
        expected = estimate_words(models, words_of(options["words"]))
    consent.ask(lambda: expected, yes, price)
    with display(loading(arguments[:1]), quiet=quiet) as progress:
        from evenband import api
        from evenband.cli.printing import analogies

        if questions is not None:
            given.pop("k")
            command = ["evenband", *sys.argv[1:]]
            results = api.perform_analogies(
                arguments, questions, out, command=command, progress=progress, **given
            )
            analogies.print_analogies(results, as_json, out)
            return
        model, *expressions = arguments
        if len(expressions) not in (1, 2):
            raise InputError(
                f"got {len(expressions)} expressions, expected one or two, as in: "
                'evenband analogy glove "king - man + woman"'
            )
        if out is not None:
            raise InputError("-o keeps the answers to --questions; a single expression is only printed")
        found = api.analogy(model, *expressions, progress=progress, **_single(given))
    analogies.print_arithmetic(found, as_json)


def _single(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options that a single expression has."""
    return {key: value for key, value in options.items() if key != "seed"}
