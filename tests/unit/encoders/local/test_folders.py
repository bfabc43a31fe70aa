"""A model's folder: safe to read, known by its contents."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenband.encoders.local import folders
from evenband.errors import ModelError


def model(folder: Path, weights: str = "model.safetensors", dense: str = "model.safetensors") -> Path:
    (folder / "2_Dense").mkdir(parents=True)
    (folder / "config.json").write_text("{}", encoding="utf-8")
    (folder / "modules.json").write_text(json.dumps([{"path": ""}, {"path": "2_Dense"}]), encoding="utf-8")
    (folder / weights).write_bytes(b"1")
    (folder / "2_Dense" / dense).write_bytes(b"2")
    return folder


@pytest.mark.parametrize("pickle", ["pytorch_model.bin", "weights.pt", "x.pkl", "a.ckpt"])
@pytest.mark.parametrize("part", ["weights", "dense"])
def test_weights_that_are_only_a_pickle_are_refused_wherever_they_lie(
    tmp_path: Path, pickle: str, part: str
) -> None:
    where = model(tmp_path / "m", **{part: pickle})
    with pytest.raises(ModelError, match=f"{pickle}.* a pickle.*expected safetensors"):
        folders.check_folder(where)


def test_a_pickle_beside_safetensors_is_never_read_and_so_allowed(tmp_path: Path) -> None:
    where = model(tmp_path / "m")
    (where / "pytorch_model.bin").write_bytes(b"x")
    (where / "training_args.bin").write_bytes(b"x")
    folders.check_folder(where)


def test_a_folder_without_a_model_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"neither modules\.json nor config\.json"):
        folders.check_folder(tmp_path)


def test_a_broken_listing_of_modules_is_one_line(tmp_path: Path) -> None:
    where = model(tmp_path / "m")
    (where / "modules.json").write_text("[3", encoding="utf-8")
    with pytest.raises(ModelError, match=r"cannot read .*modules\.json.*expected a list of modules"):
        folders.check_folder(where)


def test_the_digest_is_of_names_and_contents_and_of_nothing_else(tmp_path: Path) -> None:
    first, second = model(tmp_path / "a"), model(tmp_path / "elsewhere" / "b")
    assert folders.digest_folder(first) == folders.digest_folder(second)
    for unread in ("README.md", ".gitattributes", ".cache/x"):
        (second / unread).parent.mkdir(exist_ok=True)
        (second / unread).write_text("changed", encoding="utf-8")
    assert folders.digest_folder(first) == folders.digest_folder(second)
    (second / "2_Dense" / "model.safetensors").write_bytes(b"3")
    changed = folders.digest_folder(second)
    (second / "2_Dense" / "model.safetensors").write_bytes(b"2")
    (second / "config.json").rename(second / "config2.json")
    assert len({folders.digest_folder(first), changed, folders.digest_folder(second)}) == 3


@given(st.lists(st.binary(max_size=3), min_size=2, max_size=2, unique=True))
def test_two_contents_have_two_digests(
    tmp_path_factory: pytest.TempPathFactory, contents: list[bytes]
) -> None:
    where = tmp_path_factory.mktemp("m")
    digests = set()
    for content in contents:
        (where / "file").write_bytes(content)
        digests.add(folders.digest_folder(where))
    assert len(digests) == 2


@pytest.mark.parametrize("name", ["nobody/no-such-model", "no-such-model"])
def test_a_model_that_cannot_be_fetched_is_one_line_that_says_what_to_do(name: str) -> None:
    with pytest.raises(ModelError, match=f"model '{name}' is no local folder.*cannot be reached") as caught:
        folders.fetch(name, None)
    assert "\n" not in str(caught.value)


def test_what_cannot_be_an_id_is_said_to_be_none() -> None:
    with pytest.raises(ModelError, match="neither an existing folder nor a Hugging Face id"):
        folders.fetch("a/b/c/d", None)
