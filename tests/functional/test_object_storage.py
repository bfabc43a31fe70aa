"""A store at an address of object storage is what it is in a folder, on a server in S3's manner."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evenband
import object_server
from evenband import encoders
from evenband.corpora.corpus_files import Corpus
from evenband.corpora.document_store import DocumentStore, is_store
from evenband.corpora.lance_tables import DocumentStoreError, guarded
from evenband.corpora.object_storage import RemotePlace
from evenband.corpora.store_places import place_of
from evenband.errors import InputError
from evenband.running import embedding_runs
from evenband.running.embedding_runs import embed_corpus
from evenband.types import ModelSpec, Role, Vectors
from object_server import Objects

pytest.importorskip("lance")

SECRET, KEY = "planted-secret-7141", "PLANTEDKEY7141"
TEXTS = {f"d{number}": f"word{number % 3} number{number}" for number in range(11)}
ADDRESS = "s3://bucket/a folder/store"


@pytest.fixture(params=["own", "moto"])
def storage(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Objects | None]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    if request.param == "own":
        with object_server.served() as (url, objects):
            monkeypatch.setenv("AWS_ENDPOINT_URL", url)
            yield objects
        return
    pytest.importorskip("flask", exc_type=ImportError)
    moto = pytest.importorskip("moto.server", exc_type=ImportError)
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    import boto3

    boto3.client("s3", endpoint_url=f"http://{host}:{port}").create_bucket(Bucket="bucket")
    yield None
    server.stop()


@pytest.fixture
def objects() -> Iterator[Objects]:
    with object_server.served() as (url, held), pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", KEY)
        patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        patch.setenv("AWS_REGION", "us-east-1")
        patch.setenv("AWS_ENDPOINT_URL", url)
        yield held


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding_runs, "DOCUMENTS_PER_COMMIT", 4)


def _corpus(path: Path, texts: dict[str, str]) -> Corpus:
    rows = [json.dumps({"_id": key, "text": text}) for key, text in texts.items()]
    path.write_text("\n".join(rows), encoding="utf-8")
    return Corpus(path)


def _contents(name: Path | str) -> tuple[list[str], list[str], list[list[float]]]:
    store = DocumentStore(name)
    return store.ids(), store.texts(), store.vectors().tolist()


def test_a_store_at_an_address_equals_one_in_a_folder(tmp_path: Path, storage: Objects | None) -> None:
    """After a first run, one with changed documents, a deletion and pruning; searched with the same hits."""
    changed = {**TEXTS, "d3": "another text", "e": "a new one"}
    del changed["d0"]
    for name in (ADDRESS, tmp_path / "folder"):
        first = embed_corpus(_corpus(tmp_path / "c.jsonl", TEXTS), "toy:words", name)
        assert (first.new, first.documents) == (11, 11)
        assert first.bytes > 11 * 4 * 8
        second = embed_corpus(_corpus(tmp_path / "c.jsonl", changed), None, name, prune=True)
        assert (second.new, second.changed, second.unchanged, second.deleted) == (1, 1, 9, 1)
        embedding_runs.delete_documents(name, ["d5"])
    assert _contents(ADDRESS) == _contents(tmp_path / "folder")
    hits = [evenband.open_store(one).search("number7", k=3) for one in (ADDRESS, tmp_path / "folder")]
    assert hits[0] == hits[1]


@pytest.mark.slow
def test_the_commands_take_an_address(
    tmp_path: Path, objects: Objects, evenband: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Embed, search through an index that is kept in the cache, and retrieve; no file and line has a key."""
    monkeypatch.setenv("EVENBAND_CACHE", str(tmp_path / "cache"))
    _corpus(tmp_path / "c.jsonl", {f"d{n}": f"word{n}" for n in range(300)})
    done = evenband("embed", tmp_path / "c.jsonl", "-m", "toy:words", "-o", ADDRESS, "--json")
    assert json.loads(done.out)["store"] == ADDRESS
    found = evenband("search", ADDRESS, "word7", "--index", "hnsw:8", "--json")
    assert json.loads(found.out)["results"][0]["hits"][0]["id"] == "d7"
    assert list((tmp_path / "cache/indexes").rglob("*.faiss"))
    (tmp_path / "q.txt").write_text("word7 word8\nword1", encoding="utf-8")
    out = tmp_path / "run"
    kept = evenband("retrieve", ADDRESS, "--queries", tmp_path / "q.txt", "--suite", "quick", "-o", out)
    assert kept.code == 0, kept.err
    assert not Path("s3:").exists()
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    printed = "".join(one.out + one.err for one in (done, found, kept))
    for key in (SECRET, KEY):
        assert not any(key.encode() in content for content in (*files, *objects.content.values()))
        assert key not in printed


class Intruder:
    """The toy model; before one of its batches another process embeds into the same store."""

    def __init__(self, intrude: Callable[[], object], at: int) -> None:
        self._inner = encoders.load("toy:words")
        self.spec: ModelSpec = self._inner.spec
        self._intrude, self._left = intrude, at

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        self._left -= 1
        if self._left == 0:
            self._intrude()
        return self._inner.encode(texts, role)


def test_of_two_writers_the_later_stops(tmp_path: Path, objects: Objects) -> None:
    """It says so at its next commit, and nothing is there twice; repeated, it finds nothing to do."""
    corpus = _corpus(tmp_path / "c.jsonl", TEXTS)
    intruder = Intruder(lambda: embed_corpus(corpus, "toy:words", ADDRESS), at=2)
    with pytest.raises(
        DocumentStoreError, match="another process is writing to the store s3://bucket/a folder"
    ):
        embed_corpus(corpus, intruder, ADDRESS)
    assert sorted(DocumentStore(ADDRESS).ids()) == sorted(TEXTS)
    again = embed_corpus(corpus, "toy:words", ADDRESS)
    assert (again.new, again.unchanged, again.documents) == (0, 11, 11)


def test_documents_that_two_writers_wrote_in_one_moment_are_made_one(
    tmp_path: Path, objects: Objects
) -> None:
    """The next run keeps the last of those with one id."""
    corpus = _corpus(tmp_path / "c.jsonl", TEXTS)
    embed_corpus(corpus, "toy:words", ADDRESS)
    store = DocumentStore(ADDRESS)
    store.put(store.take([2, 4]), store.take_vectors([2, 4]), replaces=False)
    assert len(DocumentStore(ADDRESS)) == 13
    assert embed_corpus(corpus, "toy:words", ADDRESS).documents == 11
    ids = [id_ for id_ in TEXTS if id_ not in ("d2", "d4")]
    assert DocumentStore(ADDRESS).ids() == [*ids, "d2", "d4"]


def test_what_has_no_vector_is_noted_at_the_address(tmp_path: Path, objects: Objects) -> None:
    """So that the next run does not embed it again."""
    file = tmp_path / "words.txt"
    file.write_text("king 1 2\nqueen 2 1\n", encoding="utf-8")
    corpus = _corpus(tmp_path / "c.jsonl", {"a": "king", "b": "zzz"})
    first = embed_corpus(corpus, f"word2vec:{file}", ADDRESS)
    assert (first.new, first.without_vector) == (1, ("c.jsonl line 2",))
    assert len(place_of(ADDRESS).noted_without_vector()) == 1
    again = embed_corpus(corpus, f"word2vec:{file}", ADDRESS)
    assert (again.new, again.unchanged, again.without_vector) == (0, 1, ("c.jsonl line 2",))


def test_a_reader_keeps_its_state(tmp_path: Path, objects: Objects) -> None:
    """Later runs remove nothing that it reads, as their commits are younger than a day."""
    embed_corpus(_corpus(tmp_path / "c.jsonl", TEXTS), "toy:words", ADDRESS)
    opened = DocumentStore(ADDRESS)
    before = opened.vectors()
    embed_corpus(_corpus(tmp_path / "c.jsonl", {"x": "only this"}), None, ADDRESS, prune=True)
    assert np.array_equal(opened.vectors(), before)
    assert DocumentStore(ADDRESS).ids() == ["x"]


@pytest.mark.parametrize(
    ("days", "kept"),
    [
        ([9, 5, 3, 0.5], 2),  # who opened the store a day ago reads the state of three days ago
        ([9, 5, 1.1], 1),
        ([400, 0.9], 2),  # a state that was the last one for a year was open until it was replaced
        ([0.2], 1),
    ],
)
def test_states_stay_for_a_day_after_they_were_replaced(days: list[float], kept: int) -> None:
    """However old they are; what is older than all that a reader can have opened is removed."""
    now = datetime.now()
    times = [now - timedelta(days=one) for one in days]

    class Table:
        removed = 0

        def versions(self) -> list[dict[str, datetime]]:
            return [{"timestamp": time} for time in times]

        def cleanup_old_versions(self, older_than: timedelta) -> None:
            limit = datetime.now() + timedelta(seconds=5) - older_than
            self.removed = sum(time < limit for time in times)

    table = Table()
    RemotePlace("s3", "bucket/store").clean(table)
    assert len(times) - table.removed == kept


def test_a_refusal_is_one_line_without_keys(tmp_path: Path, objects: Objects) -> None:
    """Also where the server's answer, or anything else that fails, repeats the key."""
    objects.refuses = True
    said = (
        "the store s3://bucket/a folder/store cannot be read: the storage answered InvalidAccessKeyId; check"
    )
    with pytest.raises(DocumentStoreError, match=said) as caught:
        is_store(ADDRESS)
    assert KEY not in str(caught.value)
    assert "\n" not in str(caught.value)
    with (
        pytest.raises(DocumentStoreError, match=r"cannot be read: signed with \*\*\*"),
        guarded(ADDRESS, "read"),
    ):
        raise OSError(f"signed\nwith {SECRET}")


def test_lance_itself_can_index_a_store(tmp_path: Path) -> None:
    """As docs/search.md shows it, for an index larger than memory; runs leave it in place."""
    import lance

    corpus = _corpus(tmp_path / "c.jsonl", {f"d{n}": f"word{n}" for n in range(400)})
    embed_corpus(corpus, "toy:words", tmp_path / "s")
    table = lance.dataset(str(tmp_path / "s/documents.lance"))
    table.create_index("vector", "IVF_PQ", num_partitions=4, num_sub_vectors=8, metric="cosine")
    rows = {f"d{n}": f"word{n}" for n in range(400)} | {"x": "another thing"}
    embed_corpus(_corpus(tmp_path / "c.jsonl", rows), None, tmp_path / "s")
    table = lance.dataset(str(tmp_path / "s/documents.lance"))
    assert len(table.describe_indices()) == 1
    for text, id_ in (("word7", "d7"), ("another thing", "x")):
        query = evenband.load("toy:words").encode([text], Role.QUERY)[0]
        nearest = {"column": "vector", "q": query, "k": 3, "nprobes": 4, "refine_factor": 50}
        assert table.to_table(nearest=nearest, columns=["id"])["id"][0].as_py() == id_


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("s4://bucket/x", "an address that is not known here"),
        ("s3://bucket", "is a whole bucket; expected s3://bucket/NAME"),
        ("s3://key:word@bucket/x", "holds a key"),
    ],
)
def test_addresses_that_cannot_be_a_store(address: str, message: str, tmp_path: Path) -> None:
    """Refused before anything is read, in one line, and no folder of that name appears."""
    with pytest.raises(InputError, match=message):
        embed_corpus(_corpus(tmp_path / "c.jsonl", TEXTS), "toy:words", address)
    assert not Path(address.partition("/")[0]).exists()


def test_a_path_that_was_an_address_is_one_again() -> None:
    """``Path`` makes one slash of two."""
    place = place_of(Path("s3://bucket/store"))
    assert isinstance(place, RemotePlace)
    assert (str(place), place.name) == ("s3://bucket/store", "store")
