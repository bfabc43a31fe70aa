"""What a scorecard means for search: the same sentences on the terminal, in the report and in Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from evenband.analysis.scorecard import GRADES, Grade, Line, Scorecard
from evenband.analysis.values import Audit
from evenband.report.numbers import counted, fixed

SAID = 8
"""Families that get a sentence of their own."""

NAMED = 6
"""Families that one sentence lists."""

EXPECTED = ("blind", "short tail", "indifferent")
"""Notes on single probes that a scorecard does without: it has grades, floors, and 200 labels by design."""

MEANING: dict[Grade, str] = {
    "reliable": "nine cells in ten or more behave as the family's type demands",
    "inconsistent": "sometimes it does, sometimes it does not: the worst case for who relies on it",
    "fails": "nine cells in ten or more do not",
    "blind": "the model does not see the change at all; right where the change means nothing",
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
    """The worst first: failures and blindness that does harm, what is inconsistent, what is reliable."""
    return sorted(lines, key=lambda line: (_severity(line), not line.certain, line.pass_rate.value or 0.0))


def _severity(line: Line) -> int:
    if line.harmless:
        return 3
    return {"fails": 0, "blind": 0, "inconsistent": 1, "reliable": 2}[line.grade]


def grade_of(line: Line, several: str = "?") -> str:
    """The grade in a word; with a mark where the interval holds another one, too."""
    return f"{line.grade}{'' if line.certain else several}"


def counts_of(card: Scorecard) -> str:
    """``12 reliable, 14 inconsistent, 13 failing, 4 blind (2 of them rightly)``."""
    parts = [f"{len(found)} {ADJECTIVES[grade]}" for grade in GRADES if (found := card.of(grade))]
    harmless = sum(line.harmless for line in card.lines)
    return ", ".join(parts) + (f" ({harmless} of them rightly)" if harmless else "")


def warnings_of(audit: Audit) -> list[str]:
    """The notes on a family that its line does not say already."""
    return [note for note in audit.notes if note.partition(":")[0] not in EXPECTED]


def headline(card: Scorecard) -> str:
    """The consistency over all families, in a sentence."""
    if card.consistency.value is None:
        return "No family has a consistency: none of them sees a change."
    found = f"C_total {fixed(card.consistency.value, 3)}"
    if card.consistency.low is not None:
        found += f" [{fixed(card.consistency.low, 3)}, {fixed(card.consistency.high, 3)}]"
    families = "1 family" if card.families == 1 else f"{card.families} families"
    return f"{found}: the consistency of {families}, each with equal weight."


def meanings(card: Scorecard, most: int = SAID) -> list[str]:
    """Why the families that fail or are inconsistent matter, the worst first; then which ones are left."""
    bad = [line for line in ranked(card.lines) if _severity(line) < 2]
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
    easier = sorted(card.easier, key=lambda line: -(_gap(line)))
    if not easier:
        again = counted(len(drawn), "probe")
        return (
            f"On fresh sentences ({draws}, {again}) none is passed less often than on the published ones, "
            "beyond chance."
        )
    listed = ", ".join(
        f"{line.probe} ({_rate(line.pass_rate.value)} against {_again(line)})" for line in easier
    )
    return (
        f"Passed more often on the published sentences than on fresh ones that are equally hard ({draws}): "
        f"{listed}. A model that was trained on the published ones looks like this."
    )


def _gap(line: Line) -> float:
    return 0.0 if line.fresh is None else line.fresh.gap.value or 0.0


def _again(line: Line) -> str:
    return "" if line.fresh is None else _rate(line.fresh.pass_rate.value)


def _rate(value: float | None) -> str:
    return fixed(value, 2)
