"""What of a corpus is to be embedded, found by reading it before a model is loaded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field

from evenband.corpora.corpus_files import Corpus
from evenband.corpora.documents import Document, Fault, id_digest
from evenband.encoders.remote.remote_encoder import estimate_tokens
from evenband.errors import InputError
from evenband.wording import counted

MOST_FAULTS = 10
"""Faulty rows that are kept to be named; more are counted only."""


@dataclass(frozen=True)
class Known:
    """What a store knows of documents.

    Attributes:
        digests: digest of each stored document's content, by the digest of its id.
        without_vector: digests of contents that its model has no vector for.
    """

    digests: Mapping[bytes, bytes] = field(default_factory=dict)
    without_vector: Set[bytes] = frozenset()

    def lacks_vector(self, document: Document) -> bool:
        """Return whether a document was tried before, in vain, and nothing else is stored under its id."""
        return document.digest in self.without_vector and id_digest(document.id) not in self.digests

    def is_settled(self, document: Document) -> bool:
        """Return whether a document needs no embedding."""
        return self.digests.get(id_digest(document.id)) == document.digest or self.lacks_vector(document)


@dataclass
class Census:
    """What a first reading of a corpus finds, before a model is loaded.

    Attributes:
        new: number of documents that the store lacks.
        changed: that it has with other content.
        unchanged: that it has as they are.
        without_vector: places of those that the model is known to have no vector for.
        characters: of the texts to embed.
        tokens: of the same, estimated from their length in UTF-8.
        faults: first rows that cannot be embedded.
        faulty: how many there are.
        ids: digests of all ids.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    without_vector: list[str] = field(default_factory=list)
    characters: int = 0
    tokens: int = 0
    faults: list[Fault] = field(default_factory=list)
    faulty: int = 0
    ids: set[bytes] = field(default_factory=set)

    @property
    def to_embed(self) -> int:
        """Number of documents to embed."""
        return self.new + self.changed


def distinct(corpus: Iterable[Document | Fault]) -> Iterator[Document | Fault]:
    """Yield documents and faults; a document whose id an earlier one has is a fault."""
    seen: set[bytes] = set()
    for one in corpus:
        if isinstance(one, Document):
            digest = id_digest(one.id)
            if digest in seen:
                yield Fault(one.place, f"repeats the id {one.id!r}")
                continue
            seen.add(digest)
        yield one


def take_census(corpus: Iterable[Document | Fault], known: Known) -> Census:
    """Count what of a corpus is new, changed and unchanged, and find what is wrong with it.

    Args:
        corpus: to read.
        known: what the store knows.
    """
    census = Census()
    for one in distinct(corpus):
        if isinstance(one, Fault):
            census.faulty += 1
            if len(census.faults) < MOST_FAULTS:
                census.faults.append(one)
            continue
        digest = id_digest(one.id)
        census.ids.add(digest)
        if known.lacks_vector(one):
            census.without_vector.append(one.place)
            continue
        stored = known.digests.get(digest)
        if stored == one.digest:
            census.unchanged += 1
            continue
        census.new += stored is None
        census.changed += stored is not None
        census.characters += len(one.text)
        census.tokens += estimate_tokens(one.text)
    return census


def check_census(corpus: Corpus, census: Census, skip_bad: bool) -> None:
    """Refuse a corpus with faulty rows, unless they may be left out, or without documents.

    Raises:
        InputError: naming the first rows.
    """
    if census.faulty and not skip_bad:
        named = "; ".join(map(str, census.faults))
        more = f"; and {census.faulty - MOST_FAULTS:,} more" if census.faulty > MOST_FAULTS else ""
        raise InputError(
            f"{corpus.path}: {counted(census.faulty, 'row')} cannot be embedded: {named}{more}; nothing was "
            "embedded: mend the corpus, or leave such rows out with --skip-bad"
        )
    if not census.ids:
        raise InputError(f"{corpus.path}: got no documents, expected one or more")


def batches(corpus: Iterable[Document | Fault], known: Known, size: int) -> Iterator[list[Document]]:
    """Yield the documents to embed, in the order of the corpus, some at a time."""
    batch: list[Document] = []
    for one in distinct(corpus):
        if isinstance(one, Document) and not known.is_settled(one):
            batch.append(one)
            if len(batch) == size:
                yield batch
                batch = []
    if batch:
        yield batch
