"""``--engine``: what computed the vectors is on record, and the fast way can be switched off."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import evenband as library
import small_models

Command = Callable[..., Any]


@pytest.mark.parametrize(("kind", "engine"), [("bert", "packed"), ("qwen3", "trie")])
def test_engine_dtype_and_measured_difference_are_in_the_manifest(
    evenband: Command, tmp_path: Path, kind: str, engine: str
) -> None:
    """Both ways measure the same; only the fast one has something to compare itself with."""
    folder = small_models.save(tmp_path, kind, pooling="lasttoken" if kind == "qwen3" else "mean")
    found = {}
    for way in ("auto", "plain"):
        out = tmp_path / way
        command = ("audit", folder, "-p", "comma", "--sample", "30", "-o", out, "--engine", way)
        assert evenband(*command).code == 0
        [found[way]] = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["models"]
    assert found["auto"]["options"]["engine"] == engine
    assert 0 <= found["auto"]["engine_difference"] < 1e-5
    assert found["plain"]["options"]["engine"] == "plain"
    assert found["plain"]["engine_difference"] is None
    assert {one["dtype"] for one in found.values()} == {"float32"}
    [fast], [plain] = (library.read(tmp_path / way) for way in ("auto", "plain"))
    assert abs(fast.scores - plain.scores).max() < 1e-5
