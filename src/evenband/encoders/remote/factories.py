"""Encoders of references to servers and APIs: what they are is found out with one small request."""

from __future__ import annotations

import contextlib
import logging
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from evenband.encoders.references import KEY_ENV, Reference, Settings
from evenband.encoders.remote.apis import APIS, SERVER, Adapter
from evenband.encoders.remote.endpoints import About, discover
from evenband.encoders.remote.faults import FaultError, RefusedError, RejectedTextsError
from evenband.encoders.remote.known_models import DRIFTED, Record, largest_distance
from evenband.encoders.remote.remote_encoder import RemoteEncoder
from evenband.encoders.remote.request_pool import Gate, Policy, ask_again
from evenband.encoders.remote.served_model import Asking, Server
from evenband.encoders.remote.target import Target
from evenband.encoders.remote.transport import Connection
from evenband.errors import InputError, ModelError
from evenband.types import Role, Vectors

logger = logging.getLogger(__name__)

POLICY = Policy()
"""How patient encoders are."""

FIRST_TRIES = 5
"""Number of times that the first request is sent."""

CANARIES = ("evenband", "The quick brown fox jumps over the lazy dog.")
"""Texts that are embedded whenever a model is loaded: is it still the one whose vectors are cached?"""


def openai(reference: Reference, settings: Settings) -> RemoteEncoder:
    """OpenAI's API, as openai:text-embedding-3-small: extra 'remote', key in OPENAI_API_KEY."""
    return _load(APIS["openai"], reference, settings)


def zeroentropy(reference: Reference, settings: Settings) -> RemoteEncoder:
    """ZeroEntropy's API, as zeroentropy:zembed-1: extra 'remote', key in ZEROENTROPY_API_KEY."""
    return _load(APIS["zeroentropy"], reference, settings)


def cohere(reference: Reference, settings: Settings) -> RemoteEncoder:
    """Cohere's API, as cohere:embed-v4.0: extra 'remote', key in CO_API_KEY or COHERE_API_KEY."""
    return _load(APIS["cohere"], reference, settings)


def voyage(reference: Reference, settings: Settings) -> RemoteEncoder:
    """Voyage's API, as voyage:voyage-3.5: extra 'remote', key in VOYAGE_API_KEY."""
    return _load(APIS["voyage"], reference, settings)


def jina(reference: Reference, settings: Settings) -> RemoteEncoder:
    """Jina's API, as jina:jina-embeddings-v3: extra 'remote', key in JINA_API_KEY."""
    return _load(APIS["jina"], reference, settings)


def gemini(reference: Reference, settings: Settings) -> RemoteEncoder:
    """Gemini's API, as gemini:gemini-embedding-001: extra 'remote', key in GEMINI_API_KEY."""
    return _load(APIS["gemini"], reference, settings)


def server(reference: Reference, settings: Settings) -> RemoteEncoder:
    """An OpenAI-compatible server by its address: extra 'remote', key in the variable of #key_env=NAME."""
    return _load(SERVER, reference, settings)


def is_remote(reference: Reference) -> bool:
    """Return whether a reference is of a server or an API."""
    return reference.scheme in APIS or reference.is_url


def is_metered(reference: Reference) -> bool:
    """Return whether a reference is of an API with a key, whose texts probably cost money."""
    return reference.scheme in APIS or (reference.is_url and KEY_ENV in reference.options)


def known_encoder(reference: Reference) -> RemoteEncoder | None:
    """Return an encoder as it was the last time, without asking its server; ``None`` if it is new.

    Raises:
        InputError: if the reference cannot be read.
    """
    target = Target.of(APIS.get(reference.scheme, SERVER), reference)
    record = target.known().last
    return None if record is None else _encoder(target, target.connect(with_key=False), record)


def _load(adapter: Adapter, reference: Reference, settings: Settings) -> RemoteEncoder:
    """Make an encoder of a reference. Without a connection or a key, one of what is known and cached.

    Raises:
        InputError: for an option that the adapter does not have, or a missing name.
        MissingExtraError: without httpx.
        ModelError: if the model does not answer, or is not the one whose vectors are cached.
    """
    target = Target.of(adapter, reference)
    known, connection = target.known(), target.connect()
    try:
        record = _ask(target, connection, known.last)
        if not settings.accepts_drift:
            known.keep(record, reference.text, target.mark)
        record = known.with_cut(record)
    except FaultError as fault:
        said = connection.blocked or f"model {reference.text!r}: got {fault}, expected vectors"
        if known.last is None:
            raise ModelError(said) from None
        logger.warning("%s; only vectors that are cached already can be used", said)
        record = known.last
    return _encoder(target, connection, record)


def _encoder(target: Target, connection: Connection, record: Record) -> RemoteEncoder:
    server = Server(connection, target.adapter, target.asking(record))

    def keep_cut(characters: int) -> None:
        target.known().keep_cut(record, characters)

    return RemoteEncoder(target.spec(record), server, POLICY, target.cut, keep_cut)


def _ask(target: Target, connection: Connection, earlier: Record | None) -> Record:
    """Find out what a model is, with one small request, and one more to a server for its name.

    Raises:
        FaultError: if it does not answer as it should.
        InputError: if the server has several models, or does not cut vectors.
    """
    gate = Gate(replace(POLICY, tries=min(POLICY.tries, FIRST_TRIES)))
    reference, about = target.reference, About(target.model or "")
    if reference.is_url:
        about = ask_again(lambda: discover(connection, reference.text, target.model), gate) or about
    server, vectors = _first_answer(target, connection, about, earlier, gate)
    dim = vectors.shape[1]
    if target.cut not in (None, dim):
        raise InputError(
            f"model {reference.text!r}: asked for vectors of {target.cut} numbers, got {dim}; "
            "this one does not cut them, leave out dim"
        )
    today = datetime.now(UTC).date().isoformat()
    return Record(about, dim, server.asking.base64, server.last_model, vectors.tolist(), today)


def _first_answer(
    target: Target, connection: Connection, about: About, earlier: Record | None, gate: Gate
) -> tuple[Server, Vectors]:
    """Return the model, asked as it can be asked, and the vectors of the canaries. Shape: (2, d).

    Base64 is taken where the server gives it and means the same numbers by it as without; that is looked
    at once, since nothing else tells float32 from another number format.
    """
    most = target.most_texts(about)
    plain = Server(connection, target.adapter, Asking(about.model, base64=False, most_texts=most))
    if not target.adapter.has_base64 or (earlier is not None and not earlier.base64):
        return plain, _canaries(plain, gate, target.cut)
    coded = Server(connection, target.adapter, Asking(about.model, base64=True, most_texts=most))
    try:
        vectors = _canaries(coded, gate, target.cut)
    except (RejectedTextsError, RefusedError) as fault:
        if isinstance(fault, RefusedError) and not fault.is_unusable:
            raise
        return plain, _canaries(plain, gate, target.cut)
    if earlier is None:
        with contextlib.suppress(RejectedTextsError):
            numbers = _canaries(plain, gate, target.cut)
            if numbers.shape != vectors.shape or largest_distance(numbers, vectors) > DRIFTED:
                return plain, numbers
    return coded, vectors


def _canaries(server: Server, gate: Gate, cut: int | None) -> Vectors:
    """Return the vectors of the canaries; one by one from a server that takes one text at a time."""
    if server.asking.most_texts >= len(CANARIES):
        try:
            return _vectors_of(server, gate, [*CANARIES], None, cut)
        except RejectedTextsError:
            if server.asking.base64:  # which may be what it does not take
                raise
    first = _vectors_of(server, gate, [CANARIES[0]], None, cut)
    rest = [_vectors_of(server, gate, [text], first.shape[1], cut) for text in CANARIES[1:]]
    return np.concatenate([first, *rest])


def _vectors_of(server: Server, gate: Gate, texts: list[str], dim: int | None, cut: int | None) -> Vectors:
    vectors = ask_again(lambda: server.ask(texts, Role.NONE, dim, cut), gate)
    if vectors is None:
        raise FaultError("no answer")
    return vectors
