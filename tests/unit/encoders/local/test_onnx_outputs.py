"""What an ONNX file takes and gives: positions, and vectors that went through a model's modules already."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import onnx_models
import small_models
from evenband import encoders
from evenband.errors import ModelError
from small_models import TEXTS

pytest.importorskip("onnxruntime")
pytest.importorskip("onnx")
sentence_transformers = pytest.importorskip("sentence_transformers")

POSITIONS = ("input_ids", "attention_mask", "position_ids")


def oracle(source: Path) -> Any:
    return sentence_transformers.SentenceTransformer(str(source), device="cpu").encode(list(TEXTS))


@pytest.mark.parametrize("kind", ["bert", "xlm-roberta", "mpnet"])
def test_positions_are_counted_as_the_architecture_counts_them(tmp_path: Path, kind: str) -> None:
    """From 0 or from behind the padding token's id; sentence-transformers on the checkpoint is the oracle."""
    source = small_models.save(tmp_path / "source", kind)
    folder = onnx_models.onnx_folder(source, tmp_path / "m", inputs=POSITIONS)
    expected = oracle(source)
    np.testing.assert_allclose(encoders.load(str(folder)).encode(TEXTS), expected, atol=1e-5)


def test_positions_of_an_unknown_architecture_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where they begin is not known, so that any vector could be wrong."""
    from evenband.encoders.local import onnx_network

    folder = onnx_models.onnx_folder(small_models.save(tmp_path / "s"), tmp_path / "m", inputs=POSITIONS)
    monkeypatch.setattr(onnx_network, "CONFIG_MAPPING", {})
    with pytest.raises(ModelError, match="takes position_ids, and how bert counts them is not known"):
        encoders.load(str(folder))


def test_every_architecture_with_an_offset_counts_from_behind_the_padding() -> None:
    """transformers knows each by that name, and its code creates positions from the padding's id."""
    import inspect

    import transformers

    from evenband.encoders.local.onnx_network import BEHIND_PADDING

    for kind in BEHIND_PADDING:
        config: Any = transformers.CONFIG_MAPPING[kind]
        source = inspect.getmodule(transformers.MODEL_MAPPING[config])
        assert source is not None
        assert "create_position_ids_from_input_ids" in inspect.getsource(source), kind


def test_a_whole_model_in_a_file_is_not_put_through_its_dense_layer_again(tmp_path: Path) -> None:
    """Its vectors have the width that the layer gives, not the one that it takes."""
    source = small_models.save(tmp_path / "source", dense=24)
    folder = onnx_models.onnx_folder(source, tmp_path / "m", pooled=True, dense=True)
    np.testing.assert_allclose(encoders.load(str(folder)).encode(TEXTS), oracle(source), atol=1e-5)


@pytest.mark.parametrize("dense", [False, True])
def test_a_square_dense_layer_behind_vectors_of_texts_is_refused(tmp_path: Path, dense: bool) -> None:
    """Whether the file applies it cannot be seen: applied twice, or never, it gives wrong vectors."""
    source = small_models.save(tmp_path / "source", dense=32)
    folder = onnx_models.onnx_folder(source, tmp_path / "m", pooled=True, dense=dense)
    with pytest.raises(ModelError, match="been through Dense already cannot be told; expected last_hidden_s"):
        encoders.load(str(folder))


def test_a_normalisation_behind_vectors_of_texts_changes_nothing_a_second_time(tmp_path: Path) -> None:
    """So that such a file is read."""
    source = small_models.save(tmp_path / "source")
    folder = onnx_models.onnx_folder(source, tmp_path / "m", pooled=True)
    np.testing.assert_allclose(encoders.load(str(folder)).encode(TEXTS), oracle(source), atol=1e-5)


def test_bert_s_pooler_output_is_not_the_pooling_of_a_model(tmp_path: Path) -> None:
    """A model saved with mean pooling is not read by another vector without a word."""
    source = small_models.save(tmp_path / "source")
    assert any(
        "Pooling" in module["type"] for module in json.loads((source / "modules.json").read_text("utf-8"))
    )
    folder = onnx_models.onnx_folder(source, tmp_path / "m", pooled=True, pooled_output="pooler_output")
    with pytest.raises(ModelError, match="gives pooler_output only, which is not the pooling"):
        encoders.load(str(folder))
