"""The cache: everything once, nothing wrong, and nothing measured lost when the disk fails."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evenband import encoders
from evenband.encoders import CachedEncoder, VectorStore
from evenband.encoders.cache import model_key, text_key
from evenband.encoders.store import StoreError
from evenband.types import Encoder, ModelSpec, Role, Vectors

TEXTS = [f"let's eat, {noun}" for noun in ("grandma", "grandpa", "listener", "madam", "minister")]


class Counting:
    """A toy encoder that notes what it was asked."""

    def __init__(self) -> None:
        self.inner: Encoder = encoders.load("toy:chars")
        self.calls: list[list[str]] = []

    @property
    def spec(self) -> ModelSpec:
        return self.inner.spec

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        self.calls.append(list(texts))
        return self.inner.encode(texts, role)


class Told:
    """A progress that notes what it was told."""

    def __init__(self) -> None:
        self.totals: list[int] = []
        self.done = 0
        self.open = 0

    def start(self, what: str, total: int) -> None:
        self.totals.append(total)
        self.open += 1

    def advance(self, items: int) -> None:
        self.done += items

    def finish(self) -> None:
        self.open -= 1


def test_a_second_run_embeds_nothing_and_gets_the_same_bits(tmp_path: Path) -> None:
    first = CachedEncoder(Counting(), VectorStore(tmp_path)).encode(TEXTS)
    inner, progress = Counting(), Told()
    second = CachedEncoder(inner, VectorStore(tmp_path), progress).encode(TEXTS[::-1])
    assert inner.calls == []
    assert progress.totals == []
    np.testing.assert_array_equal(second, first[::-1])
    np.testing.assert_array_equal(first, Counting().encode(TEXTS))


def test_a_text_that_occurs_twice_is_embedded_once_and_stands_in_both_places(tmp_path: Path) -> None:
    inner = Counting()
    vectors = CachedEncoder(inner, VectorStore(tmp_path)).encode([*TEXTS, *TEXTS])
    assert sorted(text for call in inner.calls for text in call) == sorted(TEXTS)
    np.testing.assert_array_equal(vectors, inner.inner.encode([*TEXTS, *TEXTS]))


def test_progress_hears_of_missing_texts_only_batch_by_batch(tmp_path: Path) -> None:
    CachedEncoder(Counting(), VectorStore(tmp_path)).encode(TEXTS[:2])
    inner, progress = Counting(), Told()
    CachedEncoder(inner, VectorStore(tmp_path), progress, batch=2).encode(TEXTS)
    assert progress.totals == [3]
    assert (progress.done, progress.open) == (3, 0)
    assert [len(call) for call in inner.calls] == [2, 1]


def test_no_texts_ask_nobody(tmp_path: Path) -> None:
    inner = Counting()
    assert CachedEncoder(inner, VectorStore(tmp_path)).encode([]).shape == (0, inner.spec.dim)
    assert inner.calls == []
    assert not any(tmp_path.iterdir())


def test_a_batch_is_on_disk_before_the_next_one_is_embedded(tmp_path: Path) -> None:
    class Failing(Counting):
        def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
            if len(self.calls) == 2:
                raise KeyboardInterrupt
            return super().encode(texts, role)

    progress = Told()
    with pytest.raises(KeyboardInterrupt):
        CachedEncoder(Failing(), VectorStore(tmp_path), progress, batch=2).encode(TEXTS)
    assert (progress.done, progress.open) == (4, 0)
    again = Counting()
    CachedEncoder(again, VectorStore(tmp_path)).encode(TEXTS)
    assert [len(call) for call in again.calls] == [1]


def test_the_key_tells_model_library_role_and_text_apart() -> None:
    base = Counting()
    other_library = Counting()
    other_library.libraries = {"torch": "9.9"}  # type: ignore[attr-defined]
    other_model = Counting()
    other_model.inner = encoders.load("toy:chars?dim=8")
    models = {model_key(encoder) for encoder in (base, other_library, other_model)}
    assert len(models) == 3
    keys = {
        text_key(model, role, text) for model in models for role in Role for text in ("a", "b", "query\0a")
    }
    assert len(keys) == 3 * 3 * 3
    assert {len(key) for key in keys} == {16}


def test_how_the_model_was_called_makes_no_difference_to_the_key() -> None:
    spec = Counting().spec

    class Renamed(Counting):
        @property
        def spec(self) -> ModelSpec:
            return replace(spec, ref="another", name="another")

    assert model_key(Renamed()) == model_key(Counting())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(asked=st.lists(st.lists(st.text(max_size=4), max_size=8), max_size=4), batch=st.integers(1, 3))
def test_any_sequence_of_questions_is_answered_as_by_the_encoder_itself(
    tmp_path_factory: pytest.TempPathFactory, asked: list[list[str]], batch: int
) -> None:
    inner = Counting()
    cached = CachedEncoder(inner, VectorStore(tmp_path_factory.mktemp("c")), batch=batch)
    for texts in asked:
        np.testing.assert_array_equal(cached.encode(texts), inner.inner.encode(texts))
    embedded = [text for call in inner.calls for text in call]
    assert len(embedded) == len(set(embedded))


def test_the_encoder_within_is_fresh_and_forgets(tmp_path: Path) -> None:
    inner = Counting()
    cached = CachedEncoder(inner, VectorStore(tmp_path))
    cached.encode(TEXTS)
    cached.fresh.encode(TEXTS)
    assert len(inner.calls) == 2


class FullStore(VectorStore):
    """A store on a full disk."""

    def put(self, model: str, keys: Sequence[bytes], vectors: Vectors, spec: ModelSpec) -> None:
        raise StoreError("the cache X cannot be used (database or disk is full); make room")


def test_a_full_disk_costs_one_line_and_no_vector(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    inner = Counting()
    with caplog.at_level(logging.WARNING):
        vectors = CachedEncoder(inner, FullStore(tmp_path), batch=2).encode(TEXTS)
    np.testing.assert_array_equal(vectors, inner.inner.encode(TEXTS))
    assert len(caplog.records) == 1
    assert "disk is full" in caplog.text
    assert "\n" not in caplog.records[0].getMessage()


SCRIPT = """
import sys, time
from evenband import encoders
from evenband.encoders import CachedEncoder, VectorStore
folder, first, last, batch, pause = sys.argv[1], *map(int, sys.argv[2:5]), float(sys.argv[5])
class Slow:
    inner = encoders.load("toy:chars")
    spec = inner.spec
    def encode(self, texts, role="none"):
        time.sleep(pause)
        print(len(texts), flush=True)
        return self.inner.encode(texts, role)
CachedEncoder(Slow(), VectorStore(folder), batch=batch).encode([f"text {i}" for i in range(first, last)])
"""


def start(folder: Path, first: int, last: int, batch: int, pause: float) -> subprocess.Popen[str]:
    arguments = [str(folder), str(first), str(last), str(batch), str(pause)]
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, *arguments], stdout=subprocess.PIPE, encoding="utf-8"
    )


def test_a_killed_run_loses_at_most_the_batch_it_was_at(tmp_path: Path) -> None:
    with start(tmp_path, 0, 1000, 10, 0.01) as process:
        assert process.stdout is not None
        for _ in range(7):
            process.stdout.readline()
        process.kill()
        seven_and_perhaps_more = 7 + len(process.stdout.readlines())
    inner = Counting()
    texts = [f"text {i}" for i in range(1000)]
    vectors = CachedEncoder(inner, VectorStore(tmp_path)).encode(texts)
    embedded_again = sum(len(call) for call in inner.calls)
    assert 1000 - 10 * seven_and_perhaps_more <= embedded_again <= 1000 - 10 * (seven_and_perhaps_more - 1)
    np.testing.assert_array_equal(vectors, inner.inner.encode(texts))


def test_two_runs_at_once_lose_nothing_and_break_nothing(tmp_path: Path) -> None:
    processes = [start(tmp_path, first, first + 400, 5, 0) for first in (0, 0, 200)]
    assert [process.wait(600) for process in processes] == [0, 0, 0]
    for process in processes:
        assert process.stdout is not None
        process.stdout.close()
    inner = Counting()
    texts = [f"text {i}" for i in range(600)]
    vectors = CachedEncoder(inner, VectorStore(tmp_path)).encode(texts)
    assert inner.calls == []
    np.testing.assert_array_equal(vectors, inner.inner.encode(texts))


@pytest.fixture
def read_only() -> Iterator[Path]:
    """A cache of two vectors that this process may read and not write, even if it is the superuser's."""
    if not hasattr(os, "seteuid"):
        pytest.skip("needs a system that has users")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        CachedEncoder(Counting(), VectorStore(folder)).encode(TEXTS[:2])
        for path in [folder, folder / "vectors", *(folder / "vectors").iterdir()]:
            path.chmod(0o555)
        user = os.geteuid()
        os.seteuid(65534 if user == 0 else user)
        try:
            yield folder
        finally:
            os.seteuid(user)
            (folder / "vectors").chmod(0o755)
            folder.chmod(0o755)


def test_a_read_only_cache_is_read_and_says_once_that_it_cannot_be_written(
    read_only: Path, caplog: pytest.LogCaptureFixture
) -> None:
    inner = Counting()
    vectors = CachedEncoder(inner, VectorStore(read_only), batch=1).encode(TEXTS)
    assert sum(len(call) for call in inner.calls) == 3
    np.testing.assert_array_equal(vectors, inner.inner.encode(TEXTS))
    assert len(caplog.records) == 1
    assert "EVENBAND_CACHE" in caplog.text


def test_looking_up_takes_no_longer_in_a_large_cache(tmp_path: Path) -> None:
    """Twenty times as many texts take at most twenty times as long; with a scan per text, 400 times."""
    seconds = {}
    for count in (1_000, 20_000):
        texts = [f"text {i}" for i in range(count)]
        cached = CachedEncoder(Counting(), VectorStore(tmp_path / str(count)))
        cached.encode(texts)
        times = []
        for _ in range(3):
            began = time.process_time()
            cached.encode(texts)
            times.append(time.process_time() - began)
        seconds[count] = min(times)
    assert seconds[20_000] < 80 * seconds[1_000]
