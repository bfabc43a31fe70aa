"""Dataset: documents, queries, and which documents are relevant to which query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from evenband.digests import digest_of
from evenband.errors import InputError


@dataclass(frozen=True)
class Dataset:
    """A corpus of n documents with m queries, judged or not.

    Attributes:
        name: for tables and files.
        ids: of the documents, all different.
        texts: of the documents, title first; none empty. A store's may be read when one is first asked for.
        query_ids: all different.
        queries: their texts, none empty.
        relevant: for each query, the grade (1 or more) of each relevant document by its id. A document that
            the corpus lacks can be among them: it counts as one that nobody finds. Empty without judgements.
        family: what the dataset is a variant of; its own name if not given.
        remarks: what a reader must know of how it was read.
        is_judged: whether it is known which documents are relevant.
        settings: of a generated dataset, by name.
        state: identity of the documents, where it is known without reading them; else computed.

    Raises:
        InputError: if lengths differ, or there is no document or no query.
    """

    name: str
    ids: tuple[str, ...]
    texts: Sequence[str]
    query_ids: tuple[str, ...]
    queries: tuple[str, ...]
    relevant: tuple[Mapping[str, int], ...]
    family: str = ""
    remarks: tuple[str, ...] = ()
    is_judged: bool = True
    state: str = ""
    settings: Mapping[str, int | str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        sizes = len(self.ids), len(self.texts), len(self.query_ids), len(self.queries), len(self.relevant)
        if sizes[0] != sizes[1] or len(set(sizes[2:])) > 1:
            raise InputError(f"dataset {self.name!r}: got lists of {sizes} entries, expected them to match")
        if not self.ids or not self.query_ids:
            what = "documents" if not self.ids else "queries with a relevant document"
            raise InputError(f"dataset {self.name!r} has no {what}, expected one or more")

    @cached_property
    def rows(self) -> Mapping[str, int]:
        """Row of each document by its id."""
        return {id_: row for row, id_ in enumerate(self.ids)}

    @cached_property
    def corpus_digest(self) -> str:
        """Identity of the documents."""
        return self.state or digest_of([list(self.ids), list(self.texts)])

    @cached_property
    def digest(self) -> str:
        """Identity of documents, queries and judgements."""
        judged = [sorted(one.items()) for one in self.relevant]
        return digest_of([self.corpus_digest, list(self.query_ids), list(self.queries), judged])

    def sampled(self, size: int | None, rng: np.random.Generator) -> Dataset:
        """Return the dataset with so many of its queries, drawn at random, and all documents."""
        if size is None or size >= len(self.query_ids):
            return self
        return self.asked(sorted(rng.choice(len(self.query_ids), size, replace=False).tolist()))

    def asked(self, rows: Sequence[int]) -> Dataset:
        """Return the dataset with some of its queries, and all documents."""
        return replace(
            self,
            query_ids=tuple(self.query_ids[row] for row in rows),
            queries=tuple(self.queries[row] for row in rows),
            relevant=tuple(self.relevant[row] for row in rows),
        )

    def with_fillers(self, ids: Sequence[str], texts: Sequence[str]) -> Dataset:
        """Return the dataset with further documents, relevant to no query, after its own.

        Raises:
            InputError: if an id is taken.
        """
        taken = next((id_ for id_ in ids if id_ in self.rows), None)
        if taken is not None:
            raise InputError(
                f"dataset {self.name!r}: a filler is called {taken!r} as one of its documents is"
            )
        return replace(
            self,
            name=filled_name(self.name, len(ids)),
            ids=(*self.ids, *ids),
            texts=(*self.texts, *texts),
            family=self.family or self.name,
            settings={},
        )


def filled_name(name: str, count: int) -> str:
    """Return the name of a dataset with so many further documents."""
    return f"{name}-filled-{count}"
