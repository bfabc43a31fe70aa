"""What stands in the way of an audit is named before one is started."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]


def test_doctor_sees_a_cache_that_cannot_be_written(
    evenband: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file where its folder should be is broken, with the cause."""
    (tmp_path / "cache").write_text("", encoding="utf-8")
    for cache in (tmp_path / "cache", tmp_path / "cache" / "below"):
        monkeypatch.setenv("EVENBAND_CACHE", str(cache))
        result = evenband("doctor", "--json")
        rows = {row["what"]: row for row in json.loads(result.out)}
        assert result.code == 2
        assert rows["vector cache"]["state"] == "broken"
        assert "cache is a file, expected a folder" in rows["vector cache"]["finding"]
