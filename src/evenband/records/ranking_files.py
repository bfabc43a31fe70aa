"""Rankings as a Parquet file: a row for each query, pipeline and document that was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from evenband.errors import RunError
from evenband.types import NO_ROW, Ranking

RANKING_COLUMNS = ("query", "condition", "rank", "document", "score")


def ranking_bytes(query_ids: Sequence[str], ids: Sequence[str], rankings: Mapping[str, Ranking]) -> bytes:
    """Return a file's content; the same rankings give the same bytes.

    Args:
        query_ids: of the rankings' queries.
        ids: of the documents, by row.
        rankings: by condition.
    """
    documents, asked = np.array(ids, dtype=object), np.array(query_ids, dtype=object)
    tables = []
    for condition, ranking in rankings.items():
        queries, places = np.nonzero(ranking.rows != NO_ROW)
        columns = (
            pa.array(asked[queries], pa.string()),
            pa.array([condition] * len(queries), pa.string()),
            pa.array((places + 1).astype(np.int32)),
            pa.array(documents[ranking.rows[queries, places]], pa.string()),
            pa.array(ranking.scores[queries, places]),
        )
        tables.append(pa.table(dict(zip(RANKING_COLUMNS, columns, strict=True))))
    sink = pa.BufferOutputStream()
    pq.write_table(pa.concat_tables(tables), sink, compression="zstd")
    content: bytes = sink.getvalue().to_pybytes()
    return content


def read_rankings(path: Path) -> dict[str, dict[str, list[tuple[str, float]]]]:
    """Return the documents and scores of each query, best first, by condition and query.

    Raises:
        RunError: if the file cannot be read or has other columns.
    """
    try:
        table = pq.read_table(path)
        rows = zip(*(table[name].to_pylist() for name in RANKING_COLUMNS), strict=True)
    except (pa.ArrowException, OSError, KeyError) as error:
        raise RunError(f"{path}: not a file of rankings ({str(error).splitlines()[0]})") from None
    found: dict[str, dict[str, list[tuple[str, float]]]] = {}
    for query, condition, _, document, score in rows:
        found.setdefault(condition, {}).setdefault(query, []).append((document, score))
    return found
