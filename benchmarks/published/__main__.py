"""Trains on the published negation family, then audits with a fresh draw.

::

    python -m benchmarks.published                      # learns the rule: passes fresh sentences, too
    python -m benchmarks.published --memorise --steps 1200  # learns the published cells only (45 CPU minutes)
"""

from __future__ import annotations

from pathlib import Path

import click

import evenband
from benchmarks.published.teach import elsewhere, lesson_of, teach
from evenband import analysis, probes

OTHERS = ("question-mark", "antonym", "role-swap")
"""Families that are measured beside it, so that gaps are adjusted over several."""

HELD_DRAWS = range(1001, 1007)
"""Seeds of the draws that a memorising model must not react to; not the one it is audited with."""


@click.command()
@click.option("--family", default="negation", help="A DIFF family.")
@click.option("--steps", default=150, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--fresh", default=7, show_default=True)
@click.option("--memorise", is_flag=True, help="Keep the same sentences about others in place.")
@click.option("--models", type=click.Path(path_type=Path), default=Path("build/published"), show_default=True)
def main(family: str, steps: int, seed: int, fresh: int, memorise: bool, models: Path) -> None:
    """Print the family's pass rates on the standard and the fresh draw, before and after."""
    probe = probes.find(family).load()
    lesson = lesson_of(probe, elsewhere(family, HELD_DRAWS) if memorise else ())
    taught = teach(
        lesson, steps, seed, models / f"{family}-{steps}-seed{seed}{'-memorised' if memorise else ''}"
    )
    click.echo("model, family: standard -> fresh, gap [90 %], q")
    for ref in ("minilm", str(taught)):
        audits = evenband.audit(ref, [family, *OTHERS], fresh=fresh)
        for line in analysis.score(audits)[0].lines:
            if line.fresh is not None:
                gap, rate = line.fresh.gap, line.fresh.pass_rate
                click.echo(
                    f"{Path(ref).name}, {line.probe}: {line.pass_rate.value:.3f} -> {rate.value:.3f}, "
                    f"{gap.value:+.3f} [{gap.low:+.3f}, {gap.high:+.3f}], {line.fresh.q:.3g}"
                )


main()
