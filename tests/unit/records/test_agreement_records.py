"""A comparison in a run directory: read back equal, its summary readable."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import evenband
from evenband.errors import RunError
from evenband.records import RunDirectory
from evenband.types import AgreementDetails
from planted_sides import Turned, measured, texts


def test_a_measurement_is_read_back_equal(tmp_path: Path) -> None:
    """Every number bit for bit, every fact."""
    measurement = measured({texts(40)[0]: 0.2}, missing=[texts(40)[1]])
    run = RunDirectory(tmp_path)
    run.write_measurement(measurement)
    found = run.read(*measurement.key)
    assert isinstance(found.details, AgreementDetails)
    for name in ("probe", "subject", "metric", "items", "conditions", "noise", "columns", "kind"):
        assert getattr(found, name) == getattr(measurement, name)
    np.testing.assert_array_equal(found.scores, measurement.scores)
    for name, table in measurement.details.to_tables().items():
        np.testing.assert_array_equal(found.details.to_tables()[name], table)
    assert found.details.to_facts() == measurement.details.to_facts()


def test_a_single_text_keeps_its_missing_numbers(tmp_path: Path) -> None:
    """NaN is null in the file and NaN again."""
    measurement = measured({}).take([0])
    nan = np.full((1, 1), np.nan)
    measurement = replace(measurement, details=replace(measurement.details, overlap=nan))
    run = RunDirectory(tmp_path)
    file = run.write_measurement(measurement)
    assert pq.read_table(file).to_pylist()[0]["overlap"] is None
    found = run.read(*measurement.key).details
    assert isinstance(found, AgreementDetails)
    assert np.isnan(found.overlap).all()


def test_another_left_side_of_that_name_is_refused(tmp_path: Path) -> None:
    """What is held against something else is another measurement."""
    measurement = measured({})
    run = RunDirectory(tmp_path)
    run.write_measurement(measurement)
    with pytest.raises(RunError, match="have changed since it was measured"):
        run.find(measurement.subject, replace(measurement.probe, digest="0"))


def test_the_summary_is_read_with_its_kind(tmp_path: Path) -> None:
    """The typed reader keeps the fields that this kind adds."""
    left = evenband.load("toy:chars")
    [audit] = evenband.parity(
        left, Turned(left, {"let's eat, NP": 0.1}), texts="list:a,b,c", out=tmp_path, tolerance=0.1
    )
    summary = evenband.read_summary(tmp_path)
    result = summary.result("turned", audit.measurement.probe.name)
    assert result.kind == "agreement"
    assert result.median == 0
    assert result.type is None
    extra = result.model_extra or {}
    assert (extra["largest"], extra["tolerance"], extra["overlap"]) == (0.0, 0.1, 1.0)
    assert {model.name for model in summary.models} == {"turned", "toy-chars"}
