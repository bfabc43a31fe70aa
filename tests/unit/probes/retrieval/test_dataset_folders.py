"""Folders in the formats of BEIR and MTEB: what is read, and what is refused or reported by line."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evenband.errors import InputError
from evenband.probes.retrieval.dataset_folders import read_folder
from evenband.probes.retrieval.dataset_references import is_dataset, load_dataset

CORPUS = [
    {"_id": "d1", "title": "Tea", "text": "a green leaf"},
    {"_id": "d2", "text": "a roasted bean"},
    {"_id": "d3", "title": "", "text": "cocoa"},
]
QUERIES = [{"_id": "q1", "text": "leaf"}, {"_id": "q2", "text": "bean"}]
JUDGED = "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t0\nq2\td2\t1\n"


def write(
    folder: Path, corpus: object = CORPUS, queries: object = QUERIES, judged: str | None = JUDGED
) -> Path:
    """Write a dataset; texts are written as they are, lists as JSON lines."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (("corpus", corpus), ("queries", queries)):
        text = rows if isinstance(rows, str) else "".join(json.dumps(row) + "\n" for row in rows)  # type: ignore[attr-defined]
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    if judged is not None:
        (folder / "qrels").mkdir(exist_ok=True)
        (folder / "qrels" / "test.tsv").write_text(judged, encoding="utf-8")
    return folder


def test_a_folder_of_beir_is_read(tmp_path: Path) -> None:
    """Title before text, grades kept, what is not relevant left out."""
    dataset = read_folder(write(tmp_path / "drinks"))
    assert (dataset.name, dataset.ids) == ("drinks", ("d1", "d2", "d3"))
    assert dataset.texts == ("Tea a green leaf", "a roasted bean", "cocoa")
    assert (dataset.query_ids, dataset.queries) == (("q1", "q2"), ("leaf", "bean"))
    assert dataset.relevant == ({"d1": 2}, {"d2": 1})
    assert dataset.remarks == ()
    assert is_dataset(str(tmp_path / "drinks"))
    assert not is_dataset(str(tmp_path))


def test_the_formats_are_one_dataset(tmp_path: Path) -> None:
    """JSON lines at the top as in LIMIT, Parquet folders as in MTEB, and TREC's judgements give the same."""
    expected = read_folder(write(tmp_path / "one")).digest
    lines = write(tmp_path / "two", judged=None)
    rows = [line.split("\t") for line in JUDGED.splitlines()[1:]]
    judged = [{"query-id": q, "corpus-id": d, "score": int(s)} for q, d, s in rows]
    (lines / "qrels.jsonl").write_text("".join(json.dumps(row) + "\n" for row in judged), encoding="utf-8")
    assert read_folder(lines).digest == expected
    parquet = tmp_path / "three"
    for name, table in (("corpus", CORPUS), ("queries", QUERIES), ("data", judged)):
        (parquet / name).mkdir(parents=True)
        full = [{"title": "", **row} for row in table] if name == "corpus" else table
        pq.write_table(pa.Table.from_pylist(full), parquet / name / "test-00000-of-00001.parquet")
    assert read_folder(parquet).digest == expected
    trec = write(tmp_path / "four", judged="".join(f"{q} 0 {d} {s}\n" for q, d, s in rows))
    assert read_folder(trec).digest == expected


@pytest.mark.parametrize(
    ("corpus", "queries", "judged", "message"),
    [
        ([{"text": "no id"}], QUERIES, JUDGED, "corpus.jsonl line 1 has no id"),
        (
            [*CORPUS, {"_id": "d1", "text": "x"}],
            QUERIES,
            JUDGED,
            "line 4 has the id 'd1' of corpus.jsonl line 1",
        ),
        ([{"_id": "d1", "body": "x"}], QUERIES, JUDGED, r"line 1 \('d1'\) has no text"),
        ([{"_id": "d1", "text": ["x"]}], QUERIES, JUDGED, r"line 1 \('d1'\) has a text that is no text"),
        (
            '{"_id": "d1", "text": "a"}\nnot json\n',
            QUERIES,
            JUDGED,
            "line 2 is 'not json', no JSON; expected a JSON object",
        ),
        (CORPUS, [*QUERIES, QUERIES[0]], JUDGED, "queries.jsonl line 3 has the id 'q1'"),
        (CORPUS, QUERIES, "q1\td1\tnan\nq1\td2\t1\n", "test.tsv line 1 has the grade 'nan'"),
        (CORPUS, QUERIES, "q1\td1\t0.5\n", "test.tsv line 1 has the grade '0.5'"),
        (CORPUS, QUERIES, "q1\td1\t1\nq1\td1\t2\n", "line 2 grades 'q1' and 'd1' a second time, otherwise"),
        (CORPUS, QUERIES, "q1\t\t1\n", "line 1 names no document"),
        (CORPUS, QUERIES, "q1\td1\t1\nq1\td2\n", "line 2 has 2 cells, the first has 3; expected as many"),
        (CORPUS, QUERIES, "q1 0 d1 1\nq1 0 d2 1 x\n", "line 2 has 5 cells, the first has 4"),
        (CORPUS, QUERIES, "x\td1\t1\n", "no judgement names a query and a document that are there"),
        (CORPUS, QUERIES, "q1\td1\t0\n", "no judgement names a query and a document"),
        (CORPUS, QUERIES, "q1\td1\t1e30\n", "line 1 has the grade '1e30'"),
        (CORPUS, QUERIES, "q1\td1\t" + "9" * 5000 + "\n", "line 1 has the grade '9999"),
        ("[" * 200_000 + "\n", QUERIES, JUDGED, "corpus.jsonl: line 1 is"),
        (CORPUS, QUERIES, None, "has no qrels: expected qrels/test.tsv"),
    ],
)
def test_what_cannot_be_used_is_refused_by_line(
    tmp_path: Path, corpus: object, queries: object, judged: str | None, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        read_folder(write(tmp_path / "bad", corpus, queries, judged))


def test_what_is_left_out_is_counted_and_named(tmp_path: Path) -> None:
    """Empty texts, unknown queries, queries without a judgement; unknown documents count as not found."""
    corpus = [*CORPUS, {"_id": "d4", "title": "", "text": " "}]
    queries = [*QUERIES, {"_id": "q3", "text": "more"}, {"_id": "q4", "text": ""}]
    judged = JUDGED + "q2\tgone\t1\nq9\td1\t1\n"
    dataset = read_folder(write(tmp_path / "odd", corpus, queries, judged))
    assert dataset.ids == ("d1", "d2", "d3")
    assert dataset.relevant[1] == {"d2": 1, "gone": 1}
    assert dataset.remarks == (
        "empty documents: 1 have no text and are left out ('d4' in corpus.jsonl line 4)",
        "empty queries: 1 have no text and are left out ('q4' in queries.jsonl line 4)",
        "unknown queries: 1 judgements name no query of the file and are left out ('q9' in test.tsv line 6)",
        "unknown documents: 1 judgements name no document of the corpus; these count as not found, as in "
        "trec_eval ('gone' in test.tsv line 5)",
        "unjudged: 1 queries have no judgement in this split and are left out (q3)",
    )


def test_a_query_without_anything_relevant_is_left_out_with_a_remark(tmp_path: Path) -> None:
    queries = [*QUERIES, {"_id": "q3", "text": "more"}]
    dataset = read_folder(write(tmp_path / "zero", CORPUS, queries, JUDGED + "q3\td3\t0\n"))
    assert dataset.query_ids == ("q1", "q2")
    assert dataset.remarks == (
        "nothing relevant: 1 queries have no relevant document at all and are left out (q3)",
    )


def test_what_no_file_can_hold_and_a_very_long_cell_are_read(tmp_path: Path) -> None:
    """Half of a character, which JSON can name, becomes a question mark; a cell may be of any length."""
    corpus = [*CORPUS, {"_id": "d4", "text": "half \ud800"}]
    assert read_folder(write(tmp_path / "half", corpus)).texts[-1] == "half ?"
    long = write(tmp_path / "long")
    (long / "corpus.jsonl").unlink()
    rows = [("_id", "text"), ("d1", "leaf " * 40_000), ("d2", '"bean')]
    (long / "corpus.tsv").write_text("".join(f"{a}\t{b}\r\n" for a, b in rows), encoding="utf-8")
    texts = read_folder(long).texts
    assert (len(texts[0]), texts[1]) == (199_999, '"bean')


@pytest.mark.parametrize("folder", ["qrels", "data", "default"])
def test_every_folder_of_judgements_makes_a_dataset(tmp_path: Path, folder: str) -> None:
    """MTEB's layouts, too, when they are given by path."""
    made = write(tmp_path / "set", judged=None)
    (made / folder).mkdir()
    (made / folder / "test.tsv").write_text(JUDGED, encoding="utf-8")
    assert is_dataset(str(made))
    assert load_dataset(str(made)).query_ids == ("q1", "q2")


def test_a_split_is_chosen_by_name(tmp_path: Path) -> None:
    folder = write(tmp_path / "splits")
    (folder / "qrels" / "dev.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td3\t1\n", encoding="utf-8")
    assert len(read_folder(folder).queries) == 2
    assert read_folder(folder, "dev").relevant == ({"d3": 1},)
    with pytest.raises(InputError, match="judgements of dev, test, and none of 'tset'; did you mean 'test'"):
        read_folder(folder, "tset")


def test_a_dataset_that_is_not_here_is_answered_with_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EVENBAND_DATASETS", str(tmp_path / "sets"))
    with pytest.raises(InputError, match=r"'limit-small' is not here; .*google-deepmind/limit"):
        load_dataset("limit-small")
    write(tmp_path / "sets" / "limit-small")
    assert load_dataset("limit-small").name == "limit-small"
    with pytest.raises(InputError, match="no dataset 'limit-smal'; did you mean 'limit-small'"):
        load_dataset("limit-smal")
    with pytest.raises(InputError, match=r"has no corpus\.jsonl and no folder corpus"):
        load_dataset(str(tmp_path))
