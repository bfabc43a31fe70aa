"""The parts of the page, in reading order; a later kind of result adds a function here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from evenband.analysis.pairs.explanation import Explanation
from evenband.analysis.pairs.values import MEANINGS, Audit, Comparison
from evenband.report.blocks import score_charts as figures
from evenband.report.blocks import summary_tables as tables
from evenband.report.blocks.cards import card
from evenband.report.blocks.farthest import outlier_table
from evenband.report.blocks.origins import calibration_table, inputs_table, manifest_tree, model_table
from evenband.report.blocks.reference import contrast_blocks
from evenband.report.blocks.sentences import structure_blocks
from evenband.report.blocks.why import explanation_card
from evenband.report.charts.series import Series
from evenband.report.views import Block, Cards, Notes, Prose, Section, Terms, TextPair
from evenband.types import ModelSpec

Group = Sequence[Series]


def sections_of(
    groups: Sequence[Group],
    comparisons: Sequence[Comparison],
    manifests: Sequence[Mapping[str, Any]],
    explanations: Sequence[Explanation] = (),
    scorecards: Sequence[Section] = (),
    models: Sequence[ModelSpec] = (),
    brief: bool = False,
) -> Iterator[Section]:
    """Scorecards and verdicts, then each probe, then explanations and comparisons, then provenance.

    Args:
        groups: the series of each audit that has a section of its own.
        comparisons: pairs of models or runs.
        manifests: of the runs.
        explanations: of single values.
        scorecards: sections that come first.
        models: what decides their vectors is listed at the end.
        brief: no more of a probe than its figures, as beside a suite's scorecard.
    """
    probes = by_probe(groups)
    yield from scorecards
    if not groups and not scorecards:
        yield Section("empty", "Nothing here", (Prose(("This run holds no measurement.",)),))
    elif groups:
        yield _verdicts(probes)
    for number, probe in enumerate(probes):
        yield _probe(number, probe, brief)
    if explanations:
        cards = tuple(explanation_card(number, found) for number, found in enumerate(explanations))
        yield Section("explanations", "Why these", cards)
    if comparisons:
        yield _comparisons(comparisons)
    if models or manifests:
        yield _provenance(models, manifests)


def by_probe(groups: Sequence[Group]) -> list[list[Group]]:
    """Audits of one probe together; one probe is one digest of templates and slot values."""
    found: dict[tuple[str, str], list[Group]] = {}
    for group in groups:
        probe = group[0].audit.measurement.probe
        found.setdefault((probe.name, probe.digest), []).append(group)
    return list(found.values())


def _audits(groups: Sequence[Group]) -> list[Audit]:
    return [group[0].audit for group in groups]


def _verdicts(probes: Sequence[Sequence[Group]]) -> Section:
    cards = [card(audit, _audits(groups)) for groups in probes for audit in _audits(groups)]
    return Section("verdicts", "In ten seconds", (Cards(tuple(cards)),))


def _probe(number: int, groups: Sequence[Group], brief: bool) -> Section:
    audits = _audits(groups)
    first = audits[0].measurement
    notes = tuple((audit.measurement.model.name, note) for audit in audits for note in audit.notes)
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


def _figures_and_outliers(number: int, groups: Sequence[Group], audits: Sequence[Audit]) -> list[Block]:
    """What is known of a probe beside its charts of the scores."""
    blocks: list[Block] = []
    blocks.extend(structure_blocks(f"s{number}", audits))
    blocks.extend(contrast_blocks(f"r{number}", groups))
    blocks.append(tables.summary_table(f"t{number}-summary", audits))
    blocks.append(outlier_table(f"t{number}-outliers", audits))
    if any(outlier.verdict for audit in audits for outlier in audit.outliers):
        blocks.append(Terms("How to read the verdicts", tuple(MEANINGS.items())))
    if any(audit.measurement.calibration for audit in audits):
        blocks.append(calibration_table(f"t{number}-calibration", audits))
    return blocks


def _examples(group: Group) -> tuple[TextPair, ...]:
    """Every sentence's pair, of the article's word or of the value nearest to the first one's median."""
    first = group[0]
    middle = first.quantiles[1]
    row = first.named[0] if first.named else int(np.argmin(np.abs(first.scores - middle)))
    texts = first.audit.measurement.texts
    pairs = ((str(texts["text_a"][row, one.column]), str(texts["text_b"][row, one.column])) for one in group)
    return tuple(tables.difference(*pair) for pair in pairs)


def _comparisons(comparisons: Sequence[Comparison]) -> Section:
    blocks: list[Block] = []
    for number, comparison in enumerate(comparisons):
        left, right = comparison.left, comparison.right
        blocks.append(
            Prose((f"{left.probe.name}: left is {left.model.name}, right is {right.model.name}.",)),
        )
        blocks.append(tables.comparison_table(f"c{number}-figures", comparison))
        blocks.append(tables.changes_table(f"c{number}-changes", comparison))
    return Section("comparisons", "Compared", tuple(blocks))


def _provenance(models: Sequence[ModelSpec], manifests: Sequence[Mapping[str, Any]]) -> Section:
    blocks: list[Block] = []
    if models:
        blocks.append(model_table("models", models))
    inputs = inputs_table("inputs", manifests)
    if inputs.rows:
        blocks.append(inputs)
    for number, manifest in enumerate(manifests):
        title = "The run" if len(manifests) == 1 else f"Run {number + 1}"
        blocks.append(manifest_tree(manifest, title))
    return Section("provenance", "Where these numbers come from", tuple(blocks))
