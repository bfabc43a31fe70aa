"""Encoders by reference: ``evenband.encoders.load("minilm")``.

The adapters import their model libraries when they load a model, never before.
"""

from __future__ import annotations

from pathlib import Path

from evenband.encoders.cache import CachedEncoder
from evenband.encoders.capabilities import (
    Batching,
    Covering,
    Inspecting,
    Recomputing,
    SelfChecking,
    Tokenizing,
    Versioned,
)
from evenband.encoders.local.folders import check_folder, digest_folder
from evenband.encoders.references import ENGINES, Reference, Settings, is_folder, parse
from evenband.encoders.store import StoreState, VectorStore
from evenband.errors import ModelError
from evenband.registry import Registry, nearest
from evenband.types import Encoder, Tokens

__all__ = [
    "ENGINES",
    "REGISTRY",
    "Batching",
    "CachedEncoder",
    "Covering",
    "Inspecting",
    "Recomputing",
    "Reference",
    "SelfChecking",
    "Settings",
    "StoreState",
    "Tokenizing",
    "Tokens",
    "VectorStore",
    "Versioned",
    "content_of",
    "load",
    "name_of",
]

REGISTRY: Registry[Encoder] = Registry(
    "model",
    {
        "minilm": "evenband.encoders.minilm:load",
        "toy:chars": "evenband.encoders.toy:chars",
        "toy:random": "evenband.encoders.toy:random",
        "toy:words": "evenband.encoders.toy:words",
    },
    group="evenband.encoders",
)
"""Factories ``(Reference, Settings) -> Encoder`` by scheme; plug-ins come in through the entry points."""


def name_of(ref: str) -> str:
    """The name that the encoder of a reference will have in tables and files.

    Raises:
        UnknownReferenceError: if its scheme does not exist.
        InputError: if it is malformed.
    """
    reference = parse(ref, REGISTRY)
    if reference.scheme:
        REGISTRY.get(reference.scheme)
    return reference.name


def content_of(ref: str) -> str | None:
    """The digest of a local folder's files, which is the model's revision; ``None`` for any other reference.

    Raises:
        ModelError: if the folder holds no model, or one that is not safe to read.
    """
    reference = parse(ref, REGISTRY)
    if reference.scheme or not is_folder(reference.argument):
        return None
    folder = Path(reference.argument).expanduser()
    check_folder(folder)
    return digest_folder(folder)


def load(
    ref: str,
    *,
    trust_remote_code: bool = False,
    engine: str = "auto",
    device: str | None = None,
    dtype: str | None = None,
) -> Encoder:
    """The encoder that a reference names.

    Args:
        ref: ``minilm``, ``toy:words``, a Hugging Face id or a local folder, with ``@revision`` and
            options such as ``?dim=256&dtype=bfloat16&prompt=query``.
        trust_remote_code: run code that comes with the model.
        engine: ``auto`` takes the fastest that is exact for the model, ``plain`` is the library's own.
        device: such as ``cpu`` or ``cuda``; by default what the library chooses.
        dtype: as if the reference had this for its option ``dtype``.

    Raises:
        UnknownReferenceError: listing what exists, with the nearest name.
        InputError: for options that the model does not have.
        ModelError: if it cannot be found, loaded or trusted.
        MissingExtraError: if an optional library is missing.
    """
    settings = Settings(trust_remote_code, engine, device)
    reference = parse(ref, REGISTRY)
    if dtype is not None:
        reference = reference.replace_option("dtype", dtype)
    if reference.scheme:
        return REGISTRY.get(reference.scheme)(reference, settings)
    from evenband.encoders.local import loading as local

    try:
        return local.load(reference, settings)
    except ModelError as error:
        hint = nearest(reference.argument, REGISTRY)
        if not hint:
            raise
        raise ModelError(f"{error}{hint}") from error
