"""One HTTP request and what became of it; the only module that knows httpx.

Proxies and certificates are httpx's own: ``HTTPS_PROXY``, ``NO_PROXY``, ``SSL_CERT_FILE``. Redirects are
not followed, so that a key reaches no other host than the one that was asked for.
"""

from __future__ import annotations

import json
import logging
import os
import time
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from evenband.encoders.redaction import redact_url, scrub, secrets_of
from evenband.encoders.remote.answers import BadAnswerError, parse_json, quote
from evenband.encoders.remote.apis import EXTRA, Adapter
from evenband.encoders.remote.faults import (
    BlockedError,
    MissingKeyError,
    PassingError,
    RefusedError,
    RejectedTextsError,
    UnreachableError,
)
from evenband.errors import MissingExtraError, ModelError

if TYPE_CHECKING:
    import httpx

TRANSIENT_STATUSES = frozenset({408, 409, 425, 429, *range(500, 600)} - {501, 505})
"""Statuses after which the same request may succeed: of 5xx all but those that say what a server cannot."""

REJECTED = frozenset({400, 413, 422})
"""Statuses of a request that is too large, or has a text in it that the server does not take."""

CONNECT_SECONDS = 10.0
"""Time in which a connection must be made."""


@dataclass(frozen=True)
class Key:
    """A key, which no representation shows.

    Attributes:
        value: the key itself; empty for none.
        variable: the environment variable that it came from.
    """

    value: str = field(default="", repr=False)
    variable: str = ""


def find_key(adapter: Adapter, ref: str, variable: str | None = None) -> Key:
    """Return the key of an API from the environment.

    Args:
        adapter: of the API.
        ref: reference of the model, for messages.
        variable: that the user named in place of the API's own.

    Raises:
        MissingKeyError: if there should be one and is none.
    """
    names = (variable,) if variable else adapter.key_names
    for name in names:
        value = os.environ.get(name, "").strip()
        if value:
            if not (value.isascii() and value.isprintable()):
                raise ModelError(
                    f"model {ref!r}: the key in {name} has a character that no HTTP header can carry; "
                    "copy it again"
                )
            return Key(value, name)
    if names:
        raise MissingKeyError(
            f"model {ref!r} needs a key: set the environment variable {' or '.join(names)}, "
            "as in export NAME=...; it is read from nowhere else"
        )
    return Key()


class Connection:
    """An HTTP client for one server. Nothing is sent while ``blocked`` holds a reason not to."""

    def __init__(
        self, url: str, adapter: Adapter, key: Key, *, seconds: float = 120.0, connections: int = 4
    ) -> None:
        """Prepare a client; nothing is sent.

        Args:
            url: of the embedding endpoint; a user and a password in it are sent as basic authentication.
            adapter: says how the key is sent.
            key: of the API; empty for none.
            seconds: within which an answer must be complete, however slowly it drips.
            connections: largest number of requests at a time.

        Raises:
            MissingExtraError: if httpx is not installed.
            ModelError: if the URL, a proxy or a certificate in the environment cannot be used.
        """
        try:
            import httpx
        except ImportError:
            raise MissingExtraError("Models behind a server", EXTRA) from None
        self.url = url
        self.variable = key.variable
        self.blocked = ""
        self._seconds = seconds
        self._secrets = [*secrets_of(url), *([key.value] if key.value else [])]
        headers = {adapter.key_header: adapter.key_prefix + key.value} if key.value else {}
        try:
            self._client = httpx.Client(
                headers={"Accept": "application/json", **headers},
                timeout=httpx.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS)),
                limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
                follow_redirects=False,
            )
            httpx.URL(url)
        except (httpx.InvalidURL, ValueError, OSError, ImportError) as error:
            raise ModelError(
                f"the server {redact_url(url)} cannot be asked: {self.clean(str(error))}"
            ) from None
        weakref.finalize(self, self._client.close)
        _keep_out_of_logs(self._secrets)

    def clean(self, text: str) -> str:
        """Return a text without the secrets of this connection."""
        return scrub(text, self._secrets)

    def post(self, body: Mapping[str, Any]) -> Any:
        """Send a request to the embedding endpoint and return the JSON of the answer.

        Raises:
            PassingError: if the same request may succeed later.
            RejectedTextsError: if the server does not take these texts, or so many.
            RefusedError: if it takes no request of ours.
        """
        content = json.dumps(body).encode()  # ASCII: half a surrogate pair gets through to the server
        return self._send("POST", self.url, content=content, headers={"Content-Type": "application/json"})

    def get(self, url: str) -> Any:
        """Return the JSON of another address of the server. Raises as :meth:`post`."""
        return self._send("GET", url)

    def _send(self, method: str, url: str, **content: Any) -> Any:
        import httpx

        if self.blocked:
            raise BlockedError(self.blocked)
        try:
            status, headers, body = self._exchange(method, url, content)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise UnreachableError(f"no connection ({self._reason(error)})") from None
        except httpx.TimeoutException:
            raise PassingError(f"no complete answer within {self._seconds:g} s") from None
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise RefusedError(f"an address that cannot be asked ({self._reason(error)})") from None
        except httpx.RequestError as error:
            raise PassingError(f"a broken connection ({self._reason(error)})") from None
        if status == httpx.codes.OK:
            try:
                return parse_json(body, headers.get("content-type", ""))
            except BadAnswerError as error:
                raise PassingError(self.clean(str(error))) from None
        raise self._fault(status, headers, body)

    def _exchange(
        self, method: str, url: str, content: Mapping[str, Any]
    ) -> tuple[int, httpx.Headers, bytes]:
        """Send and read within the time; httpx's own limit begins anew with every byte."""
        import httpx

        end = time.monotonic() + self._seconds
        with self._client.stream(method, url, **content) as response:
            parts = []
            for part in response.iter_bytes():
                parts.append(part)
                if time.monotonic() > end:
                    raise httpx.ReadTimeout("too slow")
            return response.status_code, response.headers, b"".join(parts)

    def _reason(self, error: Exception) -> str:
        return self.clean(quote(str(error) or type(error).__name__)).strip("'\"")

    def _fault(self, status: int, headers: httpx.Headers, body: bytes) -> Exception:
        """Return the error of an answer with another status than 200."""
        text = self.clean(body.decode("utf-8", "replace"))
        said = f"HTTP {status}" + (f" {quote(text)}" if text.strip() else "")
        if status in REJECTED:
            return RejectedTextsError(said, is_too_large=status == 413)
        if status in TRANSIENT_STATUSES and "insufficient_quota" not in text:
            return PassingError(said, wait_of(headers), is_limit=status == 429)
        if status in (401, 403):
            whose = f"the key in {self.variable}" if self.variable else "a request without a key"
            return RefusedError(f"{said}: it does not accept {whose}")
        if 300 <= status < 400:
            target = redact_url(headers.get("location", "another address"))
            return RefusedError(f"{said}: it sends on to {self.clean(target)}, which is not followed")
        return RefusedError(said)


def wait_of(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a server asks to wait: ``Retry-After``, in seconds or as a date; else ``None``.

    OpenAI's ``retry-after-ms`` counts before it.
    """
    for name, unit in (("retry-after-ms", 1e-3), ("retry-after", 1.0)):
        value = headers.get(name, "").strip()
        if value.replace(".", "", 1).isdecimal() and value.isascii():
            return float(value) * unit
    try:
        date = parsedate_to_datetime(headers.get("retry-after", ""))
    except (ValueError, TypeError):
        return None
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0.0, (date - datetime.now(UTC)).total_seconds())


def _keep_out_of_logs(secrets: list[str]) -> None:
    """Scrub what httpx logs: at level INFO it names every address."""
    if not secrets:
        return

    def scrubbed(record: logging.LogRecord) -> bool:
        record.msg, record.args = scrub(record.getMessage(), secrets), ()
        return True

    logging.getLogger("httpx").addFilter(scrubbed)
