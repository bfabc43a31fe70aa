"""What a scorecard means for search: the same sentences on the terminal, in the report and in Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean, median

from evenband.analysis.limits import NEARLY_ALL
from evenband.analysis.pairs.scorecard import GRADES, Grade, Line, Scorecard
from evenband.analysis.pairs.values import PairsAudit
from evenband.narrative.formats import count, fixed

SAID = 8
"""Families that get a sentence of their own."""

NAMED = 6
"""Families that one sentence lists."""

EXPECTED = ("blind", "short tail", "few labels", "indifferent")
"""Notes on single probes that a scorecard does without: it has grades, floors, and its size in its head."""

ORDER: tuple[Grade, ...] = ("fails", "inconsistent", "blind", "reliable")
"""Of the families, in every table; a question mark does not change a place."""

MEANING: dict[Grade, str] = {
    "reliable": "nine cells in ten or more behave as the family's type demands",
    "inconsistent": "sometimes it does, sometimes it does not: the worst case for who relies on it",
    "fails": "nine cells in ten or more do not",
    "blind": "the model does not see the change at all; rightly where a text should stay where it is",
}

ADJECTIVES: dict[Grade, str] = {
    "reliable": "reliable",
    "inconsistent": "inconsistent",
    "fails": "failing",
    "blind": "blind",
}
VERBS: dict[Grade, str] = {
    "reliable": "It is reliable on",
    "inconsistent": "It is inconsistent on",
    "fails": "It fails",
    "blind": "It does not see",
}


def ranked(lines: Sequence[Line]) -> list[Line]:
    """The worst grade first, the lowest pass rate first within it; blind as it should be comes last."""
    return sorted(lines, key=lambda line: (_severity(line), line.pass_rate.value or 0.0))


def ranked_over(cards: Sequence[Scorecard]) -> list[str]:
    """Names of the families by their mean place over the models that have them, the worst first."""
    places: dict[str, list[float]] = {}
    for card in cards:
        for place, line in enumerate(ranked(card.lines)):
            places.setdefault(line.probe, []).append(place / len(card.lines))
    return sorted(places, key=lambda name: mean(places[name]))


def _severity(line: Line) -> int:
    return ORDER.index(line.grade) if not line.harmless else len(ORDER)


def grade_of(line: Line, several: str = "?") -> str:
    """The grade in a word; with a mark where the interval holds another one, too."""
    return f"{line.grade}{'' if line.certain else several}"


def counts_of(card: Scorecard) -> str:
    """``12 reliable, 14 inconsistent, 13 failing, 4 blind (2 of them rightly)``."""
    parts = [f"{len(found)} {ADJECTIVES[grade]}" for grade in GRADES if (found := card.of(grade))]
    harmless = sum(line.harmless for line in card.lines)
    which = "rightly" if harmless == len(card.of("blind")) else f"{harmless} of them rightly"
    return ", ".join(parts) + (f" ({which})" if harmless else "")


def size_of(card: Scorecard) -> str:
    """What every line rests on, such as ``32 labels x 4 sentences each``, or from where to where."""
    labels, sentences = ({getattr(line, name) for line in card.lines} for name in ("n", "templates"))
    return f"{_span(labels)} labels x {_span(sentences)} sentences each"


def _span(numbers: set[int]) -> str:
    low, high = min(numbers), max(numbers)
    return count(low) if low == high else f"{count(low)} to {count(high)}"


def warnings_of(audit: PairsAudit) -> list[str]:
    """The notes on a family that its line does not say already."""
    return [note for note in audit.notes if note.partition(":")[0] not in EXPECTED]


def headline(card: Scorecard) -> str:
    """The consistency over all families, in a sentence."""
    if card.consistency.value is None:
        return "No family has a consistency: none of them sees a change."
    found = f"C_total {fixed(card.consistency.value, 3)}"
    if card.consistency.low is not None:
        found += f" [{fixed(card.consistency.low, 3)}, {fixed(card.consistency.high, 3)}]"
    return f"{found}: the consistency of {_families(card.families)}, each with equal weight."


def meanings(card: Scorecard, most: int = SAID) -> list[str]:
    """Why the families that fail or are inconsistent matter, the worst first; then which ones are left."""
    bad = [line for line in ranked(card.lines) if line.grade != "reliable" and not line.harmless]
    if not bad:
        return ["No family fails, and none is inconsistent."]
    said: dict[str, str] = {}
    told: list[Line] = []
    for line in bad:
        key = line.why or line.probe
        if key in said or len(told) < most:
            told.append(line)
            said.setdefault(key, _sentence(line))
    rest = [line for line in bad if line not in told]
    more = [f"The others: {_listed(rest)}."] if rest else []
    return [*said.values(), *more]


def _sentence(line: Line) -> str:
    sure = "" if line.certain else ", not certain"
    rate = "" if line.grade == "blind" else f" ({fixed(100 * (line.pass_rate.value or 0.0), 0)} % pass{sure})"
    start = f"{VERBS[line.grade]} {line.probe}{rate}"
    return f"{start}: {line.why}" if line.why else f"{start}."


def _listed(lines: Sequence[Line]) -> str:
    """``2 fail (a, b), 3 are inconsistent (c, d, e)``."""
    parts = []
    for words, grades in ((("fails", "fail"), ("fails", "blind")), (("is", "are"), ("inconsistent",))):
        names = [line.probe for line in lines if line.grade in grades]
        if names:
            verb = words[len(names) > 1]
            what = verb if "fails" in grades else f"{verb} inconsistent"
            parts.append(f"{len(names)} {what} ({_names(names)})")
    return "; ".join(parts)


def _names(names: Sequence[str]) -> str:
    rest = len(names) - NAMED
    return ", ".join([*names[:NAMED], *([f"{rest} more"] if rest > 0 else [])])


def freshness(card: Scorecard) -> str:
    """How the fresh draw compares with the published one; empty where none was measured."""
    drawn = [line for line in card.lines if line.fresh is not None]
    if not drawn:
        return ""
    draws = ", ".join(dict.fromkeys(line.fresh.draw for line in drawn if line.fresh is not None))
    which = f"{draws}, {_families(len(drawn))}{_part(drawn)}"
    easier = sorted(card.easier, key=lambda line: -(_gap(line)))
    if not easier:
        return (
            f"On fresh sentences ({which}) none is passed less often than on the published ones, "
            "beyond chance."
        )
    listed = ", ".join(
        f"{line.probe} ({_rate(line.pass_rate.value)} against {_again(line)})" for line in easier
    )
    return (
        f"Passed more often on the published sentences than on fresh ones that are equally hard ({which}): "
        f"{listed}. A model that was trained on the published ones looks like this."
    )


def _part(drawn: Sequence[Line]) -> str:
    """How much is new, where that is not nearly all."""
    share = median(line.fresh.sentences for line in drawn if line.fresh is not None)
    return "" if share >= NEARLY_ALL else f", {fixed(100 * share, 0)} % of their sentences new in the median"


def staleness(card: Scorecard) -> str:
    """That nothing fresh could be drawn for some families; empty where it could for all."""
    if not card.stale:
        return ""
    all_of_them = len(card.stale) == len(card.lines)
    which = f"any of the {_families(len(card.stale))}" if all_of_them else _named(card.stale)
    return (
        f"There was nothing fresh to draw for {which}: the words that they were measured on are all that "
        "there are, as with a list of one's own. Such a draw is left out of the scorecard."
    )


def _named(names: Sequence[str]) -> str:
    return f"{_families(len(names))} ({_names(names)})"


def _families(number: int) -> str:
    return "1 family" if number == 1 else f"{number} families"


def sameness(card: Scorecard) -> str:
    """That roles make no difference to the model; empty where they do, or were not asked for."""
    if not card.repeated:
        return ""
    return (
        f"This model has no prompts for roles: as queries and as documents {_families(card.repeated)} "
        "are the same, and are counted once."
    )


def _gap(line: Line) -> float:
    return 0.0 if line.fresh is None else line.fresh.gap.value or 0.0


def _again(line: Line) -> str:
    return "" if line.fresh is None else _rate(line.fresh.pass_rate.value)


def _rate(value: float | None) -> str:
    return fixed(value, 2)
