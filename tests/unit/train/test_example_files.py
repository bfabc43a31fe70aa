"""Reading training examples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evenband.errors import InputError
from evenband.train import Examples, read_examples
from evenband.train.training_examples import of_rows


def lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Write JSON lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("header", "kind", "names"),
    [
        ("anchor,positive", "pairs", ("anchor", "positive")),
        ("query,answer", "pairs", ("anchor", "positive")),
        ("a,b", "pairs", ("anchor", "positive")),
        ("anchor,positive,negative", "triplets", ("anchor", "positive", "negative")),
        ("query,relevant,irrelevant", "triplets", ("anchor", "positive", "negative")),
        (
            "Query,Positive,Negative_2,Negative_1",
            "triplets",
            ("anchor", "positive", "negative_1", "negative_2"),
        ),
        ("sentence1,sentence2,score", "scored", ("sentence1", "sentence2", "score")),
        ("text1,text2,label", "scored", ("sentence1", "sentence2", "score")),
    ],
)
def test_the_columns_say_of_which_kind_examples_are(
    header: str, kind: str, names: tuple[str, ...], tmp_path: Path
) -> None:
    """Whatever of the usual names they have, in any case."""
    path = tmp_path / "data.csv"
    cells = ["one", "two", "1" if kind == "scored" else "three", "four"][: header.count(",") + 1]
    path.write_text(f"{header}\n{','.join(cells)}\n", encoding="utf-8")
    examples = read_examples(path)
    assert (examples.kind, examples.names) == (kind, names)
    if "Negative_1" in header:
        assert [column[0] for column in examples.texts] == ["one", "two", "four", "three"]


def test_all_formats_give_the_same_examples(tmp_path: Path) -> None:
    """CSV, TSV, JSON lines, JSON and Parquet; the digest is that of the content."""
    rows = [
        {"sentence1": "a, b", "sentence2": "c", "score": 0.5},
        {"sentence1": "d", "sentence2": "é", "score": 1.0},
    ]
    lines(tmp_path / "d.jsonl", rows)
    (tmp_path / "d.json").write_text(json.dumps(rows), encoding="utf-8")
    (tmp_path / "d.csv").write_text('sentence1,sentence2,score\n"a, b",c,.5\nd,é,1\n', encoding="utf-8")
    (tmp_path / "d.tsv").write_text("sentence1\tsentence2\tscore\na, b\tc\t0.5\nd\té\t1\n", encoding="utf-8")
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "d.parquet")
    read = [read_examples(path) for path in sorted(tmp_path.iterdir())]
    assert len(read) == 5
    assert {(one.texts, one.scores) for one in read} == {((("a, b", "d"), ("c", "é")), (0.5, 1.0))}
    assert len({one.digest for one in read}) == 1
    assert read[0].take([1]).digest != read[0].digest


def test_scores_of_another_range_are_mapped_to_the_unit_range(tmp_path: Path) -> None:
    """STS-B's 0 to 5; without the range the message says how to give it."""
    path = lines(
        tmp_path / "sts.jsonl",
        [{"text1": "a", "text2": "b", "score": 5}, {"text1": "c", "text2": "d", "score": 1}],
    )
    assert read_examples(path, score_range=(0, 5)).scores == (1.0, 0.2)
    with pytest.raises(
        InputError, match=r"'score' of line 1 is 5, expected a number from 0 to 1; .*--score-range"
    ):
        read_examples(path)


def test_lists_of_positives_and_negatives_become_rows(tmp_path: Path) -> None:
    """Equally many negatives stay side by side; otherwise each text has its turn."""
    even = lines(tmp_path / "even.jsonl", [{"query": "q", "pos": ["p", "r"], "neg": ["m", "n"]}])
    assert read_examples(even).texts == (("q", "q"), ("p", "r"), ("m", "m"), ("n", "n"))
    uneven = lines(
        tmp_path / "uneven.jsonl",
        [
            {"query": "q", "pos": ["p"], "neg": ["m", "n"]},
            {"query": "s", "pos": ["t", "u", "v"], "neg": ["w"]},
        ],
    )
    read = read_examples(uneven)
    assert list(zip(*read.texts, strict=True)) == [
        ("q", "p", "m"), ("q", "p", "n"), ("s", "t", "w"), ("s", "u", "w"), ("s", "v", "w"),
    ]  # fmt: skip
    assert read.places == ("line 1", "line 1", "line 2", "line 2", "line 2")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"anchor": "a", "positive": "b"}, {"anchor": "c", "positive": " "}], "'positive' of line 2 is ' '"),
        ([{"anchor": "a", "positive": None}], "'positive' of line 1 is empty"),
        ([{"anchor": "a", "positive": 7}], "'positive' of line 1 is 7"),
        ([{"anchor": "a", "positive": float("nan")}], "'positive' of line 1 is NaN"),
        ([{"anchor": "a", "positive": "\ud83d"}], "half a character"),
        ([{"anchor": "a", "pos": []}], "empty list"),
        (
            [{"anchor": "a", "positive": "b", "score": "high"}],
            "'score' of line 1 is 'high', expected a number",
        ),
        ([{"anchor": "a", "positive": "b", "score": float("nan")}], "'score' of line 1 is nan"),
        ([{"anchor": "a", "positive": "b", "score": -0.5}], "is -0.5, expected a number from 0 to 1"),
        ([{"title": "a", "positive": "b"}], "got the columns title, positive, expected anchor, positive"),
        (
            [{"anchor": "a", "query": "b", "positive": "c"}],
            "both mean the first text; say which with --columns",
        ),
        ([{"anchor": "a", "positive": "b"}, {"anchor": "a"}], "line 2 has anchor, expected the keys"),
    ],
)
def test_what_cannot_be_used_is_refused_by_its_row(
    rows: list[dict[str, Any]], message: str, tmp_path: Path
) -> None:
    """In one line that names the row and what was expected."""
    path = lines(tmp_path / "data.jsonl", rows)
    with pytest.raises(InputError) as error:
        read_examples(path)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_bytes_that_are_not_utf8_are_refused(tmp_path: Path) -> None:
    """With their place."""
    path = tmp_path / "data.csv"
    path.write_bytes(b"anchor,positive\nfine,fine\ncaf\xe9,coffee\n")
    with pytest.raises(InputError, match=r"line 3"):
        read_examples(path)


def test_bad_rows_are_left_out_when_asked_for(tmp_path: Path) -> None:
    """And a remark counts them; where nothing is left, the rows are refused."""
    path = lines(tmp_path / "data.jsonl", [{"a": "x", "b": ""}, {"a": "x", "b": "y"}])
    read = read_examples(path, skip_bad=True)
    assert read.texts == (("x",), ("y",))
    assert read.places == ("line 2",)
    assert read.remarks == ("data.jsonl: 1 row that cannot be used is left out",)
    with pytest.raises(InputError, match="line 1"):
        read_examples(lines(path, [{"a": "x", "b": ""}]), skip_bad=True)


def test_columns_can_be_named(tmp_path: Path) -> None:
    """Also to say that one is not to be used; a name that the file lacks gets a suggestion."""
    path = tmp_path / "data.csv"
    path.write_text("title,abstract,label\nt,s,biology\n", encoding="utf-8")
    read = read_examples(path, columns={"anchor": "title", "positive": "abstract", "score": ""})
    assert (read.kind, read.texts) == ("pairs", (("t",), ("s",)))
    with pytest.raises(InputError, match=r"no column is called 'titel'.*'title'"):
        read_examples(path, columns={"anchor": "titel", "positive": "abstract"})
    with pytest.raises(InputError, match="got the column first=title, expected one of anchor, positive"):
        read_examples(path, columns={"first": "title"})


def test_rows_in_python_are_examples() -> None:
    """Of the kind that their cells tell; the same checks hold."""
    assert of_rows([("a", "b"), ("c", "d")]).kind == "pairs"
    assert of_rows([("a", "b", "n")]).kind == "triplets"
    assert of_rows([("a", "b", 0.5), ("c", "d", 1)]).scores == (0.5, 1.0)
    with pytest.raises(InputError, match="'positive' of row 2 is empty"):
        of_rows([("a", "b"), ("c", "")])
    with pytest.raises(InputError, match="'score' of row 1 is nan, expected 0 to 1"):
        of_rows([("a", "b", float("nan"))])
    with pytest.raises(InputError, match=r"rows of \[2, 3\] cells"):
        of_rows([("a", "b"), ("c", "d", "e")])


def test_several_negatives_become_one_a_row() -> None:
    """For losses that take one negative."""
    several = Examples("triplets", (("q", "r"), ("p", "s"), ("m", "n"), ("o", "t")))
    assert several.columns().keys() == {"anchor", "positive", "negative_1", "negative_2"}
    one = several.one_negative_each()
    assert list(zip(*one.texts, strict=True)) == [
        ("q", "p", "m"),
        ("q", "p", "o"),
        ("r", "s", "n"),
        ("r", "s", "t"),
    ]
