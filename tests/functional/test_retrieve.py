"""``evenband retrieve`` as a user types it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from conftest import Finished
from evenband import api
from evenband.analysis import OverlapAudit, RetrievalAudit
from evenband.records.ranking_files import read_rankings

CORPUS = {
    "d1": "green tea leaves",
    "d2": "roasted coffee beans",
    "d3": "hot cocoa with milk",
    "d4": "cold milk",
}
QUERIES = {"q1": "tea", "q2": "coffee", "q3": "milk and cocoa"}
JUDGED = {"q1": "d1", "q2": "d2", "q3": "d3"}


@pytest.fixture(scope="module")
def drinks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small dataset in BEIR's format."""
    folder = tmp_path_factory.mktemp("sets") / "drinks"
    (folder / "qrels").mkdir(parents=True)
    for name, texts in (("corpus", CORPUS), ("queries", QUERIES)):
        lines = (json.dumps({"_id": id_, "text": text}) + "\n" for id_, text in texts.items())
        (folder / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
    rows = "".join(f"{query}\t{document}\t1\n" for query, document in JUDGED.items())
    (folder / "qrels" / "test.tsv").write_text(f"query-id\tcorpus-id\tscore\n{rows}", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def run_folder(drinks: Path, session_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with two models and BM25, changed queries and run files."""
    out = tmp_path_factory.mktemp("runs") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVENBAND_CACHE", str(session_cache))
        models = ["toy:words", "toy:chars", "bm25"]
        api.retrieve(drinks, models, k=[1, 3], suite="quick", trec=True, out=out)
    return out


def test_everything_is_written(run_folder: Path) -> None:
    """Measurements, rankings, run files, summary and report; costs stand in the manifest only."""
    found = {str(path.relative_to(run_folder)) for path in run_folder.rglob("*") if path.is_file()}
    assert {
        "measurements/toy-words/drinks.parquet",
        "measurements/bm25/drinks-ranks.parquet",
        "rankings/toy-words/drinks.parquet",
        "rankings/bm25/drinks.exact.trec",
        "summary.json",
        "report.html",
    } <= found
    table = pq.read_table(run_folder / "rankings" / "toy-words" / "drinks.parquet")
    assert table.column_names == ["query", "condition", "rank", "document", "score"]
    assert (
        read_rankings(run_folder / "rankings" / "toy-words" / "drinks.parquet")["exact"]["q1"][0][0] == "d1"
    )
    summary = json.loads((run_folder / "summary.json").read_text(encoding="utf-8"))
    by_key = {(one["model"], one["probe"]): one for one in summary["results"]}
    [pipeline] = by_key["bm25", "drinks"]["pipelines"]
    assert (pipeline["recall"]["1"]["value"], pipeline["ndcg"]["value"]) == (1.0, 1.0)
    assert pipeline["queries_per_second"] > 0
    ranks = by_key["bm25", "drinks-ranks"]
    assert ranks["kind"] == "overlap"
    comma = next(one for one in ranks["operators"] if one["operator"] == "question-mark")
    assert (comma["overlap"]["value"], comma["queries"]) == (1.0, 3)
    manifest = json.loads((run_folder / "manifest.json").read_text(encoding="utf-8"))
    assert all("costs" in one for one in manifest["measurements"] if one["probe"] == "drinks")


def test_a_run_file_of_its_own_gives_the_same_figures(drinks: Path, run_folder: Path) -> None:
    """What was written comes back as another system's run, and is paired with the model it came from."""
    [own] = api.retrieve(drinks, [f"run:{run_folder}/rankings/bm25/drinks.exact.trec"], k=[1, 3])
    [bm25] = api.retrieve(drinks, ["bm25"], k=[1, 3])
    assert isinstance(own, RetrievalAudit)
    assert isinstance(bm25, RetrievalAudit)
    assert own.measurement.scores.tolist() == bm25.measurement.scores.tolist()
    assert own.pipelines[0].name == "run"


def test_python_gets_audits_of_both_kinds(drinks: Path) -> None:
    audits = api.retrieve(drinks, "toy:chars", k=[2], suite="quick")
    assert [type(one) for one in audits] == [RetrievalAudit, OverlapAudit]


def test_the_terminal_names_models_pipelines_and_tests(
    drinks: Path, evenband: Callable[..., Finished]
) -> None:
    done = evenband("retrieve", str(drinks), "-m", "toy:words", "--bm25", "-k", "1,3")
    text = " ".join(done.out.split())
    assert done.code == 0
    assert "toy-words finds 100.0% of what is relevant among the first 3 of 4 documents" in text
    assert "tokenizer words, stemmer english, stop words english" in text
    assert "Is a difference more than chance? Paired over queries." in text


def test_a_second_command_measures_nothing_and_two_runs_are_compared(
    drinks: Path, tmp_path: Path, evenband: Callable[..., Finished]
) -> None:
    arguments = [
        "retrieve",
        str(drinks),
        "-m",
        "toy:words",
        "-m",
        "toy:chars",
        "-k",
        "1,3",
        "-o",
        str(tmp_path / "run"),
    ]
    first = evenband(*arguments)
    file = tmp_path / "run" / "measurements" / "toy-words" / "drinks.parquet"
    written = file.stat().st_mtime_ns
    second = evenband(*arguments)
    assert file.stat().st_mtime_ns == written
    assert second.out == first.out
    compared = evenband("compare", str(tmp_path / "run"))
    assert "Paired over 3 queries." in compared.out
    report = evenband("report", str(tmp_path / "run"))
    assert report.code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere", "--bm25"], "no dataset 'nowhere'"),
        (["DRINKS"], "no model to search with; expected -m MODEL, or --bm25"),
        (["DRINKS", "--bm25", "-k", "0"], "-k: got '0', expected whole numbers of 1 or more"),
        (["DRINKS", "-m", "bm25?x=1"], "bm25 has no setting 'x'"),
        (["DRINKS", "-m", "toy:words", "--index", "exact,,ivf"], "with an empty entry"),
        (["DRINKS", "-m", "toy:words", "--index", "exat"], "did you mean 'exact'"),
        (["DRINKS", "--bm25", "--trec"], "--trec writes run files into a directory; name one with -o"),
        (["DRINKS", "--bm25", "--queries", "none.txt"], "cannot read the queries none.txt"),
        (["limit:n=1", "--bm25"], "got k=2 of n=1 people"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    drinks: Path, evenband: Callable[..., Finished], arguments: list[str], message: str
) -> None:
    done = evenband("retrieve", *[str(drinks) if one == "DRINKS" else one for one in arguments])
    assert done.code == 2
    assert message in done.err
