"""Which files an ONNX model consists of: what pins it, and what is asked of the hub."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import onnx_models
import small_models
from evenband import encoders
from evenband.encoders.local import folder_contents, onnx_files
from evenband.errors import InputError, ModelError

pytest.importorskip("onnxruntime")
pytest.importorskip("onnx")
pytest.importorskip("sentence_transformers")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = small_models.save(tmp_path_factory.mktemp("source"))
    return onnx_models.onnx_folder(source, tmp_path_factory.mktemp("onnx") / "m", file="model.onnx")


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[3] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("data", ["model.onnx.data", "model.onnx_data", "model_v1.safetensors", "w/rest.bin"])
def test_weights_that_a_file_names_pin_it_whatever_they_are_called(
    folder: Path, tmp_path: Path, data: str
) -> None:
    """Also by the name of another file's weights, or of another format's: new weights, a new digest."""
    both = Path(shutil.copytree(folder, tmp_path / "both"))
    shutil.copy(both / "model.onnx", both / "model_v2.onnx")
    (both / data).parent.mkdir(exist_ok=True)
    onnx_models.move_weights(both / "model_v2.onnx", data)
    chosen = f"{both}?file=model_v2.onnx"
    before = encoders.load(chosen).spec
    flip(both / data)
    assert encoders.load(chosen).spec.revision != before.revision


def test_weights_of_other_files_and_formats_are_none_of_it(folder: Path, tmp_path: Path) -> None:
    """They may change without a new digest."""
    both = Path(shutil.copytree(folder, tmp_path / "both"))
    shutil.copy(both / "model.onnx", both / "other.onnx")
    onnx_models.move_weights(both / "other.onnx", "other.onnx_data")
    before = encoders.content_of(f"{both}?file=model.onnx")
    flip(both / "other.onnx_data")
    (both / "model-00001-of-00002.safetensors").write_bytes(b"0123")
    assert encoders.content_of(f"{both}?file=model.onnx") == before


def test_a_file_that_changes_while_it_is_digested_is_refused(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a folder of safetensors is: half of one state and half of another pin nothing."""
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    own: Callable[..., str] = folder_contents.digest_files

    def digest(files: Any) -> str:
        found = own(files)
        flip(copy / "model.onnx")
        return found

    monkeypatch.setattr(onnx_files, "digest_files", digest)
    with pytest.raises(ModelError, match=r"changed while it was read \('model.onnx'\)"):
        encoders.content_of(str(copy))


class AskedError(Exception):
    """Ends a test where the hub is asked."""


@pytest.mark.parametrize("file", ["*.onnx", "onnx/model_[a-z]*.onnx", "model.safetensors", "onnx/"])
def test_what_names_no_single_onnx_file_is_refused_before_the_hub_is_asked(
    file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pattern would download every file that fits."""
    import huggingface_hub

    def download(*_: Any, **__: Any) -> str:
        raise AskedError

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    with pytest.raises(InputError, match="expected an ONNX file such as"):
        encoders.load(f"a/b?file={file}")


def test_a_file_of_a_repository_is_looked_for_in_its_folder_onnx_as_well(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a local folder: the hub is asked for both places, and for the weights beside each."""
    import huggingface_hub

    snapshot = Path(shutil.copytree(folder, tmp_path / "0123abc"))
    content = (snapshot / "model.onnx").read_bytes()
    (snapshot / "model.onnx").unlink()

    def download(*_: Any, allow_patterns: list[str] | None = None, **__: Any) -> str:
        if "onnx/model.onnx" in (allow_patterns or ()):
            (snapshot / "onnx").mkdir(exist_ok=True)
            (snapshot / "onnx/model.onnx").write_bytes(content)
            assert "onnx/model.onnx_data" in (allow_patterns or ())
        return str(snapshot)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    spec = encoders.load("a/b?file=model.onnx").spec
    assert (spec.options["file"], spec.revision) == ("onnx/model.onnx", "0123abc")
