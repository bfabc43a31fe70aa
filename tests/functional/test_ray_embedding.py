"""Embedding on a Ray cluster: two workers of this machine make the store that one process makes."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evenband
import object_server
import small_models
from evenband.corpora.document_store import DocumentStore
from evenband.errors import InputError, ModelError
from evenband.running import embedding_runs
from evenband.types import ModelSpec

pytest.importorskip("lance")
pytestmark = pytest.mark.filterwarnings("ignore:lance is not fork-safe")

WORDS = ("king", "queen", "grandma", "please", "help", "stop", "let", "eat")


def _corpus(path: Path, count: int, seed: int = 0) -> Path:
    rng = random.Random(seed)
    texts = [" ".join(rng.choices(WORDS, k=rng.randint(2, 12))) + f" {row}" for row in range(count)]
    rows = [json.dumps({"_id": f"d{row}", "text": text}) for row, text in enumerate(texts)]
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def _assert_equal(left: Path | str, right: Path | str) -> None:
    one, other = DocumentStore(left), DocumentStore(right)
    assert one.ids() == other.ids()
    assert one.texts() == other.texts()
    assert one.digests() == other.digests()
    assert np.allclose(one.vectors(), other.vectors(), atol=1e-6)
    assert one.model.vector_digest == other.model.vector_digest


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Ray on this machine, started once."""
    ray = pytest.importorskip("ray")
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ["RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO"] = "0"
    ray.init(address="local", num_cpus=3, include_dashboard=False, log_to_driver=False, logging_level=40)
    yield ray
    ray.shutdown()


@pytest.mark.slow
def test_two_workers_make_the_same_store(
    tmp_path: Path, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a model that is a folder, at a first run and at one with changed documents, pruned."""
    monkeypatch.setattr(embedding_runs, "DOCUMENTS_PER_COMMIT", 32)
    monkeypatch.chdir(tmp_path)
    model = f"./{small_models.save(tmp_path / 'model', 'bert').relative_to(tmp_path)}"
    engines: dict[str, dict[str, Any]] = {"local": {}, "ray": {"engine": "ray", "workers": 2}}
    for seed, prune in ((0, False), (1, True)):
        corpus = _corpus(tmp_path / "c.jsonl", 300 - 100 * seed, seed)
        for name, options in engines.items():
            done = evenband.embed(corpus, model, tmp_path / name, prune=prune, **options)
            assert (done.new, done.changed, done.deleted) == ((0, 200, 100) if seed else (300, 0, 0))
        _assert_equal(tmp_path / "ray", tmp_path / "local")


@pytest.mark.slow
def test_a_killed_worker_is_replaced(tmp_path: Path, cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """kill -9 in the middle: its batches are embedded by another process, and nothing is lost or twice."""
    psutil = pytest.importorskip("psutil")

    monkeypatch.setattr(embedding_runs, "DOCUMENTS_PER_COMMIT", 16)
    corpus, model = _corpus(tmp_path / "c.jsonl", 400), "toy:words"
    killed: list[int] = []
    commit = embedding_runs._commit

    def kill_once(*given: Any) -> Any:
        if not killed and len(given[0]) >= 64:
            processes = psutil.Process().children(recursive=True)
            workers = [one.pid for one in processes if "EmbeddingWorker" in " ".join(one.cmdline())]
            os.kill(workers[0], signal.SIGKILL)
            killed.extend(workers[:1])
        return commit(*given)

    monkeypatch.setattr(embedding_runs, "_commit", kill_once)
    done = evenband.embed(corpus, model, tmp_path / "ray", engine="ray", workers=2)
    assert killed
    assert done.documents == 400
    monkeypatch.setattr(embedding_runs, "_commit", commit)
    evenband.embed(corpus, model, tmp_path / "local")
    _assert_equal(tmp_path / "ray", tmp_path / "local")


@pytest.mark.slow
def test_workers_write_to_object_storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fragments of two workers at an address; the driver only commits them."""
    ray = pytest.importorskip("ray")
    if ray.is_initialized():
        ray.shutdown()  # workers have the environment in which their cluster was started
    monkeypatch.setattr(embedding_runs, "DOCUMENTS_PER_COMMIT", 32)
    corpus = _corpus(tmp_path / "c.jsonl", 200)
    with object_server.served() as (url, _):
        for name, value in (
            ("AWS_ACCESS_KEY_ID", "a"),
            ("AWS_SECRET_ACCESS_KEY", "b"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ENDPOINT_URL", url),
        ):
            monkeypatch.setenv(name, value)
        puts: list[int] = []
        monkeypatch.setattr(DocumentStore, "put", lambda *_, **__: puts.append(1))
        evenband.embed(corpus, "toy:words", "s3://bucket/store", engine="ray", workers=2)
        monkeypatch.undo()
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
        evenband.embed(corpus, "toy:words", tmp_path / "local")
        assert not puts
        _assert_equal("s3://bucket/store", tmp_path / "local")


@pytest.mark.slow
def test_a_killed_driver_is_resumed(tmp_path: Path) -> None:
    """kill -9 of the driver: the next run embeds the rest only, and the stores are equal."""
    pytest.importorskip("ray")
    corpus = _corpus(tmp_path / "c.jsonl", 2048 * 6)
    command = [sys.executable, "-m", "evenband", "embed", corpus, "-m", "toy:words", "-o", tmp_path / "ray"]
    command += ["--engine", "ray", "--workers", "2"]
    process = subprocess.Popen(list(map(str, command)), start_new_session=True)
    versions = tmp_path / "ray/documents.lance/_versions"
    while process.poll() is None and len(list(versions.glob("*.manifest"))) < 3:
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    before = len(DocumentStore(tmp_path / "ray"))
    assert 0 < before < 2048 * 6
    done = evenband.embed(corpus, None, tmp_path / "ray", engine="ray", workers=2)
    assert (done.unchanged, done.new) == (before, 2048 * 6 - before)
    evenband.embed(corpus, "toy:words", tmp_path / "local")
    _assert_equal(tmp_path / "ray", tmp_path / "local")
    assert done.bytes < 1.05 * DocumentStore(tmp_path / "local").size  # what the kill left is removed


@pytest.mark.slow
def test_what_goes_wrong_in_a_worker_is_one_line(tmp_path: Path, cluster: Any) -> None:
    """A model that cannot be loaded, and one in memory; no store is left."""
    corpus = _corpus(tmp_path / "c.jsonl", 5)
    with pytest.raises(ModelError, match=r"a worker while it loaded the model: .*nowhere"):
        evenband.embed(corpus, str(tmp_path / "nowhere"), tmp_path / "s", engine="ray", workers=1)
    with pytest.raises(InputError, match="got a model in memory"):
        evenband.embed(corpus, evenband.load("toy:words"), tmp_path / "s", engine="ray")
    assert not (tmp_path / "s").exists()
    assert isinstance(evenband.load("toy:words").spec, ModelSpec)
