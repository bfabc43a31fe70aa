"""Kinds other than minimal pairs: shown by their scores unless they register blocks of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType

import numpy as np
import pytest

from evenband.analysis import Audit, Comparison, Results, ScoreComparison
from evenband.report import render
from evenband.report.blocks.kinds import (
    BLOCKS,
    COMPARISON_BLOCKS,
    comparison_blocks_of,
    kind_sections,
    score_blocks,
)
from evenband.report.views import Block, Notes, Points, Prose, Table
from evenband.types import COSINE, Details, Estimate, Measurement, Metric, ModelSpec, ProbeSpec
from evenband.types import details as kinds

RANK = Metric("rank of the answer", "rank", "lower")
HOSTILE = "<img src=x onerror=alert(1)>"


@dataclass(frozen=True)
class PlainDetails(Details):
    """A kind that knows nothing beside its scores."""

    kind = "plain"


# Its definition has registered it, which is undone here for the tests of other modules.
del kinds._KINDS["plain"]


def audit(
    subject: str = "a",
    probe: str = "capitals",
    metric: Metric = COSINE,
    digest: str = "e" * 32,
    notes: tuple[str, ...] = (),
) -> Audit:
    """Of five items in two conditions; means .3 and 30.4, medians .3 and 4."""
    scores = np.array([[0.1, 1.0], [0.2, 2.0], [0.3, 4.0], [0.4, 5.0], [0.5, 140.0]])
    measurement = Measurement(
        probe=ProbeSpec(name=probe, why="Capitals are asked for.", digest=digest),
        subject=ModelSpec(f"toy:{subject}", subject, "toy", "1", "float32", 8),
        metric=metric,
        items=("Rome", "Paris", "Bern", "Oslo", "Prague"),
        conditions=("raw", "normalised"),
        scores=scores,
        noise=None,
        details=PlainDetails(),
    )
    return Audit(measurement, notes=notes)


def texts(block: Block) -> list[list[str]]:
    assert isinstance(block, Table)
    return [[cell.text for cell in row.cells] for row in block.rows]


@pytest.mark.parametrize(
    ("metric", "said", "centres"),
    [
        (COSINE, "Mean cosine over 5 items.", ["0.3000", "30.4000"]),
        (RANK, "Median rank of the answer over 5 items.", ["0.3000", "4.0000"]),
    ],
)
def test_a_kind_without_blocks_is_shown_by_its_scores(metric: Metric, said: str, centres: list[str]) -> None:
    """A row for each subject, a column for each condition; ranks have a median."""
    [section] = kind_sections([audit("a", metric=metric), audit("b", metric=metric)])
    assert (section.title, section.lead) == ("Probe capitals", "Capitals are asked for.")
    [table] = section.blocks
    assert texts(table) == [["a", *centres], ["b", *centres]]
    assert isinstance(table, Table)
    assert table.caption == said
    assert [column.name for column in table.columns] == ["Subject", "raw", "normalised"]


def test_each_probe_has_a_section_and_minimal_pairs_have_none(planted: ModuleType) -> None:
    """Probes of one name with other texts are two; no two tables share an id."""
    audits = [planted.audit(n=24), audit(), audit(digest="f" * 32), audit(probe="rivers"), audit("b")]
    sections = list(kind_sections(audits))
    assert [section.title for section in sections] == ["Probe capitals"] * 2 + ["Probe rivers"]
    tables = [block for section in sections for block in section.blocks if isinstance(block, Table)]
    assert [len(table.rows) for table in tables] == [2, 1, 1]
    ids = [section.id for section in sections] + [table.id for table in tables]
    assert len(set(ids)) == len(ids) == 6


def test_notes_come_first_with_their_subject_and_are_escaped() -> None:
    """In the page nothing of a note, a subject or a reason becomes an element."""
    audits = (audit("a"), audit("b", notes=(HOSTILE, "few items")))
    [section] = kind_sections(audits)
    assert section.blocks[0] == Notes((("b", HOSTILE), ("b", "few items")))
    page = render(Results(audits))
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "few items" in page
    assert "<img" not in page


@pytest.fixture
def _own_blocks() -> Iterator[None]:
    """Blocks of the kind's own, for audits and for comparisons."""
    BLOCKS.register("plain", lambda prefix, audits: iter([Prose((f"{prefix}: {len(audits)}",))]))
    COMPARISON_BLOCKS.register("plain", lambda prefix, _: iter([Points(prefix, ("Nothing changed.",))]))
    yield
    BLOCKS.unregister("plain")
    COMPARISON_BLOCKS.unregister("plain")


@pytest.mark.usefixtures("_own_blocks")
def test_registered_blocks_take_the_place_of_the_scores() -> None:
    [section] = kind_sections([audit("a"), audit("b")])
    assert section.blocks == (Prose((f"{section.id}: 2",)),)


def comparison(difference: Estimate) -> ScoreComparison:
    return ScoreComparison(audit("a").measurement, audit("b").measurement, difference)


def test_a_comparison_is_the_paired_difference_with_its_interval() -> None:
    [table] = comparison_blocks_of("c0", comparison(Estimate(-0.02, -0.05, 0.01, 5)))
    assert isinstance(table, Table)
    [row] = table.rows
    assert (row.head, row.reads) == ("cosine", "right minus left")
    assert (row.cells[0].text, row.cells[0].note) == ("−0.0200", "−0.0500 to 0.0100")
    [table] = comparison_blocks_of("c0", comparison(Estimate(None)))
    assert texts(table) == [["–"]]


def test_a_comparison_of_minimal_pairs_has_figures_and_changes(planted: ModuleType) -> None:
    pair = planted.comparison(planted.audit(n=24), planted.audit(n=24, model="other", seed=8))
    blocks = list(comparison_blocks_of("c0", pair))
    assert [block.id for block in blocks if isinstance(block, Table)] == ["c0-figures", "c0-changes"]


@pytest.mark.usefixtures("_own_blocks")
def test_a_kinds_own_comparison_is_shown_by_its_own_blocks() -> None:
    """Also one that is no difference of scores; the page says which side is which."""
    own = Comparison(audit("a").measurement, audit("b").measurement)
    assert list(comparison_blocks_of("c0", own)) == [Points("c0", ("Nothing changed.",))]
    page = render(Results((audit("a"), audit("b")), comparisons=(own,)))
    assert "capitals: left is a, right is b." in page
    assert "Nothing changed." in page


def test_scores_are_numbers_that_a_table_sorts_by() -> None:
    [table] = score_blocks("k", [audit()])
    assert isinstance(table, Table)
    assert [cell.sort for cell in table.rows[0].cells] == [None, pytest.approx(0.3), pytest.approx(30.4)]
