"""Metrics of rankings through ir_measures, which computes them as trec_eval does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenband.errors import MissingExtraError
from evenband.types import NO_ROW, Ranking, Scores


@dataclass(frozen=True)
class QueryFigures:
    """How well m queries were answered, each in [0, 1] but the rank. Shape: (m,) each.

    Attributes:
        ndcg: nDCG at the cutoff, with the grades as gains.
        recall: by cutoff.
        reciprocal_rank: 1 / rank of the first relevant document; 0 where it was not found.
        first_right: 1 where the first document is relevant, else 0.
        rank: of the first relevant document; NaN where it was not found.
    """

    ndcg: Scores
    recall: Mapping[int, Scores]
    reciprocal_rank: Scores
    first_right: Scores
    rank: Scores


def measure_ranking(
    ranking: Ranking,
    ids: Sequence[str],
    relevant: Sequence[Mapping[str, int]],
    cutoff: int,
    cutoffs: Sequence[int],
) -> QueryFigures:
    """Compute the metrics of each query of a ranking. A query without documents has 0 everywhere.

    The order of the ranking counts, so equal scores do not fall into another order here.

    Args:
        ranking: of m queries.
        ids: of the documents, by row.
        relevant: grade of each relevant document, by its id, for each query.
        cutoff: of nDCG.
        cutoffs: of recall.

    Raises:
        MissingExtraError: without ir_measures, which the extra ``search`` installs.
    """
    library = _ir_measures()
    ndcg, reciprocal, first = library.nDCG @ cutoff, library.RR, library.P @ 1
    recalls = {library.R @ k: k for k in cutoffs}
    judgements = {str(query): dict(grades) for query, grades in enumerate(relevant)}
    found = {
        str(query): {ids[row]: float(len(rows) - place) for place, row in enumerate(rows) if row != NO_ROW}
        for query, rows in enumerate(ranking.rows.tolist())
    }
    tables = {metric: np.zeros(len(relevant)) for metric in (ndcg, reciprocal, first, *recalls)}
    for one in library.iter_calc(list(tables), judgements, found):
        tables[one.measure][int(one.query_id)] = one.value
    reciprocal_rank = tables[reciprocal]
    with np.errstate(divide="ignore"):
        rank = np.where(reciprocal_rank > 0, np.round(1 / reciprocal_rank), np.nan)
    return QueryFigures(
        ndcg=tables[ndcg],
        recall={k: tables[metric] for metric, k in recalls.items()},
        reciprocal_rank=reciprocal_rank,
        first_right=tables[first],
        rank=rank,
    )


def unknown_figures(count: int, cutoffs: Sequence[int]) -> QueryFigures:
    """Return the figures of queries of which it is not known what is relevant: NaN everywhere."""
    unknown = np.full(count, np.nan)
    return QueryFigures(unknown, dict.fromkeys(cutoffs, unknown), unknown, unknown, unknown)


def share_of_exact(
    ranking: Ranking, exact: Ranking, k: int, nearness: NDArray[np.float32] | None = None
) -> Scores:
    """Return the share of the exact search's first k documents that a ranking has among its first k.

    A document that is as near as exact search's k-th counts as one of them. Where exact search found nothing,
    there is no value.

    Shape: (m,) in [0, 1], or NaN.

    Args:
        ranking: to judge.
        exact: what exact search found, to any depth.
        k: number of documents that are compared.
        nearness: scores that exact search would give to the ranking's documents, so that ties count that its
            own list is too short for. Shape: as the ranking's.
    """
    shares = np.full(len(exact), np.nan)
    rows, best, scores = ranking.rows[:, :k], exact.rows, exact.scores
    for query, found in enumerate(exact.counts.tolist()):
        count = min(k, found)
        if count:
            last = scores[query, count - 1]
            is_best = np.isin(rows[query], best[query][(best[query] != NO_ROW) & (scores[query] >= last)])
            if nearness is not None:
                is_best |= (nearness[query, :k] >= last) & (rows[query] != NO_ROW)
            shares[query] = min(1.0, is_best.sum() / count)
    return shares


def check_metrics() -> None:
    """Refuse to go on without the library of metrics.

    Raises:
        MissingExtraError: without ir_measures, which the extra ``search`` installs.
    """
    _ir_measures()


def _ir_measures() -> Any:
    try:
        import ir_measures
    except ImportError:
        raise MissingExtraError("Retrieval metrics", "search") from None
    return ir_measures
