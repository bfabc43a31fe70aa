"""The parts of the page, in reading order; a later kind of result adds a function here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from evenband.analysis import Audit, Comparison, PairsAudit, PairsComparison, Results, ScoreComparison
from evenband.narrative.verdicts import MEANINGS
from evenband.report.blocks import score_charts as figures
from evenband.report.blocks import summary_tables as tables
from evenband.report.blocks.cards import card
from evenband.report.blocks.families import scorecard_sections
from evenband.report.blocks.farthest import outlier_table
from evenband.report.blocks.kinds import kind_sections, score_comparison
from evenband.report.blocks.origins import calibration_table, inputs_table, manifest_tree, model_table
from evenband.report.blocks.reference import contrast_blocks
from evenband.report.blocks.sentences import structure_blocks
from evenband.report.blocks.why import explanation_card
from evenband.report.charts.series import Series
from evenband.report.views import Block, Cards, Notes, Prose, Section, Terms, TextPair

Group = Sequence[Series]


def sections_of(results: Results, shown: Sequence[Audit], groups: Sequence[Group]) -> Iterator[Section]:
    """Yield scorecards, headlines, each probe, explanations, comparisons, provenance.

    Args:
        results: what to report.
        shown: audits that have a section of their own, of all kinds.
        groups: the series of the minimal pairs among them.
    """
    scorecards = list(scorecard_sections(results.scorecards, results.pairs))
    yield from scorecards
    probes = by_probe(groups)
    if not results.audits:
        yield Section("empty", "Nothing here", (Prose(("This run holds no measurement.",)),))
    elif groups:
        yield _headlines(probes)
    for number, probe in enumerate(probes):
        yield _probe(number, probe, brief=not any(audit.detailed for audit in _audits(probe)))
    kinds = dict.fromkeys(audit.measurement.kind for audit in shown)
    for kind in kinds:
        if kind != "pairs":
            yield from kind_sections(kind, [audit for audit in shown if audit.measurement.kind == kind])
    if results.explanations:
        cards = tuple(explanation_card(number, one) for number, one in enumerate(results.explanations))
        yield Section("explanations", "Why these", cards)
    if results.comparisons:
        yield _comparisons(results.comparisons)
    if results.audits or results.manifests:
        yield _provenance(results)


def by_probe(groups: Sequence[Group]) -> list[list[Group]]:
    """Audits of one probe together; one probe is one digest of templates and slot values."""
    found: dict[tuple[str, str], list[Group]] = {}
    for group in groups:
        probe = group[0].audit.measurement.probe
        found.setdefault((probe.name, probe.digest), []).append(group)
    return list(found.values())


def _audits(groups: Sequence[Group]) -> list[PairsAudit]:
    return [group[0].audit for group in groups]


def _headlines(probes: Sequence[Sequence[Group]]) -> Section:
    cards = [card(audit, _audits(groups)) for groups in probes for audit in _audits(groups)]
    return Section("verdicts", "In ten seconds", (Cards(tuple(cards)),))


def _probe(number: int, groups: Sequence[Group], brief: bool) -> Section:
    audits = _audits(groups)
    first = audits[0].measurement
    notes = tuple((audit.measurement.subject.name, note) for audit in audits for note in audit.notes)
    blocks: list[Block] = []
    if notes:
        blocks.append(Notes(notes))
    blocks.extend(figures.figures_of(f"f{number}", groups))
    if not brief:
        blocks.extend(_figures_and_outliers(number, groups, audits))
    return Section(
        id=f"probe-{number}",
        title=f"Probe {first.probe.name}",
        blocks=tuple(blocks),
        lead=first.probe.why,
        pairs=_examples(groups[0]),
    )


def _figures_and_outliers(number: int, groups: Sequence[Group], audits: Sequence[PairsAudit]) -> list[Block]:
    """What is known of a probe beside its charts of the scores."""
    blocks: list[Block] = []
    blocks.extend(structure_blocks(f"s{number}", audits))
    blocks.extend(contrast_blocks(f"r{number}", groups))
    blocks.append(tables.summary_table(f"t{number}-summary", audits))
    blocks.append(outlier_table(f"t{number}-outliers", audits))
    if any(outlier.verdict for audit in audits for outlier in audit.outliers):
        blocks.append(Terms("How to read the verdicts", tuple(MEANINGS.items())))
    if any(audit.measurement.details.calibration for audit in audits):
        blocks.append(calibration_table(f"t{number}-calibration", audits))
    return blocks


def _examples(group: Group) -> tuple[TextPair, ...]:
    """Every sentence's pair, of the article's word or of the value nearest to the first one's median."""
    first = group[0]
    middle = first.quantiles[1]
    row = first.named[0] if first.named else int(np.argmin(np.abs(first.scores - middle)))
    texts = first.audit.measurement.details.texts
    pairs = ((str(texts[0][row, one.column]), str(texts[1][row, one.column])) for one in group)
    return tuple(tables.difference(*pair) for pair in pairs)


def _comparisons(comparisons: Sequence[Comparison]) -> Section:
    blocks: list[Block] = []
    for number, comparison in enumerate(comparisons):
        left, right = comparison.left, comparison.right
        sides = f"{left.probe.name}: left is {left.subject.name}, right is {right.subject.name}."
        blocks.append(Prose((sides,)))
        if isinstance(comparison, PairsComparison):
            blocks.append(tables.comparison_table(f"c{number}-figures", comparison))
            blocks.append(tables.changes_table(f"c{number}-changes", comparison))
        elif isinstance(comparison, ScoreComparison):
            blocks.append(score_comparison(f"c{number}-figures", comparison))
    return Section("comparisons", "Compared", tuple(blocks))


def _provenance(results: Results) -> Section:
    blocks: list[Block] = []
    measurements = [audit.measurement for audit in results.audits]
    listed = [spec for one in measurements for spec in (*one.details.others, one.subject)]
    subjects = {spec.digest: spec for spec in listed}
    if subjects:
        blocks.append(model_table("models", list(subjects.values())))
    inputs = inputs_table("inputs", results.manifests)
    if inputs.rows:
        blocks.append(inputs)
    for number, manifest in enumerate(results.manifests):
        title = "The run" if len(results.manifests) == 1 else f"Run {number + 1}"
        blocks.append(manifest_tree(manifest, title))
    return Section("provenance", "Where these numbers come from", tuple(blocks))
