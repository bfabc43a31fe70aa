"""Live models of sentence-transformers, taken as they are."""

from __future__ import annotations

from typing import Any

from evenband.encoders.contract import is_sentence_transformer, type_of
from evenband.encoders.local.purpose import PAIR_SCORERS, kind_of_object
from evenband.errors import InputError
from evenband.types import Encoder, Reranker


def wrap_reranker(model: Any, name: str | None = None) -> Reranker:
    """Make a reranker of a live ``CrossEncoder`` or ``MultiVectorEncoder``, which stays as it is.

    Args:
        model: loaded or in training.
        name: for tables and files; by default that of its model card, or ``model``.

    Raises:
        InputError: if it is neither, or the name cannot be a file name.
    """
    if kind_of_object(model) not in PAIR_SCORERS:
        raise InputError(
            f"got {type_of(model)}, expected a CrossEncoder or MultiVectorEncoder of the library "
            "sentence_transformers"
        )
    from evenband.encoders.rerank.live_reranker import LiveReranker

    return LiveReranker(model, name)


def is_live(model: object) -> bool:
    """Return whether an object is a live model that :func:`wrap_model` takes; never imports the library."""
    return is_sentence_transformer(model) or kind_of_object(model) in PAIR_SCORERS


def wrap_model(model: Any, name: str | None = None) -> Encoder | Reranker:
    """Make an encoder or a reranker of a live model: :func:`wrap`, :func:`wrap_reranker`.

    Raises:
        InputError: if it is no model of sentence_transformers, or the name cannot be a file name.
        ModelError: if it neither embeds texts nor scores pairs of them.
    """
    is_reranker = kind_of_object(model) in PAIR_SCORERS
    return wrap_reranker(model, name) if is_reranker else wrap(model, name)


def wrap(model: Any, name: str | None = None) -> Encoder:
    """Make an encoder of a live ``SentenceTransformer``, which stays as it is.

    Its weights, modules, device, training mode, gradients and random state are the same afterwards.
    It may be trained between two calls: its spec follows its weights.

    Args:
        model: loaded or in training.
        name: for tables and files; by default that of its model card, or ``model``.

    Raises:
        InputError: if it is no ``SentenceTransformer``, or the name cannot be a file name.
        ModelError: if it is a model of that library that gives no vector for a text.
    """
    from evenband.encoders.local import live

    return live.wrap(model, name)
