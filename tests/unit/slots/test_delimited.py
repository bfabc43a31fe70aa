"""CSV and TSV as people have them: every line is a row, and cells are as they are in the file."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from evenband.errors import InputError
from evenband.slots.tables import read

TEXT = st.text(st.sampled_from("ab \"',"), max_size=8)
CELL = st.text(st.sampled_from("ab \"',\t\n"), max_size=8)


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def rows_of(path: Path) -> list[tuple[object, ...]]:
    return list(zip(*read(path, "t").columns.values(), strict=True))


UNQUOTED = [
    ("A man eats.", "A man is eating."),
    ('"A girl is dancing', "A girl dances"),
    ("A plane takes off", '"I will not go," she said'),
    ('The cat sat on the mat"', "A cat is sitting"),
    ('The sign read "closed"', 'A sign said ""closed""'),
    ('"Who is it?"', "Who is there"),
]
"""Rows as STS-B, MRPC and QQP hold them: quotation marks belong to the texts."""


@pytest.mark.parametrize("rows", [UNQUOTED, UNQUOTED[:4], UNQUOTED[3:], UNQUOTED[5:], UNQUOTED[1:2] * 3])
def test_quotation_marks_of_an_unquoted_tsv_belong_to_the_texts(
    tmp_path: Path, rows: list[tuple[str, str]]
) -> None:
    """No line is swallowed, and no text loses its marks."""
    content = "".join("\t".join(row) + "\n" for row in [("a", "b"), *rows])
    assert rows_of(written(tmp_path, "t.tsv", content)) == rows


@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
@given(rows=st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
def test_what_a_program_quotes_in_a_tsv_is_read_back(
    tmp_path: Path, quoting: Literal[0, 1, 2], rows: list[tuple[str, str, str]]
) -> None:
    """As csv.writer and pandas write it, unless a quoted cell could be several rows: then it is refused."""
    file = io.StringIO()
    csv.writer(file, delimiter="\t", quoting=quoting, lineterminator="\n").writerows([("a", "b", "c"), *rows])
    path = written(tmp_path, "t.tsv", file.getvalue())
    try:
        table = read(path, "t")
    except InputError as error:
        assert "may be one quoted cell" in str(error)  # noqa: PT017
        assert any("\t" in cell and "\n" in cell for row in rows for cell in row)
        return
    found = list(zip(*table.columns.values(), strict=True))
    assert table.remarks or found == [tuple(cell or None for cell in row) for row in rows]


@given(rows=st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
def test_every_line_of_an_unquoted_tsv_is_a_row(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    """Whatever marks are in it; a text keeps its marks or loses the outer ones by the rule, no more."""
    assume(all(one or other for one, other in rows))
    content = "a\tb\n" + "".join("\t".join(row) + "\n" for row in rows)
    found = rows_of(written(tmp_path, "t.tsv", content))
    assert len(found) == len(rows)
    for row, cells in zip(rows, found, strict=True):
        for text, cell in zip(row, cells, strict=True):
            assert (cell or "") in (text, text[1:-1].replace('""', '"'))


def test_excel_quotes_cells_with_commas_too(tmp_path: Path) -> None:
    """Its rule is known by all cells with a comma or a mark being quoted, and no others."""
    content = 'a\tb\n"I came, I saw"\tveni\nno comma\t"He said ""hi"""\n'
    assert rows_of(written(tmp_path, "t.tsv", content)) == [
        ("I came, I saw", "veni"),
        ("no comma", 'He said "hi"'),
    ]
    mixed = content + "one, two\tthree\n"  # not quoted, so the other marks are none of a program's
    assert rows_of(written(tmp_path, "t.tsv", mixed))[1] == ("no comma", '"He said ""hi"""')


def test_a_quoted_cell_with_a_line_break_is_one_row(tmp_path: Path) -> None:
    """There is no other way to read it."""
    content = 'a\tb\n"line one\nline two"\tx\ny\t"z\r\nz"\n'
    assert rows_of(written(tmp_path, "t.tsv", content)) == [("line one\nline two", "x"), ("y", "z\r\nz")]


@pytest.mark.parametrize(
    "content", ['a\n"one\ntwo"\nthree\n', 'a\tb\nx\t"one\tp\ntwo"\ty\nu\tv\nw\n' + "z\tz\n"]
)
def test_what_may_be_one_row_or_several_is_refused_or_read_by_lines(tmp_path: Path, content: str) -> None:
    """Never with lines missing and no word."""
    path = written(tmp_path, "t.tsv", content)
    try:
        table = read(path, "t")
    except InputError as error:
        assert "may be one quoted cell or several rows" in str(error)  # noqa: PT017
    else:
        assert len(table.lines) + len(table.faults) == content.count("\n") - 1


def test_ambiguous_marks_are_remarked_on(tmp_path: Path) -> None:
    """Whoever meant them as quoting can see how they were read."""
    table = read(written(tmp_path, "t.tsv", 'a\tb\n"Who is it?"\tx\nplain\ty\n'), "t")
    assert table.columns["a"] == ('"Who is it?"', "plain")
    assert table.remarks == ("t.tsv: quotation marks are read as part of the texts (line 2)",)


def test_a_column_that_lost_its_marks_is_remarked_on(tmp_path: Path) -> None:
    """It may be quoted by a program, or hold direct speech."""
    table = read(written(tmp_path, "t.tsv", 'a\tb\n"Who is it?"\tx\n"It is I."\ty\n'), "t")
    assert table.columns["a"] == ("Who is it?", "It is I.")
    remark = "t.tsv: quotation marks around all cells of a column are read as quoting (line 2)"
    assert table.remarks == (remark,)
    quoted = 'a\tb\n"Who is ""it""?"\tx\nIt is I.\ty\n'
    assert read(written(tmp_path, "t.tsv", quoted), "t").remarks == ()


def test_spaces_and_long_cells_are_as_they_are(tmp_path: Path) -> None:
    """In both formats, quoted or not; a text may have more characters than Python's csv module likes."""
    long = "word " * 60_000
    before = csv.field_size_limit()
    for name, mark in (("t.csv", ","), ("t.tsv", "\t")):
        content = f'a{mark}b\n "x" {mark}{long}\nhello there {mark}\u00a0u\u00a0\n'
        assert rows_of(written(tmp_path, name, content)) == [
            (' "x" ', long),
            ("hello there ", "\u00a0u\u00a0"),
        ]
    assert csv.field_size_limit() == before


@pytest.mark.parametrize("name", ["t.csv", "t.tsv"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_marks_line_ends_and_blank_lines_do_not_matter(
    tmp_path: Path, name: str, encoding: str, end: str
) -> None:
    """Line numbers count them."""
    lines = ["", "a,b".replace(",", "\t" if name == "t.tsv" else ","), "", "é,1", "", "z,2", "", ""]
    content = end.join(line.replace(",", "\t") if name == "t.tsv" else line for line in lines)
    table = read(written(tmp_path, name, content.encode(encoding)), "t")
    assert (table.columns, table.lines) == ({"a": ("é", "z"), "b": ("1", "2")}, (4, 6))


@pytest.mark.parametrize("mark", [";", ",", "\t"])
def test_the_separator_that_excel_is_told_is_used(tmp_path: Path, mark: str) -> None:
    """In its first line; errors count that line."""
    path = written(tmp_path, "t.csv", f"sep={mark}\r\na{mark}b\r\nx{mark}y\r\n")
    assert rows_of(path) == [("x", "y")]
    assert read(path, "t").lines == (3,)
    faulty = read(written(tmp_path, "t.csv", f"sep={mark}\na{mark}b\nx\nu{mark}v\n"), "t")
    assert [fault.text for fault in faulty.faults] == ["line 3 has 1 cell, expected 2 as in the header"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.csv", b'a,b\n"I go," she said,x\n', "line 2: ',' expected after '\"'; a cell with a quotation"),
        ("t.csv", b"a,b\nx\0,y\n", "line 2 holds a zero byte"),
        ("t.csv", "a,b\nx,y\n".encode("utf-16-le"), "line 1 holds a zero byte, .*save the file as UTF-8"),
        ("t.csv", b"\xff\xfea\x00b", "UTF-16, which its first bytes announce"),
        ("t.csv", b",a,b\n0,x,y\n", "column 1 has no name, .*index=False"),
        ("t.csv.gz", b"\x1f\x8b", "compressed file; unpack it first, such as with gunzip"),
        ("t.csv", b"a,b\n\n\n", "has no rows, expected at least one"),
        ("t.tsv", b"a;b\nx;y\n", "looks separated by a semicolon, expected tabs"),
    ],
)
def test_what_is_no_table_is_one_clear_line(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    """Which says where, and what to do."""
    with pytest.raises(InputError, match=message) as caught:
        read(written(tmp_path, name, content), "t")
    assert "\n" not in str(caught.value)
    assert "\t" not in str(caught.value)


def test_lines_that_a_csv_file_joins_are_remarked_on_where_each_could_be_a_row(tmp_path: Path) -> None:
    """Marks that balance by accident swallow lines, which quoting in CSV demands; it is said."""
    content = 'a,b\nx,y\n"A girl is dancing,A girl dances\nThe cat sat",A cat is sitting\n'
    assert read(written(tmp_path, "t.csv", content), "t").remarks == (
        "t.csv: lines 3 to 4 are read as one row with a quoted cell",
    )
