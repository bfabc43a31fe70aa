"""Labels by sentences: where the variance lies, which labels are odd where, what could have been missed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np

from evenband.analysis.pairs.values import PairsAudit
from evenband.narrative.formats import count, fixed, percent
from evenband.narrative.pairs.frequencies import missed_by_frequency
from evenband.narrative.pairs.headlines import missed, noun_of
from evenband.report.blocks.pairs.pair_views import Share, Shares
from evenband.report.charts.detectability import power_chart
from evenband.report.charts.frame import SIZES, Size, Spec
from evenband.report.charts.heat import claimed, heat, rows_of
from evenband.report.views import Block, Figure, Option, Prose
from evenband.wording import counted, listed

PARTS = ("sentence", "label", "one label in one sentence")
"""Parts of the variance, in the order of the decomposition."""

ADDITIVE = 0.02
"""Effects are said to add up if Tukey's term explains less than this share of the remainder."""


def structure_blocks(prefix: str, audits: Sequence[PairsAudit]) -> Iterator[Block]:
    """Yield what the sentences show together, for audits with enough of them."""
    structured = [audit for audit in audits if audit.structure is not None]
    if not structured:
        return
    yield shares_block(f"{prefix}-shares", structured)
    with_outliers = [audit for audit in structured if rows_of(audit)]
    if with_outliers:
        yield heat_figure(f"{prefix}-heat", with_outliers)
    yield from power_blocks(f"{prefix}-power", structured)


def shares_block(id_: str, audits: Sequence[PairsAudit]) -> Shares:
    """Return the variance shares of y = log(1 - s), and how reliable a label's mean is."""
    noun = noun_of(audits[0])
    bars = tuple(
        (audit.measurement.subject.name, _parts(audit, noun), _reliability(audit, noun)) for audit in audits
    )
    reads = (
        f"How far the change moves a text depends on the sentence, on the {noun}, and on what one {noun} "
        "does in one sentence only, noise included. Memorised pairs are in the last part. The shares are "
        "of the variance of y = log(1 − s), the log of the distance.",
    )
    return Shares(id_, f"{noun.capitalize()}s by sentences", bars, reads)


def _parts(audit: PairsAudit, noun: str) -> tuple[Share, ...]:
    shares = audit.structure.variance.shares if audit.structure is not None else None
    if shares is None:
        return ()
    starts = np.concatenate([[0.0], np.cumsum(shares)])
    parts = [part.replace("label", noun) for part in PARTS]
    return tuple(
        Share(name, round(100 * float(start), 2), round(100 * share, 2), f"{name} {fixed(share, 2)}")
        for name, start, share in zip(parts, starts, shares, strict=False)
    )


def _reliability(audit: PairsAudit, noun: str) -> tuple[str, ...]:
    """Return sentences on the G-coefficient and on additivity."""
    if audit.structure is None:
        return ()
    variance, sentences = audit.structure.variance, []
    g = variance.generalizability()
    if g is not None:
        sentences.append(
            f"G-coefficient {fixed(g, 2)}: how well the mean over these {len(variance.templates)} sentences "
            f"would order the {noun}s again in other sentences (1: the same order)."
        )
    if variance.nonadditivity is not None:
        verdict = (
            "the effects add up" if variance.nonadditivity < ADDITIVE else "the effects do not just add up"
        )
        sentences.append(
            f"Additivity: {verdict} on y; their product explains {percent(variance.nonadditivity, 1)} of the "
            "remainder (Tukey)."
        )
    return tuple(sentences)


def heat_figure(id_: str, audits: Sequence[PairsAudit]) -> Figure:
    """Return a table of the most suspicious labels by sentences, coloured by distance."""
    noun = noun_of(audits[0])
    title = "Odd everywhere, or odd once"
    options = [_option(title, audit, partial(heat, audit)) for audit in audits]
    sentences = "; ".join(
        f"{number} {template.replace('{x}', '…')}"
        for number, template in enumerate(audits[0].measurement.conditions, 1)
    )
    against = ", by itself or against the reference" if any(audit.contrast for audit in audits) else ""
    reads = (
        f"Each row is one of the most suspicious {noun}s; a number says how many times as far the change "
        f"moves it as it moves the middle {noun} in that sentence. A row that is strong throughout is an odd "
        "word; a single strong cell is a sentence that the model treats as special.",
        f"A frame marks a cell that is claimed as an outlier at q ≤ {audits[0].level:g}{against}. "
        f"Sentences: {sentences}",
    )
    alt = " ".join(_alternative(audit) for audit in audits)
    return Figure(id_, title, alt, reads, tuple(options))


def _alternative(audit: PairsAudit) -> str:
    """Return the text alternative of an audit's table."""
    labels = [audit.measurement.items[row] for row in rows_of(audit)]
    total = int(claimed(audit).sum())
    columns = len(audit.measurement.conditions)
    return (
        f"{audit.measurement.subject.name}: table of {counted(len(labels), 'label')} by "
        f"{counted(columns, 'sentence')}, coloured by distance; first {listed(labels)}; "
        f"cells claimed as outliers: {total}."
    )


def power_blocks(prefix: str, audits: Sequence[PairsAudit]) -> Iterator[Block]:
    """Yield what could have been missed, or why that is unknown."""
    powers = [(audit, audit.structure.power) for audit in audits if audit.structure and audit.structure.power]
    if powers:
        title = "What could have been missed"
        options = [_option(title, audit, partial(power_chart, power)) for audit, power in powers]
        several = len(powers) > 1
        reads = (
            f"For each size of effect, {count(powers[0][1].planted)} cells of this very table were made to "
            "look memorised, and the detector was run again. The solid line is the share of them that was "
            "found, the dashed line the share of false ones among the cells found. A real cell that is found "
            "only then counts as false.",
        )
        sentences = [
            " ".join(filter(None, (missed(audit, power, named=several), _by_frequency(audit))))
            for audit, power in powers
        ]
        yield Figure(prefix, title, " ".join(sentences), (*sentences, *reads), tuple(options))
    for audit in audits:
        if audit.structure is not None and audit.structure.power is None:
            yield Prose((f"{audit.measurement.subject.name}: {_why_not(audit)}",))


def _by_frequency(audit: PairsAudit) -> str:
    return "" if audit.structure is None else missed_by_frequency(audit, audit.structure.by_frequency)


def _why_not(audit: PairsAudit) -> str:
    if not audit.detailed:
        return (
            "what could have been missed is not computed in a suite; name the probe with -p, without --suite."
        )
    n = len(audit.measurement.items)
    return (
        f"what could have been missed was not computed: {counted(n, 'label')} "
        f"{'is' if n == 1 else 'are'} too few to test for outliers, "
        "or to plant effects in."
    )


def _option(title: str, audit: PairsAudit, draw: Callable[[Size], Spec]) -> Option:
    specs = tuple((size.total, draw(size)) for size in SIZES)
    name = audit.measurement.subject.name
    return Option(name, specs, (), f"{title}: {name}")
