"""What a loaded sentence-transformers model says of itself: the fields of its spec."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from evenband.encoders.references import Reference
from evenband.errors import InputError, ModelError
from evenband.types import ModelSpec
from evenband.wording import counted

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


@dataclass(frozen=True)
class Facts:
    """What a model's spec holds that the model itself does not say.

    Attributes:
        revision: what pins its weights.
        trust_remote_code: whether code that came with the model was run.
        prompts: the text before an input, for every role.
        options: further options of the spec.
    """

    revision: str
    trust_remote_code: bool
    prompts: Mapping[str, str]
    options: Mapping[str, str] = field(default_factory=dict)


def describe(model: SentenceTransformer, reference: Reference, facts: Facts, engine: str) -> ModelSpec:
    """Return the spec of a loaded model.

    Args:
        model: loaded, with its length limit set.
        reference: says how the user called it, and where vectors are cut.
        facts: what the model does not say.
        engine: name of the engine that computes its vectors.

    Raises:
        InputError: if the reference asks for longer vectors than the model has.
        ModelError: if the model does not say how long its vectors are.
    """
    pooling = _module(model, "Pooling")
    mode = getattr(pooling, "pooling_mode", None) or getattr(pooling, "get_pooling_mode_str", lambda: None)()
    options = {"engine": engine, "device": model.device.type, **facts.options}
    if pooling is not None and not getattr(pooling, "include_prompt", True):
        options["include_prompt"] = "false"
    if attention := getattr(network_config(model), "_attn_implementation", None):
        options["attention"] = str(attention)
    return ModelSpec(
        ref=reference.text,
        name=reference.name,
        source="sentence-transformers",
        revision=facts.revision,
        dtype=str(model.dtype).removeprefix("torch."),
        dim=dimension(model, reference),
        max_tokens=max_tokens(model),
        pooling="+".join(mode) if isinstance(mode, tuple) else mode,
        normalize=_module(model, "Normalize") is not None,
        prompts={role: prompt for role, prompt in facts.prompts.items() if prompt},
        trust_remote_code=facts.trust_remote_code,
        options=options,
    )


def dimension(model: SentenceTransformer, reference: Reference) -> int:
    """Return the length of a vector: the model's, or what the reference cuts it to.

    Raises:
        InputError: if the reference asks for longer vectors than the model has.
        ModelError: if the model does not say how long its vectors are.
    """
    ask = getattr(model, "get_embedding_dimension", None) or model.get_sentence_embedding_dimension
    full = ask()
    if full is None:
        raise ModelError(f"model {reference.text!r} does not say how long its vectors are")
    wanted = reference.integer("dim")
    if wanted is not None and wanted > full:
        raise InputError(f"model {reference.text!r}: got dim={wanted}, expected {full} or less")
    return wanted or int(full)


def max_tokens(model: SentenceTransformer) -> int | None:
    """Return the length at which texts are cut; ``None`` without a limit, which libraries write as 10^30."""
    limit = model.get_max_seq_length()
    return int(limit) if limit is not None and limit < 10**9 else None


def set_max_tokens(model: SentenceTransformer, reference: Reference) -> None:
    """Cut texts at the length that the reference asks for, if it does.

    Raises:
        InputError: if it is longer than the model's own limit, or leaves no room beside special tokens.
    """
    wanted = reference.integer("max_tokens")
    if wanted is None:
        return
    limit = max_tokens(model)
    if limit is not None and wanted > limit:
        raise InputError(f"model {reference.text!r}: got max_tokens={wanted}, expected {limit} or less")
    special = _special_tokens(model)
    if wanted <= special:
        raise InputError(
            f"model {reference.text!r}: got max_tokens={wanted}, expected {special + 1} or more: the model "
            f"puts {counted(special, 'special token')} around every text"
        )
    model.max_seq_length = wanted


def _special_tokens(model: SentenceTransformer) -> int:
    """Return how many tokens the tokenizer puts around a text; 0 where it does not say."""
    count = getattr(getattr(model, "tokenizer", None), "num_special_tokens_to_add", None)
    return int(count(False)) if callable(count) else 0


def network_config(model: SentenceTransformer) -> Any:
    """Return the configuration of the transformers network; ``None`` if the model has none."""
    return getattr(getattr(model[0], "auto_model", None), "config", None)


def _module(model: SentenceTransformer, kind: str) -> Any:
    """Return the model's first module of that class; ``None`` if it has none."""
    return next((module for module in model if type(module).__name__ == kind), None)
