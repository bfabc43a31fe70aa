"""What a server answered, read and checked, so that no vector is taken for that of another text."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evenband.types import Vectors

MOST_QUOTED = 120
"""Characters of an answer that a message quotes."""


class BadAnswerError(Exception):
    """An answer that cannot be used; the message says what came, in a few words."""


@dataclass(frozen=True)
class Answered:
    """What an answer's JSON holds, as it came.

    Attributes:
        places: place of each vector's text in the request; ``None`` where the API answers in order.
        vectors: lists of numbers, or base64 texts.
        model: the model that answered, as the server calls it; ``None`` if it does not say.
        tokens: number of tokens that the server counted; ``None`` if it does not say.
    """

    places: Sequence[Any] | None
    vectors: Sequence[Any]
    model: str | None = None
    tokens: int | None = None


def quote(text: str) -> str:
    """Return the beginning of a text on one line, in quotation marks."""
    line = " ".join(text.split())
    return repr(line if len(line) <= MOST_QUOTED else line[: MOST_QUOTED - 3] + "...")


def parse_json(content: bytes, content_type: str) -> Any:
    """Return the JSON of an answer.

    Raises:
        BadAnswerError: if it is something else, such as a proxy's web page, or ends in the middle.
    """
    text = content.decode("utf-8", "replace").strip()
    if not text:
        raise BadAnswerError("an empty answer")
    try:
        return json.loads(text)
    except RecursionError:
        raise BadAnswerError("JSON that is nested beyond all measure") from None
    except ValueError as error:
        if text.startswith("<"):
            raise BadAnswerError(f"a web page that begins {quote(text)}") from None
        whole = text.endswith(("}", "]"))
        kind = f"no JSON ({error})" if whole else f"JSON that ends after {len(content):,} bytes"
        shown = f" of type {content_type}" if content_type and "json" not in content_type else ""
        raise BadAnswerError(f"{kind}{shown}") from None


def _mapping(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadAnswerError(f"{what} that is {_kind(value)}, expected an object")
    return value


def _listed(answer: dict[str, Any], key: str) -> list[Any]:
    if not isinstance(answer.get(key), list):
        reason = f": {quote(json.dumps(answer))}" if key not in answer else ""
        raise BadAnswerError(f"an answer without a list {key!r}{reason}")
    items: list[Any] = answer[key]
    return items


def _kind(value: Any) -> str:
    return "null" if value is None else f"of type {type(value).__name__}"


def _tokens(answer: dict[str, Any]) -> int | None:
    usage = answer.get("usage")
    counts = [usage.get(key) for key in ("prompt_tokens", "total_tokens")] if isinstance(usage, dict) else []
    return next((count for count in counts if isinstance(count, int)), None)


def _model(answer: dict[str, Any]) -> str | None:
    model = answer.get("model")
    return model if isinstance(model, str) and model else None


def read_data(answer: Any) -> Answered:
    """Read OpenAI's format: ``{"data": [{"index": 0, "embedding": ...}], "model": ...}``, in any order."""
    answer = _mapping(answer, "an answer")
    items = [_mapping(item, "an item of 'data'") for item in _listed(answer, "data")]
    places = [item.get("index") for item in items]
    if len(items) == 1 and places == [None]:
        places = [0]
    return Answered(places, [item.get("embedding") for item in items], _model(answer), _tokens(answer))


def read_nested(key: str, inner: str) -> Callable[[Any], Answered]:
    """Return the reader of ``{key: [{inner: vector}, ...]}``, which is in the order of the request."""

    def read(answer: Any) -> Answered:
        answer = _mapping(answer, "an answer")
        items = [_mapping(item, f"an item of {key!r}") for item in _listed(answer, key)]
        return Answered(None, [item.get(inner) for item in items], _model(answer), _tokens(answer))

    return read


def read_embeddings(answer: Any) -> Answered:
    """Read Cohere's format: ``{"embeddings": {"float": [vector, ...]}}``, in the order of the request."""
    answer = _mapping(answer, "an answer")
    embeddings = _mapping(answer.get("embeddings"), "'embeddings'")
    meta = answer.get("meta")
    units = meta.get("billed_units") if isinstance(meta, dict) else None
    count = units.get("input_tokens") if isinstance(units, dict) else None
    tokens = int(count) if isinstance(count, int | float) and not isinstance(count, bool) else None
    return Answered(None, _listed(embeddings, "float"), _model(answer), tokens)


def vectors_of(reading: Answered, n: int, dim: int | None) -> Vectors:
    """Return the vectors in the order of the request.

    Args:
        reading: of the answer.
        n: number of texts that were sent.
        dim: length that each vector must have; ``None`` for that of the first.

    Shape: (n, d) float32, finite.

    Raises:
        BadAnswerError: if one is missing, there twice, of another length, or not made of finite numbers.
    """
    if len(reading.vectors) != n:
        raise BadAnswerError(f"{len(reading.vectors)} vectors for {n} texts")
    order = _checked_places(reading.places, n)
    rows = [_row(value) for value in reading.vectors]
    expected = dim if dim is not None else len(rows[0])
    vectors = np.empty((n, expected), dtype=np.float32)
    for place, row in zip(order, rows, strict=True):
        if len(row) != expected or not expected:
            raise BadAnswerError(f"a vector of {len(row)} numbers, expected {expected}")
        vectors[place] = row
    if not np.isfinite(vectors).all():
        raise BadAnswerError("a vector with NaN or infinity in it")
    return vectors


def _checked_places(places: Sequence[Any] | None, n: int) -> Sequence[int]:
    if places is None:
        return range(n)
    seen: set[int] = set()
    for place in places:
        if not isinstance(place, int) or isinstance(place, bool):
            raise BadAnswerError(f"a vector whose index is {_kind(place)}, so that its text is not known")
        if not 0 <= place < n:
            raise BadAnswerError(f"a vector of index {place}, expected 0 <= index < {n}")
        if place in seen:
            raise BadAnswerError(f"two vectors of index {place}")
        seen.add(place)
    return places


def _row(value: Any) -> Any:
    """Return the numbers of one vector. Shape: (d,)."""
    if isinstance(value, str):
        try:
            content = base64.b64decode(value, validate=True)
            return np.frombuffer(content, dtype="<f4")
        except (binascii.Error, ValueError):
            raise BadAnswerError("a vector that is no base64 of float32 numbers") from None
    if not isinstance(value, list) or not all(type(number) in (int, float) for number in value):
        raise BadAnswerError(f"a vector that is {_kind(value)}, expected a list of numbers")
    try:
        with np.errstate(over="ignore"):
            return np.array(value, dtype=np.float64).astype(np.float32)
    except OverflowError:
        raise BadAnswerError("a vector with a number beyond float64") from None
