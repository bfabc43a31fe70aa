"""Canaries: pinned texts whose vectors must not drift, for a watch in CI.

Remote models have two canary texts of their own, asked at every load, which protect the cache. These here
are asked for when the user wants, of any model, and compared with a file that the user keeps.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from evenband import encoders
from evenband.encoders.redaction import HIDDEN, redact
from evenband.errors import InputError, ModelError
from evenband.probes.agreement import texts_of_file
from evenband.probes.embedding import embed
from evenband.records.canary_files import Canary, check_suffix, read_canary, write_canary
from evenband.running.canary_texts import CANARY_TEXTS
from evenband.similarity import paired_distance
from evenband.types import Encoder, ModelSpec, Role, Vectors
from evenband.wording import counted

logger = logging.getLogger(__name__)

CANARY_TOLERANCE = 1e-4
"""1 - cosine up to which a vector has not moved: batching and half precision stay below."""

_IDENTITY = ("revision", "dtype", "max_tokens", "pooling", "normalize", "prompts", "options", "similarity")
"""Fields of a spec that are compared for the reader; they alone decide nothing."""


@dataclass(frozen=True)
class Drift:
    """How far the vector of one text is from the pinned one.

    Attributes:
        text: the text.
        role: its role.
        distance: 1 - cosine, in [0, 2]; ``None`` if the text has no vector any more.
        largest: largest difference in a component; ``None`` likewise.
        length: length of the vector over that of the pinned one; ``None`` likewise.
    """

    text: str
    role: Role
    distance: float | None
    largest: float | None
    length: float | None

    def exceeds(self, tolerance: float) -> bool:
        """Return whether the vector has turned by more than the tolerance, or its length changed as much.

        A unit vector that turns by a 1 - cosine of X moves by the square root of 2 X, so a length may change
        by that share.
        """
        if self.distance is None or self.length is None:
            return True
        allowed = 1 + (2 * tolerance) ** 0.5
        return self.distance > tolerance or not 1 / allowed <= self.length <= allowed


@dataclass(frozen=True)
class CanaryCheck:
    """A model of today against a canary.

    Attributes:
        canary: what was saved.
        spec: of the model of today.
        tolerance: largest 1 - cosine of a text that has not moved.
        drifts: of every text, in the canary's order.
    """

    canary: Canary
    spec: ModelSpec
    tolerance: float
    drifts: tuple[Drift, ...]

    @cached_property
    def moved(self) -> tuple[Drift, ...]:
        """Drifts beyond the tolerance, the largest first."""
        beyond = [drift for drift in self.drifts if drift.exceeds(self.tolerance)]
        return tuple(sorted(beyond, key=lambda drift: -(3.0 if drift.distance is None else drift.distance)))

    @property
    def largest_distance(self) -> float | None:
        """Largest 1 - cosine of all texts; ``None`` if none has a vector."""
        return max((drift.distance for drift in self.drifts if drift.distance is not None), default=None)

    @property
    def changes(self) -> dict[str, tuple[Any, Any]]:
        """What the model says of itself that it did not say then, as (then, now) by the field's name."""
        then, now = self.canary.spec.to_dict(), redact(self.spec.to_dict())
        return {name: (then[name], now[name]) for name in _IDENTITY if then[name] != now[name]}


def save_canary(
    model: str | Encoder,
    path: Path,
    texts: str | Sequence[str] | None = None,
    *,
    trust_remote_code: bool = False,
    force: bool = False,
) -> Canary:
    """Embed the texts without the cache, and write them with their vectors.

    Where a role changes the vectors of a model, its texts are pinned as query and document as well.

    Args:
        model: a reference or an encoder.
        path: a ``.json`` or ``.parquet`` file.
        texts: a file or slot reference, or the texts themselves; those that ship with evenband if not given.
        trust_remote_code: run code that came with the model.
        force: replace a file that exists.

    Raises:
        EvenbandError: if the model, the texts or the file cannot be used.
    """
    check_suffix(path)
    if path.exists() and not force:
        raise InputError(
            f"{path} exists, and replacing it would forget what it pins; choose another name, or add --force"
        )
    encoder = _load(model, trust_remote_code)
    chosen = _texts(texts)
    rows = [row for role in Role for row in _pinned(encoder, chosen, role)]
    if not rows:
        raise ModelError(f"model {encoder.spec.ref!r} has no vector for any of the {len(chosen)} texts")
    pinned, roles, vectors = zip(*rows, strict=True)
    if lacking := len(chosen) - len(set(pinned)):
        logger.warning(
            "not pinned: %s has no vector for %d of %s",
            encoder.spec.ref,
            lacking,
            counted(len(chosen), "text"),
        )
    spec = ModelSpec.from_dict(redact(encoder.spec.to_dict()))
    today = datetime.now(UTC).isoformat(timespec="seconds")
    canary = Canary(spec, pinned, roles, np.stack(vectors), today, metadata.version("evenband"))
    write_canary(canary, path)
    return canary


def check_canary(
    path: Path,
    model: str | Encoder | None = None,
    tolerance: float = CANARY_TOLERANCE,
    *,
    trust_remote_code: bool = False,
) -> CanaryCheck:
    """Embed the texts of a canary anew, without the cache, and compare.

    Args:
        path: what :func:`save_canary` wrote.
        model: a reference or an encoder; the one that was saved if not given.
        tolerance: largest 1 - cosine of a text that has not moved.
        trust_remote_code: run code that came with the model.

    Raises:
        EvenbandError: if the file or the model cannot be used, or its vectors have another length.
    """
    if not 0 <= tolerance <= 2:
        raise InputError(f"tolerance: got {tolerance}, expected a 1 - cosine from 0 to 2, such as 1e-4")
    canary = read_canary(path)
    encoder = _load(_ref_of(canary, path) if model is None else model, trust_remote_code)
    if encoder.spec.dim != canary.spec.dim:
        raise ModelError(
            f"model {encoder.spec.ref!r} has vectors of {encoder.spec.dim} numbers, {path} pins "
            f"{canary.spec.dim} of {canary.spec.ref!r}; expected the same model, with the same dim"
        )
    drifts: dict[int, Drift] = {}
    for role in dict.fromkeys(canary.roles):
        rows = [row for row, other in enumerate(canary.roles) if other == role]
        drifts.update(zip(rows, _drifts(encoder, canary, rows, role), strict=True))
    ordered = tuple(drifts[row] for row in range(len(canary.texts)))
    return CanaryCheck(canary, encoder.spec, tolerance, ordered)


def _load(model: str | Encoder, trust_remote_code: bool) -> Encoder:
    if isinstance(model, str):
        return encoders.load(model, trust_remote_code=trust_remote_code, accepts_drift=True)
    return model


def _texts(texts: str | Sequence[str] | None) -> list[str]:
    if texts is None:
        return list(CANARY_TEXTS)
    chosen = texts_of_file(texts).texts if isinstance(texts, str) else texts
    return list(dict.fromkeys(chosen))


def _ref_of(canary: Canary, path: Path) -> str:
    if HIDDEN in canary.spec.ref:
        raise InputError(
            f"{path}: the reference {canary.spec.ref!r} hides a secret, which no file holds; name the model: "
            f"evenband canary check {path} MODEL"
        )
    return canary.spec.ref


def _pinned(encoder: Encoder, texts: Sequence[str], role: Role) -> Iterable[tuple[str, Role, Vectors]]:
    """Return those texts that have a vector in a role, none if the role makes no difference to any."""
    embedded = embed(encoder, texts, role)
    if role != Role.NONE:
        plain = embed(encoder, texts)
        is_same = np.array_equal(plain.present, embedded.present)
        if is_same and _is_near(plain.vectors[plain.present], embedded.vectors[plain.present]):
            return []
    rows = np.flatnonzero(embedded.present).tolist()
    return [(texts[row], role, embedded.vectors[row]) for row in rows]


def _is_near(left: Vectors, right: Vectors) -> bool:
    """Return whether two sets of vectors are equal but for noise. Shape: (n, d) each."""
    return not len(left) or bool(paired_distance(left, right).max() <= CANARY_TOLERANCE)


def _drifts(encoder: Encoder, canary: Canary, rows: Sequence[int], role: Role) -> Iterable[Drift]:
    """Return how far each of the texts of a role has moved."""
    texts = [canary.texts[row] for row in rows]
    embedded = embed(encoder, texts, role)
    for row, text, vector, has_vector in zip(rows, texts, embedded.vectors, embedded.present, strict=True):
        if not has_vector:
            yield Drift(text, role, None, None, None)
            continue
        now, then = vector.astype(np.float64), canary.vectors[row].astype(np.float64)
        yield Drift(
            text,
            role,
            distance=float(paired_distance(then[None], now[None])[0]),
            largest=float(np.abs(now - then).max()),
            length=float(np.linalg.norm(now) / np.linalg.norm(then)),
        )
