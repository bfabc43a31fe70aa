"""Scorecards as Markdown, for a model card."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from evenband.analysis import Results
from evenband.analysis.audits import subject_notes
from evenband.analysis.pairs.scorecard import Scorecard
from evenband.digests import digest_of
from evenband.narrative.formats import MISSING, bracketed, fixed
from evenband.narrative.pairs.findings import (
    MEANING,
    counts_of,
    freshness,
    grade_of,
    headline,
    meanings,
    noted,
    ranked,
    sameness,
    size_of,
    staleness,
)
from evenband.narrative.pairs.measures import sentence_on
from evenband.narrative.pairs.reservations import rivalry, unmeasured
from evenband.records import Manifest
from evenband.types import ModelSpec

_MARKDOWN_CHARACTERS = re.compile(r"([\\`*_{}\[\]<>#|~&])")


def markdown(results: Results) -> str:
    """Return a section for each subject: headline, table, what it means, how it was made."""
    parts = ["# Consistency of behaviour", ""]
    for card in results.scorecards:
        parts += [*_section(card), *_origin(card, results), ""]
    return "\n".join(parts).rstrip() + "\n"


def escape(text: str) -> str:
    """Escape text so that Markdown shows it unchanged on one line, also in a table."""
    line = _MARKDOWN_CHARACTERS.sub(r"\\\1", " ".join(text.split()))
    return re.sub(r"^([-+]|\d+[.)])(?=\s)", r"\\\1", line)


def _section(card: Scorecard) -> list[str]:
    others = (unmeasured(card), rivalry(card), freshness(card), staleness(card), sameness(card))
    measure = sentence_on(card.similarity)
    sentences = [*meanings(card), *filter(None, others)]
    return [
        f"## {escape(card.model)}",
        "",
        f"{escape(headline(card))} Of {len(card.lines)} families: {counts_of(card)}. {size_of(card)}."
        f"{measure and ' '}{measure}",
        "",
        *(f"| {' | '.join(row)} |" for row in _rows(card)),
        "",
        *(f"{grade}: {meaning}.  " for grade, meaning in MEANING.items()),
        "A question mark: the interval includes another grade. C: consistency, 1 if the change moves all "
        "labels equally far. Bag of words: the baseline; if it passes as often, passing shows nothing.",
        "",
        "### What this means for search",
        "",
        *(f"* {escape(sentence)}" for sentence in sentences),
        "",
    ]


def _rows(card: Scorecard) -> Iterator[list[str]]:
    """Yield the cells of the table: heads, alignments, then a row for each family, worst first."""
    drawn = any(line.fresh is not None for line in card.lines)
    order, distance = ("", "") if card.similarity == "cosine" else (f" ({card.similarity})", " (cosine)")
    rate, c = f"Pass rate{order} [90%]", f"C{distance}"
    heads = ["Family", "Type", "Grade", rate, c, "Bag of words", "Fresh"]
    width = len(heads) if drawn else len(heads) - 1
    yield heads[:width]
    yield [*["---"] * 3, *["---:"] * (width - 3)]
    two_decimals = partial(fixed, digits=2)
    for line in ranked(card.lines):
        fresh = MISSING if line.fresh is None else bracketed(line.fresh.pass_rate, two_decimals)
        cells = [
            escape(line.probe),
            line.type,
            grade_of(line),
            bracketed(line.pass_rate, two_decimals),
            fixed(line.consistency.value, 2),
            fixed(line.baselines.get("words"), 2),
            fresh,
        ]
        yield cells[:width]


def _origin(card: Scorecard, results: Results) -> list[str]:
    """Return the command, the model, and digests that show whether two scorecards can be compared."""
    measured = [one.measurement for one in results.audits if one.measurement.subject.name == card.model]
    families = {line.probe for line in card.lines}
    texts = digest_of(sorted(one.probe.digest for one in measured if one.probe.name in families))
    subject, of_subject = measured[0].subject, subject_notes(measured)
    scored = [
        one for one in results.pairs if one.measurement.key in {(card.model, name) for name in families}
    ]
    manifests = (one for one in results.manifests if one.model_of(card.model) is not None)
    manifest = next(manifests, Manifest())
    return [
        "### How it was made",
        "",
        f"* evenband {escape(manifest.evenband or 'of unknown version')}: "
        f"`{_command(subject.ref, manifest.plan)}`",
        f"* model {escape(subject.ref)}, revision {escape(subject.revision)}, {subject.dtype}, "
        f"{_output_of(subject)}, digest `{subject.digest}`",
        f"* texts: digest `{texts}`; a scorecard with another digest was measured on other texts",
        "* intervals: 90%, over labels and sentences",
        *(f"* note: {escape(note)}" for _, note in of_subject),
        *(f"* note: {escape(line)}" for line in noted(scored, [note for _, note in of_subject])),
    ]


def _output_of(subject: ModelSpec) -> str:
    """Return what a model gives: vectors of a length, or scores."""
    return "scores of pairs" if subject.similarity == "relevance" else f"{subject.dim} dimensions"


def _command(ref: str, plan: Mapping[str, Any]) -> str:
    """Return the command that repeats the measurement, without folders of this machine."""
    words = ["evenband", "audit", ref]
    words += [word for probe in plan.get("probes") or () for word in ("-p", Path(probe).name)]
    for key in ("suite", "fresh", "sample"):
        words += [f"--{key}", str(plan[key])] if plan.get(key) is not None else []
    words += ["--roles", plan["roles"]] if plan.get("roles", "probe") != "probe" else []
    words += ["--terms", Path(plan["terms"]).name] if plan.get("terms") else []
    words += ["--seed", str(plan["seed"])] if plan.get("seed") else []
    return shlex.join(words).replace("`", "'")
