"""Sections on minimal pairs: headlines, a section for each probe, explanations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from evenband.analysis import Explanation, PairsAudit, Results
from evenband.analysis.pairs.scorecard import is_scored
from evenband.narrative.abridgement import abridge
from evenband.narrative.pairs.headlines import BAND_TERMS, FIGURE_MEANINGS
from evenband.narrative.pairs.verdicts import MEANINGS
from evenband.narrative.reticence import is_shown, shown_explanations
from evenband.report.blocks.pairs.cards import card
from evenband.report.blocks.pairs.failing_cells import worst_cases
from evenband.report.blocks.pairs.farthest import outlier_table
from evenband.report.blocks.pairs.pair_views import Cards, Cases
from evenband.report.blocks.pairs.picture_gallery import gallery
from evenband.report.blocks.pairs.reference import contrast_blocks
from evenband.report.blocks.pairs.score_charts import figures_of
from evenband.report.blocks.pairs.summary_tables import calibration_table, difference, summary_table
from evenband.report.blocks.pairs.variance_shares import structure_blocks
from evenband.report.blocks.pairs.why import explanation_card
from evenband.report.charts.series import Series
from evenband.report.views import Block, Notes, Section, Terms, TextPair

Group = Sequence[Series]
"""The templates of one audit."""


def shown_alone(results: Results) -> list[PairsAudit]:
    """Return the audits with sections of their own: the detailed ones, and those without a scorecard."""
    scored = {card.model for card in results.scorecards}
    return [
        audit
        for audit in results.pairs
        if audit.detailed or not is_scored(audit) or audit.measurement.subject.name not in scored
    ]


def probe_sections(groups: Sequence[Group]) -> Iterator[Section]:
    """Yield the headlines of all audits, then a section for each probe."""
    probes = _by_probe(groups)
    if probes:
        yield _headlines(probes)
    for number, probe in enumerate(probes):
        yield _probe(number, probe)


def explanation_sections(explanations: Sequence[Explanation]) -> Iterator[Section]:
    """Yield a section with all explanations of single labels, if there are any."""
    shown = shown_explanations(explanations)
    if shown:
        cards = tuple(explanation_card(number, one) for number, one in enumerate(shown))
        yield Section("explanations", "Why these", cards)


def _by_probe(groups: Sequence[Group]) -> list[list[Group]]:
    """Group audits by probe; probes are the same if the digest of templates and labels is the same."""
    by_digest: dict[tuple[str, str], list[Group]] = {}
    for group in groups:
        probe = group[0].audit.measurement.probe
        by_digest.setdefault((probe.name, probe.digest), []).append(group)
    return list(by_digest.values())


def _audits(groups: Sequence[Group]) -> list[PairsAudit]:
    return [group[0].audit for group in groups]


def _headlines(probes: Sequence[Sequence[Group]]) -> Section:
    cards = [card(audit, _audits(groups)) for groups in probes for audit in _audits(groups)]
    types = {audit.measurement.probe.type for groups in probes for audit in _audits(groups)}
    left_out = BAND_TERMS if types == {"ORDER"} else ()
    meanings = tuple((name, meaning) for name, meaning in FIGURE_MEANINGS.items() if name not in left_out)
    terms = Terms("What the figures mean", meanings)
    return Section("headlines", "In ten seconds", (Cards(tuple(cards)), terms))


def _probe(number: int, groups: Sequence[Group]) -> Section:
    audits = _audits(groups)
    probe = audits[0].measurement.probe
    notes = tuple((audit.measurement.subject.name, note) for audit in audits for note in audit.notes)
    blocks: list[Block] = [Notes(notes)] if notes else []
    galleries = (gallery(f"g{number}-{k}", audit) for k, audit in enumerate(audits))
    blocks.extend(one for one in galleries if one is not None)
    blocks.extend(figures_of(f"f{number}", groups))
    if any(audit.detailed for audit in audits):
        blocks.extend(_details(number, groups, audits))
    return Section(
        id=f"probe-{number}",
        title=f"Probe {probe.name}",
        blocks=tuple(blocks),
        lead=probe.why,
        pairs=_examples(groups[0]),
    )


def _details(number: int, groups: Sequence[Group], audits: Sequence[PairsAudit]) -> Iterator[Block]:
    """Yield all blocks of a probe but its charts of the scores."""
    yield from structure_blocks(f"s{number}", audits)
    yield from contrast_blocks(f"r{number}", groups)
    yield summary_table(f"t{number}-summary", audits)
    for audit in audits:
        if audit.measurement.probe.type != "INV" and (cases := tuple(worst_cases(audit.measurement))):
            of = f" of {audit.measurement.subject.name}" if len(audits) > 1 else ""
            yield Cases(f"The worst cells{of}", cases)
    if audits[0].measurement.probe.type != "ORDER":
        yield outlier_table(f"t{number}-outliers", audits)
    if any(outlier.verdict for audit in audits for outlier in audit.outliers):
        yield Terms("How to read the verdicts", tuple(MEANINGS.items()))
    if any(audit.measurement.details.calibration for audit in audits):
        yield calibration_table(f"t{number}-calibration", audits)


def _examples(group: Group) -> tuple[TextPair, ...]:
    """Return a pair of each sentence, for a word of the article or the label nearest to the median."""
    first = group[0]
    middle = first.quantiles[1]
    order = [*first.named, *np.argsort(np.abs(first.scores - middle), kind="stable").tolist()]
    measurement = first.audit.measurement
    row = next((row for row in order if is_shown(measurement, measurement.items[row])), order[0])
    texts = measurement.details.texts
    pairs = ((str(texts[0][row, one.column]), str(texts[1][row, one.column])) for one in group)
    return tuple(difference(*abridge(pair)) for pair in pairs)
