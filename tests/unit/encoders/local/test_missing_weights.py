"""A model whose files lack weights is refused: they would be random numbers under the folder's digest."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import small_models
from evenband import encoders
from evenband.errors import ModelError

pytest.importorskip("sentence_transformers")


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_models.save(tmp_path_factory.mktemp("whole"))


def rewrite(folder: Path, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Store the weights after a change."""
    from safetensors.torch import load_file, save_file

    path = folder / "model.safetensors"
    save_file(change(load_file(path)), path, metadata={"format": "pt"})


def without_a_layer(folder: Path) -> None:
    rewrite(folder, lambda all_: {name: one for name, one in all_.items() if ".layer.1." not in name})


def under_other_names(folder: Path) -> None:
    rewrite(folder, lambda all_: {f"foo.{name}": one for name, one in all_.items()})


def with_more_layers_in_its_config(folder: Path) -> None:
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    layers = config["num_hidden_layers"]
    path.write_text(json.dumps({**config, "num_hidden_layers": layers + 1}), encoding="utf-8")


@pytest.mark.parametrize("harm", [without_a_layer, under_other_names, with_more_layers_in_its_config])
def test_weights_that_are_in_no_file_are_named(
    saved: Path, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    """In one line, with how many there are; nothing is embedded with random ones."""
    folder = Path(shutil.copytree(saved, tmp_path / "model"))
    harm(folder)
    with pytest.raises(ModelError, match=r"its files lack the weights .*which would be random numbers"):
        encoders.load(str(folder)).encode(["a text"])


def test_a_layer_that_decides_no_vector_may_be_missing(saved: Path, tmp_path: Path) -> None:
    """Many published folders have no weights of the pooler, which no pooling of the library reads."""
    folder = Path(shutil.copytree(saved, tmp_path / "model"))
    rewrite(folder, lambda all_: {name: one for name, one in all_.items() if "pooler" not in name})
    whole, cut = (encoders.load(str(one)).encode(["the king", "a queen"]) for one in (saved, folder))
    assert (whole == cut).all()
