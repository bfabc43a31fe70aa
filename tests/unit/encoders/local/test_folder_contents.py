"""Every file that decides a vector is in a folder's digest, wherever it lies."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import small_models
from evenband import encoders
from evenband.encoders.local import folder_contents, folders, loading
from evenband.errors import ModelError


def write(path: Path, content: str | bytes = b"1") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "model/config.json", "{}")
    write(tmp_path / "model/model.safetensors")
    return tmp_path / "model"


def in_a_linked_folder(model: Path) -> Path:
    file = write(model.parent / "dense_v1/model.safetensors")
    (model / "2_Dense").symlink_to("../dense_v1")
    return file


def behind_two_links(model: Path) -> Path:
    file = write(model.parent / "far/deep/model.safetensors")
    (model.parent / "near").symlink_to(model.parent / "far")
    (model / "2_Dense").symlink_to("../near/deep")
    return file


def as_the_hub_caches(model: Path) -> Path:
    blob = write(model.parent / "blobs/abc")
    (model / "1.safetensors").symlink_to("../blobs/abc")
    return blob


def base_of_an_adapter(model: Path) -> Path:
    base = model.parent / "base"
    write(model / "adapter_config.json", json.dumps({"base_model_name_or_path": str(base)}))
    write(base / "config.json", "{}")
    return write(base / "model.safetensors")


def module_elsewhere(model: Path) -> Path:
    write(model / "modules.json", json.dumps([{"path": "", "type": "x"}, {"path": "../shared_dense"}]))
    return write(model.parent / "shared_dense/model.safetensors")


def code_of_another_folder(model: Path) -> Path:
    other = model.parent / "other"
    write(model / "config.json", json.dumps({"auto_map": {"AutoModel": f"{other}--modeling.Model"}}))
    write(other / "README.md")
    return write(other / "modeling.py")


def own_code(model: Path) -> Path:
    return write(model / "modeling.py")


def hidden_module(model: Path) -> Path:
    return write(model / ".dense/model.safetensors")


@pytest.mark.parametrize(
    "place",
    [
        *(in_a_linked_folder, behind_two_links, as_the_hub_caches, base_of_an_adapter),
        *(module_elsewhere, code_of_another_folder, own_code, hidden_module),
    ],
)
def test_a_change_anywhere_that_decides_a_vector_changes_the_digest(
    folder: Path, place: Callable[[Path], Path]
) -> None:
    """And the same bytes give the same digest again."""
    file = place(folder)
    before = folders.digest_folder(folder)
    file.write_bytes(b"2")
    changed = folders.digest_folder(folder)
    file.write_bytes(b"1")
    assert changed != before
    assert folders.digest_folder(folder) == before


def test_a_link_that_is_moved_changes_the_digest_though_size_and_time_are_the_same(folder: Path) -> None:
    """Two files that a copy with its times kept makes look alike."""
    for name, content in (("v1", b"1"), ("v2", b"2")):
        os.utime(write(folder.parent / name / "model.safetensors", content), ns=(10**18, 10**18))
    digests = []
    for name in ("v1", "v2"):
        (folder / "2_Dense").unlink(missing_ok=True)
        (folder / "2_Dense").symlink_to(f"../{name}")
        digests.append(folders.digest_folder(folder))
    assert digests[0] != digests[1]


def test_links_in_a_circle_and_links_to_nothing_end(folder: Path) -> None:
    """The digest is that of the files; a link to nothing counts by its name."""
    before = folders.digest_folder(folder)
    (folder / "again").symlink_to(".")
    (folder / "parent").symlink_to("..")
    assert folders.digest_folder(folder)
    (folder / "parent").unlink()
    assert folders.digest_folder(folder) == before
    (folder / "itself").symlink_to("itself")
    (folder / "nothing").symlink_to("nowhere")
    assert folders.digest_folder(folder) != before


def test_an_adapter_whose_base_is_itself_ends(folder: Path) -> None:
    """What refers to itself is read once."""
    write(folder / "adapter_config.json", json.dumps({"base_model_name_or_path": str(folder)}))
    assert len(folder_contents.files_of(folder)) == 3


def test_a_folder_of_plain_files_keeps_the_digest_that_it_always_had(folder: Path) -> None:
    """Vectors that were cached before stay valid: the value is that of evenband 0.1."""
    write(folder / "1_Pooling/config.json", "{}")
    assert folders.digest_folder(folder) == "7f23b68178bf461593e1ef7e0639a297"


def test_too_many_files_are_no_model(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as behind a link to a whole disk: one line says so."""
    monkeypatch.setattr(folder_contents, "MOST_FILES", 1)
    with pytest.raises(ModelError, match="holds more than 1 files"):
        folders.digest_folder(folder)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_models.save(tmp_path_factory.mktemp("bert"), dense=16)


def test_the_cache_never_answers_for_the_weights_that_a_link_pointed_to_before(
    saved: Path, tmp_path: Path
) -> None:
    """A dense layer behind a link that is moved to new weights: the second vectors are the new ones."""
    from safetensors.numpy import load_file, save_file

    model = Path(shutil.copytree(saved, tmp_path / "model"))
    (name,) = [path.name for path in model.iterdir() if path.name.endswith("Dense")]
    shutil.move(model / name, tmp_path / "v1")
    shutil.copytree(tmp_path / "v1", tmp_path / "v2")
    weights = load_file(tmp_path / "v2/model.safetensors")
    save_file({key: -3 * value + 1 for key, value in weights.items()}, tmp_path / "v2/model.safetensors")
    vectors = []
    for version in ("v1", "v2", "v1"):
        (model / name).unlink(missing_ok=True)
        (model / name).symlink_to(f"../{version}")
        encoder = encoders.CachedEncoder(encoders.load(str(model)))
        vectors.append(encoder.encode(small_models.TEXTS))
    np.testing.assert_array_equal(vectors[0], vectors[2])
    assert np.abs(vectors[0] - vectors[1]).max() > 0.1


@pytest.mark.parametrize("when", ["while it is loaded", "before it is loaded"])
def test_a_folder_that_changes_while_it_is_read_is_refused(
    saved: Path, tmp_path: Path, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line names the folder, and the file where it is known."""
    model = Path(shutil.copytree(saved, tmp_path / "model"))
    right: Any = vars(loading)["open_model" if when == "while it is loaded" else "content_of_folder"]

    def slow(*arguments: Any) -> Any:
        result = right(*arguments)
        (model / "tokenizer.json").write_bytes((model / "tokenizer.json").read_bytes() + b"\n")
        return result

    monkeypatch.setattr(loading, right.__name__, slow)
    with pytest.raises(ModelError, match=r"chang.*start( it)? again") as caught:
        encoders.load(str(model))
    assert "\n" not in str(caught.value)
