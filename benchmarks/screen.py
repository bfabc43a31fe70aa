"""An audit with a screen against the same audit in float32: what it saves, and what it costs.

    python benchmarks/screen.py --probe comma8 --sample 2000 --rounds 3

Both are whole commands in new processes with empty caches, in turn. Since both are run, the errors of
all scores are known, not only of those that the screen computes again.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, cast

import numpy as np

import evenband
from evenband.analysis.pairs.screening import screening_of
from evenband.types import PairsMeasurement

LOWEST = 25


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--model", default="minilm")
    parser.add_argument("--probe", default="comma")
    parser.add_argument("--sample", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    command = ["audit", arguments.model, "-p", arguments.probe, "--sample", str(arguments.sample)]
    seconds: dict[str, list[float]] = {"float32": [], "screened": []}
    measurements: dict[str, PairsMeasurement] = {}
    for _ in range(arguments.rounds):
        for name, more in (("float32", []), ("screened", ["--screen"])):
            with tempfile.TemporaryDirectory() as folder:
                seconds[name].append(run([*command, *more], Path(folder)))
                measurements[name] = cast("PairsMeasurement", evenband.read(Path(folder) / "run")[0])
    ratios = [whole / screened for whole, screened in zip(*seconds.values(), strict=True)]
    result = {
        "command": " ".join(command),
        "rounds": arguments.rounds,
        "median CPU s": {name: round(statistics.median(times), 1) for name, times in seconds.items()},
        "ratio CPU": round(statistics.median(ratios), 2),
        **compare(measurements["float32"], measurements["screened"]),
    }
    print(json.dumps(result, indent=2))


def run(command: list[str], folder: Path) -> float:
    """CPU seconds of one command with an empty cache."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "evenband", *command, "-o", str(folder / "run")],
        env={**os.environ, "EVENBAND_CACHE": str(folder / "cache")},
        check=True,
        capture_output=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare(exact: PairsMeasurement, screened: PairsMeasurement) -> dict[str, Any]:
    """What the screen says of itself, and what is true."""
    found, screen = screening_of(screened), screened.details.screen
    if found is None or screen is None:
        raise SystemExit(f"error: {len(exact.items)} labels are too few to screen; raise --sample")
    error = screen.fast - exact.scores
    lowest, known = (set(np.argsort(one.scores, axis=None)[:LOWEST].tolist()) for one in (exact, screened))
    return {
        "cells": exact.scores.size,
        "computed twice": found.exact,
        "said": {"rms": found.calibration.rms, "largest": found.largest},
        "true": {"rms": float(np.sqrt(np.mean(error**2))), "largest": float(np.abs(error).max())},
        "largest error of a score in the result": float(np.abs(screened.scores - exact.scores).max()),
        f"of the {LOWEST} lowest, kept": len(lowest & known),
        f"of the {LOWEST} lowest, so by the fast format alone": found.kept,
    }


if __name__ == "__main__":
    main()
