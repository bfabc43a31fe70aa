"""Plant, audit, score.

    python -m benchmarks.planted --quick
    python -m benchmarks.planted --seeds 3 --models /tmp/planted --json results.json

Prints one line a model and the averages over seeds with their spread. Models that are in the folder
already are not made again, and measured vectors are cached: started again, it goes on. One seed takes
some twenty minutes on two cores. Frequent words are planted with ``--words frequent``, five of the
twelve cells in one template with ``--together 5``. Even seeds are for design, odd ones for reporting.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from benchmarks.planted import plant, tables
from benchmarks.planted.evaluate import Result, evaluate
from evenband.train.planted_truth import Kind, Words
from evenband.train.planting import PlantOptions

FULL: tuple[tuple[Kind, float], ...] = (
    ("rule", 0.2),
    ("localised", 0.2),
    ("localised", 0.1),
    ("leaky", 0.2),
    ("leaky", 0.1),
)
QUICK: tuple[tuple[Kind, float], ...] = (("localised", 0.2), ("leaky", 0.2))
CONTROLS: tuple[Kind, ...] = ("unmodified", "rule")
"""Kinds without planted words: the same whichever words are planted elsewhere."""


def main() -> None:
    """Run it."""
    given = _parser().parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.models or Path(scratch)
        results = [
            _one(kind, delta, seed, folder, given)
            for seed in _seeds(given)
            for kind, delta in _plan(given.quick, first=seed == 1)
            if given.words == "random" or kind not in CONTROLS
        ]
    print("\n".join(tables.summarise(results)))
    if given.json:
        given.json.write_text(json.dumps([asdict(result) for result in results], indent=1), encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one seed, four models")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--half", choices=("design", "reported"), help="only even seeds, or only odd ones")
    parser.add_argument("--words", choices=("random", "frequent"), default="random", help="nouns to plant in")
    parser.add_argument("--together", type=int, default=0, help="planted cells that share one template")
    parser.add_argument("--sample", type=int, default=1500, help="nouns of the audit")
    parser.add_argument("--audit-seed", type=int, default=0, help="of the audit's sample")
    parser.add_argument(
        "--models", type=Path, help="where models and runs are kept; a temporary folder if not given"
    )
    parser.add_argument("--json", type=Path, help="where every figure goes")
    return parser


def _seeds(given: argparse.Namespace) -> list[int]:
    """The seeds of the half that was asked for."""
    rest = {"design": (0,), "reported": (1,)}.get(given.half, (0, 1))
    return [seed for seed in range(1, (1 if given.quick else given.seeds) + 1) if seed % 2 in rest]


def _plan(quick: bool, first: bool) -> list[tuple[Kind, float]]:
    """What to make for a seed; the unmodified model once."""
    chosen = [("rule", 0.2), *QUICK] if quick else list(FULL)
    return [("unmodified", 0.0), *chosen] if first else chosen


def _one(kind: Kind, delta: float, seed: int, folder: Path, given: argparse.Namespace) -> Result:
    words: Words = "random" if kind in CONTROLS else given.words
    together = 0 if kind in CONTROLS else given.together
    options = PlantOptions(
        kind, delta, seed, sample=given.sample, audit_seed=given.audit_seed, words=words, together=together
    )
    model = plant.find(options, folder)
    result = evaluate(model, folder / "runs", given.sample, given.audit_seed)
    print(tables.line(result), file=sys.stderr, flush=True)
    return result


if __name__ == "__main__":
    main()
