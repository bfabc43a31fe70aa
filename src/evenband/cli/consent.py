"""Before a run that costs money: what it will ask, and whether that is wanted."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from evenband.errors import InputError

if TYPE_CHECKING:
    from evenband.running.costs import Cost

YES = click.option("--yes", is_flag=True, help="Go on with a large run on a paid API without asking.")
PRICE = click.option(
    "--price", type=float, metavar="X", help="Price of a million tokens, for the estimate of a paid API."
)


def ask(estimate: Callable[[], Sequence[Cost]], yes: bool, price: float | None) -> None:
    """Say what a run will ask of paid APIs; a large one wants ``--yes`` or a yes on the terminal.

    Args:
        estimate: of the run.
        yes: whether the user has agreed already.
        price: of a million tokens; ``None`` if not known.

    Raises:
        InputError: if a large run has not been agreed to.
    """
    from evenband.running.costs import check_price

    check_price(price)
    estimates = estimate()
    for one in estimates:
        click.echo(one.describe(price), err=True)
    if yes or not any(one.is_large for one in estimates):
        return
    if sys.stdin.isatty() and sys.stderr.isatty():
        click.confirm("Go on?", abort=True, err=True)
        return
    tokens = sum(one.tokens for one in estimates)
    raise InputError(
        f"this run sends about {tokens:,} tokens to a paid API, expected your consent; add --yes to go on, "
        "or --sample N for fewer texts"
    )
