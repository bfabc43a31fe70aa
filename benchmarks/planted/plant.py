"""The planted models of the benchmark, each in a folder of its own; ``evenband train plant`` makes them."""

from __future__ import annotations

from pathlib import Path

from evenband.train.planted_truth import TRUTH_FILE
from evenband.train.planting import PlantOptions, plant

MODEL = "minilm"


def find(options: PlantOptions, folder: Path) -> Path:
    """The folder of a planted model below ``folder``, made now if it is not there."""
    expected = folder / options.truth(MODEL).name
    if not (expected / TRUTH_FILE).exists():
        plant(MODEL, expected, options)
    return expected
