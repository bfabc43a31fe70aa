"""``evenband check``: a gate for CI on the figures of a run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from evenband.cli.parity import BROKEN_LIMIT
from evenband.cli.progress import display
from evenband.errors import InputError

if TYPE_CHECKING:
    from evenband.analysis import Results
    from evenband.analysis.gated import Terms
    from evenband.running.gate_checks import EarlierRun

GATE_OPTIONS = (
    click.option(
        "--baseline",
        type=click.Path(path_type=Path, file_okay=False),
        metavar="DIR",
        help="Run to hold the figures against: exit code 1 if one is surely worse.",
    ),
    click.option("--metric", "metrics", multiple=True, metavar="NAME", help="Figure to hold: recall@10."),
    click.option("--allow", multiple=True, metavar="[NAME=]X", help="Loss that is accepted: 0.01."),
    click.option("--limit", "limits", multiple=True, metavar="NAME=X", help="Least value: recall@10=0.6."),
    click.option("--strict", is_flag=True, help="Refuse also what may be worse: a loss not excluded."),
)


GATE_NAMES = ("baseline", "metrics", "allow", "limits", "strict")
"""Names of these options' values."""


class OpenedGate(NamedTuple):
    """A gate of a command that measures: the earlier run, read, and the terms."""

    earlier: EarlierRun | None
    terms: Terms

    @classmethod
    def of(
        cls,
        baseline: Path | None,
        metrics: tuple[str, ...],
        allow: tuple[str, ...],
        limits: tuple[str, ...],
        strict: bool,
    ) -> OpenedGate | None:
        """Return the gate of what a user typed; ``None`` for none.

        Raises:
            EvenbandError: if the earlier run or an option cannot be read.
        """
        from evenband.running.gate_checks import EarlierRun, read_terms

        if baseline is None and not limits:
            if metrics or allow or strict:
                raise InputError(
                    "--metric, --allow and --strict belong to --baseline DIR; name the earlier run"
                )
            return None
        terms = read_terms(metrics, allow, limits, strict=strict)
        return cls(None if baseline is None else EarlierRun.open(baseline), terms)

    def hold(self, results: Results, seed: int, as_json: bool) -> int:
        """Hold what was measured against the gate, print the outcome, and return the exit code."""
        from evenband.cli.printing.gate_tables import print_gates, warn_of_gates
        from evenband.running.gate_checks import check_measurements

        measurements = [one.measurement for one in results.audits]
        checked = check_measurements(measurements, self.earlier, self.terms, seed, whole=False)
        if as_json:
            warn_of_gates(checked)
        else:
            print_gates(checked, as_json=False)
        return BROKEN_LIMIT if checked.broken else 0


def gate_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a gate to a command."""
    for option in reversed(GATE_OPTIONS):
        command = option(command)
    return command


@click.command()
@click.argument("directory", type=click.Path(path_type=Path), metavar="DIR")
@gate_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def check(
    directory: Path,
    baseline: Path | None,
    metrics: tuple[str, ...],
    allow: tuple[str, ...],
    limits: tuple[str, ...],
    strict: bool,
    as_json: bool,
) -> int:
    """Hold a run's figures against an earlier run, or against limits: exit code 1 if one does not hold.

    Pass rates of probes, nDCG and recall of searches, rank-biased overlap of changed queries, accuracy
    of analogies and agreement of two sides are compared item by item. A figure is surely worse if its
    interval, which holds for all figures at once, lies beyond the loss that --allow accepts (0).
    """
    with display(f"reading {directory}"):
        from evenband.running.gate_checks import EarlierRun, check_directory, read_terms

        terms = read_terms(metrics, allow, limits, strict=strict)
        earlier = None if baseline is None else EarlierRun.open(baseline)
        checked = check_directory(directory, earlier, terms)
    from evenband.cli.printing.gate_tables import print_gates

    print_gates(checked, as_json)
    return BROKEN_LIMIT if checked.broken else 0
