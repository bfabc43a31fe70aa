"""Encoders of references to servers and APIs: what they are is found out with one small request."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from evenband.encoders.redaction import redact_url
from evenband.encoders.references import KEY_ENV, Reference, Settings
from evenband.encoders.remote.adapters import APIS, SERVER, Adapter
from evenband.encoders.remote.endpoints import About, discover, embeddings_url
from evenband.encoders.remote.exchange import Gate, Policy, ask_again
from evenband.encoders.remote.faults import FaultError, MissingKeyError, RejectedTextsError
from evenband.encoders.remote.known_models import KnownModels, Record
from evenband.encoders.remote.remote_encoder import Asking, RemoteEncoder, Server
from evenband.encoders.remote.transport import Connection, Key, find_key
from evenband.errors import InputError, ModelError
from evenband.types import ModelSpec, Role, Vectors

logger = logging.getLogger(__name__)

POLICY = Policy()
"""How patient encoders are."""

CANARIES = ("evenband", "The quick brown fox jumps over the lazy dog.")
"""Texts that are embedded whenever a model is loaded: is it still the one whose vectors are cached?"""

UNVERSIONED = "unversioned"
"""Revision of a model that its server does not give one."""

TIMEOUT = 120
"""Seconds within which an answer must be complete."""

REQUESTS = 4
"""Requests at a time."""

FIRST_TRIES = 5
"""Number of times that the first request is sent."""


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


def _load(adapter: Adapter, reference: Reference, settings: Settings) -> RemoteEncoder:
    """Make an encoder of a reference. Without a connection or a key, one of what is known and cached.

    Raises:
        InputError: for an option that the adapter does not have, or a missing name.
        MissingExtraError: without httpx.
        ModelError: if the model does not answer, or is not the one whose vectors are cached.
    """
    del settings
    reference.check_options(_options_of(adapter, reference))
    for key in ("batch", "dim", "requests", "timeout"):
        reference.integer(key)
    url, model = _address(adapter, reference)
    adapter = _with_role(adapter, reference)
    known = KnownModels(_decides(adapter, reference, url))
    key, blocked = _key(adapter, reference)
    connection = _connect(adapter, reference, url, key)
    connection.blocked = blocked
    try:
        record = _ask(connection, adapter, reference, model, known.last)
        known.keep(record, reference.text, "#" if reference.is_url else "?")
    except FaultError as fault:
        said = blocked or f"model {reference.text!r}: got {fault}, expected vectors"
        if known.last is None:
            raise ModelError(said) from None
        logger.warning("%s; only vectors that are cached already can be used", said)
        record = known.last
    return _encoder(adapter, reference, connection, record)


def _encoder(adapter: Adapter, reference: Reference, connection: Connection, record: Record) -> RemoteEncoder:
    asking = _asking(adapter, reference, record)
    spec = _spec(adapter, reference, connection.url, record)
    return RemoteEncoder(spec, Server(connection, adapter, asking), POLICY, reference.integer("dim"))


def is_metered(reference: Reference) -> bool:
    """Return whether a reference is of an API with a key, whose texts probably cost money."""
    return reference.scheme in APIS or (reference.is_url and KEY_ENV in reference.options)


def known_encoder(reference: Reference) -> RemoteEncoder | None:
    """Return an encoder as it was the last time, without asking its server; ``None`` if it is new.

    Raises:
        InputError: as :func:`_load`.
    """
    adapter = APIS.get(reference.scheme, SERVER)
    url, _ = _address(adapter, reference)
    adapter = _with_role(adapter, reference)
    record = KnownModels(_decides(adapter, reference, url)).last
    if record is None:
        return None
    connection = _connect(adapter, reference, url, Key())
    connection.blocked = f"model {reference.text!r} is only looked up"
    return _encoder(adapter, reference, connection, record)


def _connect(adapter: Adapter, reference: Reference, url: str, key: Key) -> Connection:
    return Connection(
        url,
        adapter,
        key,
        seconds=reference.integer("timeout") or TIMEOUT,
        connections=reference.integer("requests") or REQUESTS,
    )


def _asking(adapter: Adapter, reference: Reference, record: Record) -> Asking:
    about = record.about
    return Asking(
        model=about.model,
        base64=record.base64,
        most_texts=reference.integer("batch")
        or min(adapter.most_texts, about.most_texts or adapter.most_texts),
        most_tokens=adapter.most_tokens,
        requests=reference.integer("requests") or REQUESTS,
        answers_as=record.answers_as,
    )


def _options_of(adapter: Adapter, reference: Reference) -> list[str]:
    options = ["batch", "dim", KEY_ENV, "requests", "timeout", "version"]
    return [*options, *(["model"] if reference.is_url else []), *(["input_type"] if adapter.roles else [])]


def _address(adapter: Adapter, reference: Reference) -> tuple[str, str | None]:
    """Return the address of the embedding endpoint, and the model's name if the reference has it.

    Raises:
        InputError: if there is no address, or no model for an API.
    """
    if reference.is_url:
        try:
            return embeddings_url(reference.argument), reference.options.get("model")
        except ValueError as error:
            raise InputError(f"model {reference.text!r} is no address: {error}") from None
    if not adapter.url:
        example = f"{reference.scheme}://localhost:8000/v1/embeddings"
        raise InputError(f"model {reference.text!r}: got no address, expected such as {example}")
    if not reference.argument:
        raise InputError(f"model {reference.text!r}: got no model, expected such as {adapter.example}")
    return adapter.url.format(model=quote(reference.argument, safe="")), reference.argument


def _with_role(adapter: Adapter, reference: Reference) -> Adapter:
    """Return the adapter with what the option ``input_type`` makes of texts without a role."""
    wanted = reference.options.get("input_type")
    if wanted is None:
        return adapter
    roles = {role.value: name for role, name in adapter.roles.items()}
    return replace(adapter, required_role=roles.get(wanted, wanted))


def _key(adapter: Adapter, reference: Reference) -> tuple[Key, str]:
    """Return the key, and why nothing can be asked without it if there is none.

    Raises:
        InputError: if the address has a user as well.
    """
    variable = reference.options.get(KEY_ENV)
    if reference.is_url and not variable:
        return Key(), ""
    if "@" in urlsplit(reference.argument).netloc:
        raise InputError(
            f"model {reference.text!r}: got a user in the address and {KEY_ENV}, expected one of the two, since "
            "both go into one header"
        )
    try:
        return find_key(adapter, reference.text, variable), ""
    except MissingKeyError as error:
        return Key(), str(error)


def _ask(
    connection: Connection, adapter: Adapter, reference: Reference, model: str | None, earlier: Record | None
) -> Record:
    """Find out what a model is, with one small request, and one more to a server for its name.

    Raises:
        FaultError: if it does not answer as it should.
        InputError: if the server has several models, or does not cut vectors.
    """
    gate = Gate(replace(POLICY, tries=min(POLICY.tries, FIRST_TRIES)))
    about = About(model or "")
    if reference.is_url:
        about = ask_again(lambda: discover(connection, reference.text, model), gate) or about
    cut = reference.integer("dim")
    wants_base64 = adapter.has_base64 and (earlier is None or earlier.base64)
    server = Server(connection, adapter, Asking(about.model, wants_base64))
    try:
        vectors = _canaries(server, gate, cut)
    except RejectedTextsError:
        if not wants_base64:
            raise
        server = Server(connection, adapter, Asking(about.model, base64=False))
        vectors = _canaries(server, gate, cut)
    if cut is not None and vectors.shape[1] != cut:
        raise InputError(
            f"model {reference.text!r}: asked for vectors of {cut} numbers, got {vectors.shape[1]}; "
            "this one does not cut them, leave out dim"
        )
    today = datetime.now(UTC).date().isoformat()
    return Record(about, vectors.shape[1], server.asking.base64, server.last_model, vectors.tolist(), today)


def _canaries(server: Server, gate: Gate, cut: int | None) -> Vectors:
    vectors = ask_again(lambda: server.ask([*CANARIES], Role.NONE, None, cut), gate)
    if vectors is None:
        raise FaultError("no answer")
    return vectors


def _spec(adapter: Adapter, reference: Reference, url: str, record: Record) -> ModelSpec:
    about, cut = record.about, reference.options.get("dim")
    options = {"url": redact_url(url), "model": about.model}
    options |= {"dimensions": cut} if cut else {}
    options |= {"input_type": adapter.required_role} if adapter.required_role else {}
    return ModelSpec(
        ref=reference.text,
        name=reference.name,
        source=adapter.name,
        revision=reference.options.get("version") or about.revision or UNVERSIONED,
        dtype=about.dtype or "unknown",
        dim=record.dim,
        max_tokens=about.max_tokens or adapter.max_tokens,
        options=options,
    )


def _decides(adapter: Adapter, reference: Reference, url: str) -> list[object]:
    """Return what identifies an address and what is asked for there, without secrets."""
    options = {key: reference.options.get(key) for key in ("dim", "model", "version", "input_type")}
    return [adapter.name, redact_url(url), "" if reference.is_url else reference.argument, options]
