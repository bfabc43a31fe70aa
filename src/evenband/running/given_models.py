"""Models as Python users give them: references, folders, live models, encoders, with names or without."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from evenband import encoders
from evenband.errors import InputError
from evenband.types import Auditable, Encoder, Reranker

Model: TypeAlias = str | Auditable
"""A reference, an encoder or a reranker: what a session takes."""


class SentenceModel(Protocol):
    """What type checkers take for a live ``SentenceTransformer``; at run time its class decides."""

    def get_max_seq_length(self) -> int | None:
        """Return the number of tokens at which texts are cut."""


class EmbeddingModel(SentenceModel, Protocol):
    """What type checkers take for a live model that embeds texts, which a reranker does not."""

    def get_sentence_embedding_dimension(self) -> int | None:
        """Return the length of a vector."""


def models_of(given: Any) -> list[Model]:
    """Return one model or several as references and encoders.

    Args:
        given: a reference, a folder's path, a live ``SentenceTransformer`` or ``CrossEncoder`` (which is
            wrapped), an encoder, a reranker, a sequence of these, or a mapping from names of the user's
            choosing to these.

    Raises:
        InputError: if one is none of them.
    """
    if isinstance(given, Mapping):
        called = (_called(model_of(model), str(name)) for name, model in given.items())
        return [model for one in called for model in _expanded(one)]
    is_single = isinstance(given, str | os.PathLike | Encoder | Reranker) or encoders.is_live(given)
    if is_single or not isinstance(given, Iterable):
        return _expanded(given)
    return [model for one in given for model in _expanded(one)]


def _expanded(given: Any) -> list[Model]:
    """Return the models that one stands for: several for a reference with braces."""
    return [*encoders.expand(given)] if isinstance(given, str) else [model_of(given)]


def model_of(given: Any) -> Model:
    """Return one model as a reference or an encoder.

    Args:
        given: as for :func:`models_of`, but a mapping has one entry.

    Raises:
        InputError: if it is none of them.
    """
    if isinstance(given, str | os.PathLike):
        return os.fspath(given)
    if isinstance(given, Mapping):
        if len(given) != 1:
            raise InputError(
                f"got {len(given)} models by name, expected one, such as {{'base': './A/final'}}"
            )
        return models_of(given)[0]
    if encoders.is_live(given):
        return encoders.wrap_model(given)
    return given if isinstance(given, Reranker) else encoders.checked_encoder(given)


def encoder_of(given: Any) -> str | Encoder:
    """Return one model as a reference or an encoder, for what needs vectors.

    Raises:
        InputError: if it is neither, such as a reranker.
    """
    model = model_of(given)
    if isinstance(model, Reranker):
        raise InputError(
            f"model {model.spec.name!r} is a reranker, which has no vectors; only an audit measures it"
        )
    return model


def refs_of(models: Sequence[Model]) -> list[str]:
    """Return the references of models, of an encoder what its spec says."""
    return [model if isinstance(model, str) else model.spec.ref for model in models]


def same_encoder(encoder: Auditable, among: Sequence[Model]) -> Auditable:
    """Return the model that is the encoder under the same name, given a second time; else the encoder."""
    others = (model for model in among if not isinstance(model, str))
    return next((model for model in others if model is encoder or model.spec == encoder.spec), encoder)


def reference_text(given: Any) -> str:
    """Return a reference that may be a path as text.

    Raises:
        InputError: if it is a model already; the message says what to do with it.
    """
    if isinstance(given, str | os.PathLike):
        return os.fspath(given)
    encoders.checked_encoder(given)
    raise InputError(f"got {encoders.type_of(given)}, an encoder already; use it as it is")


def texts_of(given: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> tuple[str, ...]:
    """Return one name or path, or several, as texts."""
    if isinstance(given, str | os.PathLike):
        return (os.fspath(given),)
    return tuple(os.fspath(one) for one in given)


def as_texts(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a plan with every path as text."""
    return {
        key: os.fspath(value) if isinstance(value, os.PathLike) else value for key, value in fields.items()
    }


def path_of(given: str | os.PathLike[str] | None) -> Path | None:
    """Return a path that may be given as text; ``None`` for none."""
    return None if given is None else Path(given)


def _called(model: Model, name: str) -> Model:
    """Give a model a name for tables and files.

    Raises:
        InputError: if no model can have this name.
    """
    if isinstance(model, str):
        return encoders.with_name(model, name)
    if isinstance(model, Reranker):
        return encoders.NamedReranker(model, name)
    return encoders.renamed(model, name)
