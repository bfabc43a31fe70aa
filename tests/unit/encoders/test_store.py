"""Vectors on disk."""

from __future__ import annotations

import logging
import os
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from evenband.encoders.store import SUFFIX, StoreError, VectorStore
from evenband.storage import cache_folder
from evenband.types import ModelSpec, Vectors

SPEC = ModelSpec(ref="m", name="m", source="test", revision="1", dtype="float32", dim=3)
KEYS = [bytes([i]) * 16 for i in range(5)]


def some(seed: int = 0) -> Vectors:
    return np.random.default_rng(seed).normal(size=(5, 3)).astype(np.float32)


def test_what_was_put_is_found_in_the_order_asked(tmp_path: Path) -> None:
    store = VectorStore(tmp_path)
    store.put("model", KEYS, some(), SPEC)
    found, vectors = store.get("model", [KEYS[3], b"x" * 16, KEYS[0]], 3)
    assert found.tolist() == [True, False, True]
    np.testing.assert_array_equal(vectors[[0, 2]], some()[[3, 0]])


def test_models_do_not_see_each_other_and_each_is_one_file(tmp_path: Path) -> None:
    store = VectorStore(tmp_path)
    store.put("one", KEYS, some(1), SPEC)
    store.put("two", KEYS, some(2), SPEC)
    state = store.describe()
    assert state.models == 2
    files = sorted((tmp_path / "vectors").iterdir())
    assert [file.name for file in files] == [f"one{SUFFIX}", f"two{SUFFIX}"]
    assert state.bytes == sum(file.stat().st_size for file in files)
    files[0].unlink()
    assert not store.get("one", KEYS, 3)[0].any()
    assert store.get("two", KEYS, 3)[0].all()


def test_nothing_is_made_on_disk_by_looking(tmp_path: Path) -> None:
    store = VectorStore(tmp_path / "new")
    assert not store.get("model", KEYS, 3)[0].any()
    assert store.describe().models == 0
    assert not (tmp_path / "new").exists()


def test_the_file_says_whose_vectors_it_holds(tmp_path: Path) -> None:
    store = VectorStore(tmp_path)
    store.put("model", KEYS, some(), SPEC)
    with sqlite3.connect(store.path("model")) as connection:
        (about,) = connection.execute("SELECT spec FROM about").fetchone()
    connection.close()
    assert '"revision": "1"' in about


@pytest.mark.parametrize("damage", ["length", "bits"])
def test_a_damaged_vector_is_as_good_as_missing(tmp_path: Path, damage: str) -> None:
    store = VectorStore(tmp_path)
    store.put("model", KEYS, some(), SPEC)
    change = "vector = x'00'" if damage == "length" else "vector = zeroblob(12)"
    with sqlite3.connect(store.path("model")) as connection:
        connection.execute(f"UPDATE vectors SET {change} WHERE key = ?", [KEYS[2]])
    connection.close()
    assert store.get("model", KEYS, 3)[0].tolist() == [True, True, False, True, True]
    store.put("model", [KEYS[2]], some()[[2]], SPEC)
    np.testing.assert_array_equal(store.get("model", KEYS, 3)[1], some())


@pytest.mark.parametrize("content", [b"this is no database " * 100, None])
def test_a_broken_file_is_put_aside_with_one_line_and_replaced(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes | None
) -> None:
    store = VectorStore(tmp_path)
    store.put("model", KEYS, some(), SPEC)
    whole = store.path("model").read_bytes()
    store.path("model").write_bytes(whole[:9000] + bytes(len(whole) - 9000) if content is None else content)
    with caplog.at_level(logging.WARNING):
        found, _ = store.get("model", KEYS, 3)
    assert not found.any()
    assert len(caplog.records) == 1
    assert "put aside" in caplog.text
    assert store.path("model").with_suffix(".broken").exists()
    store.put("model", KEYS, some(), SPEC)
    assert store.get("model", KEYS, 3)[0].all()


def test_a_broken_file_does_not_lose_what_is_being_put(tmp_path: Path) -> None:
    store = VectorStore(tmp_path)
    store.path("model").parent.mkdir(parents=True)
    store.path("model").write_bytes(b"this is no database " * 100)
    store.put("model", KEYS, some(), SPEC)
    assert store.get("model", KEYS, 3)[0].all()


def test_a_folder_that_cannot_be_made_is_one_line_that_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StoreError, match="set EVENBAND_CACHE to another folder") as caught:
        VectorStore(tmp_path / "file").put("model", KEYS, some(), SPEC)
    assert "\n" not in str(caught.value)


def test_a_full_disk_is_said_and_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = VectorStore(tmp_path)
    store.put("model", KEYS[:2], some()[:2], SPEC)
    pages = store.path("model").stat().st_size // 8192
    many = [(2**64 + i).to_bytes(16, "big") for i in range(5000)]
    connect = sqlite3.connect

    def small(*arguments: object, **options: object) -> sqlite3.Connection:
        connection = connect(*arguments, **options)  # type: ignore[call-overload]
        connection.execute(f"PRAGMA max_page_count = {pages + 4}")
        assert isinstance(connection, sqlite3.Connection)
        return connection

    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", small)
        with pytest.raises(StoreError, match="full"):
            store.put("model", many, np.zeros((5000, 3), np.float32), SPEC)
    assert store.get("model", KEYS, 3)[0].tolist() == [True, True, False, False, False]
    assert not store.get("model", many, 3)[0].any()


def test_a_newer_format_is_refused_not_overwritten(tmp_path: Path) -> None:
    store = VectorStore(tmp_path)
    store.put("model", KEYS, some(), SPEC)
    with sqlite3.connect(store.path("model")) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = store.path("model").read_bytes()
    with pytest.raises(StoreError, match="newer evenband"):
        store.put("model", KEYS, some(1), SPEC)
    with pytest.raises(StoreError, match="newer evenband"):
        store.get("model", KEYS, 3)
    assert store.path("model").read_bytes() == before


def test_the_folder_is_the_environments_or_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EVENBAND_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("EVENBAND_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder().name == "evenband"


def test_what_is_stored_is_known_without_reading_it(tmp_path: Path) -> None:
    """In the order of the keys; a model without a file has nothing."""
    store = VectorStore(tmp_path)
    spec = ModelSpec("ref", "name", "test", "1", "float32", 2)
    store.put("model", [b"a" * 16, b"b" * 16], np.ones((2, 2), dtype=np.float32), spec)
    assert store.holds("model", [b"b" * 16, b"c" * 16, b"a" * 16]).tolist() == [True, False, True]
    assert store.holds("other", [b"a" * 16]).tolist() == [False]
    many = [bytes([k % 256, k // 256]) * 8 for k in range(1300)]
    store.put("model", many[::2], np.ones((650, 2), dtype=np.float32), spec)
    assert store.holds("model", many).tolist() == [k % 2 == 0 for k in range(1300)]


def test_the_model_of_a_reference_is_the_one_stored_last(tmp_path: Path) -> None:
    """By the time of its file; an unknown reference has none."""
    store = VectorStore(tmp_path)
    for number, (model, ref) in enumerate((("old", "mine"), ("new", "mine"), ("third", "other"))):
        spec = ModelSpec(ref, "name", "test", str(number), "float32", 2)
        store.put(model, [b"a" * 16], np.ones((1, 2), dtype=np.float32), spec)
        os.utime(store.path(model), (number, number))
    assert store.model_of("mine") == "new"
    assert store.model_of("other") == "third"
    assert store.model_of("nothing") is None
