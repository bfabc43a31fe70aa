"""Figures of the scores of a probe, in all sizes, with captions and text alternatives."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np

from evenband.analysis.pairs.ablation import has_letters, letter_rows, matched_by
from evenband.narrative.formats import count, fixed
from evenband.narrative.pairs.headlines import noun_of
from evenband.narrative.reticence import is_shown
from evenband.report.blocks.pairs.summary_tables import shape_table
from evenband.report.charts.alphabet import ablation
from evenband.report.charts.distribution import distribution, skewness
from evenband.report.charts.frame import SIZES, Size, Spec, domain
from evenband.report.charts.scatter import scatter, side_by_side
from evenband.report.charts.series import Series
from evenband.report.views import Figure, Option, Table

Draw = Callable[[Size], Spec]
"""Draws a chart in a size."""

SPOKEN = 12
"""A text alternative describes up to this many series one by one."""


BAND_DOTS = (
    "Dots in the warm colour are the farthest; the words of evenband’s first experiment, if they are there, "
    "have a colour of their own. Only those that the table calls claimed are outliers. Point at a dot for "
    "its texts."
)
ORDER_DOTS = (
    "Dots in the warm colour are the farthest. Whether a query finds the right text depends on the other "
    "text too: see the pass rate and the worst cells. Point at a dot for its texts."
)
"""What the dots of a scatter plot mean, by the type of the probe: one band, or an ordering."""

BAND_COMPARED = (
    "A narrower band does not by itself mean a more consistent model: a common offset of all embeddings "
    "narrows it. Compare Φ instead, the factor by which the change moves one of two random labels farther "
    "than the other."
)
ORDER_COMPARED = (
    "A model with higher similarities is not the better one. Compare the pass rates: how often the relevant "
    "text is the nearer one."
)
"""How to read several models side by side, by the type of the probe."""


def figures_of(prefix: str, groups: Sequence[Sequence[Series]]) -> Iterator[Figure | Table]:
    """Yield the figures of one probe; several series also have a table of their bands and skewness."""
    series = [one for group in groups for one in group]
    if has_letters(series[0].audit):
        yield letters_figure(f"{prefix}-letters", series)
        return
    yield scatter_figure(f"{prefix}-scatter", series)
    if len(groups) > 1:
        yield side_by_side_figure(f"{prefix}-models", groups)
    yield distribution_figure(f"{prefix}-distribution", series)
    if len(series) > 1:
        yield shape_table(f"{prefix}-shapes", series)


def scatter_figure(id_: str, series: Sequence[Series]) -> Figure:
    """Return similarity over the list of labels, a chart for each model and template."""
    noun = noun_of(series[0].audit)
    title = f"Similarity over all {noun}s"
    is_order = series[0].audit.measurement.probe.type == "ORDER"
    which = "the query and the relevant text" if is_order else "the two texts"
    reads = [
        f"Each dot is one {noun}, in the order of the list; its height is the similarity of {which}. "
        "The shaded band holds nine in ten, the line is the median.",
        ORDER_DOTS if is_order else BAND_DOTS,
    ]
    if any(len(one.rows) < len(one.labels) for one in series):
        drawn, total = (
            sum(len(rows) for rows in kind)
            for kind in zip(*((s.rows, s.labels) for s in series), strict=True)
        )
        reads.append(
            f"To keep the page small, {count(drawn)} of {count(total)} dots are drawn: all of the farthest "
            "and an even sample of the others. Band and tables use all of them."
        )
    alt = _alt(series, f"Scatter plot of the cosine similarity over the {noun}s of the list")
    options = [_option(title, one.name, [one], partial(scatter, one), one.column == 0) for one in series]
    return Figure(id_, title, alt, tuple(reads), tuple(options))


def side_by_side_figure(id_: str, groups: Sequence[Sequence[Series]]) -> Figure:
    """Return the same scatter plot for all models on one scale."""
    templates = range(max(len(group) for group in groups))
    options, title = [], "The models side by side"
    for column in templates:
        row = [group[column] for group in groups if column < len(group)]
        options.append(_option(title, row[0].template, row, partial(side_by_side, row), column == 0))
    is_order = groups[0][0].audit.measurement.probe.type == "ORDER"
    reads = (
        f"The same picture for each model, all on one scale. {ORDER_COMPARED if is_order else BAND_COMPARED}",
    )
    alt = _alt([group[0] for group in groups], "Scatter plots of several models on one scale")
    return Figure(id_, title, alt, reads, tuple(options))


def distribution_figure(id_: str, series: Sequence[Series]) -> Figure:
    """Return histograms of s and of the log of the distance."""
    title = "Distribution"
    options = [_option(title, one.name, [one], partial(distribution, one), one.column == 0) for one in series]
    reads = [
        "The same similarities, counted. s is familiar, but its tail is long on one side. So every statistic "
        "here is computed on y, the logarithm of the distance 1 − s, which is nearly symmetric.",
        "The axis shows log10(1 − s), so −2 is a distance of 0.01; y is the natural logarithm, "
        f"{math.log(10):.3f} times that.",
    ]
    if len(series) == 1:
        on_s, on_log = (fixed(skewness(x), 1) for x in (series[0].scores, np.log(series[0].distances)))
        reads.append(f"Skewness: {on_s} on s, {on_log} on the log.")
    alt = _alt(series, "Histograms of the similarity and of the logarithm of the distance")
    return Figure(id_, title, alt, tuple(reads), tuple(options))


def letters_figure(id_: str, series: Sequence[Series]) -> Figure:
    """Return the letter ablation, all models on one scale."""
    span = domain(np.concatenate([one.scores for one in series]), 0.08)
    title = "One letter replaced"
    options = [
        _option(title, one.name, [], partial(ablation, one, span=span), one.column == 0) for one in series
    ]
    ablated, matched = letter_rows(series[0].audit)
    reads = [
        f"Each of the {len(ablated)} dots is the same string with another letter put in; real words are "
        "named. The line is the median of the strings.",
    ]
    if matched:
        reads.append(
            "Non-words are a biased control for a real word, since a model has never seen them. Beside them "
            f"are {len(matched)} real words matched by {matched_by(series[0].audit)}, on the same scale: "
            "a word is remarkable only if it is low among those too."
        )
    alt = _alt(series, "Dot plot of the similarity for each letter")
    return Figure(id_, title, alt, tuple(reads), tuple(options))


def _option(title: str, name: str, series: Sequence[Series], draw: Draw, leading: bool) -> Option:
    specs = tuple((size.total, draw(size)) for size in SIZES)
    return Option(name, specs, tuple(one.key for one in series), f"{title}: {name}", leading)


def _alt(series: Sequence[Series], what: str) -> str:
    """Return a text alternative: what the chart shows, and the figures of its series."""
    shown = series if len(series) <= SPOKEN else sorted(series, key=lambda one: float(one.scores.min()))[:3]
    parts = []
    for one in shown:
        low, middle, high = one.quantiles
        lowest = int(np.argmin(one.scores))
        label = one.labels[lowest]
        which = f" for {label[:60]}" if is_shown(one.audit.measurement, label) else ""
        parts.append(
            f"{one.name}: median {fixed(middle, 3)}, "
            f"nine in ten between {fixed(low, 3)} and {fixed(high, 3)}, "
            f"lowest {fixed(float(one.scores[lowest]), 3)}{which}"
        )
    if len(shown) < len(series):
        medians = [one.quantiles[1] for one in series]
        what += (
            f". {len(series)} series with medians between {fixed(min(medians), 3)} and "
            f"{fixed(max(medians), 3)}; those that reach lowest"
        )
    return f"{what}. {'; '.join(parts)}."
