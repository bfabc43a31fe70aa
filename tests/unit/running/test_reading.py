"""A run that an older evenband wrote is completed when it is read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from evenband import api
from evenband.records import RunDirectory
from evenband.running import plan as plans
from evenband.running.reading import read_run
from evenband.slots.lexical import lexical_columns


@pytest.mark.parametrize("column", ["order", "word_order"])
def test_a_column_of_the_user_does_not_stand_for_the_word_lists(tmp_path: Path, column: str) -> None:
    """Whatever its name: only the number of senses shows that words were looked up."""
    plan = plans.Plan.model_validate({"models": ["toy:chars"], "probes": ["comma"], "sample": 12})
    api.perform(plan, tmp_path / "run")
    directory = RunDirectory.open(tmp_path / "run")
    key = next(iter(directory.listed()))
    measurement = directory.read(*key)
    looked_up = lexical_columns(measurement.items)
    others = {name: cells for name, cells in measurement.columns.items() if name not in looked_up}
    old = replace(measurement, columns={**others, column: tuple(range(len(measurement.items)))})
    run = read_run(directory, {key: old})
    assert {**looked_up, column: old.columns[column]}.items() <= run.measurements[0].columns.items()
