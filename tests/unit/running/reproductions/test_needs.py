"""What a claim lacks here."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from evenband.encoders import EMBEDDED
from evenband.encoders.local.hardware import installed_memory
from evenband.errors import InputError
from evenband.running.reproductions import find_claim, missing_for, needs, remarks_on, todo_of
from evenband.running.reproductions.claims import Claim, Needs
from evenband.running.reproductions.extras import LIBRARIES_OF_EXTRAS


def claim_with(**fields: Any) -> Claim:
    return find_claim("minilm-comma").model_copy(update={"needs": Needs.model_validate(fields)})


def test_memory_is_the_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needs, "installed_memory", lambda: 4 * needs.GIB)
    assert missing_for(claim_with(memory=4)) == []
    assert missing_for(claim_with(memory=4.5)) == ["4.5 GiB of memory (here: 4.0)"]
    assert missing_for(claim_with(memory=4.5), cautious=False) == []
    monkeypatch.setattr(needs, "installed_memory", lambda: None)
    assert missing_for(claim_with(memory=4.5)) == []


def test_a_gpu_is_looked_for_only_if_nothing_else_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking for it imports PyTorch."""
    monkeypatch.setattr(needs, "gpu_memory", lambda: None)
    assert missing_for(claim_with(gpu_memory=12)) == ["a GPU with 12 GiB"]
    monkeypatch.setattr(needs, "gpu_memory", lambda: 8 * needs.GIB)
    assert missing_for(claim_with(gpu_memory=12)) == ["a GPU with 12 GiB (here: 8)"]
    assert missing_for(claim_with(gpu_memory=8)) == []

    def refuse() -> int:
        raise AssertionError("looked for a GPU")

    monkeypatch.setattr(needs, "gpu_memory", refuse)
    assert missing_for(claim_with(gpu_memory=12), cautious=False) == []
    lacking = missing_for(claim_with(gpu_memory=12, memory=1e9))
    assert [part.partition(" (")[0] for part in lacking] == ["1e+09 GiB of memory", "a GPU with 12 GiB"]


def test_an_extra_and_a_file_that_are_missing_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needs, "LIBRARIES_OF_EXTRAS", {"local": ("no-such-package",)})
    assert missing_for(claim_with(extras=["local"])) == ["pip install 'evenband[local]'"]
    own = {"vectors": {"called": "GoogleNews.bin"}}
    assert missing_for(claim_with(files=own)) == ["--file vectors=GoogleNews.bin"]
    assert missing_for(claim_with(files=own), {"vectors": Path("x")}) == []


def test_every_extra_is_known_with_its_packages() -> None:
    """As pyproject.toml has them; those that only a developer installs are none that a claim may need."""
    root = Path(__file__).parents[4]
    extras = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    embedded = {model.name for model in EMBEDDED}
    assert set(LIBRARIES_OF_EXTRAS) | embedded == set(extras) - {"test"}
    for extra, packages in LIBRARIES_OF_EXTRAS.items():
        listed = [re.split(r"[\[<>=]", line)[0] for line in extras[extra]]
        if "evenband" in listed:
            assert extras[extra][0] == "evenband[local]"
            listed = [*LIBRARIES_OF_EXTRAS["local"], *listed[1:]]
        assert sorted(packages) == sorted(listed), extra


@pytest.mark.parametrize("extra", ["onnx", "static", "images", "peft", "frames"])
def test_an_extra_without_its_library_is_missing(extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every one, not only those that the claims that ship need."""
    monkeypatch.setattr(needs, "_is_installed", lambda package: package in ("torch", "sentence-transformers"))
    assert missing_for(claim_with(extras=[extra])) == [f"pip install 'evenband[{extra}]'"]


def test_a_download_is_said_and_missing_only_where_the_hub_is_off(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No network is asked; a model in the hub's cache needs no download."""
    claim = claim_with(hub=["a/b"], download=8, minutes=3)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.delenv("HF_HUB_OFFLINE")
    assert missing_for(claim) == []
    assert remarks_on(claim) == ["from the hub, 8 GB", "about 3 min"]
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert missing_for(claim) == ["a/b (HF_HUB_OFFLINE is set)"]
    snapshot = tmp_path / "models--a--b" / "snapshots" / "0123"
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").write_text("{}", encoding="utf-8")
    assert missing_for(claim) == []
    assert remarks_on(claim) == ["about 3 min"]


def test_files_that_the_claim_does_not_know_or_that_do_not_exist_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="needs no file of that name"):
        todo_of(find_claim("glove-analogies"), {"vectors": tmp_path / "x"})
    with pytest.raises(InputError, match="no such file"):
        todo_of(find_claim("article-word2vec"), {"vectors": tmp_path / "x"})
    with pytest.raises(InputError, match="it needs --file vectors=GoogleNews"):
        todo_of(find_claim("article-word2vec"))


def test_this_machines_memory_is_known() -> None:
    found = installed_memory()
    assert found is None or found > 2**28
