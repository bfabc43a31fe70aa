"""What embeds the batches of a corpus: this process, or workers elsewhere that do the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

from evenband.corpora.document_store import DocumentStore
from evenband.corpora.documents import Document
from evenband.encoders import Batching, Tokenizing
from evenband.probes.cut_texts import count_cut
from evenband.probes.embedding import embed
from evenband.types import Encoder, ModelSpec, Role, Vectors
from evenband.types.picture_texts import is_picture

EngineName = Literal["local", "ray"]
ENGINE_NAMES: tuple[str, ...] = get_args(EngineName)
"""Where a corpus can be embedded."""


@dataclass(frozen=True)
class Batch:
    """Documents that are embedded and committed together.

    Attributes:
        documents: in the order of the corpus.
        replaces: whether the store has one of their ids.
    """

    documents: Sequence[Document]
    replaces: bool = False


@dataclass(frozen=True)
class EmbeddedBatch:
    """What came of a batch: vectors, or fragments of the store that hold them already.

    Attributes:
        present: whether each document has a vector. Shape: (n,).
        vectors: of those that have one, in their order; empty where fragments hold them. Shape: (m, d).
        fragments: JSON of Lance's fragments, which a commit adds to the store.
        tokens: number of tokens of the documents, if it was asked for.
        cut: number of documents that are longer than the model's limit.
    """

    present: NDArray[np.bool_]
    vectors: Vectors
    fragments: tuple[str, ...] = field(default=())
    tokens: int = 0
    cut: int = 0


class EmbeddingEngine(Protocol):
    """Embeds batches."""

    @property
    def spec(self) -> ModelSpec:
        """Identity of the model."""
        ...

    @property
    def least(self) -> int:
        """Number of documents of a batch, at least."""
        ...

    def embed(self, batches: Iterable[Batch], store: DocumentStore) -> Iterator[tuple[Batch, EmbeddedBatch]]:
        """Yield each batch with what came of it, in the order of the batches."""
        ...


class LocalEngine:
    """This process.

    Args:
        encoder: the model.
        counts: whether tokens are counted.
    """

    def __init__(self, encoder: Encoder, counts: bool) -> None:
        self._encoder, self._counts = encoder, counts

    @property
    def spec(self) -> ModelSpec:
        """Identity of the model."""
        return self._encoder.spec

    @property
    def least(self) -> int:
        """Number of texts that the model takes at a time, if it says one."""
        return self._encoder.slice_size if isinstance(self._encoder, Batching) else 0

    def embed(self, batches: Iterable[Batch], store: DocumentStore) -> Iterator[tuple[Batch, EmbeddedBatch]]:
        """Yield each batch with its vectors, computed when it is asked for."""
        del store
        for batch in batches:
            yield batch, embed_documents(self._encoder, batch.documents, self._counts)


def embed_documents(encoder: Encoder, documents: Sequence[Document], counts: bool) -> EmbeddedBatch:
    """Embed documents.

    The encoder gets the texts by length: it then pads, or splits into groups, as little as it can.

    Args:
        encoder: the model.
        documents: n of them.
        counts: whether tokens are counted.
    """
    order = sorted(range(len(documents)), key=lambda row: len(documents[row].text))
    embedded = embed(encoder, [documents[row].text for row in order], Role.DOCUMENT)
    rows = np.empty(len(documents), dtype=np.int64)
    rows[order] = np.arange(len(documents))
    present = embedded.present[rows]
    texts, tokens = [one.text for one in documents if not is_picture(one.text)], 0
    if counts and isinstance(encoder, Tokenizing):
        read = encoder.count_tokens(texts, Role.DOCUMENT)
        tokens, limit = sum(read), encoder.spec.max_tokens or 0
        texts = [text for text, count in zip(texts, read, strict=True) if count >= limit]
    cut = count_cut(encoder, texts, Role.DOCUMENT)
    return EmbeddedBatch(present, embedded.vectors[rows[present]], tokens=tokens, cut=cut)
