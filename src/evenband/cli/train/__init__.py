"""``evenband train``: make, fine-tune and check embedding models."""

from __future__ import annotations

import click

from evenband.cli.train.convert import convert
from evenband.cli.train.data import data
from evenband.cli.train.plant import plant
from evenband.cli.train.pretrain import pretrain
from evenband.cli.train.rerank import rerank
from evenband.cli.train.tune import tune

COMMANDS: tuple[click.Command, ...] = (pretrain, convert, data, tune, rerank, plant)
"""Commands of the group, in the order of a training."""


class InOrder(click.Group):
    """A group that lists its commands in the order in which they were added."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names of the commands."""
        return list(self.commands)


@click.group(cls=InOrder)
def train() -> None:
    """Train embedding models and rerankers, and watch their consistency while you do."""


for command in COMMANDS:
    train.add_command(command)
