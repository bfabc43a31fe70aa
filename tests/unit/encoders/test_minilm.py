"""The embedded model is loaded only if it is the published one."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

import pytest

from evenband import encoders
from evenband.encoders import minilm
from evenband.encoders.local import loading as local
from evenband.errors import MissingExtraError, ModelError

needs_package = pytest.mark.skipif(
    importlib.util.find_spec(minilm.MODULE) is None,
    reason="the package with the embedded model is not installed",
)


def test_other_weights_are_refused(tmp_path: Path) -> None:
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"something else")
    found = hashlib.sha256(b"something else").hexdigest()
    with pytest.raises(ModelError, match=f"SHA-256 {found}, expected {minilm.SHA256}; they were not loaded"):
        minilm.check_weights(weights, minilm.SHA256)
    minilm.check_weights(weights, found)


def test_missing_weights_are_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="No such file"):
        minilm.check_weights(tmp_path / "model.safetensors", minilm.SHA256)


def test_a_changed_package_never_reaches_the_loader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"something else")
    monkeypatch.setattr(minilm, "find_folder", lambda: tmp_path)
    monkeypatch.setattr(local, "load_folder", lambda *_: pytest.fail("loaded"))
    with pytest.raises(ModelError, match="were not loaded"):
        encoders.load("minilm")


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"evenband\[minilm\]"):
        encoders.load("minilm")


@needs_package
def test_the_installed_package_has_the_published_weights_and_its_code_is_not_run() -> None:
    import sys

    minilm.check_weights(minilm.find_folder() / "model.safetensors", minilm.SHA256)
    assert minilm.MODULE not in sys.modules


@needs_package
def test_the_spec_says_what_the_model_card_says() -> None:
    spec = encoders.load("minilm").spec
    assert (spec.dim, spec.max_tokens, spec.pooling, spec.normalize) == (384, 256, "mean", True)
    assert (spec.dtype, spec.trust_remote_code, spec.name) == ("float32", False, "minilm")
