"""The user's own tables of pairs and triples."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import evenband
from evenband import api, encoders
from evenband.errors import InputError
from evenband.probes import Draw, read_table
from evenband.probes.files.drawing import QUICK


def _write(folder: Path, text: str, name: str = "mine.csv") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_a_quick_draw_takes_some_rows_and_the_others_all(tmp_path: Path) -> None:
    """The same every time, in the file's order, each with its own texts."""
    file = tmp_path / "pairs.csv"
    file.write_text("a,b\n" + "".join(f"first {i:03},second {i:03}\n" for i in range(100)), encoding="utf-8")
    quick = read_table(file).load(draw=Draw("quick"))
    assert len(quick.slot) == QUICK
    assert quick == read_table(file).load(draw=Draw("quick"))
    assert list(quick.slot.values) == sorted(quick.slot.values)
    first, second = quick.texts(quick.templates[0])
    assert [text.replace("first", "second") for text in first] == second
    assert len(read_table(file).load(draw=Draw("full")).slot) == 100


def test_pairs_are_an_invariance_test(tmp_path: Path) -> None:
    """Each row is a label with its two texts, whatever braces are in them."""
    probe = read_table(
        _write(tmp_path, "a,b,topic\none {x} tea,one tea please,t\ntwo cups,two cups please,t\n")
    ).load()
    made = probe.measure(encoders.load("toy:words"))
    assert (made.probe.name, made.probe.type, made.items) == ("mine", "INV", ("one {x} tea", "two cups"))
    assert made.details.texts[1][:, 0].tolist() == ["one tea please", "two cups please"]
    assert made.columns["topic"] == ("t", "t")


def test_triples_tell_their_type_and_roles_by_their_columns(tmp_path: Path) -> None:
    """The names of sentence-transformers say an order but no roles; query and relevant say both."""
    rows = "x,y,z\np,q,r\n"
    found = {}
    for header in ("a,changed,paraphrase", "query,relevant,irrelevant", "anchor,positive,negative"):
        probe = read_table(_write(tmp_path, f"{header}\n{rows}")).load()
        found[header] = probe.type, [role.value for role in probe.roles]
    assert found == {
        "a,changed,paraphrase": ("DIFF", []),
        "query,relevant,irrelevant": ("ORDER", ["query", "document", "document"]),
        "anchor,positive,negative": ("ORDER", []),
    }


def test_more_paraphrases_and_names_of_rows(tmp_path: Path) -> None:
    """Any column that begins with paraphrase is one; label names the row; equal labels are numbered."""
    text = "label,a,changed,paraphrase,paraphrase_2\nl,x,y,z,w\nl,p,q,r,s\n"
    probe = read_table(_write(tmp_path, text)).load()
    assert probe.slot.values == ("l", "l (2)")
    assert [texts[1] for texts in probe.texts(probe.templates[0])] == ["p", "q", "r", "s"]


def test_json_lines_are_read_too(tmp_path: Path) -> None:
    """What a program writes."""
    rows = "\n".join(json.dumps({"a": f"text {k}", "b": f"text {k}!"}) for k in range(3))
    assert len(read_table(_write(tmp_path, rows, "mine.jsonl")).labels) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("left,right\nx,y\n", "got the columns left, right, expected one of: a, b; "),
        ("a,b\n", "has no rows, expected at least one"),
        ("a,b\nx,\n", "'b' of line 2 is empty, expected a text"),
        ("a,b\nx,x\n", "'b' of line 2 repeats 'a', expected texts that differ"),
        ("a,b\nx,y,z\n", "line 2 has 3 cells, expected 2"),
    ],
)
def test_an_error_names_the_file_and_the_line(tmp_path: Path, text: str, message: str) -> None:
    """And what was expected."""
    with pytest.raises(InputError) as caught:
        read_table(_write(tmp_path, text))
    assert message in str(caught.value)
    assert str(caught.value).startswith(str(tmp_path / "mine.csv"))


def test_a_missing_table_and_one_that_is_not_utf8(tmp_path: Path) -> None:
    """One line each."""
    with pytest.raises(InputError, match="no such file"):
        read_table(tmp_path / "none.csv")
    (tmp_path / "latin.csv").write_bytes("a,b\nné,y\n".encode("latin-1"))
    with pytest.raises(InputError, match="expected UTF-8 text"):
        read_table(tmp_path / "latin.csv")


def test_a_table_has_no_fresh_draw(tmp_path: Path) -> None:
    """It says what to do instead."""
    table = read_table(_write(tmp_path, "a,b\nx,y\n"))
    with pytest.raises(InputError, match="leave --fresh out"):
        table.load(draw=Draw(fresh=1))


ROWS = [(" x ", "x"), ("hello there ", "hello there"), ("u\u00a0", "u")]


@pytest.mark.parametrize("name", ["p.csv", "p.tsv", "p.json", "p.jsonl", "p.parquet"])
def test_texts_are_as_they_are_in_the_file(tmp_path: Path, name: str) -> None:
    """Spaces included, alike in every format; texts that differ in them only do not repeat each other."""
    file = tmp_path / name
    objects = [{"a": a, "b": b} for a, b in ROWS]
    if name == "p.parquet":
        pq.write_table(pa.Table.from_pylist(objects), file)
    elif name.startswith("p.json"):
        lines = "\n".join(map(json.dumps, objects))
        file.write_text(json.dumps(objects) if name == "p.json" else lines, encoding="utf-8")
    else:
        mark = "," if name == "p.csv" else "\t"
        file.write_text("".join(f"{a}{mark}{b}\n" for a, b in [("a", "b"), *ROWS]), encoding="utf-8")
    assert list(zip(*read_table(file).texts, strict=True)) == ROWS


def test_bad_rows_are_listed_ten_at_once(tmp_path: Path) -> None:
    """With how many there are; half characters, wrong types and missing texts alike."""
    rows = [{"a": "half \ud83d", "b": "x"}, {"a": 7, "b": "x"}, {"a": "x", "b": None}, {"a": "x", "b": "x"}]
    good = [{"a": "x", "b": "y"}]
    file = _write(tmp_path, "\n".join(map(json.dumps, rows * 4 + good)), "bad.jsonl")
    with pytest.raises(InputError) as caught:
        read_table(file)
    message = str(caught.value)
    assert message.startswith(f"{file}: 16 bad rows: 'a' of line 1 is 'half \\ud83d', which holds half")
    assert "'a' of line 2 is 7, expected a text; 'b' of line 3 is empty" in message
    assert "line 10 " in message
    assert "line 11 " not in message
    assert message.endswith("; and 6 more; mend them, or leave them out with --skip-bad")
    table = read_table(file, skip_bad=True)
    assert (table.labels, len(table.skipped)) == (("x",), 16)
    assert table.skipped[2] == "bad.jsonl: 'b' of line 3 is empty, expected a text"


def test_a_table_without_a_good_row_is_refused_all_the_same(tmp_path: Path) -> None:
    """There is nothing to go on with."""
    with pytest.raises(InputError, match="2 bad rows"):
        read_table(_write(tmp_path, "a,b\nx,\n,y\n"), skip_bad=True)


def test_a_label_of_any_type_names_its_row(tmp_path: Path) -> None:
    """As text; text a does where there is none."""
    rows = [{"a": f"x{k}", "b": "y", "label": label} for k, label in enumerate([1, 0, 1, None])]
    assert read_table(_write(tmp_path, json.dumps(rows), "l.json")).labels == ("1", "0", "1 (2)", "x3")


def test_what_is_left_out_and_kept_as_text_stays_with_the_measurement(tmp_path: Path) -> None:
    """In its notes and fields, also when it is read again."""
    rows = [{"a": f"tea {k}", "b": f"a tea {k}", "id": 2**64 + k} for k in range(5)]
    file = _write(tmp_path, json.dumps([*rows, {"a": "", "b": "x", "id": 1}]), "n.json")
    [audit] = evenband.audit("toy:words", str(file), skip_bad=True, out=tmp_path / "run")
    assert audit.measurement.columns["id"] == tuple(str(2**64 + k) for k in range(5))
    for notes in (audit.notes, api.read_audits(tmp_path / "run")[0].notes):
        assert "missing: 1 row left out of the file (n.json: 'a' of row 6 is empty, expected a text)" in notes
        assert any("n.json: column 'id' is kept as text" in note for note in notes)
    fields = json.loads((tmp_path / "run" / "summary.json").read_text(encoding="utf-8"))["results"][0]
    assert fields["skipped"] == ["n.json: 'a' of row 6 is empty, expected a text"]
