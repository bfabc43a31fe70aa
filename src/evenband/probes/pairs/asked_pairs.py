"""What is asked of a reranker for one template, and what of it the reranker does not read to the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenband.encoders import PairCovering, PairReading
from evenband.probes.pairs.minimal_pairs import MinimalPairs
from evenband.probes.pairs.scored_rivals import draw_rivals
from evenband.probes.pairs.templates import Template
from evenband.types import Readings, Reranker, Truncation

Pair = tuple[str, str]

Mask = NDArray[np.bool_]

TextCodes = NDArray[np.int64]


@dataclass(frozen=True)
class Asked:
    """What is asked of a reranker for one template: n labels.

    Attributes:
        texts: text a, b ..., n strings each.
        codes: of texts a and b; equal ones are the same text to the model. Shape: (n,) each.
        pairs: the pairs of each label that are compared, n each: one for INV, those with text b, c ... for
            DIFF and ORDER.
        rivals: pairs of each label's query with the documents of its rivals; empty for DIFF and ORDER.
        unchanged: for INV, each label's pair with text a in the place of text b; else empty. They are read,
            and not scored.
    """

    texts: tuple[list[str], ...]
    codes: tuple[TextCodes, TextCodes]
    pairs: tuple[list[Pair], ...]
    rivals: tuple[list[Pair], ...]
    unchanged: list[Pair]

    @property
    def all_pairs(self) -> list[Pair]:
        """Every pair to be scored, those that are compared first."""
        return [*(pair for column in self.pairs for pair in column), *(p for row in self.rivals for p in row)]


def ask(probe: MinimalPairs, template: Template, fresh: Reranker, rng: np.random.Generator) -> Asked:
    """Put the pairs of one template together.

    Args:
        probe: that the template is of.
        template: with its gaps.
        fresh: the reranker, which may tell which texts it reads as the same.
        rng: draws the rivals.
    """
    texts, is_asked_from_a = probe.texts(template), probe.spec.is_asked_from_a
    codes = _codes(texts[0], fresh, asks=is_asked_from_a), _codes(texts[1], fresh, asks=not is_asked_from_a)
    if probe.type != "INV":
        pairs = tuple(list(zip(texts[0], other, strict=True)) for other in texts[1:])
        return Asked(texts, codes, pairs, (), [])
    query, document = (0, 1) if is_asked_from_a else (1, 0)
    queries, documents = texts[query], texts[document]
    drawn = draw_rivals(codes[query], codes[document], rng)
    rivals = tuple(
        [(query, documents[row]) for row in rows.tolist()] for query, rows in zip(queries, drawn, strict=True)
    )
    own = list(zip(queries, documents, strict=True))
    return Asked(texts, codes, (own,), rivals, list(zip(texts[0], texts[0], strict=True)))


def _codes(texts: Sequence[str], fresh: Reranker, *, asks: bool) -> TextCodes:
    """Return a number for each text; equal ones are the same text to the model. Shape: (n,)."""
    pairs = [(text, "") if asks else ("", text) for text in texts]
    readings = fresh.read_pairs(pairs) if isinstance(fresh, PairReading) else None
    if readings is not None:
        return readings.keys
    first: dict[str, int] = {}
    return np.array([first.setdefault(text, row) for row, text in enumerate(texts)], dtype=np.int64)


def read_asked(fresh: Reranker, asked: Asked) -> Readings | None:
    """Return what the model reads of every pair, the unchanged ones last; ``None`` if it does not tell."""
    if not isinstance(fresh, PairReading):
        return None
    return fresh.read_pairs([*asked.all_pairs, *asked.unchanged])


def find_refused_pairs(reranker: Reranker, asked: Asked) -> Mask:
    """Say of which labels the reranker cannot score a pair that is compared.

    A document that it cannot score with any query is among its own label's pairs, which is then left out and
    no rival of another any more. Only if all labels' own pairs are scored do their rivals decide.

    Shape: -> (n,).
    """
    n = len(asked.texts[0])
    if not isinstance(reranker, PairCovering):
        return np.zeros(n, dtype=np.bool_)
    is_covered = reranker.covers_pairs(asked.all_pairs)
    refused = np.zeros(n, dtype=np.bool_)
    for kind in range(len(asked.pairs)):
        refused |= ~is_covered[kind * n : (kind + 1) * n]
    if asked.rivals and not refused.any():
        label = np.repeat(np.arange(n), [len(row) for row in asked.rivals])
        refused[label[~is_covered[len(asked.pairs) * n :]]] = True
    return refused


def find_undecidable_pairs(asked: Asked, readings: Readings | None) -> Mask:
    """Say of which labels two pairs to be compared are the same to the model only because of the cut.

    For INV these are the label's pair and the one without the change.

    Shape: -> (n,).
    """
    n = len(asked.texts[0])
    undecidable = np.zeros(n, dtype=np.bool_)
    if readings is None:
        return undecidable
    first, whole = readings.keys[:n], readings.whole[:n]
    for part in _compared(asked, len(readings.keys)):
        undecidable |= (readings.keys[part] == first) & (readings.whole[part] != whole)
    return undecidable


def find_unseen_changes(asked: Asked, readings: Readings | None) -> Mask:
    """Say which labels' changed text the model of an INV probe reads as the original, cut or not.

    Shape: -> (n,).
    """
    n = len(asked.texts[0])
    if readings is None or not asked.unchanged:
        return np.zeros(n, dtype=np.bool_)
    return np.asarray(readings.keys[-n:] == readings.keys[:n])


def _compared(asked: Asked, total: int) -> list[slice]:
    """Return where the readings are of the pairs that are compared with each label's first one."""
    n = len(asked.texts[0])
    if asked.unchanged:
        return [slice(total - n, total)]
    return [slice(k * n, (k + 1) * n) for k in range(1, len(asked.pairs))]


def count_cut_pairs(
    probe: MinimalPairs,
    asked: Sequence[Asked],
    readings: Sequence[Readings | None],
    undecidable: Mask,
    limit: int | None,
) -> Truncation | None:
    """Return how many labels have a pair that is cut; ``None`` if the model does not tell."""
    n, known = len(probe.slot), [one for one in readings if one is not None]
    if len(known) < len(readings):
        return None
    kinds = len(asked[0].pairs)
    is_cut = np.zeros((kinds, n), dtype=np.bool_)
    for one in known:
        is_cut |= one.is_cut[: kinds * n].reshape(kinds, n)
    cells = [
        (probe.slot.values[row], probe.templates[column].name)
        for row, column in np.argwhere(undecidable).tolist()
    ]
    return Truncation(
        limit=limit,
        labels=int(is_cut.any(axis=0).sum()),
        sides=(0, *is_cut.sum(axis=1).tolist()),
        total=n,
        undecidable=tuple(cells),
    )
