"""Encoders by reference, ``evenband.encoders.load("minilm")``; each adapter is a module of its own."""

from __future__ import annotations

from evenband.encoders.cache import CachedEncoder
from evenband.encoders.capabilities import (
    Batching,
    Comparing,
    Covering,
    Inspecting,
    Listing,
    Piecewise,
    Reading,
    Recomputing,
    SelfChecking,
    Stored,
    Tokenizing,
    Versioned,
)
from evenband.encoders.contract import checked_encoder, is_sentence_transformer, type_of
from evenband.encoders.fan_out import expand, only_one
from evenband.encoders.live_models import is_live, wrap, wrap_model, wrap_reranker
from evenband.encoders.model_loading import load, load_model, load_reranker
from evenband.encoders.packages import EmbeddedModel
from evenband.encoders.reference_facts import (
    base_of,
    content_of,
    is_metered,
    is_relative,
    known_encoder,
    may_list_words,
    moved,
    name_of,
    prompted_roles,
    remote_prompts,
    unique_names,
    weights_size,
    with_name,
)
from evenband.encoders.references import ENGINES, Reference, Settings
from evenband.encoders.renaming import renamed
from evenband.encoders.rerank.named_reranker import NamedReranker
from evenband.encoders.rerank.pair_readings import PairReading
from evenband.encoders.rerank.score_cache import CachedReranker
from evenband.encoders.rerank.skipping_reranker import PairCovering, SkippingReranker
from evenband.encoders.schemes import EMBEDDED, REGISTRY
from evenband.encoders.store import StoreError, StoreState, VectorStore
from evenband.encoders.variants import VariantEncoder, cached
from evenband.types import Tokens, Vocabulary

__all__ = [
    "EMBEDDED",
    "ENGINES",
    "REGISTRY",
    "Batching",
    "CachedEncoder",
    "CachedReranker",
    "Comparing",
    "Covering",
    "EmbeddedModel",
    "Inspecting",
    "Listing",
    "NamedReranker",
    "PairCovering",
    "PairReading",
    "Piecewise",
    "Reading",
    "Recomputing",
    "Reference",
    "SelfChecking",
    "Settings",
    "SkippingReranker",
    "StoreError",
    "StoreState",
    "Stored",
    "Tokenizing",
    "Tokens",
    "VariantEncoder",
    "VectorStore",
    "Versioned",
    "Vocabulary",
    "base_of",
    "cached",
    "checked_encoder",
    "content_of",
    "expand",
    "is_live",
    "is_metered",
    "is_relative",
    "is_sentence_transformer",
    "known_encoder",
    "load",
    "load_model",
    "load_reranker",
    "may_list_words",
    "moved",
    "name_of",
    "only_one",
    "prompted_roles",
    "remote_prompts",
    "renamed",
    "type_of",
    "unique_names",
    "weights_size",
    "with_name",
    "wrap",
    "wrap_model",
    "wrap_reranker",
]
