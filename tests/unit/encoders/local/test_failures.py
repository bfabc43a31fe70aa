"""Whatever a model's folder raises is one line that names the model and the cause."""

from __future__ import annotations

import json
import shutil
import struct
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import small_models
from conftest import Finished
from evenband import encoders
from evenband.encoders.local.failures import damaged_file, one_line, reason_of
from evenband.errors import InputError, ModelError


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_models.save(tmp_path_factory.mktemp("bert"), dense=16)


@pytest.fixture
def folder(saved: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(saved, tmp_path / "broken-model"))


def edit(path: Path, **changes: Any) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**content, **changes}), encoding="utf-8")


def no_padding_token(folder: Path) -> None:
    edit(folder / "tokenizer_config.json", pad_token=None)


def half_of_the_weights(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def no_header(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"\xff" * 64)


def wrong_json(folder: Path) -> None:
    (folder / "1_Pooling/config.json").write_text("{not json", encoding="utf-8")


def wrong_configuration(folder: Path) -> None:
    (folder / "config.json").write_text("{not json", encoding="utf-8")


def unknown_architecture(folder: Path) -> None:
    edit(folder / "config.json", model_type="no-such-network")


def unknown_module(folder: Path) -> None:
    listing = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    listing[1]["type"] = "sentence_transformers.models.NoSuchModule"
    (folder / "modules.json").write_text(json.dumps(listing), encoding="utf-8")


def no_folder_of_a_module(folder: Path) -> None:
    shutil.rmtree(folder / "1_Pooling")


def unknown_pooling(folder: Path) -> None:
    edit(folder / "1_Pooling/config.json", pooling_mode="no-such-pooling")


def no_vocabulary(folder: Path) -> None:
    (folder / "tokenizer.json").write_text('{"model": {}}', encoding="utf-8")


DAMAGE: dict[Callable[[Path], None], str] = {
    no_padding_token: "padding token",
    half_of_the_weights: r"'model\.safetensors' is damaged: it has [\d,]+ bytes, expected",
    no_header: r"'model\.safetensors' is damaged: it has no whole header",
    wrong_json: r"'1_Pooling/config\.json' is damaged",
    wrong_configuration: r"config\.json",
    unknown_architecture: "no-such-network",
    unknown_module: "NoSuchModule",
    no_folder_of_a_module: ".",
    unknown_pooling: "no-such-pooling",
    no_vocabulary: ".",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_folder_is_one_line_with_the_model_and_the_cause(
    folder: Path, damage: Callable[[Path], None]
) -> None:
    damage(folder)
    with pytest.raises(ModelError, match=DAMAGE[damage]) as caught:
        encoders.load(str(folder))
    assert "broken-model" in str(caught.value)
    assert "\n" not in str(caught.value)


CODE = """
import torch
{at_import}
class Custom(torch.nn.Module):
    @classmethod
    def load(cls, *arguments, **options):
        {at_load}
        return cls()
    def forward(self, features, **options):
        {at_forward}
        return features
    def save(self, *arguments, **options):
        pass
"""


def with_code(folder: Path, **statements: str) -> str:
    """Append a module with code of its own to the model."""
    lines = {"at_import": "pass", "at_load": "pass", "at_forward": "pass", **statements}
    (folder / "custom.py").write_text(CODE.format(**lines), encoding="utf-8")
    listing = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    listing.append(
        {"idx": len(listing), "name": str(len(listing)), "path": "9_Custom", "type": "custom.Custom"}
    )
    (folder / "modules.json").write_text(json.dumps(listing), encoding="utf-8")
    (folder / "9_Custom").mkdir()
    (folder / "9_Custom/config.json").write_text("{}", encoding="utf-8")
    return str(folder)


@pytest.mark.parametrize("place", ["at_import", "at_load", "at_forward"])
@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("raise SystemExit(0)", "SystemExit"),
        ("raise KeyError('dims')", "KeyError: 'dims'"),
        ("raise StopIteration", "StopIteration"),
        ("raise GeneratorExit", "GeneratorExit"),
        ("import no_such_library_at_all", "no_such_library_at_all"),
        ("def deep(): return deep()\n{indent}deep()", "RecursionError"),
        ("import warnings; warnings.warn('old and wrong')", "old and wrong"),
        ("raise type('PanicException', (BaseException,), {})('index out of bounds')", "index out of bounds"),
        ("raise type('Mute', (Exception,), {'__str__': lambda self: 1 / 0})", "Mute"),
        ("raise TypeError('load() got an unexpected argument trust_remote_code')", "unexpected argument"),
    ],
)
def test_whatever_the_models_own_code_raises_is_one_line(
    folder: Path, place: str, statement: str, reason: str
) -> None:
    """When it is imported, loaded or first used; the original error is kept as the cause."""
    indent = "" if place == "at_import" else " " * 8
    name = with_code(folder, **{place: statement.replace("{indent}", indent)})
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        with pytest.raises(ModelError, match=reason) as caught:
            encoders.load(name, trust_remote_code=True)
    assert "broken-model" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is not None


def test_ctrl_c_while_a_model_is_loaded_passes_through(folder: Path) -> None:
    """It is the user's wish, not the model's fault."""
    name = with_code(folder, at_load="raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        encoders.load(name, trust_remote_code=True)


def test_the_command_line_ends_with_2_and_shows_the_trace_only_if_asked(
    folder: Path, tmp_path: Path, evenband: Callable[..., Finished]
) -> None:
    """--debug shows where in the model's own code it failed."""
    no_padding_token(folder)
    command = ("audit", folder, "-p", "comma8", "--sample", 4, "-o", tmp_path / "run")
    finished = evenband(*command)
    assert finished.code == 2
    assert "Traceback" not in finished.err
    assert finished.err.strip().splitlines()[-1].startswith("error: model ")
    finished = evenband("--debug", *command)
    assert finished.code == 2
    assert "Traceback" in finished.err
    assert "sentence_transformers" in finished.err


def test_a_reason_names_the_kind_where_the_message_alone_says_little() -> None:
    """A key by itself is no reason."""
    assert reason_of(KeyError("dims")) == "KeyError: 'dims'"
    assert reason_of(ValueError("\n got 3 \n more")) == "got 3"
    assert reason_of(AssertionError()) == "AssertionError"


@pytest.mark.parametrize("header", [b"[]", b'{"w": 1}', b'{"w": {"data_offsets": 1}}', b"[" * 200_000])
def test_a_file_of_weights_with_any_header_is_named_as_damaged(tmp_path: Path, header: bytes) -> None:
    """JSON of another shape, or nested without end, is no traceback."""
    (tmp_path / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header)
    assert "'model.safetensors' is damaged" in damaged_file(tmp_path)


def test_errors_of_evenband_and_a_lack_of_memory_are_not_changed() -> None:
    """Their messages are one line already, or have advice of their own."""
    for error in (InputError("mine"), MemoryError()):
        with pytest.raises(type(error)), one_line("m", "here"):
            raise error
