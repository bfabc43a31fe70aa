"""Secrets in addresses: found, and left out of everything that is shown or written.

A URL may carry a password before the ``@`` of its host, or a key among the parameters after its ``?``.
Both are needed to connect, and neither may stand in a name, a report, a manifest, a cache or an error.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote, unquote_plus

HIDDEN = "***"
"""What stands in place of a secret."""

_SECRET_WORDS = frozenset(
    (
        *("key", "token", "secret", "sig", "signature", "pass", "password", "passwd", "passphrase", "pwd"),
        *("auth", "authorization", "credential", "credentials", "code", "session", "jwt", "bearer"),
    )
)
_SECRET_ENDINGS = ("apikey", "token", "secret", "password")
_NAMES_A_VARIABLE = "_env"
"""Ending of options that name an environment variable: the name is no secret."""

_URLS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s'\"<>]+")
_LONGEST_PLAIN_VALUE = 24
"""Longest value of a URL's parameter, mixing letters and digits, that is not taken for a secret."""


def is_secret_name(name: str) -> bool:
    """Return whether a parameter of that name holds a secret, such as ``api_key`` or ``token``."""
    if name.endswith(_NAMES_A_VARIABLE):
        return False
    words = [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)]
    return not _SECRET_WORDS.isdisjoint(words) or "".join(words).endswith(_SECRET_ENDINGS)


def redact_url(url: str) -> str:
    """Return a URL with ``***`` in place of its user, its password and its secret parameters."""
    head, user, host, parameters, mark, rest = _split(url)
    shown = redact_parameters("&".join(parameters))
    question = "?" if mark or parameters else ""
    return f"{head}{HIDDEN + '@' if user is not None else ''}{host}{question}{shown}{rest}"


def redact_parameters(query: str) -> str:
    """Return ``name=value&name=value`` with ``***`` in place of secret values."""
    return "&".join(_shown_parameter(parameter) for parameter in query.split("&"))


def redact(value: Any) -> Any:
    """Return plain data with every URL in its texts redacted, at any depth."""
    if isinstance(value, str):
        return _URLS.sub(lambda match: redact_url(match.group()), value)
    if isinstance(value, Mapping):
        return {redact(key): redact(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(redact(item) for item in value)
    return value


def secrets_of(url: str) -> list[str]:
    """Return the secret parts of a URL, as written and decoded, and what a request's header makes of them."""
    _, user, _, parameters, _, _ = _split(url)
    parts = [] if user is None else [user, *user.split(":", 1)[1:], _basic(user)]
    parts += [p.partition("=")[2] for p in parameters if _shown_parameter(p) != p]
    return [part for text in parts if text for part in dict.fromkeys((text, unquote_plus(text)))]


def _basic(user: str) -> str:
    """Return user and password as basic authentication sends them, which hides nothing."""
    whole = user if ":" in user else f"{user}:"
    return base64.b64encode(unquote(whole).encode("utf-8", "surrogatepass")).decode()


def scrub(text: str, secrets: Iterable[str]) -> str:
    """Return a text with ``***`` in place of each secret."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN) if secret else text
    return text


def _split(url: str) -> tuple[str, str | None, str, list[str], bool, str]:
    """Split a URL: scheme with ``://``, user, host and path, parameters, whether ``?`` stands, the rest."""
    scheme, separator, rest = url.partition("://")
    address, hash_sign, fragment = rest.partition("#")
    place, mark, query = address.partition("?")
    authority, slash, path = place.partition("/")
    user, at, host = authority.rpartition("@")
    parameters = query.split("&") if query else []
    shown = f"{host}{slash}{path}"
    return scheme + separator, user if at else None, shown, parameters, bool(mark), hash_sign + fragment


def _shown_parameter(parameter: str) -> str:
    name, equals, value = parameter.partition("=")
    looks_random = (
        len(value) > _LONGEST_PLAIN_VALUE
        and re.search(r"\d", value) is not None
        and re.search(r"[A-Za-z]", value) is not None
        and re.fullmatch(r"[\w.~%+/=-]+", value) is not None
    )
    is_secret = bool(value) and (is_secret_name(unquote_plus(name)) or looks_random)
    return f"{name}{equals}{HIDDEN if is_secret else value}"
