"""All results as printed after a run: tables of single probes, blocks of other kinds, scorecards."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from evenband.analysis import PairsAudit, Results
from evenband.analysis.audits import subject_notes
from evenband.analysis.pairs.head_to_head import HeadToHead
from evenband.analysis.pairs.scorecard import is_scored
from evenband.cli.printing.blocks import print_section, print_subject_notes
from evenband.cli.printing.console import console_of
from evenband.cli.printing.pairs.probe_tables import print_audits
from evenband.cli.printing.pairs.scorecards import print_item, print_scorecards
from evenband.narrative.pairs.findings import depth, noted
from evenband.narrative.pairs.head_to_head import answers, moved_since
from evenband.narrative.pairs.mending import mended
from evenband.narrative.pairs.two_model_advice import reasons
from evenband.report.blocks.kinds import kind_answers, kind_sections
from evenband.report.blocks.pairs.option_sections import option_sections
from evenband.report.blocks.training_sections import training_sections


def print_results(results: Results) -> None:
    """Print which of several models is better, the scorecards, and tables of the audits that are in none."""
    for section in training_sections(results.trainings):
        print_section(section)
    print_answers(results.head_to_heads)
    for sentence in kind_answers(results.audits):
        console_of().print(Text(sentence, style="bold"))
    for section in option_sections(results.pairs):
        print_section(section)
    scored = {card.model for card in results.scorecards}
    print_audits([audit for audit in results.pairs if not _is_on(audit, scored)])
    for section in kind_sections(results.audits):
        print_section(section)
    if results.scorecards:
        print_scorecards(results.scorecards, results.head_to_heads)
        scored_audits = [audit for audit in results.pairs if _is_on(audit, scored)]
        _print_notes(scored_audits)
        if sentence := depth(scored_audits):
            console_of().print(Text(sentence))
    for model, _, reason in results.unmeasured:
        console_of().print(Text(f"! {model}: {reason}", style="yellow"))


def print_moved(results: Results) -> None:
    """Print what has moved against a reference, as the last lines of a run; nothing without one."""
    for sentence in filter(None, map(moved_since, results.head_to_heads)):
        console_of().print(Text(f"moved: {sentence}", style="bold"))


def print_answers(head_to_heads: Sequence[HeadToHead]) -> None:
    """Print which of several models is better and where, then why one may believe it."""
    for sentence in (*answers(head_to_heads), *mended(head_to_heads)):
        console_of().print(Text(sentence, style="bold"))
    if len(head_to_heads) == 1:
        for sentence in reasons(head_to_heads[0]):
            print_item(sentence)
    if head_to_heads:
        console_of().print()


def _is_on(audit: PairsAudit, models: set[str]) -> bool:
    """Return whether the scorecard of one of these models has a line for the audit."""
    return audit.measurement.subject.name in models and is_scored(audit)


def _print_notes(audits: Sequence[PairsAudit]) -> None:
    """Print the notes on each model, then each kind of warning with the families that have it."""
    measurements = [audit.measurement for audit in audits]
    print_subject_notes(measurements)
    printed = {note for _, note in subject_notes(measurements)}
    for line in noted(audits, printed):
        console_of().print(Text(f"! {line}", style="yellow"))
