"""How many texts are longer than a model's limit, so that it does not read them to the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from evenband.encoders import PairReading, Reading
from evenband.types import Encoder, ModelSpec, Readings, Reranker, Role
from evenband.types.picture_texts import is_picture

TEXTS_PER_READING = 512
"""Texts that are tokenised at a time."""

ADDED_TOKENS = 8
"""Tokens that a model may add to a text: marks of its start and end."""

T = TypeVar("T")


def count_cut(encoder: Encoder, texts: Iterable[str], role: Role) -> int:
    """Count the texts that are longer than an encoder's limit; 0 where it has none or does not tell.

    Only those are tokenised that have more bytes than the limit has tokens, some at a time.

    Raises:
        ModelError: if the model cannot be asked.
    """
    limit = encoder.spec.max_tokens
    if limit is None or not isinstance(encoder, Reading):
        return 0
    reader, room = encoder, limit - len(encoder.spec.prompts.get(role.value, "").encode()) - ADDED_TOKENS
    long = (text for text in texts if not is_picture(text) and _bytes(text) > room)
    return _count(long, lambda part: reader.read(part, role))


def count_cut_pairs(reranker: Reranker, pairs: Iterable[tuple[str, str]]) -> int:
    """Count the pairs of a query and a document that are longer than a reranker's limit.

    Raises:
        ModelError: if the model cannot be asked.
    """
    limit = reranker.spec.max_tokens
    if limit is None or not isinstance(reranker, PairReading):
        return 0
    prompts = sum(len(prompt.encode()) for prompt in reranker.spec.prompts.values())
    room = limit - prompts - ADDED_TOKENS
    long = (pair for pair in pairs if not any(map(is_picture, pair)) and sum(map(_bytes, pair)) > room)
    return _count(long, reranker.read_pairs)


def cut_remarks(count: int, total: int, what: str, spec: ModelSpec) -> list[str]:
    """Return the sentence that says how many texts are cut; none where none is."""
    if not count:
        return []
    limit = "limit" if spec.max_tokens is None else f"{spec.max_tokens:,} tokens"
    return [
        f"cut: {count:,} of {total:,} {what} {'is' if count == 1 else 'are'} longer than the {limit} of "
        f"{spec.name}; it does not read what follows"
    ]


def _count(texts: Iterable[T], read: Callable[[Sequence[T]], Readings | None]) -> int:
    count = 0
    for part in _parts(texts):
        readings = read(part)
        if readings is None:
            return count
        count += int(readings.is_cut.sum())
    return count


def _parts(texts: Iterable[T]) -> Iterator[list[T]]:
    remaining = iter(texts)
    while part := list(islice(remaining, TEXTS_PER_READING)):
        yield part


def _bytes(text: str) -> int:
    """Return the bytes of a text, of which each token has one at least."""
    return len(text.encode("utf-8", "surrogatepass"))
