"""What a loaded sentence-transformers model says of itself: the fields of its spec."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from evenband.encoders.references import Reference
from evenband.errors import InputError, ModelError
from evenband.types import ModelSpec
from evenband.types.specs import MODALITIES

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
        notes: what a reader of its measurements must know of it.
        role_notes: what a reader must know of texts of a role.
    """

    revision: str
    trust_remote_code: bool
    prompts: Mapping[str, str]
    options: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    role_notes: Mapping[str, str] = field(default_factory=dict)


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
    if others := [str(one) for one in model.modalities if one not in ("text", "message")]:
        options[MODALITIES] = "+".join(others)
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
        notes=facts.notes,
        role_notes=dict(facts.role_notes),
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
        InputError: if it is longer than the model's own limit, or the model does not cut texts.
    """
    wanted = reference.integer("max_tokens")
    if wanted is None:
        return
    limit = max_tokens(model)
    if limit is not None and wanted > limit:
        raise InputError(f"model {reference.text!r}: got max_tokens={wanted}, expected {limit} or less")
    added = _width(model, "")
    if added is not None and wanted <= added:
        raise InputError(
            f"model {reference.text!r}: got max_tokens={wanted}, expected {added + 1} or more, since {added} "
            "tokens are the model's own marks of a text's ends"
        )
    with contextlib.suppress(AttributeError):  # a module whose limit is a property that cannot be set
        model.max_seq_length = wanted
    width = _width(model, "a " * (wanted + 1))
    if width is None or width > wanted:
        raise InputError(
            f"model {reference.text!r}: max_tokens={wanted} has no effect, since this model has no limit on "
            "the length of a text; leave it out"
        )


def _width(model: SentenceTransformer, text: str) -> int | None:
    """Return how many tokens a text becomes; ``None`` if the model's inputs are not rows of tokens."""
    ids = model.preprocess([text]).get("input_ids")
    return None if ids is None or ids.ndim < 2 else int(ids.shape[1])


def check_dtype(model: SentenceTransformer, reference: Reference) -> None:
    """Refuse a number format that the model's weights did not take.

    Raises:
        InputError: naming the format that they have.
    """
    wanted, actual = reference.options.get("dtype"), str(model.dtype).removeprefix("torch.")
    if wanted is not None and wanted != actual:
        why = "this model has no weights" if model.dtype is None else f"this model's weights stay in {actual}"
        raise InputError(f"model {reference.text!r}: dtype={wanted} has no effect, since {why}; leave it out")


def network_config(model: SentenceTransformer) -> Any:
    """Return the configuration of the transformers network; ``None`` if the model has none."""
    return getattr(getattr(model[0], "auto_model", None), "config", None)


def _module(model: SentenceTransformer, kind: str) -> Any:
    """Return the model's first module of that class; ``None`` if it has none."""
    return next((module for module in model if type(module).__name__ == kind), None)
