"""Sample texts and their vectors by themselves, with which every engine is compared before it is used."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evenband.encoders.local.description import max_tokens
from evenband.encoders.local.engines.features import preprocess
from evenband.encoders.local.engines.module_state import ModuleState
from evenband.encoders.local.engines.single import SingleEngine
from evenband.types import Role, Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

CHECK_TEXTS = (
    "a",
    "let's eat, grandma",
    "let's eat grandma",
    "let's eat, grandma and grandpa",
    "let's eat, grandpa",
    "let's eat",
    "The prime minister, who had listened, said that nothing would change before 1,000 letters had come.",
)
"""Texts of different lengths, two of the same length and a short one first."""

FLOAT32_TOLERANCE = 1e-5
SHORT_FORMAT_TOLERANCE = 2e-2
"""Largest difference of an engine in a component of the unit vectors, in float32 and in shorter formats."""

BATCH_TOLERANCE = 1e-4
"""Largest such difference, in float32, that rounding explains between a text alone and in a padded batch."""

LONG_CHECK_WORK = 5e10
"""Most parameters times tokens that the long samples of one prompt may take: seconds on a CPU."""

_SENTENCE = "the king and the queen had listened and said that nothing would change "
_AROUND_LIMIT = (0.5, 0.9, 1.0, 1.1, 1.5)
"""Lengths of the long samples, as multiples of the length from which texts depend on one another."""


@dataclass(frozen=True)
class Sample:
    """Texts with one prompt, and the library's vector of each by itself.

    Attributes:
        prompt: put before each text.
        task: sentence-transformers' name of the role.
        texts: the short ones first, then any long ones; only those that the library can encode.
        short: number of short ones.
        vectors: unit vectors of the texts. Shape: (n, d).
    """

    prompt: str
    task: str | None
    texts: tuple[str, ...]
    short: int
    vectors: Vectors


def take_samples(
    model: SentenceTransformer, prompts: Mapping[str, str], dim: int, limit: int | None
) -> tuple[list[Sample], ModuleState]:
    """Encode the samples of every prompt one by one; return them with the state of the modules before.

    Args:
        model: loaded.
        prompts: prompt of each role.
        dim: vectors are truncated to this length.
        limit: number of tokens around which to take long samples too; ``None`` for short ones alone.

    Raises:
        Exception: what the library raises, if it cannot encode even one of them.
    """
    kinds = dict.fromkeys((prompt, task_for(model, role)) for role, prompt in prompts.items())
    with contextlib.suppress(Exception):  # a table that is built once, and an earlier long text, are no state
        prompt, task = next(iter(kinds))
        SingleEngine(model, dim).encode(CHECK_TEXTS[:1], prompt, task)
    state = ModuleState(model)
    single = SingleEngine(model, dim, state)
    samples, failures = [], []
    for prompt, task in kinds:
        rows: list[tuple[str, Vectors]] = []
        long = [] if limit is None else list(_long_texts(model, limit, prompt, task))
        for text in (*CHECK_TEXTS, *long):
            try:
                vector = single.encode([text], prompt, task)
            except Exception as error:  # a model may have no vector for a text without known words
                failures.append(error)
                continue
            if np.isfinite(vector).all():
                rows.append((text, vector))
        texts = tuple(text for text, _ in rows)
        vectors = np.concatenate([vector for _, vector in rows]) if rows else np.zeros((0, dim), np.float32)
        short = sum(text in CHECK_TEXTS for text in texts)
        samples.append(Sample(prompt, task, texts, short, normalised(vectors)))
    if failures and not any(sample.texts for sample in samples):
        raise failures[0]
    return samples, state


def _long_texts(model: SentenceTransformer, limit: int, prompt: str, task: str | None) -> Iterator[str]:
    """Yield texts of about so many tokens as the limit and the longest possible input, within the budget."""
    parameters = sum(parameter.numel() for parameter in model.parameters())
    budget = LONG_CHECK_WORK / max(parameters, 1)
    words = _SENTENCE.split() * 8
    per_word = preprocess(model, [" ".join(words)], prompt, task)["input_ids"].shape[-1] / len(words)
    longest = max_tokens(model)
    lengths = [int(part * limit) for part in _AROUND_LIMIT]
    if longest is not None:
        lengths = [length for length in lengths if length < longest] + [longest + 8]
    for length in lengths:
        budget -= length
        if length > 0 and budget >= 0:
            count = max(1, round(length / per_word))
            yield " ".join((words * (count // len(words) + 1))[:count])


def task_for(model: SentenceTransformer, role: Role | str) -> str | None:
    """Return the name of the role by which the model chooses a route; ``None`` if it has one for all."""
    return task_of(role) if "task" in model.get_model_kwargs() else None


def task_of(role: Role | str) -> str | None:
    """Return sentence-transformers' name of the role, by which models with several routes choose one."""
    return None if role == Role.NONE else str(role)


def normalised(vectors: Vectors) -> Vectors:
    """Scale each vector to length 1. Shape: (n, d) -> (n, d)."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Vectors = vectors / np.maximum(norms, np.finfo(np.float32).tiny)
    return unit


def tolerance_of(model: SentenceTransformer, float32: float = FLOAT32_TOLERANCE) -> float:
    """Return the largest difference that the model's number format allows."""
    return float32 if str(model.dtype) == "torch.float32" else SHORT_FORMAT_TOLERANCE


def largest_gap(vectors: Vectors, expected: Vectors) -> float:
    """Return the largest difference in a component of the unit vectors; infinity where one is not finite.

    Shape: (n, d), unit vectors (n, d) -> ().
    """
    if not len(expected):
        return 0.0
    gap = float(np.abs(normalised(vectors) - expected).max())
    return gap if np.isfinite(gap) else float("inf")


def sizes_of(texts: Sequence[str], prompt: str = "") -> list[int]:
    """Return the size of each input in bytes, which no tokenizer makes more tokens of."""
    return [len((prompt + text).encode("utf-8", "surrogatepass")) for text in texts]
