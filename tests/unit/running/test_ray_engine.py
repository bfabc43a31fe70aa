"""Driver and workers without a cluster: Ray is replaced by one whose workers end in any order."""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evenband.corpora.corpus_files import Corpus
from evenband.corpora.document_store import DocumentStore
from evenband.errors import InputError, MissingExtraError, ModelError
from evenband.running import embedding_runs
from evenband.running.embedding_runs import embed_corpus
from evenband.running.ray_engine import BATCHES_PER_WORKER, BATCHES_UNCOMMITTED, RayEngine, shares
from evenband.running.ray_workers import EmbeddingWorker, Work

pytest.importorskip("lance")

WORKERS = 3


class Errors:
    """Names of Ray's errors."""

    class RayError(Exception):
        """Any."""

    class RayActorError(RayError):
        """A worker that is gone."""


class Answer:
    """What a worker will have answered."""

    def __init__(self, worker: int, make: Callable[[], Any]) -> None:
        self.worker, self.make = worker, make


class Method:
    """A method of an actor."""

    def __init__(self, cluster: Cluster, worker: int, call: Callable[..., Any]) -> None:
        self._cluster, self._worker, self._call = cluster, worker, call

    def remote(self, *given: Any) -> Answer:
        answer = Answer(self._worker, lambda: self._call(*given))
        self._cluster.began(answer)
        return answer


class Actor:
    """A worker in this process."""

    def __init__(self, cluster: Cluster, number: int, work: Work) -> None:
        worker = EmbeddingWorker(work)
        self.spec = Method(cluster, number, worker.spec)
        self.embed = Method(cluster, number, worker.embed)


class Cluster:
    """Stands for the module: one of the running batches ends at a time, whichever."""

    exceptions = Errors

    def __init__(self, seed: int = 0, breaks: Callable[[int], None] = lambda number: None) -> None:
        self._rng, self._breaks = random.Random(seed), breaks
        self._running: list[Answer] = []
        self._given = self._got = 0
        self.most_running = self.most_uncommitted = 0
        self.by_worker: Counter[int] = Counter()

    def began(self, answer: Answer) -> None:
        self._running.append(answer)
        self._given += 1
        self.by_worker[answer.worker] += 1
        loads = Counter(one.worker for one in self._running)
        self.most_running = max(self.most_running, *loads.values())
        self.most_uncommitted = max(self.most_uncommitted, self._given - self._got)

    def wait(self, answers: Sequence[Answer], **_: Any) -> tuple[list[Answer], list[Answer]]:
        assert set(answers) <= set(self._running)
        one = self._rng.choice(list(answers))
        self._running.remove(one)
        return [one], [other for other in answers if other is not one]

    def get(self, answer: Answer) -> Any:
        if answer in self._running:  # the spec, which nobody waits for
            self._running.remove(answer)
        self._got += 1
        self._breaks(self._got)
        return answer.make()


def _use(monkeypatch: pytest.MonkeyPatch, cluster: Cluster) -> None:
    """Let runs use a cluster that is none."""

    @contextmanager
    def engine(work: Work, workers: int | None) -> Iterator[RayEngine]:
        yield RayEngine(cluster, [Actor(cluster, number, work) for number in range(workers or WORKERS)])

    monkeypatch.setattr(embedding_runs, "ray_engine", engine)
    monkeypatch.setattr(embedding_runs, "DOCUMENTS_PER_COMMIT", 4)


def _corpus(path: Path, texts: dict[str, str]) -> Corpus:
    rows = [json.dumps({"_id": key, "text": text}) for key, text in texts.items()]
    path.write_text("\n".join(rows), encoding="utf-8")
    return Corpus(path)


TEXTS = {f"d{number}": "word " * (number % 7) + f"number{number}" for number in range(90)}


@pytest.mark.parametrize("seed", range(3))
def test_the_store_is_the_local_one_in_whichever_order_workers_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """At a first run, and with new, changed and deleted documents; each worker has work, and not too much."""
    cluster = Cluster(seed)
    _use(monkeypatch, cluster)
    changed = {**TEXTS, "d3": "another text", "d50": "a second one", "e": "a new one"}
    del changed["d0"]
    for texts in (TEXTS, changed):
        corpus = _corpus(tmp_path / "c.jsonl", texts)
        local = embed_corpus(corpus, "toy:words", tmp_path / "local", prune=True)
        remote = embed_corpus(corpus, "toy:words", tmp_path / "ray", prune=True, engine="ray")
        assert (remote.new, remote.changed, remote.deleted) == (local.new, local.changed, local.deleted)
    left, right = DocumentStore(tmp_path / "ray"), DocumentStore(tmp_path / "local")
    assert left.ids() == right.ids()
    assert left.digests() == right.digests()
    assert np.array_equal(left.vectors(), right.vectors())
    assert cluster.most_running <= BATCHES_PER_WORKER
    assert cluster.most_uncommitted <= BATCHES_UNCOMMITTED * WORKERS
    assert min(cluster.by_worker[number] for number in range(WORKERS)) > 3


def test_vectors_travel_only_where_a_worker_does_not_see_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fragments otherwise; a folder of the same path with another store in it is not written to."""
    _use(monkeypatch, Cluster())
    puts: list[int] = []
    put = DocumentStore.put

    def counted(self: DocumentStore, documents: Any, vectors: Any, *, replaces: bool) -> None:
        puts.append(len(documents))
        put(self, documents, vectors, replaces=replaces)

    monkeypatch.setattr(DocumentStore, "put", counted)
    corpus = _corpus(tmp_path / "c.jsonl", TEXTS)
    embed_corpus(corpus, "toy:words", tmp_path / "seen", engine="ray")
    assert puts == []
    monkeypatch.setattr(EmbeddingWorker, "_sees", lambda *_: False)
    embed_corpus(corpus, "toy:words", tmp_path / "unseen", engine="ray")
    assert sum(puts) == len(TEXTS)
    assert DocumentStore(tmp_path / "seen").ids() == DocumentStore(tmp_path / "unseen").ids() == list(TEXTS)


def test_a_worker_knows_a_store_by_its_name(tmp_path: Path) -> None:
    """Not by its path: another store there, or none, is not written to."""
    embed_corpus(_corpus(tmp_path / "c.jsonl", TEXTS), "toy:words", tmp_path / "a")
    embed_corpus(_corpus(tmp_path / "c.jsonl", TEXTS), "toy:words", tmp_path / "b")
    header = DocumentStore(tmp_path / "a").header
    worker = EmbeddingWorker(Work("toy:words", False, False, str(tmp_path), None))
    assert worker._sees(str(tmp_path / "a"), header)
    assert not worker._sees(str(tmp_path / "b"), header)
    assert not worker._sees(str(tmp_path / "none"), header)


def test_documents_without_a_vector_are_reported_as_locally(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are not stored, and not embedded again."""
    _use(monkeypatch, Cluster())
    words = tmp_path / "words.txt"
    words.write_text("king 1 2\nqueen 2 1\n", encoding="utf-8")
    corpus = _corpus(tmp_path / "c.jsonl", {"a": "king", "b": "zzz", "c": "queen"})
    for expected in ((2, 0), (0, 2)):
        done = embed_corpus(corpus, f"word2vec:{words}", tmp_path / "s", engine="ray")
        assert (done.new, done.unchanged) == expected
        assert done.without_vector == ("c.jsonl line 2",)


def test_a_batch_that_loses_its_worker_again_and_again_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was committed before is kept, and the next run goes on."""

    def break_at(number: int) -> None:
        if number == 4:  # the spec is the first
            raise Errors.RayActorError("The actor died\n\nunexpectedly")

    _use(monkeypatch, Cluster(breaks=break_at))
    corpus = _corpus(tmp_path / "c.jsonl", TEXTS)
    message = r"failed at c\.jsonl line 9 to c\.jsonl line 12: its process ended 4 times; what was committed"
    with pytest.raises(ModelError, match=message):
        embed_corpus(corpus, "toy:words", tmp_path / "s", engine="ray")
    assert DocumentStore(tmp_path / "s").ids() == list(TEXTS)[:8]
    _use(monkeypatch, Cluster())
    assert embed_corpus(corpus, "toy:words", tmp_path / "s", engine="ray").unchanged == 8
    assert DocumentStore(tmp_path / "s").ids() == list(TEXTS)


def test_a_worker_with_another_model_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the name of the field that differs, as a GPU's own number format would."""
    cluster = Cluster()
    _use(monkeypatch, cluster)

    @contextmanager
    def engine(work: Work, workers: int | None) -> Iterator[RayEngine]:
        other = Work("toy:words?dim=32", *list(vars(work).values())[1:])
        yield RayEngine(cluster, [Actor(cluster, 0, work), Actor(cluster, 1, other)])

    monkeypatch.setattr(embedding_runs, "ray_engine", engine)
    with pytest.raises(ModelError, match=r"a worker at .* with dim = "):
        embed_corpus(_corpus(tmp_path / "c.jsonl", TEXTS), "toy:words", tmp_path / "s", engine="ray")


@pytest.mark.parametrize(
    ("resources", "most", "workers", "expected"),
    [
        ({"CPU": 16.0}, 16, None, (3, {"num_cpus": 5.0})),
        ({"CPU": 2.0}, 2, 2, (2, {"num_cpus": 0.5})),
        ({"CPU": 1.0}, 1, 3, (3, {"num_cpus": 0.16})),
        ({"CPU": 64.0}, 16, 2, (2, {"num_cpus": 16})),
        ({"CPU": 16.0, "GPU": 4.0}, 16, None, (4, {"num_gpus": 1, "num_cpus": 1.0})),
        ({"CPU": 3.0, "GPU": 4.0}, 3, None, (4, {"num_gpus": 1, "num_cpus": 0.5})),
        ({"CPU": 16.0, "GPU": 4.0}, 16, 2, (2, {"num_gpus": 1, "num_cpus": 1.0})),
    ],
)
def test_workers_leave_a_processor_for_the_writer(
    resources: dict[str, float], most: float, workers: int | None, expected: tuple[int, dict[str, float]]
) -> None:
    """One worker for each GPU, or for each share of processors; together they leave one."""
    number, needs = shares(resources, most, workers)
    assert (number, needs) == expected
    assert number * needs["num_cpus"] <= max(resources["CPU"] - 1, 0.5)


def test_more_workers_than_gpus_are_refused() -> None:
    """Ray would wait for the missing one for ever."""
    with pytest.raises(InputError, match="got --workers 5, expected at most 4: the cluster's GPUs"):
        shares({"CPU": 16.0, "GPU": 4.0}, 16, 5)


def test_without_ray_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no store is left."""
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError, match="--engine ray: the extra 'ray' is not installed"):
        embed_corpus(_corpus(tmp_path / "c.jsonl", TEXTS), "toy:words", tmp_path / "s", engine="ray")
    assert not (tmp_path / "s").exists()


def test_workers_need_the_engine(tmp_path: Path, evenband: Callable[..., Any]) -> None:
    """``--workers`` without ``--engine ray`` would do nothing, and is refused."""
    done = evenband("embed", "c.jsonl", "-m", "toy:words", "-o", tmp_path / "s", "--workers", 2)
    assert done.code == 2
    assert "--workers is for --engine ray" in done.err
