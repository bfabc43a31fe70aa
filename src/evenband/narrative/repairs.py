"""What a repair gained and what it cost, in sentences; a gain that is not confirmed is not claimed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from evenband.analysis.repairs import Novelty, RepairedSearch, RepairJudgement, RepairLine
from evenband.narrative.formats import fixed, percent
from evenband.types import Estimate
from evenband.wording import counted, listed, signed_as_read

NOTHING_FOUND = (
    "No linear map was found that helps on sentences and words other than those it was learned from, within "
    "the costs allowed. Nothing was changed, and no gain is claimed."
)
"""Verdict where the search ends without a map."""

NEW: Mapping[Novelty, str] = {
    "sentences and words": "new sentences and words",
    "words": "new words",
    "sentences": "new sentences, but words that were learned from",
    "combinations": "new combinations of words that were learned from",
    "pairs": "other pairs of its table, without a text that was learned from",
    "rows": "other rows of its table, with texts that were learned from",
}
"""How a verdict calls what is new in the texts that it is about."""


def repair_verdicts(judgement: RepairJudgement) -> list[str]:
    """Return one sentence for each repaired family, then those on what was kept, the rest and searches."""
    return [
        *map(_on_repaired, judgement.of("repaired")),
        *_on_kept(judgement),
        *_on_others(judgement),
        *map(_on_search, judgement.searches),
    ]


def points(change: Estimate, digits: int = 0) -> str:
    """Format a difference of proportions in points with its 90% interval: ``+52 [+41, +63]``."""

    def write(value: float | None) -> str:
        if value is None:
            return fixed(None)
        text = f"{100 * value:+.{digits}f}"
        return signed_as_read("0" if float(text) == 0 and not digits else text)

    if change.low is None or change.high is None:
        return write(change.value)
    return f"{write(change.value)} [{write(change.low)}, {write(change.high)}]"


def _on_repaired(line: RepairLine) -> str:
    rates = f"{percent(line.before.value)} of its cells pass before, {percent(line.after.value)} after"
    change = f"{points(line.deciding)} points{_at_once(line)}"
    new = NEW[line.new]
    if line.outcome == "gained":
        return f"{line.family} is repaired on {new}: {rates} ({change})."
    if line.outcome == "lost":
        return f"{line.family} is made worse: {rates} on {new} ({change})."
    return (
        f"{line.family}: no gain is claimed. On {new} {rates}; the interval of the change includes zero "
        f"({change})."
    )


def _at_once(line: RepairLine) -> str:
    """Return what is added to an interval that holds for several families."""
    return "" if line.at_once is None else ", at once with the others of its part"


def _on_kept(judgement: RepairJudgement) -> Iterator[str]:
    kept = judgement.of("kept")
    if not kept:
        return
    lost = judgement.of("kept", "lost")
    if lost:
        named = listed(f"{line.family} ({points(line.deciding)} points{_at_once(line)})" for line in lost)
        yield f"To be kept, and yet losing: {named}."
        return
    lowest = min(kept, key=lambda line: line.change.value if line.change.value is not None else 0.0)
    change = f"{points(lowest.deciding)} points{_at_once(lowest)}"
    if len(kept) == 1:
        yield f"{lowest.family}, which was to be kept, does not lose clearly ({change})."
        return
    what = "the largest loss" if (lowest.change.value or 0.0) < 0 else "the smallest change"
    least = f"{what} is that of {lowest.family} ({change})"
    yield f"None of the {len(kept)} families to be kept loses clearly; {least}."


def _on_others(judgement: RepairJudgement) -> Iterator[str]:
    others = judgement.of("other")
    if not others:
        return
    parts = []
    for outcome, verb in (("lost", "lose"), ("gained", "gain")):
        lines = [line for line in others if line.outcome == outcome]
        named = listed((f"{line.family} {points(line.change)}" for line in lines), most=5)
        verb = f"{verb}s" if len(lines) == 1 else verb
        parts.append(f"{len(lines)} {verb}{f' ({named})' if lines else ''}")
    by_chance = 0.05 * len(others)
    yield (
        f"Of {counted(len(others), 'other family', 'other families')} {' and '.join(parts)}; chance alone "
        f"would show about {by_chance:.1f} of each."
    )


def _on_search(search: RepairedSearch) -> str:
    rates = f"{percent(search.before.value, 1)} before, {percent(search.after.value, 1)} after"
    verdict = {
        "gained": "the search gains",
        "lost": "the search loses",
        "not confirmed": "no clear change",
    }[search.outcome]
    return (
        f"Recall@{search.depth} on {search.dataset}: {rates} ({points(search.change, 1)} points over "
        f"{counted(search.queries, 'query', 'queries')}): {verdict}."
    )
