"""What is known of remote models from earlier times, kept beside the cache of their vectors.

It tells whether a model still is the one whose vectors are cached, and what it was if it cannot be asked.
No key is ever part of it.
"""

from __future__ import annotations

import contextlib
import json
import logging
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from evenband.digests import digest_of
from evenband.encoders.remote.endpoints import About
from evenband.errors import ModelError
from evenband.storage import cache_folder, replace_file

logger = logging.getLogger(__name__)

DRIFTED = 1e-3
"""1 - cosine from which a canary is taken for another model's; bfloat16 and batching stay below 1e-4."""


@dataclass(frozen=True)
class Record:
    """What one model was when it was first asked.

    Attributes:
        about: what the server said of it.
        dim: length of its vectors.
        base64: whether it gives them as base64.
        answers_as: the model that answered, as the server calls it.
        canaries: vectors of texts that never change.
        seen: date of these, in ISO 8601.
        cuts: characters of the shortest text that it was seen to cut without a word; ``None`` for none.
    """

    about: About
    dim: int
    base64: bool
    answers_as: str | None
    canaries: list[list[float]]
    seen: str
    cuts: int | None = None

    @property
    def name(self) -> str:
        """What tells the models of one address apart: name, revision and length of vectors."""
        return f"{self.about.model} {self.about.revision} {self.dim}"


def largest_distance(left: ArrayLike, right: ArrayLike) -> float:
    """Return the largest 1 - cosine between rows. Shape: (n, d) each.

    A row of zeros is at 1 from any other.
    """
    rows, others = np.asarray(left, np.float64), np.asarray(right, np.float64)
    lengths = np.linalg.norm(rows, axis=1) * np.linalg.norm(others, axis=1)
    return float(np.max(1 - (rows * others).sum(axis=1) / np.where(lengths > 0, lengths, 1)))


class KnownModels:
    """The records of one address."""

    def __init__(self, decides: Any) -> None:
        """Read the records, if there are any.

        Args:
            decides: plain data, without secrets, that identifies the address and what is asked for there.
        """
        self._path: Path = cache_folder() / "remote" / f"{digest_of(decides)}.json"
        self._records: dict[str, Record] = {}
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
            for name, data in json.loads(self._path.read_text(encoding="utf-8")).items():
                self._records[name] = Record(**{**data, "about": About(**data["about"])})

    @property
    def last(self) -> Record | None:
        """The model that was there the last time."""
        return next(reversed(self._records.values()), None)

    def keep(self, record: Record, ref: str, mark: str) -> None:
        """Keep a record; the first of a model stays, so that slow changes add up to a large one.

        Args:
            record: of today.
            ref: reference of the model, for messages.
            mark: what stands before the options of such a reference.

        Raises:
            ModelError: if its canaries have moved since the first time.
        """
        first = self._records.pop(record.name, None)
        if first is None and record.about.revision is None:
            logger.warning(
                "%s says nothing of its weights, which may change under the same name; two texts are asked "
                "for each time, and the model is refused if their vectors have moved",
                record.about.model or ref,
            )
        elif first is not None and (moved := largest_distance(first.canaries, record.canaries)) > DRIFTED:
            raise ModelError(
                f"model {ref!r} is not what it was on {first.seen}: it answers the same text with a vector "
                f"at 1 - cosine = {moved:.2g} from that of then (up to {DRIFTED:g} is noise), and the cached "
                f"vectors are the old ones; give the new model a name of its own: {mark}version=NAME"
            )
        if first is not None:
            record = replace(record, canaries=first.canaries, seen=first.seen, cuts=first.cuts)
        self._records[record.name] = record
        self._write()

    def with_cut(self, record: Record) -> Record:
        """Return a record with what earlier runs saw of the same model's cutting."""
        known = self._records.get(record.name)
        return record if known is None else replace(record, cuts=known.cuts)

    def keep_cut(self, record: Record, characters: int) -> None:
        """Keep that a model cuts texts of so many characters, for later runs that find them in the cache."""
        known = self._records.get(record.name, record)
        self._records[record.name] = replace(known, cuts=min(characters, known.cuts or characters))
        self._write()

    def _write(self) -> None:
        content = json.dumps({name: asdict(one) for name, one in self._records.items()})
        with contextlib.suppress(OSError):
            replace_file(self._path, content.encode())
