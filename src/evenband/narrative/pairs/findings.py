"""What a scorecard means for search, in sentences.

A scorecard has a line for each probe family, with a grade, a pass rate and a consistency. C_total is
the consistency of all families: 1 if every change moves all labels equally far.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from statistics import mean, median

from evenband.analysis.limits import NEARLY_ALL
from evenband.analysis.pairs.scorecard import GRADES, Grade, Line, Scorecard
from evenband.analysis.pairs.values import PairsAudit
from evenband.narrative.formats import bracketed, count, fixed, percent
from evenband.wording import counted, listed

MOST_SENTENCES = 8
"""Families that get a sentence of their own, at most."""

MOST_LISTED = 6
"""Families that one sentence names, at most."""

ORDERING_KINDS = ("orderings only", "query and documents")
"""Kinds of notes that every measurement of a reranker has."""

COVERED = ("blind", "short tail", "few labels", "one label", "indifferent", "similarity", *ORDERING_KINDS)
"""Kinds of notes that a scorecard leaves out: its grades, baselines and title say the same."""

GRADE_ORDER: tuple[Grade, ...] = ("fails", "inconsistent", "blind", "reliable")
"""Order of the families in every table; a question mark does not change it."""

MEANING: dict[Grade, str] = {
    "reliable": "at least nine cells in ten (a cell is one label in one sentence) behave as the type demands",
    "inconsistent": "anything between reliable and failing: worst for anyone who relies on the model",
    "fails": "at least nine cells in ten do not behave as the type demands",
    "blind": "the change moves the text by less than the noise: the model does not see it. "
    "Rightly, if the change should not move a text",
}
"""What each grade means."""

ADJECTIVES: dict[Grade, str] = {
    "reliable": "reliable",
    "inconsistent": "inconsistent",
    "fails": "failing",
    "blind": "blind",
}
LISTED: dict[Grade, tuple[str, str]] = {
    "fails": ("fails", "fail"),
    "inconsistent": ("is inconsistent", "are inconsistent"),
    "blind": ("is not seen", "are not seen"),
}
"""What a list says of one family of a grade, and of several."""

VERBS: dict[Grade, str] = {
    "reliable": "It is reliable on",
    "inconsistent": "It is inconsistent on",
    "fails": "It fails",
    "blind": "It does not see",
}


def ranked(lines: Sequence[Line]) -> list[Line]:
    """Return the lines by grade, worst first, then by pass rate.

    Those that are rightly blind come last but for those without a grade.
    """
    return sorted(lines, key=lambda line: (_severity(line), line.pass_rate.value or 0.0))


def ranked_over(cards: Sequence[Scorecard]) -> list[str]:
    """Return the names of the families by their mean rank over the models that have them, worst first."""
    places: dict[str, list[float]] = {}
    for card in cards:
        for place, line in enumerate(ranked(card.lines)):
            places.setdefault(line.probe, []).append(place / len(card.lines))
    return sorted(places, key=lambda name: mean(places[name]))


def _severity(line: Line) -> int:
    if line.grade is None:
        return len(GRADE_ORDER) + 1
    return GRADE_ORDER.index(line.grade) if not line.harmless else len(GRADE_ORDER)


def grade_of(line: Line) -> str:
    """Return the grade, with a question mark if the interval includes another grade.

    A line whose change should not move a text, and does not, is "blind, rightly". One without a grade says
    why it has none.
    """
    if line.grade is None:
        return "not measured" if not line.measured else f"too few labels ({line.n})"
    if line.harmless:
        return "blind, rightly"
    return f"{line.grade}{'' if line.certain else '?'}"


def counts_of(card: Scorecard) -> str:
    """Count the grades: ``12 reliable, 14 inconsistent, 13 failing, 4 blind (2 of them rightly)``."""
    parts = [f"{len(lines)} {ADJECTIVES[grade]}" for grade in GRADES if (lines := card.of(grade))]
    harmless = sum(line.harmless for line in card.lines)
    which = "rightly" if harmless == len(card.of("blind")) else f"{harmless} of them rightly"
    graded = ", ".join(parts) + (f" ({which})" if harmless else "")
    ungraded = f"{len(card.ungraded)} without a grade" if card.ungraded else ""
    return ", ".join(filter(None, (graded, ungraded)))


def size_of(card: Scorecard) -> str:
    """Say how large the families are: ``32 labels x 4 to 8 sentences each``."""
    labels, sentences = ({getattr(line, name) for line in card.lines} for name in ("n", "templates"))
    return f"{span_of(labels, 'label')} x {span_of(sentences, 'sentence')} each"


def span_of(numbers: set[int], noun: str) -> str:
    """Return the smallest and the largest number of things: ``4 to 8 sentences``."""
    low, high = min(numbers), max(numbers)
    return counted(low, noun) if low == high else f"{count(low)} to {counted(high, noun)}"


def warnings_of(audit: PairsAudit) -> list[str]:
    """Return the notes on a family that its line in the scorecard does not cover."""
    return [note for note in audit.notes if note.partition(":")[0] not in COVERED]


def noted(audits: Sequence[PairsAudit], elsewhere: Collection[str] = ()) -> list[str]:
    """Return a line for each kind of warning: how many families have it, and which.

    Args:
        audits: of the families.
        elsewhere: notes that are shown in full already.
    """
    several = len({audit.measurement.subject.name for audit in audits}) > 1
    places: dict[str, list[str]] = {}
    for audit in audits:
        of_model = f" on {audit.measurement.subject.name}" if several else ""
        kinds = {note.partition(":")[0] for note in warnings_of(audit) if note not in elsewhere}
        for kind in sorted(kinds):
            places.setdefault(kind, []).append(f"{audit.measurement.probe.name}{of_model}")
    total = len(audits)
    return [
        f"{kind}: {len(names)} of {counted(total, 'measurement')} ({listed(names, MOST_LISTED)})"
        for kind, names in places.items()
    ]


def headline(card: Scorecard) -> str:
    """Return C_total, the consistency over all families, in a sentence."""
    if card.consistency.value is None:
        if card.similarity == "relevance":
            return "No family has a consistency: a reranker scores pairs, and has no distance between texts."
        if all(line.grade == "blind" for line in card.lines):
            return "No family has a consistency: the model sees none of the changes."
        return "No family has a consistency: that takes two labels and a change that moves a text."
    figure = f"C_total {bracketed(card.consistency, fixed)}"
    return f"{figure}: the consistency of {_families(card.families)}, each with equal weight."


def meanings(card: Scorecard, most: int = MOST_SENTENCES) -> list[str]:
    """Say why the families that fail or are inconsistent matter, worst first; then name the others.

    Args:
        card: the scorecard.
        most: families with a sentence of their own, at most. Families with the same reason share one.
    """
    graded = [line for line in ranked(card.lines) if line.grade is not None]
    bad = [line for line in graded if line.grade != "reliable" and not line.harmless]
    if not graded:
        return ["Nothing: no family has a grade."]
    if not bad:
        which = "with a grade " if len(graded) < len(card.lines) else ""
        return [f"No family {which}fails, and none is inconsistent."]
    sentences: dict[str, str] = {}
    covered: list[Line] = []
    for line in bad:
        reason = line.why or line.probe
        if reason in sentences or len(covered) < most:
            covered.append(line)
            sentences.setdefault(reason, _sentence(line))
    rest = [line for line in bad if line not in covered]
    others = [f"The others: {_listed(rest)}."] if rest else []
    return [*sentences.values(), *others]


def _sentence(line: Line) -> str:
    assert line.grade is not None
    sure = "" if line.certain else ", not certain"
    rate = "" if line.grade == "blind" else f" ({percent(line.pass_rate.value)} pass{sure})"
    start = f"{VERBS[line.grade]} {line.probe}{rate}"
    return f"{start}: {line.why}" if line.why else f"{start}."


def _listed(lines: Sequence[Line]) -> str:
    """Count and name families: ``2 fail (a, b); 3 are inconsistent (c, d, e); 1 is not seen (f)``."""
    parts = []
    for grade, words in LISTED.items():
        names = [line.probe for line in lines if line.grade == grade]
        if names:
            parts.append(f"{len(names)} {words[len(names) > 1]} ({listed(names, MOST_LISTED)})")
    return "; ".join(parts)


def freshness(card: Scorecard) -> str:
    """Compare the fresh draw with the published one; empty if no fresh draw was measured."""
    drawn = [line for line in card.lines if line.fresh is not None]
    if not drawn:
        return ""
    draws = ", ".join(dict.fromkeys(line.fresh.draw for line in drawn if line.fresh is not None))
    which = f"{draws}, {_families(len(drawn))}{_part(drawn)}"
    easier = sorted(card.easier, key=lambda line: -(_gap(line)))
    if not easier:
        return (
            f"On fresh sentences ({which}) no family passes less often than on the published ones, "
            "beyond chance."
        )
    listed = ", ".join(
        f"{line.probe} ({_rate(line.pass_rate.value)} against {_again(line)})" for line in easier
    )
    return (
        f"These pass more often on the published sentences than on fresh, equally hard ones ({which}): "
        f"{listed}. That is what training on the published sentences looks like."
    )


def _part(drawn: Sequence[Line]) -> str:
    """Say which share of the sentences is new, unless nearly all are."""
    share = median(line.fresh.sentences for line in drawn if line.fresh is not None)
    return "" if share >= NEARLY_ALL else f", {percent(share)} of their sentences new in the median"


def staleness(card: Scorecard) -> str:
    """Name the families without a fresh draw; empty if all have one."""
    if not card.stale:
        return ""
    is_every_family = len(card.stale) == len(card.lines)
    which = f"any of the {_families(len(card.stale))}" if is_every_family else _named(card.stale)
    return (
        f"There was nothing fresh to draw for {which}: the measured words are all that there are, as with a "
        "list of your own. The scorecard leaves such a draw out."
    )


def _named(names: Sequence[str]) -> str:
    return f"{_families(len(names))} ({listed(names, MOST_LISTED)})"


def _families(number: int) -> str:
    return counted(number, "family", "families")


def sameness(card: Scorecard) -> str:
    """Say that the model has no prompts for roles; empty if it has, or if roles were not compared."""
    if not card.repeated:
        return ""
    return (
        f"This model has no prompts for roles. As queries and as documents, {_families(card.repeated)} "
        "give the same numbers and are counted once."
    )


def _gap(line: Line) -> float:
    return 0.0 if line.fresh is None else line.fresh.gap.value or 0.0


def _again(line: Line) -> str:
    return "" if line.fresh is None else _rate(line.fresh.pass_rate.value)


def _rate(value: float | None) -> str:
    return fixed(value, 2)


def depth(audits: Sequence[PairsAudit]) -> str:
    """Say that single labels were not looked into; empty where they were for all."""
    if all(audit.detailed for audit in audits):
        return ""
    return (
        "A suite looks into no single label: it has no controls, no explanations and no smallest detectable "
        "effect. An audit of a family by itself has these: name it with -p, without --suite."
    )
