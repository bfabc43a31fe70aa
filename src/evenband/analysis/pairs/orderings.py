"""Minimal pairs by orderings alone: a reranker gives scores of pairs, and no distance between texts.

Pass rate, uniformity and AUC are orderings of the scores of one query, so that they exist. Whatever needs a
distance with a zero does not: s, C, Phi, T99, r50, a band, outliers.
"""

from __future__ import annotations

import numpy as np

from evenband.analysis.pairs.comparison import PairsComparison, check_same_texts, passes_of_both
from evenband.analysis.pairs.estimates import SHARE_FIGURES
from evenband.analysis.pairs.rivals import common_rivals
from evenband.analysis.pairs.scale import SMALLEST_FLOOR, clusters_of, is_noise, passes_of, sharing_of
from evenband.analysis.pairs.values import PairsAudit, Summary
from evenband.analysis.pairs.violations import margins_of, similarities_of
from evenband.stats import levels
from evenband.stats.figure_contrasts import contrast_figures
from evenband.stats.figures import REPLICATES, estimate_figures
from evenband.stats.ordering import margin
from evenband.types import Estimate, PairsMeasurement, Scores

WITHOUT_DISTANCES = (
    "orderings only: a reranker scores pairs and has no distance between texts, so that C, Phi, T99, r50, a "
    "band and outliers do not exist"
)
"""Note on the measurement of a reranker."""


def has_distances(measurement: PairsMeasurement) -> bool:
    """Return whether the scores are similarities, so that texts have a distance."""
    return measurement.metric.kind != "relevance"


def sum_up_orderings(
    measurement: PairsMeasurement, rng: np.random.Generator, replicates: int = REPLICATES
) -> Summary:
    """Estimate the figures of a reranker: pass rate, uniformity and, of an INV probe, AUC.

    Args:
        measurement: n labels by t templates.
        rng: generator for the bootstrap.
        replicates: of the bootstrap; 0 for figures without intervals.
    """
    n, t = measurement.scores.shape
    no_value = Estimate(None, n=n)
    shares = {"pass_rate": passes_of(measurement), "auc": measurement.details.auc}
    known = {name: table for name, table in shares.items() if table is not None and not np.isnan(table).all()}
    figures = estimate_figures(
        _no_scores(measurement),
        rng,
        shares=known,
        clusters=clusters_of(measurement),
        replicates=replicates,
        shared=sharing_of(measurement),
    ).estimates
    estimates = {name: figures.get(name, no_value) for name in SHARE_FIGURES}
    return Summary(
        n=n,
        templates=t,
        quantiles={},
        minimum=no_value,
        median=no_value,
        phi=no_value,
        consistency=no_value,
        t99=no_value,
        r50=no_value,
        **estimates,
        noise_floor=None,
        score_noise=None if measurement.noise is None else measurement.noise.score,
        levels=levels.count_levels(measurement.scores),
        grid=None,
        mad=None,
        blind=scores_alike(measurement),
    )


def scores_alike(measurement: PairsMeasurement) -> bool:
    """Return whether a reranker scores the texts to be compared alike, up to three times the noise.

    For an INV probe, whose rivals are other labels: whether it reads most changed texts of every template as
    the same tokens as their originals.
    """
    if measurement.probe.type == "INV":
        alike = measurement.details.alike
        return alike is not None and bool((alike.mean(axis=0) > 1 / 2).all())
    largest = float(np.abs(measurement.scores).max(initial=0.0))
    floor = max(measurement.score_noise, SMALLEST_FLOOR * largest, SMALLEST_FLOOR)
    return bool(is_noise(np.median(np.abs(margins_of(measurement))), floor))


def tied_share(measurement: PairsMeasurement) -> float | None:
    """Return the share of a reranker's comparisons that are ties, in [0, 1]; ``None`` where it has none.

    An INV probe compares with each rival; DIFF and ORDER compare two texts, or a text with paraphrases.
    """
    details = measurement.details
    if measurement.probe.type != "INV":
        largest = float(np.abs(measurement.scores).max(initial=0.0))
        tie = max(measurement.score_noise, SMALLEST_FLOOR * largest)
        gaps = margin(measurement.probe.type, similarities_of(measurement))
        return float(np.mean(np.abs(gaps) <= tie))
    if details.tied is None or details.rivals is None or not details.rivals.any():
        return None
    return float(details.tied.sum() / details.rivals.sum())


def audit_orderings(
    measurement: PairsMeasurement, rng: np.random.Generator, *, detailed: bool, replicates: int = REPLICATES
) -> PairsAudit:
    """Return the audit of a reranker's measurement, without notes: no cell can be far out."""
    return figures_alone(measurement, sum_up_orderings(measurement, rng, replicates), detailed=detailed)


def figures_alone(
    measurement: PairsMeasurement, summary: Summary, *, detailed: bool = False, level: float = 0.0
) -> PairsAudit:
    """Return the audit of a measurement of which no cell is looked at."""
    nothing = np.full(measurement.scores.shape, np.nan)
    return PairsAudit(
        measurement=measurement,
        summary=summary,
        outliers=(),
        level=level,
        z=nothing,
        q=nothing.copy(),
        detailed=detailed,
    )


def compare_orderings(
    left: PairsMeasurement, right: PairsMeasurement, rng: np.random.Generator
) -> PairsComparison:
    """Compare two measurements of which one is a reranker's at least: by their pass rates.

    Raises:
        InputError: if the two did not measure the same texts, naming the field that differs.
    """
    check_same_texts(left, right)
    no_value = Estimate(None, n=len(left.items))
    figures = contrast_figures(
        _no_scores(left),
        _no_scores(right),
        rng,
        clusters=clusters_of(left, right),
        shares=passes_of_both(left, right),
    )
    return PairsComparison(
        left=left,
        right=right,
        median=no_value,
        phi_ratio=no_value,
        t99_ratio=no_value,
        correlation=None,
        changes=(),
        pass_rate=figures.share,
        rivals=common_rivals(left, right),
    )


def _no_scores(measurement: PairsMeasurement) -> Scores:
    """Return a table of scores for figures of shares alone, which read none. Shape: (n, t)."""
    return np.zeros(measurement.scores.shape)
