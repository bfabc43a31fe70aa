"""Values from the user's files, and what is said where a file cannot be used."""

from __future__ import annotations

import csv
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evenband.errors import InputError
from evenband.slots import load

CELLS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1).map(str.strip)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("terms.csv", "term,area\n tort ,law\n\"stroke, mild\",\n"),
        ("terms.csv", "\ufeffterm,area\r\ntort,law\r\n\"stroke, mild\",\r\n\r\n"),
        ("terms.tsv", "term\tarea\ntort\tlaw\nstroke, mild\t\n"),
        ("terms.json", '[{"term": "tort", "area": "law"}, {"area": null, "term": "stroke, mild"}]'),
        ("terms.jsonl", '{"term": "tort", "area": "law"}\n\n{"term": "stroke, mild", "area": null}\n'),
    ],
)  # fmt: skip
def test_columns_stay_with_the_values(folder: Path, name: str, content: str) -> None:
    """The named column fills the slot, the others come along, an empty cell is None."""
    (folder / name).write_bytes(content.encode())
    slot = load(f"file:{name}@column=term")
    assert slot.values == ("tort", "stroke, mild")
    assert slot.columns == {"area": ("law", None)}
    assert slot.origin == f"column 'term' of {name}"


def test_parquet_keeps_its_types(folder: Path) -> None:
    """Numbers stay numbers."""
    table = pa.table({"term": ["tort", "stroke"], "year": [1900, None], "weight": [0.5, 1.0]})
    pa.parquet.write_table(table, folder / "terms.parquet")
    slot = load("file:terms.parquet@column=term")
    assert slot.values == ("tort", "stroke")
    assert slot.columns == {"year": (1900, None), "weight": (0.5, 1.0)}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("terms.txt", "tort\n\n  \nstroke \n\n"),
        ("terms.TXT", "\ufefftort\r\nstroke"),
        ("terms.json", '["tort", "stroke"]'),
        ("terms.jsonl", '"tort"\n"stroke"\n'),
        ("a@b.txt", "tort\nstroke\n"),
    ],
)
def test_plain_values_need_no_column(folder: Path, name: str, content: str) -> None:
    """One value a line, or a list of strings; an @ in a file's name is no option."""
    (folder / name).write_bytes(content.encode())
    slot = load(f"file:{name}")
    assert slot.values == ("tort", "stroke")
    assert slot.columns == {}


@given(rows=st.lists(st.tuples(CELLS.filter(bool), CELLS), min_size=1, unique_by=lambda row: row[0]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_what_csv_writes_is_read(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    """Any cells, quoted by Python's own csv writer, come back."""
    with (tmp_path / "any.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("term", "note"), *rows])
    slot = load(f"file:{tmp_path / 'any.csv'}@column=term")
    assert slot.values == tuple(term for term, _ in rows)
    assert slot.columns["note"] == tuple(note or None for _, note in rows)


@pytest.mark.parametrize(
    ("name", "content", "option", "message"),
    [
        ("t.csv", b"term,area\na,b\n", "", r"2 columns \(term, area\).*add @column=NAME"),
        ("t.csv", b"term,area\na,b\n", "@column=terms", "no column 'terms'; did you mean 'term'"),
        ("t.csv", b"term\na\n\nb\n", "", "line 3 has 0 cells, expected 1"),
        ("t.csv", b"term,x\na,1\n,2\n", "@column=term", "line 3 is empty"),
        ("t.csv", b"term,x\na,1\nb,2\na ,3\n", "@column=term", "line 4 repeats 'a' of line 2"),
        ("t.csv", b'term,x\n"a\nb",1\nc,1\nc,2\n', "@column=term", "line 5 repeats 'c' of line 4"),
        ("t.csv", b"term,x\na\n", "@column=term", "line 2 has 1 cell, expected 2"),
        ("t.csv", b"term,term\na,b\n", "@column=term", "columns 1 and 2 are both called 'term'"),
        ("t.csv", b"term,\na,b\n", "@column=term", "column 2 has no name"),
        ("t.csv", b'term\n"a\n', "", "line 2: unexpected end of data"),
        ("t.csv", b"term\n", "", "has no rows"),
        ("t.csv", b"", "", "has no rows"),
        ("t.csv", b"name;price\nrain jacket;80\n", "", "'name;price' looks separated by a semicolon"),
        ("t.csv", b"name\tprice\nhat\t8\n", "", "looks separated by a tab, .*or with tabs as .tsv"),
        ("t.tsv", b"name,price\nhat,8\n", "", "looks separated by a comma, expected tabs"),
        ("t.txt", b"a\n\nb\n\na\n", "", "line 5 repeats 'a' of line 1"),
        ("t.txt", b"a\n", "@column=term", "drop @column"),
        ("t.txt", b"a\nb\xff\n", "", r"byte 3 \(line 2\) is 0xff, expected UTF-8"),
        ("t.txt", b"\n\n", "", "has no rows"),
        ("t.json", b'{"a": 1}', "", "got a JSON dict, expected a list"),
        ("t.json", b'["a",', "", "line 1, column 6: .*expected JSON"),
        ("t.json", b'["a", 2]', "", "row 2 is 2, expected text"),
        ("t.json", b'[{"a": "x"}, {"b": "y"}]', "", "row 2 has b, expected the keys a"),
        ("t.json", b'["a", 2, "", "a"]', "", "3 bad rows: row 2 is 2, .*; row 3 is empty, .*--skip-bad"),
        ("t.json", b'["a\\ud83d"]', "", "row 1 is 'a.ud83d', which holds half a character"),
        ("t.csv", b"term,x\na,1\n", "@colum=term", "the option 'colum'; did you mean 'column'"),
        ("t.csv", b"term,x\na,1\n", "@term", r"the option 'term' \(there are: column, skip_bad"),
        ("t.jsonl", b'"a"\n{\n', "", "line 2, column 2: .*expected JSON"),
        ("t.parquet", b"PAR?", "", "not a Parquet file"),
        ("t.docx", b"a", "", "'.docx', expected one of .csv, .tsv, .txt, .json, .jsonl, .parquet"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused(folder: Path, name: str, content: bytes, option: str, message: str) -> None:
    """The error names the reference, the place in the file, what was found and what was expected."""
    (folder / name).write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        load(f"file:{name}{option}")
    assert f"'file:{name}{option}'" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_told_the_nearest_name(folder: Path) -> None:
    """Of the files in that folder; a folder that is not there has none."""
    (folder / "terms.csv").write_text("term\na\n", encoding="utf-8")
    with pytest.raises(
        InputError, match=r"term.csv does not exist, expected a file; did you mean 'terms.csv'"
    ):
        load("file:term.csv")
    with pytest.raises(InputError, match=r"gone.term.csv does not exist, expected a file$"):
        load("file:gone/term.csv")
    with pytest.raises(InputError, match=r"x+[.]csv.*expected a file"):
        load(f"file:{'x' * 300}.csv")
    with pytest.raises(InputError, match=r"cannot look for ~nobody-of-that-name/t[.]csv"):
        load("file:~nobody-of-that-name/t.csv")
    with pytest.raises(InputError, match="is a folder, expected a file"):
        load(f"file:{folder}")


def test_bad_rows_are_left_out_if_asked_for(folder: Path) -> None:
    """And listed, each with its line; the other columns follow the values that are left."""
    (folder / "t.csv").write_text("term,n\n a ,1\n,2\na,3\nb, 4 \nc\n", encoding="utf-8")
    slot = load("file:t.csv@skip_bad@column=term")
    assert (slot.values, slot.columns) == (("a", "b"), {"n": ("1", "4")})
    assert slot.skipped == (
        "t.csv: line 6 has 1 cell, expected 2 as in the header",
        "t.csv: line 3 is empty, expected a value",
        "t.csv: line 4 repeats 'a' of line 2, expected unique values",
    )
    (folder / "none.csv").write_text("term\n\n", encoding="utf-8")
    with pytest.raises(InputError, match="has no rows"):
        load("file:none.csv@skip_bad")


def test_columns_of_several_types_become_text(folder: Path) -> None:
    """With a remark; the values do not depend on it."""
    (folder / "t.json").write_text('[{"a": "x", "n": 1}, {"a": "y", "n": "2"}]', encoding="utf-8")
    slot = load("file:t.json@column=a")
    assert slot.columns == {"n": ("1", "2")}
    assert slot.remarks == (
        "t.json: column 'n' is kept as text, since no file of measurements can hold its values",
    )
