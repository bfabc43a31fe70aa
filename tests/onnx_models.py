"""ONNX files of small models, made by PyTorch's own exporter, and damaged in every way."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path
from typing import Any

INPUTS = ("input_ids", "attention_mask", "token_type_ids")


def export(
    model: Any,
    path: Path,
    inputs: tuple[str, ...] = INPUTS,
    pooled: bool = False,
    dense: bool = False,
    pooled_output: str = "sentence_embedding",
) -> None:
    """Write the network of a sentence-transformers model; ``pooled`` for a vector of each text.

    Args:
        model: to export.
        path: of the file.
        inputs: that the file takes.
        pooled: whether it pools token states itself.
        dense: whether it applies the model's Dense module, too.
        pooled_output: name of an output with a vector for each text.
    """
    import torch

    network = model[0].auto_model.eval()

    class Network(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network
            self.dense = model[2] if dense else None

        def forward(self, *values: Any) -> Any:
            features = dict(zip(inputs, values, strict=True))
            states = self.network(**features).last_hidden_state
            if not pooled:
                return states
            mask = features["attention_mask"][:, :, None].to(states.dtype)
            vectors = (states * mask).sum(dim=1) / mask.sum(dim=1)
            if self.dense is None:
                return vectors
            return self.dense.activation_function(self.dense.linear(vectors))

    ids = torch.tensor([[2, 5, 3], [2, 3, 0]])
    values = {
        "input_ids": ids,
        "attention_mask": (ids > 0).long(),
        "token_type_ids": torch.zeros_like(ids),
        "position_ids": torch.arange(3).expand(2, 3) + 1,
    }
    output = pooled_output if pooled else "last_hidden_state"
    names = [*inputs, *([] if pooled else [output])]
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Network(),
            tuple(values[name] for name in inputs),
            str(path),
            input_names=list(inputs),
            output_names=[output],
            dynamic_axes={**{name: {0: "texts", 1: "tokens"} for name in names}, output: {0: "texts"}}
            if pooled
            else {name: {0: "texts", 1: "tokens"} for name in names},
            dynamo=False,
        )


def onnx_folder(source: Path, target: Path, file: str = "onnx/model.onnx", **options: Any) -> Path:
    """Copy a saved model without its weights, with an ONNX file in their place."""
    from sentence_transformers import SentenceTransformer

    shutil.copytree(source, target)
    for path in target.glob("*.safetensors"):
        path.unlink()
    export(SentenceTransformer(str(source), device="cpu"), target / file, **options)
    return target


def quantise(path: Path, target: Path) -> None:
    """Write an ONNX file with its weights in int8, and activations quantised for each batch."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        quantize_dynamic(str(path), str(target), weight_type=QuantType.QInt8)


def move_weights(path: Path, data: str) -> None:
    """Put the weights of an ONNX file into a file of their own beside it."""
    import onnx

    model = onnx.load(str(path))
    path.unlink()
    onnx.save_model(
        model, str(path), save_as_external_data=True, location=data, size_threshold=0, convert_attribute=False
    )
