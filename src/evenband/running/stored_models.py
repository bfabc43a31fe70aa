"""The model of a store: what is written of it, and how it is loaded again."""

from __future__ import annotations

from evenband import encoders
from evenband.corpora.document_store import DocumentStore
from evenband.corpora.store_headers import check_model
from evenband.encoders.redaction import HIDDEN, redact
from evenband.errors import InputError
from evenband.types import Encoder, ModelSpec


def public_spec(spec: ModelSpec) -> ModelSpec:
    """Return a spec without the secrets of a URL, as it may stand in a file."""
    return ModelSpec.from_dict(redact(spec.to_dict()))


def reference_of(store: DocumentStore) -> str:
    """Return the reference of a store's model.

    Raises:
        InputError: if it hides a secret, so that the user must name the model.
    """
    ref = store.model.ref
    if HIDDEN in ref:
        raise InputError(
            f"{store.place}: the reference {ref!r} hides a secret, which no file holds; name "
            "the model with -m"
        )
    return ref


def load_for(
    store: DocumentStore, model: str | Encoder | None = None, *, trust_remote_code: bool = False
) -> Encoder:
    """Return the encoder of a store.

    Args:
        store: that holds vectors of a model.
        model: a reference or an encoder that gives the same vectors; the store's own if not given.
        trust_remote_code: run code that came with the model.

    Raises:
        InputError: if it is another than the store's, naming the field that differs.
        ModelError: if it cannot be loaded.
    """
    given = reference_of(store) if model is None else model
    encoder = encoders.load(given, trust_remote_code=trust_remote_code) if isinstance(given, str) else given
    check_model(store.model, public_spec(encoder.spec), store.place)
    return encoder
