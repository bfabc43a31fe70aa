"""``evenband retrieve`` as a user types it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import small_models
from conftest import Finished
from evenband import api, encoders
from evenband.analysis import OverlapAudit, RetrievalAudit
from evenband.encoders import model_loading
from evenband.errors import InputError
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
    assert "k1 1.5, b 0.75, formula lucene" in text
    assert text.startswith("bm25 and toy-words find about as much: nDCG@3 differs by 0.000, 90% interval")


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
        (["DRINKS", "--bm25", "-k", "0"], "-k: got '0', expected whole numbers from 1 to a billion"),
        (["DRINKS", "-m", "bm25?x=1"], "bm25 has no setting 'x'"),
        (["DRINKS", "-m", "toy:words", "--index", "exact,,ivf"], "with an empty entry"),
        (["DRINKS", "-m", "toy:words", "--index", "exat"], "did you mean 'exact'"),
        (["DRINKS", "--bm25", "--trec"], "--trec writes run files into a directory; name one with -o"),
        (["DRINKS", "--bm25", "--queries", "none.txt"], "cannot read the queries none.txt"),
        (["limit:n=1", "--bm25"], "got k=2 of n=1 people"),
        (["DRINKS", "--bm25", "-k", "9" * 5000], "expected whole numbers from 1 to a billion"),
        (["DRINKS", "--bm25", "--index", "ivf:16?probs=4"], "has no option 'probs'; did you mean 'probes'"),
        (["DRINKS", "--bm25", "--index", "exact?quantize=int4"], "got quantize='int4'; did you mean 'int8'"),
        (["DRINKS", "-m", "bm25?stemmer=engish"], "no stemmer for 'engish'; did you mean 'english'"),
        (["{DRINKS,nowhere}", "-m", "no-such-model", "--rerank", "./none"], "no dataset 'nowhere'"),
        (["{DRINKS,DRINKS/../drinks}", "--bm25"], "would both be called 'drinks' in tables and files"),
        (["DRINKS", "--bm25", "-m", "bm25?k1=1.5"], "would both be called 'bm25'"),
        (
            ["CORPUS", "--bm25", "--queries", "CORPUS", "--split", "dev", "--fillers", "3"],
            "has no judged queries; --split and --fillers would do nothing",
        ),
        (["CORPUS", "-m", "run:x.txt", "--queries", "CORPUS"], "a run file cannot be asked; leave it out"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    drinks: Path, evenband: Callable[..., Finished], arguments: list[str], message: str
) -> None:
    places = {"DRINKS": str(drinks), "CORPUS": str(drinks / "corpus.jsonl")}
    done = evenband(
        "retrieve", *[re.sub("DRINKS|CORPUS", lambda at: places[at[0]], one) for one in arguments]
    )
    assert done.code == 2
    assert message in done.err


def test_a_family_of_datasets_has_a_curve(evenband: Callable[..., Finished], tmp_path: Path) -> None:
    """Braces stand for several sets; words find what their people like, however many there are."""
    arguments = [
        "retrieve",
        "limit:n={4,6,9}",
        "--bm25",
        "-m",
        "toy:random",
        "-k",
        "2",
        "-o",
        tmp_path / "run",
    ]
    done = evenband(*arguments)
    text = " ".join(done.out.split())
    assert done.code == 0, done.err
    assert "bm25: recall@2 is 1.000 of 4 documents and 1.000 of 9." in text
    assert "random order: recall@2 is .500 of 4 documents and .222 of 9." in text
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "Recall at 2 over the size of limit-k2-dense" in page
    assert "Probe limit-n9-k2-dense" in page


def test_a_model_is_loaded_once_for_all_datasets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of braces, over sets and over stores; the results stand in the order of the sets all the same."""
    loaded: list[str] = []
    load = encoders.load

    def counted(ref: str, **options: Any) -> Any:
        loaded.append(ref)
        return load(ref, **options)

    for module in (encoders, model_loading):
        monkeypatch.setattr(module, "load", counted)
    audits = api.retrieve("limit:n={4,6}", ["toy:words", "toy:chars", "bm25"], k=[2])
    assert loaded == ["toy:words", "toy:chars"]
    assert [(one.measurement.probe.name, one.measurement.subject.name) for one in audits] == [
        (f"limit-n{n}-k2-dense", name) for n in (4, 6) for name in ("toy-words", "toy-chars", "bm25")
    ]
    pytest.importorskip("lance")
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text(f"id,text\n1,tea {name}\n2,milk\n", encoding="utf-8")
        api.embed(tmp_path / f"{name}.csv", "toy:words", tmp_path / f"store-{name}")
    (tmp_path / "q.txt").write_text("cold tea\nwarm milk\n", encoding="utf-8")
    loaded.clear()
    stores = api.retrieve(f"{tmp_path}/store-{{a,b}}", [], queries=tmp_path / "q.txt")
    assert loaded == ["toy:words"]
    assert [one.measurement.probe.name for one in stores] == ["store-a-ranks", "store-b-ranks"]


def test_queries_of_a_file_are_changed(
    drinks: Path, evenband: Callable[..., Finished], tmp_path: Path
) -> None:
    """The user's own queries over the same documents; what cannot be used of the file is said."""
    (tmp_path / "queries.txt").write_text("green tea\n\nmilk without cocoa\ngreen tea\n", encoding="utf-8")
    done = evenband(
        "retrieve", drinks, "-m", "toy:words", "-k", "3", "--queries", tmp_path / "queries.txt", "--json"
    )
    ranks = next(one for one in json.loads(done.out)["results"] if one["kind"] == "overlap")
    by_name = {one["operator"]: one for one in ranks["operators"]}
    assert (ranks["n"], by_name["with-without"]["queries"], by_name["typo"]["queries"]) == (2, 1, 2)
    assert by_name["casing"]["overlap"]["value"] == 1.0
    assert "empty queries: 1 have no text and are left out (line 2)" in ranks["notes"]
    assert "repeated: 1 queries are there already and count once" in ranks["notes"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"k": "3"}, r"k: got '3', expected a whole number of 1 or more, such as \[2, 10, 20\]"),
        ({"k": [1, 2.5]}, r"k: got 2.5, expected a whole number"),
        ({"suite": "nope"}, "got suite='nope', expected one of quick, standard, full"),
        ({"sample": 0}, "sample: got 0, expected a whole number of 1 or more"),
        ({"sample": "5"}, "sample: got '5', expected a whole number"),
        ({"seed": "a"}, "seed: got 'a', expected a whole number"),
        ({"rerank": 3}, "rerank: got 3, expected a reference or a folder"),
        ({"trec": True}, "--trec writes run files into a directory; name one with -o"),
    ],
)
def test_options_of_python_are_checked(drinks: Path, options: dict[str, Any], message: str) -> None:
    """What the command line refuses is no traceback and no other result in Python either."""
    with pytest.raises(InputError, match=message):
        api.retrieve(drinks, "toy:words", **options)


def test_one_depth_need_not_be_a_list(drinks: Path) -> None:
    """``k=3`` is ``k=[3]``."""
    [audit] = api.retrieve(drinks, "toy:words", k=3)
    assert isinstance(audit, RetrievalAudit)
    assert audit.measurement.details.cutoff == 3


@pytest.mark.parametrize("model", ["bm25", "run:{FOLDER}/r.trec"])
def test_an_index_without_vectors_is_refused(
    drinks: Path, evenband: Callable[..., Finished], tmp_path: Path, model: str
) -> None:
    """Words and run files would be searched exactly whatever index is named."""
    (tmp_path / "r.trec").write_text("q1 Q0 d1 1 3 x\n", encoding="utf-8")
    done = evenband("retrieve", drinks, "-m", model.format(FOLDER=tmp_path), "--index", "ivf:4")
    assert done.code == 2
    assert "--index ivf:4: neither bm25 nor a run file has vectors for an index" in done.err


def test_a_label_of_a_search_is_not_explained(run_folder: Path, evenband: Callable[..., Finished]) -> None:
    """Only labels of probes of pairs are; the command says where lost queries are named."""
    done = evenband("explain", run_folder, "q1")
    assert (done.code, "no probe of pairs was measured here" in done.err) == (2, True), done.err


def test_a_reranker_is_a_pipeline_of_its_own(
    drinks: Path, evenband: Callable[..., Finished], tmp_path: Path
) -> None:
    """A cross-encoder of random weights: its order is its own, and what was found stays what was found."""
    pytest.importorskip("sentence_transformers")
    folder = small_models.save_cross_encoder(tmp_path / "reranker")
    command = ["retrieve", drinks, "-m", "toy:words", "-k", "1,3", "--rerank", folder, "--suite", "quick"]
    done = evenband(*command, "--json")
    assert done.code == 0, done.err
    result, *changed = json.loads(done.out)["results"]
    assert [(one["probe"], one["pipeline"]) for one in changed] == [
        ("drinks-ranks", "exact"),
        ("drinks-ranks-rerank", "exact+rerank"),
    ]
    assert changed[0]["operators"] != changed[1]["operators"]
    assert [one["name"] for one in result["pipelines"]] == ["exact", "exact+rerank"]
    exact, reranked = result["pipelines"]
    assert exact["recall"]["3"]["value"] == reranked["recall"]["3"]["value"]
    assert result["reranker"] == str(folder)
    assert [(one["left"], one["right"]) for one in result["tests"]] == [("exact", "exact+rerank")]
    assert [one["base"] for one in result["steps"]] == ["", "exact"]


def test_a_corpus_without_judgements_is_asked_the_users_queries(
    drinks: Path, evenband: Callable[..., Finished], tmp_path: Path
) -> None:
    """Documents of a file: only changes of queries are measured; without a file of queries it is refused."""
    (tmp_path / "queries.txt").write_text("green tea\ncold milk\n", encoding="utf-8")
    corpus = drinks / "corpus.jsonl"
    done = evenband(
        "retrieve", corpus, "-m", "toy:words", "--bm25", "--queries", tmp_path / "queries.txt", "--json"
    )
    assert done.code == 0, done.err
    results = json.loads(done.out)["results"]
    assert [(one["kind"], one["probe"], one["documents"]) for one in results] == [
        ("overlap", "corpus-ranks", 4)
    ] * 2
    refused = evenband("retrieve", corpus, "-m", "toy:words")
    assert "has no judged queries; name queries to ask with --queries FILE" in refused.err


def test_a_store_is_asked_by_its_own_model(
    drinks: Path, evenband: Callable[..., Finished], tmp_path: Path
) -> None:
    """The store's vectors are searched; the result is that of the documents embedded again."""
    pytest.importorskip("lance")
    (tmp_path / "queries.txt").write_text("green tea\ncold milk\n", encoding="utf-8")
    store, queries = tmp_path / "store", tmp_path / "queries.txt"
    made = evenband("embed", drinks / "corpus.jsonl", "-m", "toy:words", "-o", store)
    assert made.code == 0, made.err
    done = evenband("retrieve", store, "--queries", queries, "--suite", "full", "--json")
    assert done.code == 0, done.err
    [result] = json.loads(done.out)["results"]
    again = evenband("retrieve", drinks / "corpus.jsonl", "-m", "toy:words", "--queries", queries, "--json")
    [other] = json.loads(again.out)["results"]
    assert (result["model"], result["probe"]) == ("toy-words", "store-ranks")
    assert result["operators"] == other["operators"]
    refused = evenband("retrieve", store, "-m", "toy:chars", "--queries", queries)
    assert refused.code == 2


def test_a_run_file_of_a_models_name_is_a_subject_of_its_own(drinks: Path, tmp_path: Path) -> None:
    """Called as BM25 is, it neither hides BM25 nor is hidden; two files of one name are refused."""
    lines = "q1 Q0 d4 1 3 x\nq2 Q0 d2 1 2 x\n"
    (tmp_path / "bm25.txt").write_text(lines, encoding="utf-8")
    audits = api.retrieve(drinks, ["bm25", f"run:{tmp_path}/bm25.txt"], k=[1])
    found = [one for one in audits if isinstance(one, RetrievalAudit)]
    assert [(one.measurement.subject.name, one.pipelines[0].ndcg.value) for one in found] == [
        ("bm25", 1.0),
        ("run-bm25", pytest.approx(1 / 3)),
    ]
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "bm25.txt").write_text(lines, encoding="utf-8")
    with pytest.raises(InputError, match="would both be called 'run-bm25'"):
        api.retrieve(drinks, [f"run:{tmp_path}/bm25.txt", f"run:{tmp_path}/other/bm25.txt"])
    with pytest.raises(InputError, match="two results of this run are called drinks on bm25"):
        api.retrieve(drinks, [api.load("bm25=toy:words"), "bm25"], k=[1])


def test_an_index_beside_bm25_is_one_section_with_an_answer(
    drinks: Path, evenband: Callable[..., Finished], tmp_path: Path
) -> None:
    """Two pipelines of one subject and one of the other: one table, a test between them, a first sentence."""
    pytest.importorskip("faiss")
    arguments = ["-m", "toy:chars", "-m", "bm25", "--index", "exact,ivf:2?probes=1", "-k", "1"]
    done = evenband("retrieve", drinks, *arguments, "-o", tmp_path / "run")
    text = " ".join(done.out.split())
    assert text.count("Probe drinks") == text.count("What is found.") == 1
    assert text.index("bm25") < text.index("Probe drinks")
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert len(re.findall("<h2[^>]*>(?:<bdi>)?Probe drinks", page)) == 1
    assert re.search('class="answer"><bdi>[^<]*(bm25|toy-chars)[^<]*nDCG@1', page)
    assert "drinks: left is toy-chars, right is bm25." in page


def test_an_engine_is_used_or_refused(drinks: Path) -> None:
    with pytest.raises(InputError, match="got engine='nosuch', expected one of auto, plain"):
        api.retrieve(drinks, ["toy:words"], engine="nosuch")
    assert len(api.retrieve(drinks, ["toy:words"], engine="plain")) == 1


@pytest.fixture(scope="module")
def shop_queries(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Sixty documents and six queries, without judgements."""
    folder = tmp_path_factory.mktemp("unjudged")
    corpus, queries = folder / "shop.jsonl", folder / "q.txt"
    things = ("tea", "coffee", "cocoa", "milk", "water", "juice")
    rows = [{"_id": f"d{n}", "text": f"{things[n % 6]} number {n} in a box"} for n in range(60)]
    corpus.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    queries.write_text("".join(f"a box of {one}\n" for one in things), encoding="utf-8")
    return corpus, queries


def test_what_approximation_costs_needs_no_judgements(
    shop_queries: tuple[Path, Path], evenband: Callable[..., Finished], tmp_path: Path
) -> None:
    """Over a corpus and over its store: shares of exact search and costs, and no figure that is not known."""
    pytest.importorskip("lance")
    pytest.importorskip("faiss")
    corpus, queries = shop_queries
    made = evenband("embed", corpus, "-m", "toy:chars", "-o", tmp_path / "shop")
    assert made.code == 0, made.err
    indexes = "exact,ivf:6?probes={1,6},exact?dim=1"
    options = ("--queries", queries, "--index", indexes, "--suite", "quick", "-k", "3,5", "--sample", "4")
    done = evenband("retrieve", tmp_path / "shop", *options, "-o", tmp_path / "run", "--json")
    assert done.code == 0, done.err
    result, changed = json.loads(done.out)["results"]
    assert (result["kind"], result["probe"], result["judged"], result["n"]) == ("retrieval", "shop", False, 4)
    assert (changed["kind"], changed["n"], changed["k"]) == ("overlap", 4, 5)
    kept = {one["name"]: one["against_exact"]["value"] for one in result["pipelines"]}
    assert kept["exact"] == kept["ivf:6?probes=6"] == 1.0
    assert kept["exact?dim=1"] < 1.0
    assert kept["ivf:6?probes=1"] <= 1.0
    for one in result["pipelines"]:
        assert one["ndcg"]["value"] is one["recall"]["5"]["value"] is one["reciprocal_rank"]["value"] is None
        assert one["nbytes"] > 0
        assert one["queries_per_second"] > 0
        assert one["build_seconds"] is not None
    assert (result["chance"], result["steps"], result["tests"]) == (None, [], [])
    again = evenband("retrieve", corpus, "-m", "toy:chars", *options, "--json")
    other = json.loads(again.out)["results"][0]
    assert {one["name"]: one["against_exact"]["value"] for one in other["pipelines"]} == kept
    shown = evenband("retrieve", tmp_path / "shop", *options, "-o", tmp_path / "run")
    text = " ".join(shown.out.split())
    assert "4 queries without judgements: what is relevant is not known" in text
    assert "unjudged: nobody says what is relevant" in text
    assert "through ivf:6?probes=6 keeps 100.0% of the first 5 that exact search finds" in text
    assert "What it costs." in text
    assert "What is found." not in text
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "What exact search finds and an index keeps" in page
    held = evenband("check", tmp_path / "run", "--baseline", tmp_path / "run", "--json")
    assert held.code == 0, held.err
    assert {one["metric"] for one in json.loads(held.out)["gates"]} >= {"exact@5"}
    limited = evenband("check", tmp_path / "run", "--limit", "exact@5=0.999")
    assert limited.code == 1
