"""How much is still to embed: the texts of a run's probes whose vectors no cache holds.

A forecast counts every text once, as the cache computes it once. It never loads a model. What is known of a
model that is not loaded yet is what an earlier run stored under the same reference.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Sequence

from evenband import encoders
from evenband.encoders import CachedEncoder, StoreError, VariantEncoder, VectorStore
from evenband.encoders.cache import model_key, text_key
from evenband.encoders.refusals import SkippingEncoder
from evenband.probes.pairs.budget_size import stand_in
from evenband.probes.pairs.minimal_pairs import MinimalPairs
from evenband.probes.pairs.scored_rivals import count_pairs
from evenband.types import Auditable, Encoder, Reranker, Role

MOST_LOOKED_UP = 150_000
"""Texts of all probes that are looked up one by one, at most; of more, evenly spread ones are."""


class Forecast:
    """Texts to embed for each probe of a run, on any of its models.

    Args:
        probes: in the order of measurement.
    """

    def __init__(self, probes: Sequence[MinimalPairs]) -> None:
        probes = list(map(stand_in, probes))
        self._every = max(1, sum(map(count_texts, probes)) // MOST_LOOKED_UP)
        self._texts: list[list[tuple[Role, str]]] = []
        self._pairs = [count_pairs(probe) for probe in probes]
        seen: set[bytes] = set()
        for probe in probes:
            self._texts.append([one for one in _texts(probe, self._every) if _is_new(one, seen)])

    def of_model(self, model: Auditable) -> list[int]:
        """Return how many texts an encoder must embed for each probe, or how many pairs a reranker scores."""
        return self._pairs if isinstance(model, Reranker) else self.of_encoder(model)

    def of_encoder(self, encoder: Encoder) -> list[int]:
        """Return how many texts of each probe an encoder must embed; without a cache, all."""
        while isinstance(encoder, SkippingEncoder | VariantEncoder):
            encoder = encoder.inner
        if not isinstance(encoder, CachedEncoder):
            return [self._every * len(texts) for texts in self._texts]
        return self._lacking(encoder.store, model_key(encoder.fresh))

    def of_reference(self, ref: str) -> list[int]:
        """Return how many texts of each probe a model must embed that is not loaded yet."""
        store, model = VectorStore(), None
        with contextlib.suppress(StoreError, OSError, ValueError):
            model = store.model_of(encoders.base_of(ref))
        if model is None:
            return [self._every * len(texts) for texts in self._texts]
        return self._lacking(store, model)

    def _lacking(self, store: VectorStore, model: str) -> list[int]:
        counts = []
        for texts in self._texts:
            keys = [text_key(model, role, text) for role, text in texts]
            try:
                counts.append(self._every * int((~store.holds(model, keys)).sum()))
            except StoreError:  # said when the vectors themselves are looked up
                counts.append(self._every * len(texts))
        return counts


def relative_costs(refs: Sequence[str | Auditable]) -> list[float]:
    """Return how long a text takes on each model against the first: as their weights' sizes, if known."""
    sizes = [encoders.weights_size(ref) if isinstance(ref, str) else None for ref in refs]
    first = sizes[0] if sizes else None
    return [1.0 if size is None or first is None else size / first for size in sizes]


def count_texts(probe: MinimalPairs) -> int:
    """Return the number of texts of a probe, each cell's own."""
    return len(probe.slot) * len(probe.templates) * len(probe.templates[0].texts)


def _texts(probe: MinimalPairs, every: int) -> Iterator[tuple[Role, str]]:
    """Yield the texts of a probe with their roles, or evenly spread ones of them."""
    small = probe if every == 1 else probe.take(range(0, len(probe.slot), every))
    for template in small.templates:
        for side, filled in enumerate(small.texts(template)):
            role = probe.role(side)
            yield from ((role, text) for text in filled)


def _is_new(one: tuple[Role, str], seen: set[bytes]) -> bool:
    """Return whether a text was not seen before, and remember it."""
    role, text = one
    key = hashlib.blake2b(f"{role.value}\0{text}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    if key in seen:
        return False
    seen.add(key)
    return True
