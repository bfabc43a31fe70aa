"""Which states of a transformer are pooled, and how, where a reference asks for others than its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from evenband.encoders.references import Reference
from evenband.errors import InputError
from evenband.registry import nearest

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

POOLINGS = ("cls", "last", "max", "mean", "mean_sqrt_len_tokens", "weightedmean")
"""Values of the option ``pooling``: those of sentence-transformers, whose ``lasttoken`` is ``last`` too."""

LAST_TOKEN = "lasttoken"  # noqa: S105, no password
_HIDDEN, _OWN_OUTPUT = "hidden_states", "last_hidden_state"
_INTEGER = re.compile(r"[+-]?[0-9]+")


def set_pooling(model: SentenceTransformer, reference: Reference) -> None:
    """Put the pooling that a reference asks for in the place of the model's own.

    Raises:
        InputError: if there is no such pooling, or the model has none that can be replaced.
    """
    wanted = reference.options.get("pooling")
    if wanted is None:
        return
    if wanted not in (*POOLINGS, LAST_TOKEN):
        raise InputError(
            f"model {reference.text!r}: got pooling={wanted!r}{nearest(wanted, POOLINGS)}, expected one of "
            f"{', '.join(POOLINGS)}"
        )
    named = list(model.named_children())
    kinds = [type(module).__name__ for _, module in named]
    if kinds.count("Pooling") != 1:
        raise InputError(
            f"model {reference.text!r}: pooling={wanted} has nothing to replace: the model consists of "
            f"{', '.join(kinds)}, expected one Pooling among them"
        )
    name, module = named[kinds.index("Pooling")]
    pooling: Any = module
    width = pooling.embedding_dimension
    later = [kind for kind in kinds[kinds.index("Pooling") + 1 :] if kind != "Normalize"]
    if later and pooling.pooling_output_dimension != width:
        raise InputError(
            f"model {reference.text!r}: pooling={wanted} gives {width} numbers, but {later[0]} behind it is "
            f"made for {pooling.pooling_output_dimension}"
        )
    mode = LAST_TOKEN if wanted == "last" else wanted
    own = type(pooling)(width, pooling_mode=mode, include_prompt=pooling.include_prompt)
    model.register_module(name, own.to(model.device))


def set_layer(model: SentenceTransformer, reference: Reference) -> dict[str, str]:
    """Pool the states after the layer that a reference asks for.

    Returns:
        The option of the model's spec; empty for the last layer, which is the model's own.

    Raises:
        InputError: if it is no layer of the model, or the model does not show the states of its layers.
    """
    wanted = reference.options.get("layer")
    if wanted is None:
        return {}
    if not _INTEGER.fullmatch(wanted):
        raise InputError(
            f"model {reference.text!r}: got layer={wanted!r}, expected a whole number, such as 6, or -2 for "
            "the last but one"
        )
    count = _layer_count(model)
    if not count:
        raise InputError(
            f"model {reference.text!r}: layer={wanted} has nothing to choose from: the model shows no states "
            "of layers behind which a pooling follows"
        )
    layer = int(wanted) + (count + 1 if int(wanted) < 0 else 0)
    if not 0 <= layer <= count:
        raise InputError(
            f"model {reference.text!r}: got layer={wanted}, expected {-count - 1} to {count} (0: before any "
            "layer)"
        )
    if layer == count:
        return {}
    first: Any = model[0]
    text = {**first.modality_config["text"], "method_output_name": (_HIDDEN, layer)}
    first.modality_config = {**first.modality_config, "text": text}
    return {"layer": str(layer)}


def pooled_layer(model: SentenceTransformer) -> int | None:
    """Return the layer whose states are pooled; ``None`` if it is the last one."""
    name = _output_name(model)
    return int(name[1]) if isinstance(name, tuple | list) and name[:1] == (_HIDDEN,) else None


def _output_name(model: SentenceTransformer) -> Any:
    """Return which output of its network a model hands on to its pooling; ``None`` if it does not say."""
    first: Any = model[0]
    if type(first).__name__ != "Transformer":
        return None
    parameters = first.modality_config.get("text", {})
    return parameters.get("method_output_name") if parameters.get("method") == "forward" else None


def _layer_count(model: SentenceTransformer) -> int:
    """Return the number of layers whose states can be pooled; 0 if there are none to choose from."""
    import torch

    kinds = [type(module).__name__ for module in model][:2]
    if kinds != ["Transformer", "Pooling"] or _output_name(model) not in (_OWN_OUTPUT, (_OWN_OUTPUT,)):
        return 0
    network: Any = getattr(model[0], "auto_model", None)
    features = dict(model.preprocess(["a"]))
    inputs = {key: features[key].to(model.device) for key in ("input_ids", "attention_mask")}
    with torch.inference_mode():
        states = getattr(network(**inputs, output_hidden_states=True), _HIDDEN, None)
    return len(states) - 1 if states else 0
