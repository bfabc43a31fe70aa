"""Details travel as tables and facts, and come back the same."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenband.errors import InputError
from evenband.types import Details, PairsDetails, ScreenDetails, details_class
from evenband.types.details import LETTERS

N, T = 3, 2
NUMBERS = st.floats(0, 1) | st.just(float("nan"))
NAMES = st.text(st.characters(categories=["L"]), min_size=1, max_size=4)
PERCENTILES = st.lists(st.floats(0, 1), max_size=3).map(tuple)
ROWS = st.lists(st.integers(0, N - 1), max_size=N)
COLUMNS = st.lists(st.integers(0, T - 1), max_size=T)


@st.composite
def tables(draw: st.DrawFn, cells: st.SearchStrategy[Any] = NUMBERS, dtype: Any = np.float64) -> Any:
    rows = draw(st.lists(st.lists(cells, min_size=T, max_size=T), min_size=N, max_size=N))
    return np.array(rows, dtype=dtype)


@st.composite
def pairs_details(draw: st.DrawFn) -> PairsDetails:
    """Every combination of what a subject can and cannot give."""
    one: dict[str, Any] = {
        name: draw(st.none() | tables()) for name in ("swap", "hit", "auc", "passes", "tokens")
    }
    texts = draw(st.lists(tables(st.text(max_size=5), object), max_size=4))
    return PairsDetails(
        **one,
        texts=tuple(texts),
        similar=tuple(draw(st.lists(tables(), max_size=3))),
        exchange=draw(st.dictionaries(NAMES, tables(), max_size=2)),
        screen=draw(st.none() | st.builds(ScreenDetails, tables(), tables(), tables())),
        calibration=draw(st.dictionaries(NAMES, PERCENTILES, max_size=2)),
        baselines=draw(st.dictionaries(NAMES, st.floats(0, 1), max_size=2)),
        missing=tuple(draw(st.lists(st.tuples(st.text(), st.text()), max_size=2))),
        skipped=tuple(draw(st.lists(st.text(), max_size=2))),
        remarks=tuple(draw(st.lists(st.text(), max_size=2))),
        components=draw(st.none() | tables(dtype=np.float16)),
    )


def assert_equal(left: PairsDetails, right: PairsDetails) -> None:
    """By what they are made of, since arrays have no truth value; NaN equals NaN."""
    assert left.to_facts() == right.to_facts()
    assert left.to_bytes() == right.to_bytes()
    assert list(left.to_tables()) == list(right.to_tables())
    for name, table in left.to_tables().items():
        np.testing.assert_array_equal(table, right.to_tables()[name])
    assert (len(left.texts), len(left.similar)) == (len(right.texts), len(right.similar))
    assert (left.calibration, left.baselines, left.missing, set(left.exchange)) == (
        right.calibration, right.baselines, right.missing, set(right.exchange),
    )  # fmt: skip
    assert [left.screen is None, left.passes is None] == [right.screen is None, right.passes is None]


@given(pairs_details())
def test_tables_and_facts_rebuild_the_details(details: PairsDetails) -> None:
    """Facts go through JSON on their way."""
    facts = json.loads(json.dumps(details.to_facts()))
    assert_equal(PairsDetails.rebuild(details.to_tables(), {**facts, **details.to_bytes()}), details)


@given(
    pairs_details(), st.lists(st.integers(0, N - 1), max_size=N), st.lists(st.integers(0, T - 1), max_size=T)
)
def test_taking_rows_and_columns_takes_them_of_every_table(
    details: PairsDetails, rows: list[int], columns: list[int]
) -> None:
    """In the order given; facts are those of the whole, components the labels' own."""
    taken = details.take(rows, columns)
    assert taken.to_facts() == details.to_facts()
    assert taken.to_bytes() == {name: [cells[i] for i in rows] for name, cells in details.to_bytes().items()}
    assert list(taken.to_tables()) == list(details.to_tables())
    for name, table in details.to_tables().items():
        np.testing.assert_array_equal(taken.to_tables()[name], table[rows][:, columns])


def test_each_detail_has_the_column_name_of_a_measurement_file() -> None:
    """A contract: files of the first edition are read by these names."""
    values = {name: np.full((1, 1), float(k)) for k, name in enumerate(("c", "d", "x", "y", "pass"))}
    details = PairsDetails(
        texts=(np.array([["a"]], dtype=object),) * 4,
        similar=(values["c"], values["d"]),
        exchange={"x": values["x"], "y": values["y"]},
        passes=values["pass"],
    )
    named = details.to_tables()
    assert [f"text_{letter}" for letter in LETTERS[:4]] == [name for name in named if "text" in name]
    assert named["score_c"] is values["c"]
    assert named["score_d"] is values["d"]
    assert named["swap_x"] is values["x"]
    assert named["swap_y"] is values["y"]
    assert named["pass"] is values["pass"]
    assert "swap" not in named


def test_a_screen_is_whole_or_not_there() -> None:
    """Without the cells drawn at random nothing can be calibrated."""
    table = np.zeros((1, 1))
    assert PairsDetails.rebuild({"exact": table, "fast": table}, {}).screen is None
    assert PairsDetails.rebuild({"exact": table, "fast": table, "drawn": table}, {}).screen is not None


def test_a_baseline_that_is_not_a_number_was_not_measured() -> None:
    """The first edition wrote NaN for it."""
    assert PairsDetails.rebuild({}, {"baselines": {"words": 0.5, "chars": float("nan")}}).baselines == {
        "words": 0.5
    }


def test_a_kind_is_found_by_its_name_and_taken_once() -> None:
    """The error lists what exists; a second class of one kind is refused, and so is one without."""
    assert details_class("pairs") is PairsDetails
    with pytest.raises(InputError, match=r"no measurement is of the kind 'pears' \(there are: .*pairs"):
        details_class("pears")
    with pytest.raises(InputError, match="got kind 'pairs', expected a new, non-empty name"):

        class Second(Details):
            kind: ClassVar[str] = "pairs"

    with pytest.raises(InputError, match="got kind '', expected a new, non-empty name"):

        class Nameless(Details):
            pass
