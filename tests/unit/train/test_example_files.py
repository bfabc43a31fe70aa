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
    assert read.remarks == (
        "pairs: a -> anchor, b -> positive",
        "data.jsonl: 1 row that cannot be used is left out",
    )
    with pytest.raises(InputError, match="line 1"):
        read_examples(lines(path, [{"a": "x", "b": ""}]), skip_bad=True)


def table(path: Path, header: str, *rows: str) -> Path:
    """Write a CSV file."""
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        ("premise,hypothesis,label", ["a,b,0", "c,d,2", "e,f,1"]),
        ("premise,hypothesis,label", ["a,b,0", "c,d,1"]),
        ("Premise,Hypothesis,labels", ["a,b,entailment", "c,d,contradiction"]),
        ("premise,hypothesis,gold_label", ["a,b,entailment", "c,d,contradiction"]),
        ("premise,hypothesis,label", ["a,b,-1", "c,d,1.0"]),
    ],
)
def test_classes_of_inference_are_no_scores(header: str, rows: list[str], tmp_path: Path) -> None:
    """Entailment is 0 there: read as a score it would train the model upside down, whatever the range."""
    path = table(tmp_path / "nli.csv", header, *rows)
    with pytest.raises(
        InputError, match=r"is a class of inference .*, expected a score from unlike to alike"
    ):
        read_examples(path, score_range=(0, 2))
    assert read_examples(path, {"score": ""}).kind == "pairs"


def test_graded_labels_are_scores_and_that_is_said(tmp_path: Path) -> None:
    """With what the ends of the range mean; a column called a score needs no words."""
    path = table(tmp_path / "d.csv", "premise,hypothesis,label", "a,b,.5", "c,d,1")
    read = read_examples(path)
    assert read.scores == (0.5, 1.0)
    assert "'label' is read as a score: 0 = unlike, 1 = alike" in read.remarks
    path = table(tmp_path / "d.csv", "sentence1,sentence2,label", "a,b,5", "c,d,1")
    assert (
        "'label' is read as a score: 0 = unlike, 5 = alike" in read_examples(path, score_range=(0, 5)).remarks
    )
    assert read_examples(table(path, "sentence1,sentence2,score", "a,b,1")).remarks == ()


@pytest.mark.parametrize(
    ("header", "remark"),
    [
        ("anchor,positive,negative", None),
        ("Anchor,Positive", None),
        (
            "question,answer,source,id",
            "pairs: question -> anchor, answer -> positive; not used: source and id",
        ),
        ("anchor,positive,negative,score", "triplets: anchor, positive, negative; not used: score"),
        ("text1,text2,similarity", "scored: text1 -> sentence1, text2 -> sentence2, similarity -> score"),
        (
            "query,positive,neg_1,neg_2",
            "triplets: query -> anchor, positive, neg_1 -> negative_1, neg_2 -> negative_2",
        ),
    ],
)
def test_what_the_columns_are_read_as_is_said(header: str, remark: str | None, tmp_path: Path) -> None:
    """And which are not used; nothing is said where the names say all."""
    cells = "one,two,0.5,1" if "similarity" in header else "one,two,three,1"
    row = ",".join(cells.split(",")[: header.count(",") + 1])
    read = read_examples(table(tmp_path / "d.csv", header, row))
    assert read.remarks == (() if remark is None else (remark,))


@pytest.mark.parametrize(
    ("header", "negatives"),
    [
        ("anchor,positive,neg_2,neg_1", ["four", "three"]),
        ("anchor,positive,negative,negative_2", ["three", "four"]),
        ("anchor,positive,Neg2,Neg10", ["three", "four"]),
        ("anchor,positive,irrelevant-1,note", ["three"]),
    ],
)
def test_numbered_negatives_are_all_taken(header: str, negatives: list[str], tmp_path: Path) -> None:
    """In the order of their numbers, one without a number first."""
    read = read_examples(table(tmp_path / "d.csv", header, "one,two,three,four"))
    assert read.kind == "triplets"
    assert [column[0] for column in read.texts[2:]] == negatives
    path = table(tmp_path / "d.csv", "anchor,positive,neg_1,negative_1", "one,two,three,four")
    with pytest.raises(InputError, match="both mean the negative"):
        read_examples(path)


def test_one_column_has_one_role(tmp_path: Path) -> None:
    """A pair of equal texts teaches nothing: one column for both is refused, equal cells are counted."""
    path = table(tmp_path / "d.csv", "foo,bar", "x,x", "y,z")
    with pytest.raises(InputError, match="got 'foo' for anchor and positive, expected two columns"):
        read_examples(path, {"anchor": "foo", "positive": "foo"})
    remarks = read_examples(path, {"anchor": "foo", "positive": "bar"}).remarks
    assert remarks[-1] == "1 of 2 rows: the positive equals the anchor, and teaches little"


@pytest.mark.parametrize(
    ("name", "cell", "hints"),
    [
        ("score", "4", ["--score-range LOW,HIGH"]),
        ("label", "4", ["--score-range LOW,HIGH", "--columns score="]),
        ("label", "billing", ["--columns score="]),
    ],
)
def test_a_fault_of_all_rows_is_said_in_a_line(
    name: str, cell: str, hints: list[str], tmp_path: Path
) -> None:
    """A few rows and each way out once, however many rows there are."""
    path = table(tmp_path / "d.csv", f"text1,text2,{name}", *(f"a{k},b,{cell}" for k in range(32)))
    with pytest.raises(InputError) as error:
        read_examples(path)
    message = str(error.value)
    assert "32 bad rows" in message
    assert "and 29 more" in message
    assert [message.count(hint) for hint in hints] == [1] * len(hints)
    assert len(message) < 450 + len(str(path))


def test_a_folder_is_called_a_folder(tmp_path: Path) -> None:
    """Whatever its name."""
    (tmp_path / "d.csv").mkdir()
    for path in (tmp_path, tmp_path / "d.csv"):
        with pytest.raises(InputError, match=r"is a folder, expected a file that ends in one of \.csv"):
            read_examples(path)


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
