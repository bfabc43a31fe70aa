"""Models by reference: encoders, rerankers, and variants of one base."""

from __future__ import annotations

from dataclasses import replace

from evenband.encoders.local.purpose import PairScorerError
from evenband.encoders.postprocessing import read_options
from evenband.encoders.references import POST_OPTIONS, Reference, Settings
from evenband.encoders.schemes import (
    LOCAL_SCHEMES,
    REGISTRY,
    TRUNCATED_SCHEMES,
    base_of_reference,
    parse_known,
)
from evenband.encoders.variants import VariantEncoder
from evenband.errors import InputError, ModelError
from evenband.registry import nearest
from evenband.types import Encoder, Reranker


def load(
    ref: str,
    *,
    trust_remote_code: bool = False,
    engine: str = "auto",
    device: str | None = None,
    dtype: str | None = None,
    name: str | None = None,
    accepts_drift: bool = False,
    base: Encoder | None = None,
) -> Encoder:
    """Load the encoder that a reference names.

    Args:
        ref: ``minilm``, ``toy:words``, a Hugging Face id or a local folder, with ``@revision`` and
            options such as ``?dim=256&dtype=bfloat16&prompt=query``, and a name for tables and files
            before it: ``base=./A/final``.
        trust_remote_code: run code that comes with the model.
        engine: ``auto`` takes the fastest that is exact for the model, ``plain`` is the library's own.
        device: such as ``cpu`` or ``cuda``; by default what the library chooses.
        dtype: as if the reference had this for its option ``dtype``.
        name: of the model in tables and files; by default :func:`name_of` the reference.
        accepts_drift: also take a remote model that has changed since it was first loaded, which its cache
            must not be used for.
        base: the encoder of :func:`base_of` the reference, if it was loaded with these settings already.

    Raises:
        UnknownReferenceError: listing what exists, with the nearest name.
        InputError: for options that the model does not have.
        ModelError: if it cannot be found, loaded or trusted.
        MissingExtraError: if an optional library is missing.
    """
    settings = Settings(trust_remote_code, engine, device, accepts_drift)
    reference = parse_known(ref)
    reference = replace(reference, label=name or reference.label)
    if dtype is not None:
        reference = reference.replace_option("dtype", dtype)
    processing = read_options(reference, reference.scheme in TRUNCATED_SCHEMES)
    if processing is None:
        return _load(reference, settings)
    base = base or _load(base_of_reference(reference), settings)
    own = {key: value for key, value in reference.options.items() if key not in POST_OPTIONS}
    truncated = replace(reference, options=own)
    inspected = (lambda: _load(truncated, settings)) if reference.scheme in LOCAL_SCHEMES else None
    return VariantEncoder(base, processing, reference.text, reference.name, inspected)


def load_reranker(
    ref: str,
    *,
    trust_remote_code: bool = False,
    engine: str = "auto",
    device: str | None = None,
    name: str | None = None,
) -> Reranker:
    """Load the cross-encoder or late-interaction model that a reference names.

    Args:
        ref: a Hugging Face id or a local folder, with ``@revision`` and the options ``dtype`` and
            ``max_tokens``, and a name for tables and files before it.
        trust_remote_code: run code that comes with the model.
        engine: ``auto`` or ``plain``, which are the same.
        device: such as ``cpu`` or ``cuda``; by default what the library chooses.
        name: of the model in tables and files; by default :func:`name_of` the reference.

    Raises:
        InputError: for options that the model does not have.
        ModelError: if it is no reranker, or cannot be found, loaded or trusted.
        MissingExtraError: if the model libraries are not installed.
    """
    from evenband.encoders.rerank import rerankers

    reference = parse_known(ref)
    if reference.scheme:
        raise InputError(
            f"model {ref!r} is no reranker; expected a Hugging Face id or a folder with a cross-encoder or a "
            "late-interaction model"
        )
    reference = replace(reference, label=name or reference.label)
    return rerankers.load(reference, Settings(trust_remote_code, engine, device))


def load_model(
    ref: str,
    *,
    trust_remote_code: bool = False,
    engine: str = "auto",
    dtype: str | None = None,
    name: str | None = None,
    base: Encoder | None = None,
) -> Encoder | Reranker:
    """Load whatever can be audited: an encoder, or the reranker that a reference turns out to name.

    Args:
        ref: as for :func:`load`.
        trust_remote_code: likewise.
        engine: likewise.
        dtype: likewise, of an encoder.
        name: likewise.
        base: likewise.

    Raises:
        EvenbandError: as :func:`load` and :func:`load_reranker`.
    """
    try:
        return load(
            ref, trust_remote_code=trust_remote_code, engine=engine, dtype=dtype, name=name, base=base
        )
    except PairScorerError:
        return load_reranker(ref, trust_remote_code=trust_remote_code, engine=engine, name=name)


def _load(reference: Reference, settings: Settings) -> Encoder:
    """Load the model of a reference without post-processing."""
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
