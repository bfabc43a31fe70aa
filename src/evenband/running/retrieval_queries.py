"""Queries of a file that retrieval asks or changes, each text once."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from evenband.errors import InputError
from evenband.probes.retrieval.dataset_rows import read_plain, remark
from evenband.running.query_files import TABLE_SUFFIXES, table_rows


@dataclass(frozen=True)
class QueryTexts:
    """Queries of a file.

    Attributes:
        texts: different ones, in the file's order.
        remarks: what was left out.
        places: of the texts in the file, where only some of its texts were drawn.
    """

    texts: tuple[str, ...]
    remarks: tuple[str, ...] = field(default=())
    places: tuple[int, ...] = field(default=())

    @property
    def numbers(self) -> tuple[int, ...]:
        """Number of each text among the file's different ones, from 1."""
        return self.places or tuple(range(1, len(self.texts) + 1))

    def sampled(self, size: int | None, rng: np.random.Generator) -> QueryTexts:
        """Return so many of the queries, drawn at random."""
        if size is None or size >= len(self.texts):
            return self
        rows = sorted(rng.choice(len(self.texts), size, replace=False).tolist())
        return QueryTexts(
            tuple(self.texts[row] for row in rows), self.remarks, tuple(self.numbers[row] for row in rows)
        )


def read_queries(file: str) -> QueryTexts:
    """Read queries: one a line, or JSON lines, CSV, TSV or Parquet with a column ``text`` or ``query``.

    Raises:
        InputError: if the file cannot be read or holds no query.
    """
    path = Path(file)
    if path.suffix.lower() in (".jsonl", *TABLE_SUFFIXES):
        rows = table_rows(path)
    else:
        lines = read_plain(path, "queries")
        rows = [(f"line {number}", line) for number, line in enumerate(lines, start=1)]
    empty = [place for place, text in rows if not text.strip()]
    texts = dict.fromkeys(text.strip() for _, text in rows if text.strip())
    if not texts:
        raise InputError(f"{path} holds no query, expected one a line, or a column 'text'")
    repeated = len(rows) - len(empty) - len(texts)
    remarks = remark("empty queries", empty, "have no text and are left out")
    if repeated:
        remarks.append(f"repeated: {repeated:,} queries are there already and count once")
    return QueryTexts(tuple(texts), tuple(remarks))
