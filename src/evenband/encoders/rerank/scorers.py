"""The reranker around a loaded model of sentence-transformers, of either kind."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeAlias

from evenband.encoders.local.description import max_tokens
from evenband.encoders.local.loading import libraries, slice_size_of
from evenband.encoders.references import Reference
from evenband.encoders.rerank.cross_encoder import CrossEncoderReranker
from evenband.encoders.rerank.late_interaction import LateInteractionReranker
from evenband.errors import ModelError
from evenband.types import ModelSpec

ScoringModel: TypeAlias = CrossEncoderReranker | LateInteractionReranker

PAIRS_PER_SLICE = 4
"""A pair is two texts, each with the other beside it: so many times fewer pairs than texts at a time."""

CROSS_ENCODER, LATE_INTERACTION = "cross-encoder", "late-interaction"
"""Sources in a reranker's spec."""


def scorer_of(model: Any, reference: Reference, revision: str, trusted: bool, **options: str) -> ScoringModel:
    """Return the reranker of a loaded ``CrossEncoder`` or ``MultiVectorEncoder``.

    Args:
        model: with its length limit set.
        reference: says how the user called it.
        revision: what pins its weights.
        trusted: whether code that came with the model was run.
        options: further options of the spec.

    Raises:
        ModelError: if it gives something else than one score for each pair.
    """
    from sentence_transformers import CrossEncoder

    if isinstance(model, CrossEncoder):
        prompt = model.prompts.get(model.default_prompt_name or "", "")
        spec = _describe(model, reference, CROSS_ENCODER, revision, trusted)
        return CrossEncoderReranker(
            model,
            _with(spec, {"query": prompt}, {**scoring_of(model), **options}),
            libraries(),
            pairs_per_slice(model),
        )
    if getattr(model[0], "transformer_task", None) == "retrieval":
        raise ModelError(
            f"model {reference.text!r} is a late-interaction model whose documents are images; "
            "expected one that reads two texts"
        )
    spec = _describe(model, reference, LATE_INTERACTION, revision, trusted)
    spec = _with(spec, dict(model.prompts), {**scoring_of(model), **options})
    return LateInteractionReranker(model, spec, libraries(), pairs_per_slice(model))


def scoring_of(model: Any) -> dict[str, str]:
    """Return what makes a score of what the network gives: none of it is among its weights and modules."""
    from sentence_transformers import CrossEncoder

    if isinstance(model, CrossEncoder):
        return {"activation": _name_of(model.activation_fn)}
    return {"score": model.similarity_fn_name, **_lengths_of(model)}


def _name_of(activation: Any) -> str:
    """Return the name of an activation, with its settings if any: ``Sigmoid``, ``Softplus(...)``."""
    from torch.nn import Module

    if isinstance(activation, Module):
        return repr(activation).removesuffix("()")
    return str(getattr(activation, "__qualname__", type(activation).__name__))


def pairs_per_slice(model: Any) -> int:
    """Return how many pairs to score at a time, so that a killed run loses little."""
    return max(PAIRS_PER_SLICE, slice_size_of(model) // PAIRS_PER_SLICE)


def _describe(model: Any, reference: Reference, source: str, revision: str, trusted: bool) -> ModelSpec:
    """Return what the spec of either kind says."""
    network = getattr(model, "transformers_model", None)
    attention = str(getattr(getattr(network, "config", None), "_attn_implementation", None) or "")
    return ModelSpec(
        ref=reference.text,
        name=reference.name,
        source=source,
        revision=revision,
        dtype=str(model.dtype).removeprefix("torch."),
        dim=1,
        max_tokens=max_tokens(model),
        trust_remote_code=trusted,
        options={"engine": "plain", "device": model.device.type, "attention": attention},
        similarity="relevance",
    )


def _with(spec: ModelSpec, prompts: dict[str, str], options: dict[str, str]) -> ModelSpec:
    """Return a spec with the prompts that are not empty, and with further options."""
    kept = {role: prompt for role, prompt in prompts.items() if prompt}
    return replace(spec, prompts=kept, options={**spec.options, **options})


def _lengths_of(model: Any) -> dict[str, str]:
    """Return the lengths at which a late-interaction model cuts a query and a document, if it has such."""
    lengths = {
        name: getattr(model[0], name, None) for name in ("query_length", "document_length", "query_expansion")
    }
    return {name: str(value) for name, value in lengths.items() if value}
