"""Encoders are tested with an empty cache, so that no test meets another's models."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _empty_cache(_own_cache: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENBAND_CACHE", str(tmp_path / "empty cache"))
