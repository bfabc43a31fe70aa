"""Words by sentences: where the variance lies, who is odd where, what could have been missed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np

from evenband.analysis.pairs.values import PairsAudit
from evenband.narrative.formats import count, fixed
from evenband.narrative.pairs.headlines import missed, noun_of
from evenband.narrative.pairs.verdicts import names
from evenband.report.charts.detectability import power_chart
from evenband.report.charts.frame import SIZES, Size, Spec
from evenband.report.charts.heat import certified, heat, rows_of
from evenband.report.views import Block, Figure, Option, Prose, Share, Shares

PARTS = ("sentence", "value", "one value in one sentence")
ADDITIVE = 0.02
"""Tukey's share of the rest below which effects are said to add up."""


def structure_blocks(prefix: str, audits: Sequence[PairsAudit]) -> Iterator[Block]:
    """What the audits' sentences show together; nothing where there are too few of them."""
    known = [audit for audit in audits if audit.structure is not None]
    if not known:
        return
    yield shares_block(f"{prefix}-shares", known)
    shown = [audit for audit in known if rows_of(audit)]
    if shown:
        yield heat_figure(f"{prefix}-heat", shown)
    yield from power_blocks(f"{prefix}-power", known)


def shares_block(id_: str, audits: Sequence[PairsAudit]) -> Shares:
    """Variance shares of y, and what they say of a value's mean."""
    noun = noun_of(audits[0])
    bars = tuple(
        (audit.measurement.subject.name, _parts(audit, noun), _reliability(audit, noun)) for audit in audits
    )
    reads = (
        f"How far the change moves a text depends on the sentence, on the {noun}, and on what one {noun} "
        "does in one sentence only, noise included. Memorised pairs hide in the last part; the shares are "
        "of the variance of y = log(1 − s).",
    )
    return Shares(id_, f"{noun.capitalize()}s by sentences", bars, reads)


def _parts(audit: PairsAudit, noun: str) -> tuple[Share, ...]:
    shares = audit.structure.variance.shares if audit.structure is not None else None
    if shares is None:
        return ()
    starts = np.concatenate([[0.0], np.cumsum(shares)])
    what = [part.replace("value", noun) for part in PARTS]
    return tuple(
        Share(name, round(100 * float(start), 2), round(100 * share, 2), f"{name} {fixed(share, 2)}")
        for name, start, share in zip(what, starts, shares, strict=False)
    )


def _reliability(audit: PairsAudit, noun: str) -> tuple[str, ...]:
    """The G-coefficient and the additivity check, in words."""
    if audit.structure is None:
        return ()
    variance, told = audit.structure.variance, []
    g = variance.generalizability()
    if g is not None:
        told.append(
            f"G-coefficient {fixed(g, 2)}: how well the mean over these {len(variance.templates)} sentences "
            f"would order the {noun}s again in other sentences (1: the same order)."
        )
    if variance.nonadditivity is not None:
        verdict = (
            "the effects add up" if variance.nonadditivity < ADDITIVE else "the effects do not just add up"
        )
        told.append(
            f"Additivity: {verdict} on y; their product explains {fixed(100 * variance.nonadditivity, 1)} % "
            "of the rest (Tukey)."
        )
    return tuple(told)


def heat_figure(id_: str, audits: Sequence[PairsAudit]) -> Figure:
    """The most suspicious values over the sentences."""
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
        f"A frame marks a cell that survives at q ≤ {audits[0].level:g}{against}. Sentences: {sentences}",
    )
    alt = " ".join(_told(audit) for audit in audits)
    return Figure(id_, title, alt, reads, tuple(options))


def _told(audit: PairsAudit) -> str:
    labels = [audit.measurement.items[row] for row in rows_of(audit)]
    survivors = int(certified(audit).sum())
    columns = len(audit.measurement.conditions)
    return (
        f"{audit.measurement.subject.name}: table of {len(labels)} values by {columns} "
        f"sentences, coloured by distance; first {names(labels)}; {survivors} cells survive."
    )


def power_blocks(prefix: str, audits: Sequence[PairsAudit]) -> Iterator[Block]:
    """What could have been missed; where it is not known, why."""
    known = [(audit, audit.structure.power) for audit in audits if audit.structure and audit.structure.power]
    if known:
        title = "What could have been missed"
        options = [_option(title, audit, partial(power_chart, power)) for audit, power in known]
        several = len(known) > 1
        reads = (
            f"{count(known[0][1].planted)} cells of this very table were made to look memorised, for each "
            "size of effect, and the detector was run again. The solid line is the share that was found, the "
            "dashed one the share of false ones among what was found; a cell of the table’s own that is "
            "found only then counts as false.",
        )
        told = [missed(audit, power, named=several) for audit, power in known]
        yield Figure(prefix, title, " ".join(told), (*told, *reads), tuple(options))
    for audit in audits:
        if audit.structure is not None and audit.structure.power is None:
            yield Prose((f"{audit.measurement.subject.name}: {_why_not(audit)}",))


def _why_not(audit: PairsAudit) -> str:
    n = len(audit.measurement.items)
    return (
        f"what could have been missed was not computed: {count(n)} values are too few to certify anything "
        "with, or to plant effects in."
    )


def _option(title: str, audit: PairsAudit, draw: Callable[[Size], Spec]) -> Option:
    specs = tuple((size.total, draw(size)) for size in SIZES)
    name = audit.measurement.subject.name
    return Option(name, specs, (), f"{title}: {name}")
