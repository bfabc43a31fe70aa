"""The addresses of an OpenAI-compatible server, and what it says of itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from evenband.encoders.remote.faults import RefusedError, RejectedTextsError
from evenband.encoders.remote.transport import Connection
from evenband.errors import InputError

SERVED_NAMED = 10
"""Models of a server that a message lists."""


@dataclass(frozen=True)
class About:
    """What a server says of its model.

    Attributes:
        model: its name; empty if it has none.
        revision: commit of its weights.
        dtype: number format of the computation.
        max_tokens: length from which a text is refused or cut.
        most_texts: largest number of texts in one request.
    """

    model: str = ""
    revision: str | None = None
    dtype: str | None = None
    max_tokens: int | None = None
    most_texts: int | None = None


def embeddings_url(url: str) -> str:
    """Return the address of the embedding endpoint of a server, of which any part may be given.

    ``http://host:8000``, ``http://host:8000/v1`` and ``http://host:8000/v1/embeddings`` are the same.
    """
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    if not path.endswith("embeddings"):
        last = path.rpartition("/")[2]
        path += "/embeddings" if re.fullmatch(r"v\d\w*|openai", last) else "/v1/embeddings"
    return urlunsplit(parts._replace(scheme=parts.scheme.lower(), path=path, fragment=""))


def sibling_url(url: str, name: str, levels: int = 1) -> str:
    """Return the address that has another name in place of the last parts of the path."""
    parts = urlsplit(url)
    path = "/".join([*parts.path.split("/")[:-levels], name])
    return urlunsplit(parts._replace(path=path))


def discover(connection: Connection, ref: str, model: str | None) -> About:
    """Ask a server which model it has: ``/v1/models``, or ``/info`` of text-embeddings-inference.

    Args:
        connection: to its embedding endpoint.
        ref: the reference, for messages.
        model: the one that the user named; ``None`` if that is to be found out.

    Raises:
        InputError: if it has several.
        FaultError: if it cannot be reached, or accepts no request of ours.
    """
    listed = _answer_of(connection, sibling_url(connection.url, "models"))
    entries = listed.get("data") if isinstance(listed, dict) else None
    models = {entry["id"]: entry for entry in entries or () if _is_named(entry)}
    if model is None and len(models) > 1:
        names = ", ".join(list(models)[:SERVED_NAMED]) + (" ..." if len(models) > SERVED_NAMED else "")
        raise InputError(f"model {ref!r}: the server has several models, say which: #model=NAME ({names})")
    name = model if model is not None else next(iter(models), "")
    length = models.get(name, {}).get("max_model_len")
    if models:
        return About(name, max_tokens=length if isinstance(length, int) else None)
    return _about_tei(_answer_of(connection, sibling_url(connection.url, "info", 2)), model)


def _is_named(entry: Any) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("id"), str) and bool(entry["id"])


def _about_tei(info: Any, model: str | None) -> About:
    if not isinstance(info, dict) or not isinstance(info.get("model_id"), str):
        return About(model or "")
    texts = {key: value for key, value in info.items() if isinstance(value, str) and value}
    numbers = {key: value for key, value in info.items() if type(value) is int and value > 0}
    return About(
        model=model or texts["model_id"],
        revision=texts.get("model_sha"),
        dtype=texts.get("model_dtype"),
        max_tokens=numbers.get("max_input_length"),
        most_texts=numbers.get("max_client_batch_size"),
    )


def _answer_of(connection: Connection, url: str) -> Any:
    """Return the JSON of an address; ``None`` if the server does not have it.

    Raises:
        FaultError: if it cannot be reached, or does not accept the key.
    """
    try:
        return connection.get(url)
    except (RejectedTextsError, RefusedError) as fault:
        if str(fault).startswith(("HTTP 401", "HTTP 403")):
            raise
        return None
