"""A store holds what the corpus holds, embeds nothing twice, and survives what goes wrong."""

from __future__ import annotations

import contextlib
import gc
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from evenband import encoders
from evenband.corpora import store_folders
from evenband.corpora.corpus_files import Corpus
from evenband.corpora.document_store import DocumentStore, create_store
from evenband.corpora.lance_tables import DocumentStoreError
from evenband.corpora.store_locks import writing
from evenband.errors import InputError, ModelError
from evenband.running import embedding_runs
from evenband.running.embedding_runs import delete_documents, embed_corpus
from evenband.running.store_searches import OpenStore
from evenband.running.stored_models import load_for
from evenband.types import ModelSpec, Role, Vectors

pytest.importorskip("lance")


class Counting:
    """The toy model, which notes the texts that it embeds, and can fail at the n-th batch."""

    def __init__(self, fails_at: int = -1, ref: str = "toy:words") -> None:
        self._inner = encoders.load(ref)
        self.spec: ModelSpec = self._inner.spec
        self.batches: list[list[str]] = []
        self.roles: set[Role] = set()
        self._fails_at = fails_at

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        if len(self.batches) == self._fails_at:
            raise KeyboardInterrupt
        self.batches.append(list(texts))
        self.roles.add(role)
        return self._inner.encode(texts, role)


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding_runs, "DOCUMENTS_PER_COMMIT", 4)


def _corpus(path: Path, texts: dict[str, str]) -> Corpus:
    rows = [json.dumps({"_id": key, "text": text}) for key, text in texts.items()]
    path.write_text("\n".join(rows), encoding="utf-8")
    return Corpus(path)


TEXTS = {f"d{number}": " ".join(["word"] * (1 + number * 7 % 5)) + f" number{number}" for number in range(11)}


def _contents(path: Path) -> tuple[list[str], list[str], Vectors]:
    store = DocumentStore(path)
    return store.ids(), store.texts(), store.vectors()


def test_a_store_holds_the_corpus(tmp_path: Path) -> None:
    """Ids, texts and vectors are the corpus's, in its order, embedded as documents, shortest first."""
    model = Counting()
    result = embed_corpus(_corpus(tmp_path / "c.jsonl", TEXTS), model, tmp_path / "s")
    ids, texts, vectors = _contents(tmp_path / "s")
    assert (ids, texts) == (list(TEXTS), list(TEXTS.values()))
    assert np.array_equal(vectors, encoders.load("toy:words").encode(list(TEXTS.values())))
    assert (result.documents, result.new, result.unchanged) == (11, 11, 0)
    assert model.roles == {Role.DOCUMENT}
    assert [len(batch) for batch in model.batches] == [4, 4, 3]
    assert all(batch == sorted(batch, key=len) for batch in model.batches)


def test_a_second_run_embeds_what_is_new_or_changed(tmp_path: Path) -> None:
    """Unchanged documents are left alone; what the corpus lacks stays, until it is pruned."""
    embed_corpus(_corpus(tmp_path / "c.jsonl", TEXTS), Counting(), tmp_path / "s")
    changed = {**TEXTS, "d3": "another text", "e": "a new one"}
    del changed["d0"]
    model = Counting()
    result = embed_corpus(_corpus(tmp_path / "c.jsonl", changed), model, tmp_path / "s")
    assert model.batches == [["a new one", "another text"]]
    assert (result.new, result.changed, result.unchanged, result.absent) == (1, 1, 9, 1)
    ids, texts, _ = _contents(tmp_path / "s")
    assert dict(zip(ids, texts, strict=True)) == {**TEXTS, **changed}
    result = embed_corpus(Corpus(tmp_path / "c.jsonl"), Counting(), tmp_path / "s", prune=True)
    assert (result.deleted, result.absent) == (1, 0)
    assert "d0" not in _contents(tmp_path / "s")[0]


def test_nothing_to_do_changes_nothing(tmp_path: Path) -> None:
    """A run without new documents leaves the store in the same state, so that its indexes stay."""
    corpus = _corpus(tmp_path / "c.jsonl", TEXTS)
    embed_corpus(corpus, Counting(), tmp_path / "s")
    before = DocumentStore(tmp_path / "s").state
    model = Counting()
    embed_corpus(corpus, model, tmp_path / "s")
    assert (model.batches, DocumentStore(tmp_path / "s").state) == ([], before)


@pytest.mark.parametrize("fails_at", [0, 1, 2])
def test_a_stopped_run_goes_on(tmp_path: Path, fails_at: int) -> None:
    """What was committed is not embedded again, and the store equals one that was not interrupted."""
    corpus = _corpus(tmp_path / "c.jsonl", TEXTS)
    first, second = Counting(fails_at), Counting()
    with pytest.raises(KeyboardInterrupt):
        embed_corpus(corpus, first, tmp_path / "s")
    embed_corpus(corpus, second, tmp_path / "s")
    assert sum(map(len, first.batches + second.batches)) == len(TEXTS)
    embed_corpus(corpus, Counting(), tmp_path / "whole")
    stopped, whole = _contents(tmp_path / "s"), _contents(tmp_path / "whole")
    assert stopped[:2] == whole[:2]
    assert np.array_equal(stopped[2], whole[2])


def test_refuses_faulty_rows_before_it_embeds(tmp_path: Path) -> None:
    """Faulty rows and repeated ids are named by line and nothing is embedded; --skip-bad leaves them out."""
    lines = ['{"_id": "a", "text": "x"}', '{"_id": "a", "text": "y"}', '{"_id": "b", "text": ""}']
    (tmp_path / "c.jsonl").write_text("\n".join(lines), encoding="utf-8")
    model = Counting()
    with pytest.raises(InputError, match=r"2 rows .* line 2 repeats the id 'a'; c.jsonl line 3 .*empty text"):
        embed_corpus(Corpus(tmp_path / "c.jsonl"), model, tmp_path / "s")
    assert not model.batches
    result = embed_corpus(Corpus(tmp_path / "c.jsonl"), model, tmp_path / "s", skip_bad=True)
    assert (result.documents, result.faulty) == (1, 2)
    assert _contents(tmp_path / "s")[1] == ["x"]


def test_refuses_the_vectors_of_another_model(tmp_path: Path) -> None:
    """A model with other vectors is refused by the field that differs, and the store stays as it was."""
    corpus = _corpus(tmp_path / "c.jsonl", TEXTS)
    embed_corpus(corpus, Counting(), tmp_path / "s")
    before = DocumentStore(tmp_path / "s").state
    with pytest.raises(InputError, match="has vectors of 'toy:words' with dim ="):
        embed_corpus(corpus, "toy:words?dim=8", tmp_path / "s")
    assert DocumentStore(tmp_path / "s").state == before


def test_a_model_that_answers_nan_loses_one_batch(tmp_path: Path) -> None:
    """NaN is refused with the text that it belongs to, and the batches before it are kept."""

    class Broken(Counting):
        def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
            vectors = super().encode(texts, role).copy()
            vectors[["number5" in text for text in texts]] = np.nan
            return vectors

    corpus = _corpus(tmp_path / "c.jsonl", TEXTS)
    with pytest.raises(ModelError, match=r"number5.*NaN"):
        embed_corpus(corpus, Broken(), tmp_path / "s")
    assert _contents(tmp_path / "s")[0] == list(TEXTS)[:4]


def test_documents_without_a_vector_are_named(tmp_path: Path) -> None:
    """A text that the model answers with zeros is not stored, and its line is told."""

    result = embed_corpus(_corpus(tmp_path / "c.jsonl", TEXTS), Zero(), tmp_path / "s")
    assert result.without_vector == ("c.jsonl line 6",)
    assert result.documents == 10


def test_deletes_documents_by_id(tmp_path: Path) -> None:
    """Documents are deleted by id, quotes in it included; an unknown id deletes nothing."""
    texts = {**TEXTS, "o'hara": "a text"}
    embed_corpus(_corpus(tmp_path / "c.jsonl", texts), Counting(), tmp_path / "s")
    with pytest.raises(InputError, match="no document 'nobody'; nothing was deleted"):
        delete_documents(tmp_path / "s", ["d1", "nobody"])
    assert delete_documents(tmp_path / "s", ["d1", "o'hara"]).deleted == 2
    assert _contents(tmp_path / "s")[0] == [key for key in TEXTS if key != "d1"]


def test_one_process_writes_at_a_time(tmp_path: Path) -> None:
    """A store that is being written refuses a second writer."""
    corpus = _corpus(tmp_path / "c.jsonl", TEXTS)
    with writing(tmp_path / "s"), pytest.raises(DocumentStoreError, match="another process is writing"):
        embed_corpus(corpus, Counting(), tmp_path / "s")


def test_a_store_holds_no_secret(tmp_path: Path) -> None:
    """A key in the reference is in no file; to search again the user names the model."""
    model = Counting()
    secret = "https://example.org/v1/embeddings?api_key=tiger42"
    model.spec = replace(model.spec, ref=secret)
    embed_corpus(_corpus(tmp_path / "c.jsonl", TEXTS), model, tmp_path / "s")
    files = [file.read_bytes() for file in (tmp_path / "s").rglob("*") if file.is_file()]
    assert not any(b"tiger42" in content for content in files)
    with pytest.raises(InputError, match="hides a secret"):
        load_for(DocumentStore(tmp_path / "s"))
    assert load_for(DocumentStore(tmp_path / "s"), model) is model


def test_refuses_addresses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address that is none of object storage is refused, and no folder of that name appears."""
    monkeypatch.chdir(tmp_path)
    corpus = _corpus(tmp_path / "c.jsonl", TEXTS)
    with pytest.raises(InputError, match=r"the store ftp://... is an address that is not known here"):
        embed_corpus(corpus, Counting(), Path("ftp://bucket/store"))
    assert [path.name for path in tmp_path.iterdir()] == ["c.jsonl"]


def test_refuses_a_folder_of_something_else(tmp_path: Path) -> None:
    """A folder with other files is never written to, and refused before a model is loaded."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match="exists and is no store"):
        embed_corpus(_corpus(tmp_path / "c.jsonl", TEXTS), "toy:nosuch", tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


class Zero(Counting):
    """A model that has no vector for texts with ``number5``."""

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        has_vector = np.array([["number5" not in text] for text in texts], np.float32)
        return super().encode(texts, role) * has_vector


def test_a_document_that_lost_its_vector_is_deleted(tmp_path: Path) -> None:
    """Its old text is not found any more, it counts as without a vector only, and is not embedded again."""
    embed_corpus(_corpus(tmp_path / "c.jsonl", TEXTS), Counting(), tmp_path / "s")
    corpus = _corpus(tmp_path / "c.jsonl", {**TEXTS, "d0": "number5", "d1": "new", "e": "number5 too"})
    result = embed_corpus(corpus, Zero(), tmp_path / "s")
    places = ("c.jsonl line 1", "c.jsonl line 12")
    assert (result.new, result.changed, result.unchanged, result.documents) == (0, 1, 9, 10)
    assert result.without_vector == places
    assert "d0" not in _contents(tmp_path / "s")[0]
    before, model = DocumentStore(tmp_path / "s").state, Zero()
    again = embed_corpus(corpus, model, tmp_path / "s")
    assert (model.batches, again.new, again.changed, again.unchanged) == ([], 0, 0, 10)
    assert (again.without_vector, DocumentStore(tmp_path / "s").state) == (places, before)
    back = embed_corpus(_corpus(tmp_path / "c.jsonl", {**TEXTS, "d1": "new"}), Zero(), tmp_path / "s")
    assert (back.new, back.documents) == (1, 11)


def test_an_error_leaves_no_folder(tmp_path: Path) -> None:
    """A faulty corpus, a model that does not exist and a deletion from no store leave nothing behind."""
    (tmp_path / "bad.jsonl").write_text('{"_id": "a", "text": ""}', encoding="utf-8")
    corpus = _corpus(tmp_path / "c.jsonl", TEXTS)
    with pytest.raises(InputError, match="empty text"):
        embed_corpus(Corpus(tmp_path / "bad.jsonl"), Counting(), tmp_path / "a" / "s")
    with pytest.raises(InputError, match="nosuch"):
        embed_corpus(corpus, "toy:nosuch", tmp_path / "s")
    with pytest.raises(InputError, match="is no store"):
        delete_documents(tmp_path / "typo", ["d1"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.jsonl", "c.jsonl"]


def test_a_store_is_never_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that began before another one made the store adds to it, and cannot replace it."""
    corpus = _corpus(tmp_path / "c.jsonl", {"d1": "one"})

    @contextlib.contextmanager
    def late(path: Path) -> Iterator[None]:
        monkeypatch.setattr(store_folders, "writing", writing)
        embed_corpus(_corpus(tmp_path / "other.jsonl", {"x": "other"}), Counting(), path)
        with writing(path):
            yield

    monkeypatch.setattr(store_folders, "writing", late)
    embed_corpus(corpus, Counting(), tmp_path / "s")
    assert _contents(tmp_path / "s")[0] == ["x", "d1"]
    with pytest.raises(InputError, match="is a store already"):
        create_store(tmp_path / "s", Counting().spec)
    assert _contents(tmp_path / "s")[0] == ["x", "d1"]


def test_an_open_store_stays_as_it_was(tmp_path: Path) -> None:
    """Who has a store open goes on to read its state; the run after that removes the files."""
    embed_corpus(_corpus(tmp_path / "c.jsonl", TEXTS), Counting(), tmp_path / "s")
    opened = OpenStore(tmp_path / "s")
    changed = _corpus(tmp_path / "c.jsonl", {**TEXTS, "d5": "another text"})
    embed_corpus(changed, Counting(), tmp_path / "s")
    [[hit]] = opened.search(TEXTS["d5"], 1)
    assert (hit.id, hit.text) == ("d5", TEXTS["d5"])
    assert len(list((tmp_path / "s").rglob("*.manifest"))) > 1
    del opened
    gc.collect()
    embed_corpus(_corpus(tmp_path / "c.jsonl", {**TEXTS, "d5": "a third"}), Counting(), tmp_path / "s")
    assert len(list((tmp_path / "s").rglob("*.manifest"))) == 1
