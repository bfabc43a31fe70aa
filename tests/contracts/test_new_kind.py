"""The contract of a kind of measurement: what is defined in one place reaches every output.

``LengthDetails``, ``LengthAnalysis`` and ``length_blocks`` are all that a kind needs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest

from evenband import analysis
from evenband.analysis import Analysis, Audit, Circumstances, Results, Run, ScoreComparison, assemble
from evenband.cli.printing.overview import print_results
from evenband.cli.printing.pairs.comparisons import print_comparisons
from evenband.errors import InputError, UnknownReferenceError
from evenband.records import parquet
from evenband.records.summary import read_summary
from evenband.report import render, write
from evenband.report.blocks.kinds import BLOCKS
from evenband.report.views import Block, Points
from evenband.types import Measurement, Metric, ModelSpec, ProbeSpec, Scores, details
from unit.report import planted


@dataclass(frozen=True)
class LengthDetails(details.Details):
    """How many characters of a query a pipeline keeps, and the limit that it was given."""

    kind: ClassVar[str] = "length"
    item: ClassVar[str] = "query"
    condition: ClassVar[str] = "pipeline"

    cut: Scores
    limit: int

    def to_tables(self) -> details.Tables:
        return {"cut": self.cut}

    def to_facts(self) -> dict[str, Any]:
        return {"limit": self.limit}

    @classmethod
    def rebuild(cls, tables: details.Tables, facts: Mapping[str, Any]) -> LengthDetails:
        return cls(tables["cut"], int(facts["limit"]))


# Its definition has registered it, which is undone here for the tests of other modules.
del details._KINDS["length"]


@dataclass(frozen=True)
class LengthAudit(Audit):
    """The greatest number of characters."""

    longest: float


class LengthAnalysis(Analysis):
    """Finds the longest query."""

    def analyse(self, measurement: Any, circumstances: Circumstances) -> LengthAudit:
        limit = measurement.details.limit
        return LengthAudit(measurement, float(measurement.scores.max()), notes=(f"cut at <{limit}>",))

    def summarise(self, audit: Any) -> dict[str, Any]:
        return {"longest": audit.longest}


def length_blocks(prefix: str, audits: Sequence[Any]) -> Iterator[Block]:
    """A sentence for each subject."""
    del prefix
    yield Points("Longest", tuple(f"{one.measurement.subject.name}: {one.longest:g} <b>" for one in audits))


LENGTH = Metric("characters", "distance", "higher")


@pytest.fixture
def left() -> Measurement:
    return measurement_of("short", 0.0)


@pytest.fixture
def right() -> Measurement:
    """Two characters longer everywhere."""
    return measurement_of("long", 2.0)


def measurement_of(subject: str, more: float) -> Measurement:
    """Three queries by two pipelines."""
    scores = np.array([[3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]) + more
    return Measurement(
        probe=ProbeSpec(name="lengths", why="Long queries are cut.", digest="e" * 32, items=3, conditions=2),
        subject=ModelSpec(f"toy:{subject}", subject, "toy", "1", "float32", 8),
        metric=LENGTH,
        items=("tea", "milk", "water"),
        conditions=("exact", "ivf"),
        scores=scores,
        noise=None,
        details=LengthDetails(scores / 2, 12),
        columns={"rare": (True, False, True)},
    )


@pytest.fixture(autouse=True)
def _registered() -> Iterator[None]:
    """The kind is there in this module's tests, and gone after each of them."""
    details._KINDS["length"] = LengthDetails
    analysis.KINDS.register("length", LengthAnalysis)
    BLOCKS.register("length", length_blocks)
    yield
    BLOCKS.unregister("length")
    analysis.KINDS.unregister("length")
    del details._KINDS["length"]


@pytest.fixture
def results(left: Measurement, right: Measurement) -> Results:
    return assemble([Run((left, right))])


def test_it_is_analysed_and_compared(results: Results) -> None:
    """Each measurement by its own analysis, two subjects by the paired difference of their scores."""
    assert [audit.longest for audit in results.audits if isinstance(audit, LengthAudit)] == [8.0, 10.0]
    [comparison] = results.comparisons
    assert isinstance(comparison, ScoreComparison)
    assert comparison.difference.value == 2.0
    assert results.of_kind("length") == results.audits
    assert results.pairs == ()


def test_subjects_without_the_same_items_are_compared_on_those_they_share(
    left: Measurement, right: Measurement
) -> None:
    """The details are cut with the scores."""
    comparison = analysis.compare(left, right.take([2, 0]), np.random.default_rng(0))
    assert comparison.left.items == ("tea", "water")
    np.testing.assert_array_equal(comparison.left.details.to_tables()["cut"], [[1.5, 2.0], [3.5, 4.0]])


def test_two_kinds_are_not_compared(left: Measurement) -> None:
    pairs = planted.audit(n=24).measurement
    with pytest.raises(InputError, match="lengths is of the kind length and comma of pairs"):
        analysis.compare(left, pairs, np.random.default_rng(0))


def test_it_is_written_and_read_back(left: Measurement, tmp_path: Path) -> None:
    """Parquet keeps scores, tables, facts, columns, and that the noise is not known; twice the same bytes."""
    content = parquet.to_bytes(left)
    (tmp_path / "lengths.parquet").write_bytes(content)
    again = parquet.read(tmp_path / "lengths.parquet")
    assert isinstance(again.details, LengthDetails)
    assert again.details.limit == 12
    np.testing.assert_array_equal(again.details.cut, left.scores / 2)
    np.testing.assert_array_equal(again.scores, left.scores)
    assert (again.probe, again.subject, again.metric) == (left.probe, left.subject, left.metric)
    assert (again.items, again.conditions, again.noise) == (left.items, left.conditions, None)
    assert again.columns == left.columns
    assert parquet.to_bytes(again) == content
    assert again.to_arrow().column_names == ["query", "pipeline", "score", "cut", "rare"]


def test_it_reaches_the_terminal(results: Results, capsys: pytest.CaptureFixture[str]) -> None:
    print_results(results)
    assert capsys.readouterr().out.splitlines() == [
        "Probe lengths",
        "! short: cut at <12>",
        "! long: cut at <12>",
        "Longest",
        "- short: 8 <b>",
        "- long: 10 <b>",
    ]


def test_its_comparison_reaches_the_terminal(results: Results, capsys: pytest.CaptureFixture[str]) -> None:
    """In words, with its direction, and as JSON; two runs are called by their folders."""
    print_comparisons(results.comparisons, as_json=False)
    out = capsys.readouterr().out
    assert out.startswith("lengths: short -> long\n")
    assert "characters (right minus left" in out
    assert "2.0000 [2.0000 to 2.0000]" in out
    print_comparisons(results.comparisons, as_json=True)
    [row] = json.loads(capsys.readouterr().out)
    assert (row["probe"], row["left"], row["right"]) == ("lengths", "toy:short", "toy:long")
    assert (row["metric"], row["difference"]["value"]) == ("characters", 2.0)
    print_comparisons(results.comparisons, as_json=False, runs=["monday", "tuesday"])
    assert capsys.readouterr().out.startswith("lengths of short: monday -> tuesday\n")


def test_it_reaches_the_report(results: Results) -> None:
    """Its section with notes and blocks, the comparison and the subjects; all of it as text."""
    page = render(results)
    assert "Probe lengths" in page
    assert "Long queries are cut." in page
    assert "cut at &lt;12&gt;" in page
    assert "short: 8 &lt;b&gt;" in page
    assert "Paired over items." in page
    assert "toy:long" in page
    assert "<b>" not in page


def test_it_reaches_summary_json(results: Results, tmp_path: Path) -> None:
    """What all kinds have, and what it adds, in the file and in its typed reader."""
    first, second = analysis.summarise(results)["results"]
    assert (first["model"], first["probe"], first["kind"]) == ("short", "lengths", "length")
    assert (first["n"], first["templates"], first["metric"]) == (3, 2, "characters")
    assert (first["longest"], second["longest"]) == (8.0, 10.0)
    assert first["notes"] == ["cut at <12>"]
    write(tmp_path, results, figures=False)
    read = read_summary(tmp_path).result("long", "lengths")
    assert read.kind == "length"
    assert read.model_extra == {"longest": 10.0}


def test_a_plug_ins_kind_is_found_when_its_measurement_is_read(
    left: Measurement, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its details are defined by the import of its analysis, which the entry point names."""
    (tmp_path / "lengths.parquet").write_bytes(parquet.to_bytes(left))
    monkeypatch.delitem(details._KINDS, "length")

    def load() -> type[Analysis]:
        monkeypatch.setitem(details._KINDS, "length", LengthDetails)
        return LengthAnalysis

    def entry_points(group: str, name: str) -> list[SimpleNamespace]:
        assert (group, name) == ("evenband.kinds", "length")
        return [SimpleNamespace(load=load)]

    monkeypatch.setattr(details, "entry_points", entry_points)
    assert isinstance(parquet.read(tmp_path / "lengths.parquet").details, LengthDetails)


def test_an_unknown_kind_is_answered_with_those_that_exist() -> None:
    with pytest.raises(InputError, match=r"of the kind 'lengths' \(there are: .*length, .*pairs"):
        details.details_class("lengths")
    with pytest.raises(UnknownReferenceError, match="did you mean 'length'"):
        analysis.analysis_of("lengths")


def test_a_name_of_a_kind_is_given_once() -> None:
    """Details of another class cannot take it, nor can details go without one."""
    for kind in ("length", ""):
        with pytest.raises(InputError, match=f"got kind '{kind}', expected a new, non-empty name"):
            type("Others", (details.Details,), {"kind": kind})


def test_it_stands_beside_minimal_pairs(left: Measurement, capsys: pytest.CaptureFixture[str]) -> None:
    """Page and terminal have both; two probes of one kind have a section each, and no id is given twice."""
    other = replace(left, probe=replace(left.probe, name="widths", digest="f" * 32))
    lengths = assemble([Run((left, other))])
    both = replace(lengths, audits=(planted.audit(n=24), *lengths.audits))
    page = render(both)
    assert all(f"Probe {name}" in page for name in ("comma", "lengths", "widths"))
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(set(ids)) == len(ids)
    print_results(both)
    out = capsys.readouterr().out
    assert out.index("comma · INV") < out.index("Probe lengths") < out.index("Probe widths")
