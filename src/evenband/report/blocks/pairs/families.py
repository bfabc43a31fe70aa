"""Scorecards: a line for each family, worst first, and what it means for search.

C is the consistency (1 if the change moves all labels equally far), r50 how far the change moves a text
against another label in its place. Baselines are encoders that understand nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from evenband.analysis.audits import subject_notes
from evenband.analysis.pairs.orderings import has_distances
from evenband.analysis.pairs.scale import passes_of
from evenband.analysis.pairs.scorecard import GRADES, Grade, Line, Scorecard
from evenband.analysis.pairs.values import PairsAudit
from evenband.narrative.formats import MISSING, adjusted, count, factor, fixed, interval, percent, significant
from evenband.narrative.pairs.findings import (
    ADJECTIVES,
    MEANING,
    depth,
    freshness,
    grade_of,
    meanings,
    ranked,
    ranked_over,
    sameness,
    size_of,
    staleness,
    warnings_of,
)
from evenband.narrative.pairs.measures import among, sentence_on, with_similarity
from evenband.narrative.pairs.reservations import UNGRADED_MEANING, rivalry, unmeasured
from evenband.report.blocks.pairs.failing_cells import worst_cases
from evenband.report.blocks.pairs.pair_views import Card, Cards, Families, Family, Whisker
from evenband.report.views import Block, Cell, Column, Notes, Points, Prose, Row, Section, Table, Terms

BASELINE_NAMES: Mapping[str, str] = {
    "words": "a bag of words",
    "chars": "a bag of character trigrams",
    "random": "a random encoder",
}
"""Encoders that understand nothing, as a reader may call them."""

TYPES = (
    ("INV", "invariance: the change must move a text less than another label does"),
    ("DIFF", "directional expectation: a paraphrase must be nearer to the text than the changed text is"),
    ("ORDER", "ordering: the relevant text must be nearer to the query than the irrelevant one"),
)
"""What each type of probe demands."""

HEADS = (
    ("C", "consistency: 1 if the change moves all labels equally far"),
    ("r50", "sensitivity: the median distance over the distance to the same text with another label"),
    ("s", "cosine similarity of the text and the changed text (ORDER: of query and relevant text)"),
    ("fresh", "the pass rate on sentences that no published file holds"),
)
"""What the figures of a line mean."""


_RERANKED = (
    "Whether a cell passes depends on an ordering of this reranker’s scores for one query. It has no "
    "distance between texts, so that consistency, sensitivity and similarity do not exist. {}."
)

NO_GRADES = "No family has enough labels for a grade."
"""Headline of a scorecard without a grade."""


def scorecard_sections(cards: Sequence[Scorecard], audits: Sequence[PairsAudit]) -> Iterator[Section]:
    """Yield several models side by side, then the scorecard of each."""
    if len(cards) > 1:
        yield Section("scorecards", "Models side by side", (side_by_side("scorecards-table", cards),))
    for number, card in enumerate(cards):
        own = {
            one.measurement.probe.name: one for one in audits if one.measurement.subject.name == card.model
        }
        title = "Scorecard" if len(cards) == 1 else f"Scorecard of {card.model}"
        blocks: list[Block] = [
            Cards((_card(card),)),
            Points("What this means for search", tuple(meanings(card))),
        ]
        if notes := subject_notes(one.measurement for one in own.values()):
            blocks.insert(0, Notes(tuple(notes)))
        if few := rivalry(card):
            blocks.append(Prose((few,)))
        if ungraded := unmeasured(card):
            blocks.append(Points("Families without a grade", (ungraded,)))
        if fresh := tuple(filter(None, (freshness(card), staleness(card)))):
            blocks.append(Points("Published sentences against fresh ones", fresh))
        if same := sameness(card):
            blocks.append(Points("Queries and documents", (same,)))
        if brief := depth(list(own.values())):
            blocks.append(Prose((brief,)))
        blocks += [_families(f"scorecard-{number}-families", card, own), _terms(card)]
        yield Section(f"scorecard-{number}", title, tuple(blocks))


def side_by_side(id_: str, cards: Sequence[Scorecard]) -> Table:
    """Return pass rate and grade of every family on every model."""
    by_name = [{line.probe: line for line in card.lines} for card in cards]
    types = {line.probe: line.type for card in cards for line in card.lines}
    rows = tuple(
        Row((Cell(name, user=True), Cell(types[name]), *(_standing(lines.get(name)) for lines in by_name)))
        for name in ranked_over(cards)
    )
    columns = (
        Column("Family"),
        Column("Type"),
        *(Column(with_similarity(card.model, card.similarity), user=True) for card in cards),
    )
    caption = "Pass rate and grade of every family, ordered by their mean rank, worst first."
    return Table(id_, caption, columns, rows, searchable=True, stacked=True)


def _standing(line: Line | None) -> Cell:
    if line is None:
        return Cell(MISSING)
    line = line.common or line
    rate = fixed(line.pass_rate.value, 2)
    note = among([line.rivals]).removeprefix(", ")
    return Cell(f"{rate} {_verdict(line)}", note, kind=_look(line), sort=line.pass_rate.value)


def _verdict(line: Line) -> str:
    return grade_of(line)


def _look(line: Line) -> str:
    return "grade-reliable" if line.harmless else f"grade-{line.grade or 'none'}"


def _card(card: Scorecard) -> Card:
    """Return how many families have which grade, as a headline."""
    total, good = len(card.lines) - len(card.ungraded), len(card.of("reliable"))
    facts = [("consistency C, all families", fixed(card.consistency.value, 3), interval(card.consistency, 3))]
    facts = [] if card.similarity == "relevance" else facts
    facts += [(ADJECTIVES[grade], str(len(card.of(grade))), _note(card, grade)) for grade in GRADES]
    return Card(
        model=card.model,
        probe=f"{len(card.lines)} families",
        headline=f"Reliable on {good} of {total} families{_without(card)}." if total else NO_GRADES,
        sentence=_RERANKED.format(size_of(card).replace(" x ", " × "))
        if card.similarity == "relevance"
        else (
            "Whether a cell passes depends on an ordering of similarities, not on a threshold, so models can "
            f"be compared. C is the consistency of {card.families} families, each with equal weight: 1 if "
            f"the changes move all labels equally far. {size_of(card).replace(' x ', ' × ')}."
            f"{(measure := sentence_on(card.similarity)) and ' '}{measure}"
        ),
        facts=tuple(facts),
        strip=None,
        tone="alarm" if 2 * len(card.of("fails")) > total else "plain",
    )


def _note(card: Scorecard, grade: Grade) -> str:
    doubtful = sum(not line.certain for line in card.of(grade))
    rightly = sum(line.harmless for line in card.of(grade))
    return f"{doubtful} not certain" if doubtful else f"{rightly} rightly" if rightly else ""


def _without(card: Scorecard) -> str:
    return f", {len(card.ungraded)} without a grade" if card.ungraded else ""


def _terms(card: Scorecard) -> Terms:
    kinds = dict.fromkeys(line.ungraded for line in card.ungraded if line.ungraded is not None)
    ungraded = tuple((f"no grade: {kind}", UNGRADED_MEANING[kind]) for kind in kinds)
    return Terms("How to read grades, types and figures", (*MEANING.items(), *ungraded, *TYPES, *HEADS))


def _families(id_: str, card: Scorecard, audits: Mapping[str, PairsAudit]) -> Families:
    drawn = any(line.fresh is not None for line in card.lines)
    distance = "" if card.similarity == "cosine" else " (cosine)"
    figures = () if card.similarity == "relevance" else ("C", "r50", "median s")
    names = [f"{name}{distance}" for name in figures]
    measure = sentence_on(card.similarity)
    return Families(
        id=id_,
        title="Family by family",
        heads=(*names, *(["fresh"] if drawn else [])),
        families=tuple(_family(line, audits[line.probe], drawn) for line in ranked(card.lines)),
        reads=(
            "The dot is the pass rate: the share of cells (one label in one sentence) that behave as the "
            "family’s type demands. The line is its 90% interval over labels and sentences. The ticks are "
            "baselines, encoders that understand nothing, on the same texts: a bag of words (solid), of "
            "character trigrams (dashed), a random one (dotted). If the dot is no farther right than they "
            "are, passing shows no understanding. Open a family for its worst cells.",
            *([measure] if measure else []),
            *(["The second dot is a fresh draw: sentences that no published file holds."] if drawn else []),
        ),
    )


def _family(line: Line, audit: PairsAudit, drawn: bool) -> Family:
    fresh = MISSING if line.fresh is None else percent(line.fresh.pass_rate.value)
    return Family(
        name=line.probe,
        type=line.type,
        grade=_look(line),
        verdict=_verdict(line),
        rate=percent(line.pass_rate.value),
        interval=_interval(line),
        whisker=_whisker(line),
        figures=(
            *(_distances(line) if has_distances(audit.measurement) else ()),
            *([("fresh", fresh)] if drawn else []),
        ),
        why=line.why,
        cases=tuple(worst_cases(audit.measurement)) if line.measured else (),
        facts=tuple(_facts(line, audit)),
        sentences=tuple(_by_sentence(audit)) if line.measured else (),
        notes=tuple(warnings_of(audit)),
        alarm=_alarm(line),
    )


def _distances(line: Line) -> Iterator[tuple[str, str]]:
    """Yield the figures of a line that need a distance."""
    yield "C", fixed(line.consistency.value, 2)
    yield "r50", significant(line.r50.value, 2)
    yield "median s", fixed(line.median.value, 3)


def _by_sentence(audit: PairsAudit) -> Iterator[tuple[str, str, float]]:
    """Yield the pass rate of every sentence, lowest first. Wide intervals often come from the sentences."""
    passes = passes_of(audit.measurement)
    if passes is None:
        return
    rates = passes.mean(axis=0).tolist()
    for rate, name in sorted(zip(rates, audit.measurement.conditions, strict=True)):
        if math.isfinite(rate):
            yield name, percent(rate), round(100 * rate, 1)


def _interval(line: Line) -> str:
    rate = line.pass_rate
    if rate.low is None or rate.high is None:
        return ""
    return f"{fixed(100 * rate.low, 0)} to {fixed(100 * rate.high, 0)}"


def _whisker(line: Line) -> Whisker | None:
    rate = line.pass_rate
    if rate.value is None:
        return None
    ends = (rate.value if end is None else end for end in (rate.low, rate.high))
    low, high = (round(100 * end, 1) for end in ends)
    ticks = tuple(
        (round(100 * share, 1), f"{BASELINE_NAMES.get(name, name)}: {percent(share)}")
        for name, share in line.baselines.items()
    )
    again = None if line.fresh is None or line.fresh.pass_rate.value is None else line.fresh.pass_rate.value
    return Whisker(
        round(100 * rate.value, 1), low, high, ticks, None if again is None else round(100 * again, 1)
    )


def _alarm(line: Line) -> str:
    if line.fresh is None or not line.fresh.harder:
        return ""
    return "easier on the published sentences than on fresh ones"


def _facts(line: Line, audit: PairsAudit) -> Iterator[tuple[str, str, str]]:
    """Yield name, value and small print of further figures."""
    probe, figures = audit.measurement.probe, audit.summary
    low, high = (figures.quantiles.get(name) for name in ("q05", "q95"))
    yield (
        "labels × sentences",
        f"{count(line.n)} × {line.templates}",
        f"the change {line.effect} the meaning",
    )
    yield "uniformity U", fixed(line.uniformity.value, 2), interval(line.uniformity, 2)
    if figures.phi.value is not None:
        yield "disparity Φ", fixed(figures.phi.value, 2), interval(figures.phi, 2)
        yield "tail T99", factor(figures.t99.value), interval(figures.t99, 2)
    if low is not None:
        yield "s, 5% to 95%", f"{fixed(low, 3)} to {fixed(high, 3)}", ""
    for name, share in line.baselines.items():
        yield BASELINE_NAMES.get(name, name), percent(share), "passes"
    if line.fresh is not None:
        gap = line.fresh.gap
        yield (
            "fresh draw",
            percent(line.fresh.pass_rate.value),
            f"new: {percent(line.fresh.novel)} of labels, {percent(line.fresh.sentences)} of sentences",
        )
        yield "published minus fresh", fixed(gap.value, 2), f"{interval(gap, 2)}, q {adjusted(line.fresh.q)}"
    if probe.roles:
        yield "roles", ", ".join(dict.fromkeys(probe.roles)), "decide the prompt"
    if probe.language not in ("", "en"):
        yield "language", probe.language, ""
