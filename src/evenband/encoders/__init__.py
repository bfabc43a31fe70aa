"""Encoders by reference, ``evenband.encoders.load("minilm")``; each adapter is a module, registered here.

Adapters import their model libraries when they load a model, never before.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

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
from evenband.encoders.disk_size import size_on_disk
from evenband.encoders.fan_out import expand, only_one
from evenband.encoders.given_names import is_folder, is_relative_folder, start_from
from evenband.encoders.local.content import content_of_folder
from evenband.encoders.local.prompts import PROMPT_OPTIONS
from evenband.encoders.local.purpose import (
    PAIR_SCORERS,
    PairScorerError,
    check_can_be_audited,
    kind_of_object,
)
from evenband.encoders.minilm import MINILM
from evenband.encoders.mpnet import MPNET
from evenband.encoders.naming import name_apart
from evenband.encoders.packages import EmbeddedModel
from evenband.encoders.postprocessing import base_reference, read_options
from evenband.encoders.precomputed import content_digest
from evenband.encoders.references import ENGINES, LIVE_SCHEME, POST_OPTIONS, Reference, Settings, parse
from evenband.encoders.renaming import renamed
from evenband.encoders.rerank.named_reranker import NamedReranker
from evenband.encoders.rerank.pair_readings import PairReading
from evenband.encoders.rerank.score_cache import CachedReranker
from evenband.encoders.rerank.skipping_reranker import PairCovering, SkippingReranker
from evenband.encoders.store import StoreError, StoreState, VectorStore
from evenband.encoders.variants import VariantEncoder, cached
from evenband.encoders.wordvectors.glove import GLOVE
from evenband.errors import InputError, ModelError, UnknownReferenceError
from evenband.registry import Registry, nearest
from evenband.types import Encoder, Reranker, Role, Tokens, Vocabulary

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
    "moved",
    "name_of",
    "only_one",
    "prompted_roles",
    "renamed",
    "type_of",
    "unique_names",
    "weights_size",
    "with_name",
    "wrap",
    "wrap_model",
    "wrap_reranker",
]

REGISTRY: Registry[Encoder] = Registry(
    "model",
    {
        "cohere": "evenband.encoders.remote.factories:cohere",
        "gemini": "evenband.encoders.remote.factories:gemini",
        "glove": "evenband.encoders.wordvectors.glove:load",
        "http": "evenband.encoders.remote.factories:server",
        "https": "evenband.encoders.remote.factories:server",
        "jina": "evenband.encoders.remote.factories:jina",
        "lexical:chars": "evenband.encoders.term_vectors:chars",
        "lexical:words": "evenband.encoders.term_vectors:words",
        "minilm": "evenband.encoders.minilm:load",
        "mpnet": "evenband.encoders.mpnet:load",
        "openai": "evenband.encoders.remote.factories:openai",
        "toy:chars": "evenband.encoders.toy:chars",
        "toy:random": "evenband.encoders.toy:random",
        "toy:words": "evenband.encoders.toy:words",
        "vectors": "evenband.encoders.precomputed.lookup:load",
        "voyage": "evenband.encoders.remote.factories:voyage",
        "word2vec": "evenband.encoders.wordvectors.word_encoder:load",
        "zeroentropy": "evenband.encoders.remote.factories:zeroentropy",
    },
    group="evenband.encoders",
)
"""Factories ``(Reference, Settings) -> Encoder`` by scheme; plug-ins come in through entry points.

A factory names its encoder as the reference does: ``ModelSpec(ref=reference.text, name=reference.name)``.
"""

LOCAL_SCHEMES = ("", "minilm", "mpnet")
"""Schemes of models that sentence-transformers loads; without a scheme, an id or a folder."""

TRUNCATED_SCHEMES = (*LOCAL_SCHEMES, "glove", "word2vec")
"""Schemes of models that ``dim`` truncates; with others it is an option of the adapter's own."""


EMBEDDED: tuple[EmbeddedModel, ...] = (MINILM, MPNET, GLOVE)
"""Published models that come as Python packages."""


def name_of(ref: str) -> str:
    """Return the name that the model of a reference has in tables and files when it is alone.

    Raises:
        UnknownReferenceError: if its scheme does not exist.
        InputError: if it is malformed.
    """
    return _parse(ref).name


def unique_names(refs: Sequence[str], taken: Collection[str] = ()) -> list[str]:
    """Return a name for each model of a run, to pass to :func:`load`: see :func:`.names.name_apart`.

    Args:
        refs: references of the run's models.
        taken: names of models that have no reference, such as the user's own encoders.

    Raises:
        UnknownReferenceError: if the scheme of one does not exist.
        InputError: if one is malformed, or two are of one and the same model.
    """
    return name_apart([_parse(ref) for ref in refs], taken)


def content_of(ref: str) -> str | None:
    """Return the digest of a local folder's files or a file of vectors, which is its model's revision.

    ``None`` for any other reference.

    Raises:
        ModelError: if the folder holds no embedding model and no reranker, or one that is not safe to read,
            or the file holds no vectors.
    """
    reference = parse(ref, REGISTRY)
    if reference.scheme == "word2vec":
        from evenband.encoders.wordvectors.conversion import open_table

        return open_table(Path(reference.argument).expanduser()).revision
    if reference.scheme == "vectors":
        return content_digest(reference)
    if reference.scheme or not is_folder(reference.argument):
        return None
    folder = Path(reference.argument).expanduser()
    content = content_of_folder(folder, reference)
    check_can_be_audited(folder, ref)
    return content.revision


def prompted_roles(ref: str) -> dict[str, Role]:
    """Return the options of a reference that choose a prompt, and the role of the texts that get it.

    Nothing is loaded. Empty for encoders that sentence-transformers does not load.

    Raises:
        UnknownReferenceError: if its scheme does not exist.
        InputError: if it is malformed.
    """
    reference = _parse(ref)
    if reference.scheme not in LOCAL_SCHEMES:
        return {}
    return {option: role for option, role in PROMPT_OPTIONS.items() if option in reference.options}


def with_name(ref: str, name: str) -> str:
    """Return a reference with a name of the user's choosing before it: ``base=./A/final``.

    Raises:
        InputError: if no model can have this name, or a folder is called as the whole.
    """
    named = f"{name}={ref}"
    if parse(named, REGISTRY).label != name:
        raise InputError(
            f"{name!r} cannot be the name of model {ref!r}; expected letters, digits, - _ + and ."
        )
    return named


def moved(ref: str, base: Path) -> str:
    """Return a reference whose relative folder is taken to start at ``base``; any other as it is."""
    return start_from(ref, base, REGISTRY)


def is_relative(ref: str) -> bool:
    """Return whether a reference names an existing folder by a path from the working directory."""
    reference = parse(ref, REGISTRY)
    return not reference.scheme and is_relative_folder(reference.argument)


def weights_size(ref: str) -> int | None:
    """Return the bytes of a local model's weights; ``None`` where that is not known without loading it."""
    return size_on_disk(ref, REGISTRY)


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
    reference = _parse(ref)
    reference = replace(reference, label=name or reference.label)
    if dtype is not None:
        reference = reference.replace_option("dtype", dtype)
    processing = read_options(reference, reference.scheme in TRUNCATED_SCHEMES)
    if processing is None:
        return _load(reference, settings)
    base = base or _load(_base(reference), settings)
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

    reference = _parse(ref)
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


def _base(reference: Reference) -> Reference:
    return base_reference(reference, reference.scheme in TRUNCATED_SCHEMES)


def base_of(ref: str) -> str:
    """Return the reference of the model whose vectors a variant changes; any other as it is.

    Raises:
        UnknownReferenceError: if its scheme does not exist.
        InputError: if it is malformed.
    """
    base = _base(_parse(ref))
    return ref if base.text == ref else base.text


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


def is_metered(ref: str) -> bool:
    """Return whether texts that a reference embeds go to an API with a key, and probably cost money.

    Raises:
        UnknownReferenceError: if its scheme does not exist.
        InputError: if it is malformed.
    """
    from evenband.encoders.remote import factories

    return factories.is_metered(_parse(ref))


def known_encoder(ref: str) -> Encoder | None:
    """Return the encoder of a metered reference as it was the last time, without asking its server.

    It knows what is cached. ``None`` if it was never loaded.

    Raises:
        InputError: if the reference lacks a name or an address.
    """
    from evenband.encoders.remote import factories

    return factories.known_encoder(_base(_parse(ref)))


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


def _parse(ref: str) -> Reference:
    """Read a reference whose scheme, if it has one, must exist."""
    reference = parse(ref, REGISTRY)
    if reference.is_url and reference.scheme not in REGISTRY:
        raise UnknownReferenceError(
            f"model {reference.text!r}: nothing reads {reference.scheme} addresses; expected a Hugging Face "
            f"id, a folder, or one of: {', '.join(REGISTRY)}"
        )
    if reference.scheme.partition(":")[0] == LIVE_SCHEME:
        raise UnknownReferenceError(
            f"model {ref!r} was a live model, which no reference can load; pass evenband.wrap(model) instead"
        )
    if reference.scheme:
        REGISTRY.get(reference.scheme)
    return reference
