"""``evenband embed`` and ``evenband search``, as a user types them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import evenband as package
from conftest import Finished
from evenband import encoders
from evenband.errors import EvenbandError
from evenband.running import store_searches, stored_vectors
from evenband.types import Scores

pytest.importorskip("lance")
pytest.importorskip("bm25s")

Command = Callable[..., Finished]

ANIMALS = ["cat", "dog", "horse", "whale", "spider", "eagle"]
PLACES = ["house", "forest", "sea", "field"]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Twenty-four documents, with the place and its number as columns."""
    rows = [
        {"_id": f"{animal}-{place}", "text": f"a {animal} in the {place}", "place": place, "number": number}
        for animal in ANIMALS
        for number, place in enumerate(PLACES)
    ]
    path = tmp_path / "corpus.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def store(corpus: Path, tmp_path: Path) -> Path:
    """A store of them, by the toy model of words."""
    package.embed(corpus, "toy:words", tmp_path / "store")
    return tmp_path / "store"


def test_sentences_fit_the_terminal_and_ids_show_their_tabs(evenband: Command, tmp_path: Path) -> None:
    """Faulty rows that are left out are named within 80 columns; an id with a tab does not tear its table."""
    rows = [{"_id": "a\tb", "text": "tea"}, *({"text": "a document without an id"} for _ in range(9))]
    (tmp_path / "c.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    done = evenband("embed", tmp_path / "c.jsonl", "-m", "toy:words", "-o", tmp_path / "s", "--skip-bad")
    _, *sentences = done.out.splitlines()
    assert " ".join(sentences).startswith("left out: 9 rows: c.jsonl line 2 has no id")
    assert max(map(len, sentences)) <= 80
    assert r"a\tb" in evenband("search", tmp_path / "s", "tea").out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["-m", "bm25", "-o", "s"],
            "bm25 compares words and has no vectors to store; name an embedding model",
        ),
        (["-m", "toy:words", "-o", "s3://"], "the store s3:// has no bucket; expected s3://BUCKET/NAME"),
    ],
)
def test_what_can_be_no_store_is_refused(
    evenband: Command, corpus: Path, arguments: list[str], message: str
) -> None:
    """Before a model is looked for."""
    done = evenband("embed", corpus, *arguments)
    assert (done.code, message in done.err) == (2, True), done.err


def test_python_takes_one_where_several_can_stand(corpus: Path, store: Path, tmp_path: Path) -> None:
    """One filter, one column of texts; what is no text, number or engine is refused, not guessed."""
    opened = package.open_store(store)
    [hits] = opened.search("a cat", filters="place=sea", k=9)
    assert {hit.columns["place"] for hit in hits} == {"sea"}
    assert package.embed(corpus, "toy:words", tmp_path / "t", text="text").documents == 24
    assert repr(opened) == f"OpenStore({str(store)!r}, documents=24, model='toy:words')"
    for refused, message in (
        (lambda: opened.search([1]), r"query 1 is 1 \(int\), expected a text"),  # type: ignore[list-item]
        (lambda: opened.search("a cat", k=2.5), "got k = 2.5, expected 1 or more"),  # type: ignore[arg-type]
        (
            lambda: package.embed(corpus, "toy:words", tmp_path / "e", engine="spark"),  # type: ignore[arg-type]
            "got engine='spark', expected one of local, ray",
        ),
    ):
        with pytest.raises(EvenbandError, match=message):
            refused()


def test_a_store_is_no_corpus(evenband: Command, store: Path, tmp_path: Path) -> None:
    """It is said that it is one."""
    done = evenband("embed", store, "-m", "toy:words", "-o", tmp_path / "again")
    assert (done.code, "store is a store, whose documents are embedded; expected a corpus" in done.err) == (
        2,
        True,
    )


def test_a_table_that_evenband_did_not_make_is_no_damaged_store(evenband: Command, tmp_path: Path) -> None:
    """Nothing of it is to be embedded again."""
    lance = pytest.importorskip("lance")
    lance.write_dataset(pa.table({"a": [1]}), str(tmp_path / "s" / "documents.lance"))
    done = evenband("search", tmp_path / "s", "a cat")
    assert "holds a table of Lance's that evenband did not make; choose another name" in done.err


def _ids(finished: Finished) -> list[str]:
    assert finished.code == 0, finished.err
    return [hit["id"] for hit in json.loads(finished.out)["results"][0]["hits"]]


def test_embeds_and_tells_what_it_did(evenband: Command, corpus: Path, tmp_path: Path) -> None:
    """The first run embeds all documents, the second none; both say so, also as JSON."""
    first = evenband("embed", corpus, "-m", "toy:words", "-o", tmp_path / "s", "-q")
    assert first.code == 0, first.err
    assert "24 documents (24 new)" in first.out
    again = json.loads(evenband("embed", corpus, "-o", tmp_path / "s", "--json").out)
    assert (again["new"], again["unchanged"], again["model"]) == (0, 24, "toy:words")


def test_finds_a_known_item(evenband: Command, store: Path) -> None:
    """The document with the words of the query comes first, and its text is printed in 80 columns."""
    printed = evenband("search", store, "a whale in the sea", "-k", "3")
    assert printed.code == 0, printed.err
    assert "whale-sea" in printed.out
    assert "a whale in the sea" in printed.out
    assert max(map(len, printed.out.split("\n"))) <= 80
    assert _ids(evenband("search", store, "a whale in the sea", "--json"))[0] == "whale-sea"


def test_filters_by_columns(evenband: Command, store: Path) -> None:
    """Only documents that meet all conditions are found, by text and by number."""
    arguments = ("search", store, "a whale in the sea", "--filter", "number>=1", "--filter", "place!=sea")
    found = _ids(evenband(*arguments, "--json", "-k", "24"))
    assert sorted(found) == sorted(f"{animal}-{place}" for animal in ANIMALS for place in ("forest", "field"))
    assert found[0].startswith("whale")
    unknown = evenband("search", store, "x", "--filter", "plaze=sea")
    assert unknown.code == 2
    assert "did you mean 'place'" in unknown.err


@pytest.mark.parametrize("index", ["ivf:4?probes=4", "hnsw", "exact"])
def test_every_index_finds_the_same(evenband: Command, store: Path, index: str) -> None:
    """An index that looks everywhere finds what exact search finds, and is kept beside the store."""
    pytest.importorskip("faiss")
    plain = _ids(evenband("search", store, "an eagle", "--json"))
    assert _ids(evenband("search", store, "an eagle", "--json", "--index", index)) == plain
    assert any((store / "indexes").glob("*.faiss")) is (index != "exact")


def test_an_index_follows_its_store(evenband: Command, store: Path, tmp_path: Path) -> None:
    """After a deletion the kept index is not used for rows that have moved."""
    pytest.importorskip("faiss")
    query = ("a cat in the house", "--json", "--index", "ivf:4?probes=4")
    assert _ids(evenband("search", store, *query))[0] == "cat-house"
    assert evenband("embed", "-o", store, "--delete", "cat-house", "--delete", "dog-sea").code == 0
    found = _ids(evenband("search", store, *query, "-k", "30"))
    assert len(found) == 22
    assert not {"cat-house", "dog-sea"} & set(found)


def test_hybrid_search_fuses_words(evenband: Command, store: Path) -> None:
    """With --hybrid a document that words find by their stems is among the first; the stemmer is printed."""
    printed = evenband("search", store, "a whale in the forests", "--hybrid", "-k", "2")
    assert printed.code == 0, printed.err
    assert "whale-forest" in printed.out
    assert "English stemmer" in printed.out


def test_a_reranker_orders_what_was_found(evenband: Command, store: Path) -> None:
    """The ranking and the scores are the reranker's, over more candidates than are asked for."""

    class Longest:
        spec = encoders.load("toy:words").spec

        def score(self, pairs: Sequence[tuple[str, str]]) -> Scores:
            asked.extend(pairs)
            return np.array([len(text) for _, text in pairs], dtype=np.float64)

    asked: list[tuple[str, str]] = []
    [hits] = package.open_store(store).search("a cat", k=2, rerank=Longest())
    assert [(hit.id, hit.score) for hit in hits] == [("spider-forest", 22), ("horse-forest", 21)]
    assert len(asked) == 24


def test_queries_from_a_file(evenband: Command, store: Path, tmp_path: Path) -> None:
    """Each line of a file is a query; lines of JSON have a text."""
    (tmp_path / "q.txt").write_text("a cat in the sea\n\na dog in the sea\n", encoding="utf-8")
    rows = '{"_id": 1, "text": "a cat in the sea"}\n{"text": "a dog in the sea"}\n'
    (tmp_path / "q.jsonl").write_text(rows, encoding="utf-8")
    for name in ("q.txt", "q.jsonl"):
        printed = json.loads(evenband("search", store, "--queries", tmp_path / name, "--json", "-k", "1").out)
        assert [one["hits"][0]["id"] for one in printed["results"]] == ["cat-sea", "dog-sea"]


def test_searches_from_python(store: Path) -> None:
    """An open store answers with hits, with the row, text and columns of each document."""
    opened = package.open_store(store)
    [[hit]] = opened.search("a spider in the house", k=1, filters=["number=0"])
    assert (hit.id, hit.rank, hit.columns) == ("spider-house", 1, {"number": 0, "place": "house"})
    assert hit.score == pytest.approx(1, abs=1e-6)
    assert opened.documents.ids()[hit.row] == hit.id


def test_refuses_another_model_and_other_folders(evenband: Command, store: Path, tmp_path: Path) -> None:
    """A model with other vectors, a folder that is no store and a corpus of nothing are refused in a line."""
    other = evenband("search", store, "x", "-m", "toy:chars")
    none = evenband("search", tmp_path, "x")
    neither = evenband("search", store)
    no_corpus = evenband("embed", "-o", store)
    for finished, message in (
        (other, "use the store's model"),
        (none, "is no store; make one with: evenband embed"),
        (neither, "got no query"),
        (no_corpus, "got no corpus"),
    ):
        assert finished.code == 2
        assert message in finished.err
        assert finished.err.count("\n") == 1


def test_refuses_a_store_of_a_newer_version(evenband: Command, store: Path) -> None:
    """A store of a later format is refused with both numbers, and stays as it is."""
    import lance

    data = lance.dataset(str(store / "documents.lance"))
    header = json.loads(data.schema.metadata[b"evenband"])
    data.update_schema_metadata({"evenband": json.dumps({**header, "format": 99})}, replace=True)
    refused = evenband("search", store, "x")
    assert refused.code == 2
    assert "a store of format 99, and this version reads up to 1" in refused.err


def test_tells_of_a_damaged_store(evenband: Command, store: Path) -> None:
    """A store whose files are gone is told of in a line."""
    for file in (store / "documents.lance" / "data").glob("*"):
        file.unlink()
    refused = evenband("search", store, "a cat")
    assert refused.code == 2
    assert "cannot be read" in refused.err
    assert refused.err.count("\n") == 1


def test_a_full_disk_loses_nothing(corpus: Path, store: Path, tmp_path: Path) -> None:
    """Where the system refuses to write, the error is one line and the store keeps what it had."""
    import subprocess
    import sys

    bigger = tmp_path / "bigger.jsonl"
    rows = [{"_id": f"n{number}", "text": f"a text of number {number} " * 20} for number in range(3000)]
    bigger.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    program = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000));"
        f"sys.argv = ['evenband', 'embed', {str(bigger)!r}, '-o', {str(store)!r}, '-q'];"
        "from evenband.cli import main; main()"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert finished.returncode == 2, finished.stderr
    assert "no space left for the store" in finished.stderr
    assert len(package.open_store(store)) == 24
    package.embed(bigger, None, store)
    assert len(package.open_store(store)) == 3024


def test_vectors_that_do_not_fit_stay_on_disk(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where memory is short, the same documents are found with vectors read from disk, also with an index."""
    pytest.importorskip("faiss")
    query = "a whale in the sea"
    options: list[dict[str, Any]] = [{}, {"index": "ivf:3?probes=3"}, {"filters": ["number>1"]}]
    expected = [package.open_store(store).search(query, 7, **option) for option in options]
    monkeypatch.setattr(stored_vectors, "free_bytes", lambda: 100)
    on_disk = package.open_store(store)
    assert isinstance(on_disk.vectors, stored_vectors.StoredVectors)
    assert [on_disk.search(query, 7, **option) for option in options] == expected


def test_checks_what_is_asked_before_it_loads(store: Path) -> None:
    """An unknown index, option, filter, reranker or query is refused before model and vectors are read."""
    opened = package.open_store(store)
    for query, options in (
        ("a cat", {"index": "nosuch:3"}),
        ("a cat", {"index": "ivf:4?ef=3"}),
        ("a cat", {"filters": ["place"]}),
        ("a cat", {"rerank": "toy:nosuch"}),
        ("a \udcff", {}),
        ("a cat", {"k": 0}),
    ):
        with pytest.raises(EvenbandError):
            opened.search(query, **options)
    assert not {"vectors", "encoder", "words"} & set(vars(opened))


def test_a_filter_for_all_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hybrid ranking is the same without a filter and with one that lets everything through."""
    monkeypatch.setattr(store_searches, "FUSED_DEPTH", 3)
    rows = [{"_id": f"d{n}", "text": f"tea word{n} " + "milk " * (n % 5), "n": n} for n in range(40)]
    path = tmp_path / "c.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    package.embed(path, "toy:words", tmp_path / "s")
    opened = package.open_store(tmp_path / "s")
    plain = opened.search("word7 tea milk", 5, hybrid=True)
    assert opened.search("word7 tea milk", 5, hybrid=True, filters=["n>=0"]) == plain


def test_more_places_than_documents(store: Path) -> None:
    """A huge k finds all documents, and takes no more memory than they."""
    opened = package.open_store(store)
    for options in ({}, {"hybrid": True}, {"filters": ["number>=0"]}):
        assert len(opened.search("a cat in the sea", 10**15, **options)[0]) == 24
