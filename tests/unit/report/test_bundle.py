from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from evenband.report import bundle


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty cache, and a bundler that says how often it was asked."""
    monkeypatch.setenv("EVENBAND_CACHE", str(tmp_path / "cache"))
    made = iter(range(1, 10))
    monkeypatch.setattr(bundle, "_bundle", lambda: f"bundle {next(made)}")
    bundle.chart_library.cache_clear()
    yield tmp_path / "cache" / "charts"
    bundle.chart_library.cache_clear()


def again() -> str:
    """As in a new process."""
    bundle.chart_library.cache_clear()
    return bundle.chart_library()


def test_the_bundle_is_made_once_and_read_from_then_on(cache: Path) -> None:
    assert [again(), again()] == ["bundle 1", "bundle 1"]
    (kept,) = cache.iterdir()
    assert kept.name.startswith(f"vega-{bundle.library_version()}-")
    assert kept.stem.endswith(hashlib.sha256(b"bundle 1").hexdigest())


def test_a_file_that_does_not_have_its_hash_is_never_used(cache: Path) -> None:
    again()
    (kept,) = cache.iterdir()
    kept.write_text("bundle 1; alert(1)", encoding="utf-8")
    assert again() == "bundle 2"
    kept.write_bytes(b"\xff\xfe")
    assert again() == "bundle 2"


def test_another_version_is_bundled_anew(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    again()
    monkeypatch.setattr(bundle, "library_version", lambda: "99")
    assert again() == "bundle 2"


def test_a_cache_that_cannot_be_written_is_done_without(cache: Path) -> None:
    cache.parent.mkdir()
    cache.write_text("a file where the folder should be", encoding="utf-8")
    assert again() == "bundle 1"
    assert cache.is_file()
