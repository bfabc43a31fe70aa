"""Sections of the page, in reading order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evenband.analysis import Results
from evenband.report.blocks.kinds import comparison_blocks_of, kind_sections
from evenband.report.blocks.origins import inputs_table, manifest_tree, model_table
from evenband.report.blocks.pairs.families import scorecard_sections
from evenband.report.blocks.pairs.option_sections import option_sections
from evenband.report.blocks.pairs.ordering_sections import ordering_sections
from evenband.report.blocks.pairs.probe_sections import (
    Group,
    explanation_sections,
    probe_sections,
    shown_alone,
)
from evenband.report.blocks.pairs.two_models import two_models_blocks
from evenband.report.blocks.training_sections import training_sections
from evenband.report.views import Block, Notes, Prose, Section


def sections_of(results: Results, groups: Sequence[Group]) -> Iterator[Section]:
    """Yield trainings, variants, comparisons, scorecards, headlines, probes, explanations and provenance.

    Args:
        results: what to report.
        groups: series of the minimal pairs that have sections of their own.
    """
    yield from training_sections(results.trainings)
    yield from option_sections(results.pairs)
    if results.comparisons or results.head_to_heads:
        yield _comparisons(results)
    yield from scorecard_sections(results.scorecards, results.pairs)
    if results.unmeasured:
        notes = tuple((model, reason) for model, _, reason in results.unmeasured)
        yield Section("unmeasured", "Not measured", (Notes(notes),))
    if not results.audits:
        yield Section("empty", "Nothing here", (Prose(("This run holds no measurement.",)),))
    yield from probe_sections(groups)
    yield from ordering_sections(shown_alone(results))
    yield from kind_sections(results.audits)
    yield from explanation_sections(results.explanations)
    if results.audits or results.manifests:
        yield _provenance(results)


def _comparisons(results: Results) -> Section:
    """Return two models at a time: on all families, then probe by probe if single items were looked into."""
    blocks: list[Block] = list(two_models_blocks(results.head_to_heads))
    for number, comparison in enumerate(results.comparisons):
        left, right = comparison.left, comparison.right
        sides = f"{left.probe.name}: left is {left.subject.name}, right is {right.subject.name}."
        blocks.append(Prose((sides,)))
        blocks.extend(comparison_blocks_of(f"c{number}", comparison))
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
