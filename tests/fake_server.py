"""An embedding server for tests, on this machine: every API's format over a toy encoder, and every fault.

``FakeServer(fault)`` asks ``fault(number)`` what to do wrong with request ``number`` (from 0): ``None`` for
nothing, or a name from :data:`FAULTS`.
"""

from __future__ import annotations

import base64
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from evenband import encoders
from evenband.encoders.remote import apis, factories, request_pool

QUICK = request_pool.Policy(base=0.002, longest=0.02, patience=20.0)
"""Policy of the tests: as many tries, no waiting."""

Fault = Callable[[int], str | None]


def healthy(number: int) -> str | None:
    """No request fails."""
    return None


class FakeServer:
    """A server on a free port of this machine.

    Attributes:
        embedded: every list of texts that was answered with vectors, in the order of the requests.
        bodies: every request's JSON.
        headers: every request's headers.
        requests: number of requests to an embedding endpoint.
    """

    def __init__(self, fault: Fault = healthy, **settings: Any) -> None:
        self.fault = fault
        self.models: list[str] | None = settings.pop("models", ["toy"])
        self.key: str | None = settings.pop("key", None)
        self.most_texts: int = settings.pop("most_texts", 10**6)
        self.most_characters: int | None = settings.pop("most_characters", None)
        self.refused: str | None = settings.pop("refused", None)
        self.has_base64: bool = settings.pop("has_base64", True)
        self.numbers: str = settings.pop("numbers", "<f")
        self.info: dict[str, Any] | None = settings.pop("info", None)
        self.delay: float = settings.pop("delay", 0.0)
        self.seed: str = settings.pop("seed", "")
        assert not settings
        self.toy = encoders.load(f"toy:chars?seed={self.seed}" if self.seed else "toy:chars")
        self.embedded: list[list[str]] = []
        self.bodies: list[Any] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.requests = 0
        self.running = 0
        self.most_running = 0
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def texts(self) -> list[str]:
        """Every text that was embedded, as often as it was."""
        return [text for texts in self.embedded for text in texts]

    @contextmanager
    def running_server(self) -> Iterator[FakeServer]:
        owner = self

        class Handler(_Handler):
            fake = owner

        httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        httpd.daemon_threads = True
        self.port = httpd.server_address[1]
        thread = threading.Thread(target=httpd.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            httpd.shutdown()
            httpd.server_close()
            thread.join()

    def vectors(self, texts: list[str], dim: int | None) -> list[list[float]]:
        shown = [text[: self.most_characters] for text in texts]
        return [[float(x) for x in row[:dim]] for row in self.toy.encode(shown)]


class _Handler(BaseHTTPRequestHandler):
    fake: FakeServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments: Any) -> None:
        """Print nothing."""

    def do_GET(self) -> None:
        fake = self.fake
        path = self.path.split("?")[0]
        if path.endswith("/models") and fake.models is not None:
            self.reply(200, {"data": [{"id": name, "max_model_len": 512} for name in fake.models]})
        elif path == "/info" and fake.info is not None:
            self.reply(200, fake.info)
        else:
            self.reply(404, {"error": "not found"})

    def do_POST(self) -> None:
        fake = self.fake
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with fake.lock:
            number = fake.requests
            fake.requests += 1
            fake.bodies.append(body)
            fake.headers.append(dict(self.headers))
            fake.paths.append(self.path)
            fake.running += 1
            fake.most_running = max(fake.most_running, fake.running)
        try:
            time.sleep(fake.delay)
            if fake.key is not None and fake.key not in str(self.headers):
                self.reply(401, {"error": f"wrong key: {self.headers.get('Authorization')}"})
                return
            texts = _texts_of(body)
            if len(texts) > fake.most_texts:
                self.reply(413, {"error": f"batch size {len(texts)} > {fake.most_texts}"})
            elif fake.refused is not None and any(fake.refused in text for text in texts):
                self.reply(400, {"error": "a text is too long"})
            elif body.get("encoding_format") == "base64" and not fake.has_base64:
                self.reply(422, {"error": "no base64"})
            else:
                self.answer(body, texts, fake.fault(number))
        except (BrokenPipeError, ConnectionResetError):
            pass
        finally:
            with fake.lock:
                fake.running -= 1

    def answer(self, body: Any, texts: list[str], fault: str | None) -> None:
        dim = body.get("dimensions") or body.get("output_dimension")
        if "requests" in body:
            dim = body["requests"][0].get("outputDimensionality")
        answer = _worded(self.path, body, self.fake.vectors(texts, dim), self.fake.numbers)
        if fault is None:
            with self.fake.lock:
                self.fake.embedded.append(texts)
            self.reply(200, answer)
        else:
            FAULTS[fault](self, answer)

    def reply(self, status: int, value: Any, **headers: str) -> None:
        self.send(status, json.dumps(value).encode(), **{"Content-Type": "application/json", **headers})

    def send(self, status: int, content: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _texts_of(body: Any) -> list[str]:
    if "requests" in body:
        return ["".join(part["text"] for part in one["content"]["parts"]) for one in body["requests"]]
    return list(body.get("input") or body.get("texts"))


def _worded(path: str, body: Any, vectors: list[list[float]], numbers: str) -> Any:
    """The answer in the format of the API whose path it is."""
    wants = "base64" in (body.get("encoding_format"), body.get("embedding_type"))
    coded: list[Any] = [
        base64.b64encode(struct.pack(f"{numbers[0]}{len(v)}{numbers[1]}", *v)).decode() if wants else v
        for v in vectors
    ]
    if path.endswith(":batchEmbedContents"):
        return {"embeddings": [{"values": vector} for vector in coded]}
    if path.startswith("/v2/embed"):
        return {"embeddings": {"float": coded}, "meta": {"billed_units": {"input_tokens": 7}}}
    if path.endswith("/models/embed"):
        return {"results": [{"embedding": vector} for vector in coded], "usage": {"total_tokens": 7}}
    items = [{"index": row, "embedding": vector} for row, vector in enumerate(coded)]
    return {"data": items, "model": body.get("model"), "usage": {"prompt_tokens": 7}}


def _with_data(change: Callable[[list[Any]], Any]) -> Callable[[_Handler, Any], None]:
    """A fault in the list of vectors of OpenAI's format."""

    def fault(handler: _Handler, answer: Any) -> None:
        data = change([dict(item) for item in answer["data"]])
        handler.reply(200, {**answer, "data": data})

    return fault


def _item(row: int, **fields: Any) -> Callable[[list[Any]], list[Any]]:
    return lambda data: [{**item, **fields} if place == row else item for place, item in enumerate(data)]


def _status(status: int, **headers: str) -> Callable[[_Handler, Any], None]:
    return lambda handler, answer: handler.reply(status, {"error": f"status {status}"}, **headers)


def _drip(handler: _Handler, answer: Any) -> None:
    content = json.dumps(answer).encode()
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    for start in range(len(content)):
        handler.wfile.write(content[start : start + 1])
        handler.wfile.flush()
        time.sleep(0.05)


def _closed(handler: _Handler, answer: Any) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def _half(handler: _Handler, answer: Any) -> None:
    content = json.dumps(answer).encode()
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content[: len(content) // 2])
    handler.wfile.flush()
    _closed(handler, answer)


PAGE = b"<!DOCTYPE html><html><body>502 Bad Gateway: the proxy is sorry</body></html>"

FAULTS: dict[str, Callable[[_Handler, Any], None]] = {
    "429": _status(429),
    "429 in a second": _status(429, Retry_After="1"),
    "429 with a date": lambda handler, answer: handler.reply(
        429, {"error": "later"}, Retry_After=formatdate(time.time() + 1, usegmt=True)
    ),
    "429 tomorrow": _status(429, Retry_After="86400"),
    "500": _status(500),
    "503": _status(503),
    "408": _status(408),
    "409": _status(409),
    "closed": _closed,
    "half sent": _half,
    "drip": _drip,
    "page": lambda handler, answer: handler.send(200, PAGE, Content_Type="text/html"),
    "page 502": lambda handler, answer: handler.send(502, PAGE, Content_Type="text/html"),
    "truncated": lambda handler, answer: handler.send(200, json.dumps(answer).encode()[:-9]),
    "empty": lambda handler, answer: handler.send(200, b""),
    "nested json": lambda handler, answer: handler.send(200, b"[" * 200_000),
    "other json": lambda handler, answer: handler.reply(200, [1, 2]),
    "error in 200": lambda handler, answer: handler.reply(200, {"error": {"message": "overloaded"}}),
    "too few": _with_data(lambda data: data[:-1]),
    "too many": _with_data(lambda data: [*data, {**data[0], "index": len(data)}]),
    "duplicate": _with_data(_item(0, index=1)),
    "negative": _with_data(_item(0, index=-1)),
    "out of range": _with_data(_item(0, index=10**6)),
    "no index": _with_data(_item(0, index=None)),
    "index is text": _with_data(_item(0, index="0")),
    "index is true": _with_data(_item(1, index=True)),
    "short": _with_data(_item(0, embedding=[0.5] * 63)),
    "all short": _with_data(lambda data: [{**item, "embedding": [0.5] * 63} for item in data]),
    "nan": _with_data(_item(0, embedding=[float("nan")] * 64)),
    "huge": _with_data(_item(0, embedding=[1e300] * 64)),
    "null": _with_data(_item(0, embedding=None)),
    "words": _with_data(_item(0, embedding=["1"] * 64)),
    "nested": _with_data(_item(0, embedding=[[0.5] * 64])),
    "bad base64": _with_data(_item(0, embedding="%%%%")),
    "short base64": _with_data(_item(0, embedding="AAAAAAA=")),
    "no vector": _with_data(lambda data: [{"index": item["index"]} for item in data]),
    "other model": lambda handler, answer: handler.reply(200, {**answer, "model": "another"}),
}
"""What a server can do wrong, by name: the same request, asked again, may be answered."""

REORDERED = _with_data(lambda data: data[::-1])
FAULTS["reordered"] = REORDERED


@contextmanager
def serve(fault: Fault = healthy, **settings: Any) -> Iterator[FakeServer]:
    """A running server."""
    with FakeServer(fault, **settings).running_server() as server:
        yield server


def be_quick(monkeypatch: pytest.MonkeyPatch, policy: request_pool.Policy = QUICK) -> None:
    """Let no encoder wait between its tries."""
    monkeypatch.setattr(factories, "POLICY", policy)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


def stand_in(monkeypatch: pytest.MonkeyPatch, server: FakeServer, key: str = "test-key-0123456789") -> None:
    """Send every API's requests to a server of ours, with a key in the environment."""
    for name, adapter in list(apis.APIS.items()):
        path = adapter.url.partition("//")[2].partition("/")[2]
        there = replace(adapter, url=f"{server.url}/{path}")
        monkeypatch.setitem(apis.APIS, name, there)
        monkeypatch.setenv(adapter.key_names[0], key)
