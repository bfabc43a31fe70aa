"""Accuracy, ranks and sections of word arithmetic, and two subjects held against each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from evenband import analysis
from evenband.analysis import AnalogyAudit, AnalogyComparison, Circumstances, Results
from evenband.cli.printing.overview import print_results
from evenband.randomness import stream
from evenband.stats.intervals import wilson
from evenband.types import ANSWER_RANK, AnalogyDetails, AnalogyMeasurement, Measurement, ModelSpec, ProbeSpec

RANKS = [(1, 1, 1), (2, 1, 3), (2, 4, 12), (1, 20, 1)]
SECTIONS = ("kin", "kin", "towns", "towns")


def measured(ranks: Any = RANKS, name: str = "words") -> AnalogyMeasurement:
    n = len(ranks)
    texts = np.full((n, 3), "king", dtype=object)
    numbers = np.full((n, 3), 0.5)
    return Measurement(
        probe=ProbeSpec("kin", digest="d" * 32, items=n, conditions=3),
        subject=ModelSpec(name, name, "test", "1", "float32", 2),
        metric=ANSWER_RANK,
        items=tuple(f"man : king = w{k} : queen" for k in range(n)),
        conditions=("raw", "normalised", "multiplied"),
        scores=np.array(ranks, dtype=np.float64),
        noise=None,
        details=AnalogyDetails(texts, numbers, numbers, 7, (("a : b = c : d", "d"),)),
        columns={"section": SECTIONS[:n], "answer": ("queen",) * n},
    )


def audited(measurement: AnalogyMeasurement) -> AnalogyAudit:
    audit = analysis.analyse(measurement, Circumstances(stream(0, "analysis")))
    assert isinstance(audit, AnalogyAudit)
    return audit


def test_figures_are_those_of_the_ranks() -> None:
    audit = audited(measured())
    assert {name: one.value for name, one in audit.accuracy.items()} == {
        "raw": 0.5,
        "normalised": 0.5,
        "multiplied": 0.5,
    }
    assert audit.top["normalised"].value == 0.75
    assert audit.reciprocal_rank["normalised"].value == pytest.approx((1 + 1 + 1 / 4 + 1 / 20) / 4)
    assert audit.median_rank == {"raw": 1.5, "normalised": 2.5, "multiplied": 2.0}
    one = audit.accuracy["raw"]
    assert (one.low, one.high, one.n) == (*wilson(0.5, 4), 4)
    assert [(part.section, part.accuracy["normalised"].value) for part in audit.sections] == [
        ("kin", 1.0),
        ("towns", 0.0),
    ]


def test_what_is_missing_or_few_is_noted() -> None:
    assert audited(measured()).notes == (
        "missing: 1 of 5 questions have a word without a vector ('d') and are left out",
        "few questions: 4, so that the intervals are wide",
    )


def test_two_subjects_are_compared_by_right_answers() -> None:
    better = measured([(1, 1, 1)] * 4, "better")
    comparison = analysis.compare(measured(), better, np.random.default_rng(0))
    assert isinstance(comparison, AnalogyComparison)
    assert comparison.accuracy["raw"].value == 0.5
    plain = analysis.summarise_comparison(comparison)
    assert plain["difference"]["raw"]["value"] == 0.5


def test_a_reader_sees_convention_section_and_worst_question(capsys: pytest.CaptureFixture[str]) -> None:
    print_results(Results(audits=(audited(measured()),)))
    out = " ".join(capsys.readouterr().out.split())
    assert (
        "words finds 50.0% of 4 answers if a question's own words do not count, and 50.0% if they do" in out
    )
    assert "in 100% the nearest word is one of the question's own" in out
    assert "words 7 raw 50.0%" in out
    assert "towns 2" in out
    assert out.index("man : king = w3 : queen") < out.index("man : king = w2 : queen")
