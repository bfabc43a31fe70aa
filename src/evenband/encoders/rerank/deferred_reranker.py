"""A reranker whose model is loaded when a pair is first scored or read, and not before.

What is known of it after it was loaded once is kept in a record, as of an encoder
(:mod:`evenband.encoders.deferred`), so that a finished run, and scores in the cache, need no model.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from evenband.encoders.deferred import (
    changed_since,
    keep_record,
    load_again,
    record_path,
    recorded_spec,
)
from evenband.encoders.rerank.pair_contract import Pair
from evenband.encoders.rerank.scorers import ScoringModel
from evenband.types import ModelSpec, Readings, Scores

RerankerLoader: TypeAlias = Callable[[], ScoringModel]


class DeferredReranker:
    """Knows its spec at once; loads its model on the first call that needs it.

    Attributes:
        spec: everything that changes a score.
        libraries: versions that the scores depend on beside the spec.
        slice_size: number of pairs to score at a time.
    """

    def __init__(
        self,
        spec: ModelSpec,
        libraries: Mapping[str, str],
        slice_size: int,
        load: RerankerLoader,
        forget: Callable[[], None] = lambda: None,
    ) -> None:
        """Defer the loading of a reranker that was loaded before.

        Args:
            spec: its spec at that time.
            libraries: versions of the libraries that compute its scores.
            slice_size: pairs that it scores at a time.
            load: loads it.
            forget: removes what is known of it; called if the loaded reranker turns out to be another.
        """
        self.spec = spec
        self.libraries = dict(libraries)
        self.slice_size = slice_size
        self._load = load
        self._forget = forget
        self._loaded: ScoringModel | None = None

    def score(self, pairs: Sequence[Pair]) -> Scores:
        """Score the pairs with the reranker itself. Shape: n pairs -> (n,)."""
        return self._inner.score(pairs)

    def read_pairs(self, pairs: Sequence[Pair]) -> Readings | None:
        """Return what the model reads of each pair; ``None`` if its inputs are no tokens in a row."""
        return self._inner.read_pairs(pairs)

    @property
    def _inner(self) -> ScoringModel:
        """The reranker itself, loaded now if it was not.

        Raises:
            ModelError: if it cannot be loaded any more, or is not the reranker that it was.
        """
        if self._loaded is None:
            reranker = load_again(self._load, self.spec.name)
            if reranker.spec.digest != self.spec.digest:
                self._forget()
                raise changed_since(f"reranker {self.spec.ref!r}", "another device")
            self._loaded = reranker
        return self._loaded


def defer_reranker(
    load: RerankerLoader, ref: str, name: str, decides: Mapping[str, Any], libraries: Mapping[str, str]
) -> ScoringModel | DeferredReranker:
    """Return the reranker of ``load``, not loaded yet if a record of it exists.

    Args:
        load: loads it.
        ref: the reference as the user wrote it.
        name: of the model in tables.
        decides: everything that decides its spec, beside the libraries.
        libraries: versions of the libraries that compute its scores.

    Raises:
        EvenbandError: whatever ``load`` raises, where no record exists.
    """
    path = record_path({**decides, "scores": "pairs"}, libraries)
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        record = json.loads(path.read_text(encoding="utf-8"))
        spec, size = recorded_spec(record, ref, name), int(record["slice_size"])
        return DeferredReranker(spec, libraries, size, load, lambda: path.unlink(missing_ok=True))
    reranker = load()
    keep_record(path, {"spec": reranker.spec.to_dict(), "slice_size": reranker.slice_size})
    return reranker
