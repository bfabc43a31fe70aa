"""Corpora of every kind are read as the same documents, and faulty rows are named by their place."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evenband.corpora.corpus_files import Corpus
from evenband.corpora.documents import Document, Fault
from evenband.corpora.lance_tables import DocumentStoreError, guarded
from evenband.errors import InputError

ROWS = [
    {"_id": "a", "title": "Cats", "text": "a cat sleeps", "year": 2001},
    {"_id": "b", "title": "", "text": 'a dog "barks"', "year": 2002},
]
EXPECTED = [("a", "Cats a cat sleeps"), ("b", 'a dog "barks"')]


def _lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def _write(folder: Path, kind: str) -> Path:
    """Write the rows as a corpus of some kind."""
    if kind == "jsonl":
        return _lines(folder / "c.jsonl", ROWS)
    if kind == "gzip":
        plain = _lines(folder / "c.jsonl", ROWS)
        (folder / "packed.jsonl.gz").write_bytes(gzip.compress(plain.read_bytes()))
        return folder / "packed.jsonl.gz"
    if kind == "beir":
        _lines(folder / "corpus.jsonl", ROWS)
        return folder
    if kind == "csv":
        lines = '_id,title,text,year\na,Cats,a cat sleeps,2001\nb,,"a dog ""barks""",2002\n'
        (folder / "c.csv").write_text(lines, encoding="utf-8")
        return folder / "c.csv"
    if kind == "tsv":
        lines = '_id\ttitle\ttext\tyear\na\tCats\ta cat sleeps\t2001\nb\t\ta dog "barks"\t2002\n'
        (folder / "c.tsv").write_text(lines, encoding="utf-8")
        return folder / "c.tsv"
    table = pa.Table.from_pylist(ROWS)
    if kind == "parquet":
        pq.write_table(table, folder / "c.parquet")
        return folder / "c.parquet"
    with (
        pa.OSFile(str(folder / "data-0.arrow"), "wb") as sink,
        pa.ipc.new_stream(sink, table.schema) as writer,
    ):
        writer.write_table(table)
    state = {"_data_files": [{"filename": "data-0.arrow"}]}
    (folder / "state.json").write_text(json.dumps(state), encoding="utf-8")
    return folder


@pytest.mark.parametrize("kind", ["jsonl", "gzip", "beir", "csv", "tsv", "parquet", "saved"])
def test_reads_every_kind(tmp_path: Path, kind: str) -> None:
    """The same rows are the same documents in every format; other columns are kept."""
    documents = list(Corpus(_write(tmp_path, kind)))
    assert [(one.id, one.text) for one in documents if isinstance(one, Document)] == EXPECTED
    assert [str(json.loads(one.columns)["year"]) for one in documents if isinstance(one, Document)] == [
        "2001",
        "2002",
    ]


def test_reads_a_folder_of_texts(tmp_path: Path) -> None:
    """Each text file is a document whose id is its path; one that is not UTF-8 is named."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.md").write_text("zwölf", encoding="utf-8")
    (tmp_path / "a.txt").write_text("one", encoding="utf-8")
    (tmp_path / "c.txt").write_bytes(b"zw\xf6lf")
    first, fault, second = Corpus(tmp_path)
    assert isinstance(first, Document)
    assert isinstance(second, Document)
    assert [(one.id, one.text) for one in (first, second)] == [("a.txt", "one"), ("sub/b.md", "zwölf")]
    assert str(fault) == "c.txt is not UTF-8: byte 2 is 0xf6"


def test_names_faulty_rows(tmp_path: Path) -> None:
    """What is wrong with a line is said with its number, and the lines around it are read."""
    lines = [
        b'{"_id": "a", "text": "fine"}',
        b'{"text": "no id"}',
        b'{"_id": "c", "text": "  "}',
        b'{"_id": "d", "text": 5}',
        b"{",
        b"[1]",
        b'{"_id": "\xff", "text": "x"}',
        b'{"_id": "h", "text": "\\ud800"}',
        b"",
        b'{"_id": 7, "text": "fine"}',
    ]
    (tmp_path / "c.jsonl").write_bytes(b"\n".join(lines))
    read = list(Corpus(tmp_path / "c.jsonl"))
    assert [one.id for one in read if isinstance(one, Document)] == ["a", "7"]
    assert [str(one) for one in read if isinstance(one, Fault)] == [
        "c.jsonl line 2 has no id in '_id'",
        "c.jsonl line 3 (id 'c') has an empty text",
        "c.jsonl line 4 has 5 in 'text' instead of a text",
        "c.jsonl line 5 is '{', no JSON",
        "c.jsonl line 6 is '[1]', no JSON object",
        "c.jsonl line 7 is not UTF-8: byte 9 is 0xff",
        "c.jsonl line 8 (id 'h') holds half a character",
    ]


def test_names_faulty_lines_of_tables(tmp_path: Path) -> None:
    """A line of a CSV file with other cells than the header, or not in UTF-8, is named."""
    (tmp_path / "c.csv").write_bytes(b"id,text\n1,fine\n2,a,b\n3,\xff\n4,fine\n")
    read = list(Corpus(tmp_path / "c.csv"))
    assert [one.id for one in read if isinstance(one, Document)] == ["1", "4"]
    assert [str(one) for one in read if isinstance(one, Fault)] == [
        "c.csv line 3 has 3 cells, the header has 2",
        "c.csv line 4 is not UTF-8",
    ]


def test_a_header_that_names_a_column_twice_is_refused(tmp_path: Path) -> None:
    """One of the two would be lost; columns without a name, as spreadsheets end lines, are not read."""
    (tmp_path / "c.csv").write_text("id,text,text\n1,tea,milk\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"c.csv: its header names 'text' more than once"):
        list(Corpus(tmp_path / "c.csv"))
    (tmp_path / "d.csv").write_text("id,text,,\n1,tea,,\n", encoding="utf-8")
    assert [one.text for one in Corpus(tmp_path / "d.csv") if isinstance(one, Document)] == ["tea"]


def test_lance_does_not_tell_where_its_source_was_built() -> None:
    """Its messages end in a path of somebody else's machine."""
    message = r"cannot be read: LanceError\(IO\): no such column; if it"
    with pytest.raises(DocumentStoreError, match=message), guarded("s", "read"):
        raise OSError("LanceError(IO): no such column, /home/runner/work/lance/src/a.rs:331:13")


def test_a_title_need_not_stand_in_the_first_row(tmp_path: Path) -> None:
    """Each row's own title is joined with its text, and is no column beside it."""
    rows = [{"id": 1, "text": "one"}, {"id": 2, "title": "Two", "text": "words"}, {"id": 3, "title": "Three"}]
    documents = [one for one in Corpus(_lines(tmp_path / "c.jsonl", rows)) if isinstance(one, Document)]
    assert [(one.text, one.columns) for one in documents] == [
        ("one", "{}"),
        ("Two words", "{}"),
        ("Three", "{}"),
    ]


def test_takes_the_columns_that_are_named(tmp_path: Path) -> None:
    """Columns can be named, and the number of the row can be the id."""
    path = _lines(tmp_path / "c.jsonl", [{"name": "x", "head": "one", "body2": "two"}])
    [document] = Corpus(path, "name", ("head", "body2"))
    [numbered] = Corpus(path, "row", ("body2",))
    assert isinstance(document, Document)
    assert isinstance(numbered, Document)
    assert (document.id, document.text) == ("x", "one two")
    assert (numbered.id, json.loads(numbered.columns)) == ("1", {"head": "one", "name": "x"})


@pytest.mark.parametrize(
    ("rows", "id_column", "text", "message"),
    [
        ([{"id": 1, "words": "x"}], None, (), "expected one called text; name the column"),
        ([{"key": 1, "text": "x"}], None, (), "expected one called _id or id; .*--id row"),
        ([{"id": 1, "text": "x"}], None, ("txt",), "no column is called 'txt'; did you mean 'text'"),
    ],
)
def test_refuses_missing_columns(
    tmp_path: Path, rows: list[dict[str, Any]], id_column: str | None, text: tuple[str, ...], message: str
) -> None:
    """A corpus without a column of ids or texts is refused with the columns that it has."""
    with pytest.raises(InputError, match=message):
        list(Corpus(_lines(tmp_path / "c.jsonl", rows), id_column, text))


def test_refuses_what_is_no_corpus(tmp_path: Path) -> None:
    """A missing file, an unknown ending, an empty folder and a folder of splits are refused in one line."""
    (tmp_path / "x.pdf").write_text("x", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    splits = tmp_path / "splits"
    (splits / "test").mkdir(parents=True)
    (splits / "dataset_dict.json").write_text("{}", encoding="utf-8")
    (splits / "test" / "state.json").write_text("{}", encoding="utf-8")
    (tmp_path / "bad.parquet").write_bytes(b"no")
    for name, message in {
        "none.jsonl": "no such file",
        "x.pdf": "expected a corpus as .jsonl",
        "empty": "expected a corpus as .jsonl",
        "splits": "several splits; give one of them: .*test",
        "splits/test": "_data_files",
        "bad.parquet": "not a Parquet file",
    }.items():
        with pytest.raises(InputError, match=message):
            list(Corpus(tmp_path / name))


@pytest.mark.parametrize("mark", [",", "\t"])
def test_reads_packed_tables(tmp_path: Path, mark: str) -> None:
    """A .csv.gz or .tsv.gz file is unpacked, and read as the plain one."""
    file = tmp_path / f"c.{'csv' if mark == ',' else 'tsv'}.gz"
    file.write_bytes(gzip.compress("id,text\na,one\nb,zwölf\n".replace(",", mark).encode()))
    found = [(one.id, one.text) for one in Corpus(file) if isinstance(one, Document)]
    assert found == [("a", "one"), ("b", "zwölf")]


@pytest.mark.parametrize("name", ["c.jsonl.gz", "c.csv.gz"])
@pytest.mark.parametrize("damage", ["short", "broken", "plain"])
def test_refuses_a_damaged_packed_file(tmp_path: Path, name: str, damage: str) -> None:
    """A file that is cut short, broken or not packed at all is refused in one line."""
    content = b"id,text\n" if name == "c.csv.gz" else b""
    rows = [b"%d,text\n" if content else b'{"_id": "%d", "text": "x"}\n'] * 5000
    packed = gzip.compress(content + b"".join(row % number for number, row in enumerate(rows)))
    half = len(packed) // 2
    damaged = {"short": packed[:half], "broken": packed[:half] + b"\xff" * 50, "plain": content + b"a,b\n"}
    (tmp_path / name).write_bytes(damaged[damage])
    with pytest.raises(InputError, match=r"is cut short or damaged: .*; pack or download it again"):
        list(Corpus(tmp_path / name))


@pytest.mark.parametrize("depth", [3, 99, 102, 900, 5000, 100_000])
def test_very_deep_columns_are_a_fault(tmp_path: Path, depth: int) -> None:
    """Columns nested deeper than a search could read are named by line, and never end in a traceback."""
    row = '{"_id": "a", "text": "x", "c": ' + "[" * depth + "]" * depth + "}"
    (tmp_path / "c.jsonl").write_text(row, encoding="utf-8")
    [one] = Corpus(tmp_path / "c.jsonl")
    assert isinstance(one, Document if depth < 100 else Fault)
    assert not isinstance(one, Fault) or one.place == "c.jsonl line 1"


def test_a_folder_says_what_of_it_is_not_read(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Suffixes in capitals are texts; other files are counted and named, hidden ones left alone."""
    for name in ("a.TXT", "b.md", "c.pdf", "d.html", ".hidden"):
        (tmp_path / name).write_text("words", encoding="utf-8")
    assert [one.id for one in Corpus(tmp_path) if isinstance(one, Document)] == ["a.TXT", "b.md"]
    assert "its texts are read, and 2 files not: c.pdf, d.html" in caplog.text


def test_texts_beside_rows_are_no_corpus(tmp_path: Path) -> None:
    """A README must not become the whole corpus in silence."""
    _lines(tmp_path / "part-1.jsonl", ROWS)
    (tmp_path / "part-2.csv").write_text("id,text\n1,x\n", encoding="utf-8")
    (tmp_path / "README.md").write_text("about", encoding="utf-8")
    with pytest.raises(InputError, match=r"files with rows \(part-1.jsonl, part-2.csv\); give one of these"):
        list(Corpus(tmp_path))


def test_splits_of_one_data_set_are_no_corpus(tmp_path: Path) -> None:
    """Shards of one split are; train and test together are not."""
    (tmp_path / "data").mkdir()
    for name in ("train-00000-of-00002", "train-00001-of-00002"):
        pq.write_table(pa.table({"id": [name], "text": ["x"]}), tmp_path / "data" / f"{name}.parquet")
    assert len(list(Corpus(tmp_path))) == 2
    pq.write_table(pa.table({"id": ["t"], "text": ["x"]}), tmp_path / "data" / "test-00000-of-00001.parquet")
    with pytest.raises(InputError, match=r"several splits \(test, train\); give the file of one"):
        list(Corpus(tmp_path))
