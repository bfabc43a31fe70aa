"""A small server of object storage in S3's manner, in memory, for tests of stores at an address.

It has what Lance asks for: put (also only if there is none), get with ranges, head, copy, delete, lists and
uploads in parts. Signatures are not checked.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

TIME = "2026-01-01T00:00:00.000Z"
COPIED = f"<CopyObjectResult><ETag>x</ETag><LastModified>{TIME}</LastModified></CopyObjectResult>".encode()


class Objects:
    """What a server holds, and a lock around it."""

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}
        self.parts: dict[str, dict[int, bytes]] = {}
        self.lock = threading.Lock()
        self.refuses = False


class Handler(BaseHTTPRequestHandler):
    """Answers requests of ``/bucket/key``."""

    protocol_version = "HTTP/1.1"
    objects: Objects

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _asked(self) -> tuple[str, dict[str, str], bytes]:
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        if self.headers.get("Transfer-Encoding") == "chunked":
            raise NotImplementedError
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        return unquote(url.path).lstrip("/"), query, body

    def _serve(self) -> None:
        key, query, body = self._asked()
        if self.objects.refuses:
            said = self.headers.get("Authorization", "")
            self._answer(
                403, f"<Error><Code>InvalidAccessKeyId</Code><Was>{escape(said)}</Was></Error>".encode()
            )
            return
        with self.objects.lock:
            getattr(self, f"_{self.command.lower()}")(key, query, body)

    do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = _serve  # noqa: N815

    def _get(self, key: str, query: dict[str, str], _: bytes) -> None:
        if "list-type" in query:
            self._answer(200, self._listed(key.strip("/"), query), Content_Type="application/xml")
            return
        content = self.objects.content.get(key)
        if content is None:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
            return
        tag = hashlib.md5(content, usedforsecurity=False).hexdigest()
        common = {"ETag": f'"{tag}"', "Last_Modified": "Thu, 01 Jan 2026 00:00:00 GMT"}
        match = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
        if match is None:
            self._answer(200, content, **common, Content_Length=str(len(content)))
            return
        first, last = match.groups()
        start = int(first) if first else max(0, len(content) - int(last))
        stop = min(int(last) + 1, len(content)) if first and last else len(content)
        part = content[start:stop]
        self._answer(206, part, **common, Content_Range=f"bytes {start}-{stop - 1}/{len(content)}")

    _head = _get

    def _put(self, key: str, query: dict[str, str], body: bytes) -> None:
        content = self.objects.content
        if "uploadId" in query:
            self.objects.parts[query["uploadId"]][int(query["partNumber"])] = body
            self._answer(200, ETag='"part"')
            return
        if self.headers.get("If-None-Match") == "*" and key in content:
            self._answer(412, b"<Error><Code>PreconditionFailed</Code></Error>")
            return
        source = self.headers.get("x-amz-copy-source")
        content[key] = body if source is None else content[unquote(source).lstrip("/")]
        answer = b"" if source is None else COPIED
        self._answer(200, answer, ETag=f'"{hashlib.md5(content[key], usedforsecurity=False).hexdigest()}"')

    def _post(self, key: str, query: dict[str, str], body: bytes) -> None:
        if "delete" in query:
            bucket = key.strip("/")
            for name in re.findall("<Key>(.*?)</Key>", body.decode()):
                self.objects.content.pop(f"{bucket}/{name}", None)
            self._answer(200, b"<DeleteResult></DeleteResult>")
        elif "uploads" in query:
            name = f"upload{len(self.objects.parts)}"
            self.objects.parts[name] = {}
            answer = (
                f"<InitiateMultipartUploadResult><UploadId>{name}</UploadId></InitiateMultipartUploadResult>"
            )
            self._answer(200, answer.encode())
        else:
            parts = self.objects.parts.pop(query["uploadId"])
            self.objects.content[key] = b"".join(parts[number] for number in sorted(parts))
            answer = "<CompleteMultipartUploadResult><ETag>x</ETag></CompleteMultipartUploadResult>"
            self._answer(200, answer.encode())

    def _delete(self, key: str, query: dict[str, str], _: bytes) -> None:
        self.objects.content.pop(key, None)
        self._answer(204)

    def _listed(self, bucket: str, query: dict[str, str]) -> bytes:
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        after = query.get("start-after", "")
        rows, folders = [], set()
        for name in sorted(self.objects.content):
            key = name.removeprefix(f"{bucket}/")
            if key == name or not key.startswith(prefix) or key <= after:
                continue
            rest = key[len(prefix) :]
            if delimiter and delimiter in rest:
                folders.add(prefix + rest.partition(delimiter)[0] + delimiter)
                continue
            size = len(self.objects.content[name])
            rows.append(
                f"<Contents><Key>{escape(key)}</Key><LastModified>{TIME}</LastModified><ETag>x</ETag><Size>{size}</Size></Contents>"
            )
        rows += [
            f"<CommonPrefixes><Prefix>{escape(one)}</Prefix></CommonPrefixes>" for one in sorted(folders)
        ]
        head = f"<Name>{bucket}</Name><Prefix>{escape(prefix)}</Prefix><IsTruncated>false</IsTruncated>"
        return f"<ListBucketResult>{head}{''.join(rows)}</ListBucketResult>".encode()


@contextmanager
def served() -> Iterator[tuple[str, Objects]]:
    """Serve an empty storage on this machine; its address and what it holds."""
    objects = Objects()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"objects": objects}))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", objects
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
