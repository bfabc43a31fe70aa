"""A column of the user's file is never taken for one of evenband's, whatever its name."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evenband
from evenband import analysis, slots
from evenband.analysis import Circumstances, PairsAudit
from evenband.analysis.pairs.covariates import covariates_of
from evenband.probes.pairs.label_columns import label_columns
from evenband.randomness import stream
from evenband.records import parquet
from evenband.types import Slot

NOUNS = slots.load("wordnet:animal.n.01@first,single").values[:60]


def audited(folder: Path, name: str, columns: dict[str, list[Any]]) -> PairsAudit:
    rows = [
        {"a": f"we saw, {noun}", "b": f"we saw {noun}", **{key: cells[k] for key, cells in columns.items()}}
        for k, noun in enumerate(NOUNS)
    ]
    (folder / f"{name}.json").write_text(json.dumps(rows), encoding="utf-8")
    [audit] = evenband.audit("toy:chars", str(folder / f"{name}.json"))
    return audit


def names_of_ours() -> list[str]:
    """Every name that a table, a slot, a covariate or a word list of evenband has, and prefixed ones."""
    [letters] = evenband.audit("toy:chars", "ablation")
    [nouns] = evenband.audit("toy:chars", "comma", sample=5)
    used = [*letters.measurement.to_arrow().column_names, *nouns.measurement.to_arrow().column_names]
    fields = [
        "exact",
        "drawn",
        "fast",
        "group",
        "x",
        "x.t0",
        "language",
        "kind",
        "token",
        "tokens",
        "role",
        "",
    ]
    used += [*fields, *covariates_of(nouns.measurement).names, "score_c", "text_c", "swap_x", "word_order"]
    names = [name for name in dict.fromkeys(used) if name not in ("", "label")]
    return [*names, *(f"slot_{name}" for name in names)]


@pytest.mark.parametrize("gaps", [1, 3])
def test_columns_of_any_name_change_no_number(tmp_path: Path, gaps: int) -> None:
    """All names at once: the figures, outliers and notes are those of the file without the columns."""
    columns: dict[str, list[Any]] = {
        name: [None if k % gaps else f"{name} {k % 4}" for k in range(len(NOUNS))] for name in names_of_ours()
    }
    plain, audit = audited(tmp_path, "plain", {}), audited(tmp_path, "named", columns)
    np.testing.assert_array_equal(audit.measurement.scores, plain.measurement.scores)
    assert audit.summary == plain.summary
    assert audit.notes == plain.notes
    assert [(one.label, one.verdict) for one in audit.outliers] == [
        (one.label, one.verdict) for one in plain.outliers
    ]
    kept = list(audit.measurement.columns.values())
    assert [name for name, cells in columns.items() if kept.count(tuple(cells)) != 1] == []
    assert len(audit.measurement.columns) == len(columns) + len(plain.measurement.columns)


def test_they_are_written_and_read_again(tmp_path: Path) -> None:
    """With their names and with whose they are."""
    columns: dict[str, list[Any]] = {name: ["u"] * len(NOUNS) for name in names_of_ours()}
    measurement = audited(tmp_path, "named", columns).measurement
    (tmp_path / "m.parquet").write_bytes(parquet.to_bytes(measurement))
    found = parquet.read(tmp_path / "m.parquet")
    assert found.columns == measurement.columns
    assert found.own == measurement.own
    assert found.items == measurement.items
    np.testing.assert_array_equal(found.scores, measurement.scores)


def test_numbers_of_any_size_are_covariates_without_a_fault(tmp_path: Path) -> None:
    """Named like evenband's own, beyond every range, not finite: explained or left out, never a crash."""
    k = len(NOUNS)
    columns: dict[str, list[Any]] = {
        "tokens": [1e308 * (-1) ** i for i in range(k)],
        "sense": list(range(k)),
        "frequency": [float("inf"), float("nan"), *range(k - 2)],
        "word_count": [True, False] * (k // 2),
        "huge": [2**64 + i for i in range(k)],
    }
    audit = audited(tmp_path, "numbers", columns)
    names = covariates_of(audit.measurement).names
    assert len(set(names)) == len(names)
    explanation = analysis.explain(audit, audit.measurement.items[0], stream(0, "analysis"))
    assert explanation is not None


def test_evenbands_own_columns_are_known_and_the_users_are_not() -> None:
    """A user's column keeps its name unless evenband has one of that name."""
    slot = Slot("s", ("a", "b"), "", {"synset": (1, 2), "sense": (3, 4)}, own=frozenset({"synset"}))
    columns, own = label_columns(slot, {"sense": ("p", "q")}, {"word_verb": (True, False)})
    assert columns == {
        "synset": (1, 2),
        "slot_sense": (3, 4),
        "sense": ("p", "q"),
        "word_verb": (True, False),
    }
    assert own == {"synset", "sense", "word_verb"}


def test_a_file_of_an_older_version_has_no_owners(tmp_path: Path) -> None:
    """Its columns are read by their names, as that version did."""
    [audit] = evenband.audit("toy:chars", "comma", sample=5)
    old = replace(audit.measurement, own=None)
    (tmp_path / "m.parquet").write_bytes(parquet.to_bytes(old))
    found = parquet.read(tmp_path / "m.parquet")
    assert found.own is None
    assert found.known("synset") == audit.measurement.columns["synset"]
    again = analysis.analyse(found, Circumstances(stream(0, "analysis")))
    assert isinstance(again, PairsAudit)
    assert again.summary.median.value == audit.summary.median.value


def test_a_column_that_is_called_like_a_form_is_not_the_form(tmp_path: Path) -> None:
    """A list of products often has a title; the kit's {x.title} is the term with capitals."""
    terms = tmp_path / "terms.csv"
    terms.write_text(
        "name,title,lower,typo\n" + "".join(f"red {n},Mr,-,?\n" for n in NOUNS[:8]), encoding="utf-8"
    )
    [audit] = evenband.audit("toy:chars", "kit-casing", terms=f"{terms}@column=name")
    texts = {str(text) for table in audit.measurement.details.texts for text in table.ravel()}
    assert f"A Short Introduction To Red {NOUNS[0].title()}" in texts
    assert audit.measurement.columns["title"] == ("Mr",) * 8
