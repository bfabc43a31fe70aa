"""Probes on rerankers: what orders the texts of a probe, every model side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evenband.analysis.pairs.orderings import has_distances
from evenband.analysis.pairs.rivals import rivals_of
from evenband.analysis.pairs.values import PairsAudit
from evenband.narrative.abridgement import abridge
from evenband.narrative.pairs.measures import among, sentence_on, titled
from evenband.narrative.reticence import is_shown
from evenband.report.blocks.pairs.failing_cells import worst_cases
from evenband.report.blocks.pairs.pair_views import Cases
from evenband.report.blocks.pairs.summary_tables import difference, estimate
from evenband.report.views import Block, Column, Notes, Prose, Row, Section, Table, TextPair

ORDERED_FIGURES = (
    ("pass_rate", "Pass rate p", "share of cells that behave as the probe’s type demands"),
    ("uniformity", "Uniformity U", "1 − 4p(1 − p): 1 if all cells pass or all fail"),
    ("auc", "AUC", "how often a text comes before another label’s text"),
)
"""Figures that need an ordering only: field of a summary, name, how to read it."""


def ordering_sections(audits: Sequence[PairsAudit]) -> Iterator[Section]:
    """Yield a section for each probe that a reranker was measured on, encoders beside it."""
    by_probe: dict[tuple[str, str], list[PairsAudit]] = {}
    for audit in audits:
        probe = audit.measurement.probe
        by_probe.setdefault((probe.name, probe.digest), []).append(audit)
    mixed = [group for group in by_probe.values() if _rerankers(group)]
    for number, group in enumerate(mixed):
        yield _section(number, group)


def _section(number: int, audits: Sequence[PairsAudit]) -> Section:
    rerankers = _rerankers(audits)
    notes = tuple((audit.measurement.subject.name, note) for audit in rerankers for note in audit.notes)
    blocks: list[Block] = [Notes(notes), _table(f"o{number}-figures", audits)]
    blocks += [Prose((sentence_on("relevance"),))]
    for audit in rerankers:
        if cases := tuple(worst_cases(audit.measurement)):
            blocks.append(Cases(f"The worst cells of {audit.measurement.subject.name}", cases))
    probe = rerankers[0].measurement.probe
    return Section(
        id=f"orderings-{number}",
        title=f"Probe {probe.name}: orderings",
        blocks=tuple(blocks),
        lead=probe.why,
        pairs=_example(rerankers[0]),
    )


def _rerankers(audits: Sequence[PairsAudit]) -> list[PairsAudit]:
    return [audit for audit in audits if not has_distances(audit.measurement)]


def _table(id_: str, audits: Sequence[PairsAudit]) -> Table:
    """Return the figures of every model that need no distance."""
    rivals = among(rivals_of(audit.measurement) for audit in audits)
    rows = tuple(
        Row(
            tuple(estimate(getattr(audit.summary, field), 3) for audit in audits),
            f"{name}{rivals}" if field == "pass_rate" else name,
            reads,
        )
        for field, name, reads in ORDERED_FIGURES
    )
    columns = tuple(Column(titled(audit.measurement), numeric=True, user=True) for audit in audits)
    caption = "What only an ordering decides, for encoders and rerankers alike, with 90% intervals."
    return Table(id_, caption, (Column("Figure"), *columns), rows, stacked=True)


def _example(audit: PairsAudit) -> tuple[TextPair, ...]:
    """Return texts a and b of the first label that may be shown, in each sentence."""
    measurement = audit.measurement
    row = next((row for row, label in enumerate(measurement.items) if is_shown(measurement, label)), None)
    if row is None:
        return ()
    texts = measurement.details.texts
    pairs = ((str(texts[0][row, k]), str(texts[1][row, k])) for k in range(len(measurement.conditions)))
    return tuple(difference(*abridge(pair)) for pair in pairs)
