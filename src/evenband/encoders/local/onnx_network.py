"""A network that onnxruntime computes, in the place of the one that PyTorch would.

sentence-transformers does everything else: tokens, prompts, pooling and later modules. It can load ONNX files
itself, but only with a further library, which need not fit the installed transformers.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Transformer
from torch import Tensor, nn
from transformers import CONFIG_MAPPING
from transformers.modeling_outputs import BaseModelOutput

from evenband.encoders.local.failures import reason_of
from evenband.encoders.local.onnx_outputs import TEXT_OUTPUTS, leave_out_computed, output_of
from evenband.errors import MissingExtraError, ModelError

KNOWN_INPUTS = ("input_ids", "attention_mask", "token_type_ids", "position_ids")
BEHIND_PADDING = (
    *("camembert", "data2vec-text", "esm", "ibert", "lilt", "longformer", "luke", "markuplm", "mpnet"),
    *("roberta", "roberta-prelayernorm", "xlm-roberta", "xlm-roberta-xl", "xmod"),
)
"""Architectures of transformers whose first position is the padding token's id plus one, not 0."""

_loading = threading.Lock()
"""While a model is loaded, sentence-transformers' way to its network is replaced."""


class OnnxNetwork(nn.Module):
    """A session of onnxruntime that looks like a network of transformers."""

    def __init__(self, session: Any, config: Any, output: str) -> None:
        """Create the network.

        Args:
            session: of onnxruntime.
            config: of the model, from transformers.
            output: name of the output to take.
        """
        super().__init__()
        self.config = config
        self._session = session
        self._output = output
        self._inputs = {
            one.name: np.int32 if "int32" in one.type else np.int64 for one in session.get_inputs()
        }
        self.anchor = nn.Parameter(torch.zeros(1), requires_grad=False)
        """Tells sentence-transformers the number format of what comes out."""

    def forward(self, input_ids: Tensor, attention_mask: Tensor, **features: Any) -> BaseModelOutput:
        """Compute the states of tokens, or the vectors of texts.

        Shape: (b, n) -> (b, n, width) or (b, width).
        """
        mask = attention_mask.long()
        known = {
            "input_ids": input_ids,
            "attention_mask": mask,
            "token_type_ids": features.get("token_type_ids", torch.zeros_like(input_ids)),
        }
        if "position_ids" in self._inputs:
            known["position_ids"] = position_ids(self.config, input_ids, mask)
        feeds = {name: known[name].cpu().numpy().astype(kind) for name, kind in self._inputs.items()}
        (states,) = self._session.run([self._output], feeds)
        return BaseModelOutput(last_hidden_state=torch.from_numpy(np.asarray(states, dtype=np.float32)))


def position_ids(config: Any, ids: Tensor, mask: Tensor) -> Tensor:
    """Return the places of tokens as a model of transformers counts them where it is not told.

    Shape: (b, n) and (b, n) -> (b, n).
    """
    if config.model_type not in BEHIND_PADDING:
        return (mask.cumsum(dim=1) - 1).clamp(min=0)
    padding = 1 if config.model_type == "mpnet" else int(config.pad_token_id)
    is_token = (ids != padding).long()
    return is_token.cumsum(dim=1) * is_token + padding


def open_onnx(folder: Path, file: str, ref: str, trust_remote_code: bool) -> SentenceTransformer:
    """Load the model in a folder with an ONNX file for its network, on the CPU.

    Args:
        folder: of the model.
        file: path of the ONNX file within it.
        ref: what the user calls the model.
        trust_remote_code: run code that comes with the model.

    Raises:
        MissingExtraError: if onnxruntime is not installed.
        ModelError: if the file is damaged, or its inputs and outputs are not those of a model of texts.
    """
    session = _session(folder / file, file, ref)
    inputs, output = [one.name for one in session.get_inputs()], output_of(session, file, ref)
    what = f"model {ref!r}: {file}"
    _check_inputs(inputs, what)

    def load_network(
        self: Any, name: str, task: str, config: Any, *others: Any, **options: Any
    ) -> OnnxNetwork:
        del self, name, task, others, options
        return OnnxNetwork(session, config, output.name)

    own: Any = Transformer
    with _loading:
        usual = own._load_model
        own._load_model = load_network
        try:
            model = SentenceTransformer(
                str(folder),
                device="cpu",
                trust_remote_code=trust_remote_code,
                local_files_only=True,
                backend="onnx",
            )
        finally:
            own._load_model = usual
    if not isinstance(getattr(model[0], "auto_model", None), OnnxNetwork):
        raise ModelError(f"{what} is of no use to it, since it begins with {type(model[0]).__name__}")
    if "position_ids" in inputs:
        _check_positions(model, what)
    if output.name in TEXT_OUTPUTS:
        leave_out_computed(model, output, what, is_bare=not (folder / "modules.json").is_file())
    return model


def _session(path: Path, file: str, ref: str) -> Any:
    """Open a file with onnxruntime, one thread for each call: engines make several calls at a time.

    Raises:
        MissingExtraError: if onnxruntime is not installed.
        ModelError: if the file is damaged.
    """
    try:
        import onnxruntime
    except ImportError:
        raise MissingExtraError("ONNX models", "onnx") from None
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = settings.inter_op_num_threads = 1
    settings.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(path), settings, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises kinds of its own
        raise ModelError(f"model {ref!r}: onnxruntime cannot read {file}: {reason_of(error)}") from error


def _check_inputs(inputs: Sequence[str], what: str) -> None:
    """Refuse a file that does not take the tokens of texts.

    Raises:
        ModelError: naming what it takes.
    """
    if "input_ids" not in inputs or not set(inputs) <= set(KNOWN_INPUTS):
        raise ModelError(
            f"{what} takes {', '.join(inputs)}, expected input_ids and none but {', '.join(KNOWN_INPUTS)}"
        )


def _check_positions(model: SentenceTransformer, what: str) -> None:
    """Refuse a file that wants positions counted in a way that is not known.

    Raises:
        ModelError: if the architecture is none of transformers'.
    """
    first: Any = model[0]
    kind = first.auto_model.config.model_type
    if kind not in CONFIG_MAPPING:
        raise ModelError(
            f"{what} takes position_ids, and how {kind or 'this model'} counts them is not known; expected "
            "an export without that input"
        )
