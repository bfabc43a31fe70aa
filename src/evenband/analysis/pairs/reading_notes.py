"""Notes on what a model reads: texts that it cannot tell apart, texts that it does not read to the end.

Labels with the same text, or with texts that the model reads as the same tokens, are twins: none of them is a
neighbour of another. A label whose texts differ only behind the model's limit is undecidable and left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from evenband.types import PairsMeasurement, Scores
from evenband.types.details import LETTERS
from evenband.unshown_words import examples_of, may_be_shown
from evenband.wording import listed

LABELS_NAMED = 3
"""Number of undecidable labels that a note names."""

LONGEST_LABEL = 40
"""Number of characters of a label that a note shows."""


def reading_notes(measurement: PairsMeasurement) -> Iterator[str]:
    """Yield what is cut, what is left out because of that, and which labels are the same to the model."""
    yield from _undecidable_notes(measurement)
    yield from _cut_notes(measurement)
    yield from _twin_notes(measurement)
    yield from _sharing_notes(measurement)
    yield from _unseen_notes(measurement)


def _cut_notes(measurement: PairsMeasurement) -> Iterator[str]:
    """Yield how many labels have a text that is longer than the model's limit."""
    truncation = measurement.details.truncation
    if truncation is None or not truncation.labels:
        return
    limit = "limit" if truncation.limit is None else f"{truncation.limit:,} tokens"
    sides = ", ".join(
        f"text {letter} of {count:,}"
        for letter, count in zip(LETTERS, truncation.sides, strict=False)
        if count
    )
    what = "pair" if measurement.metric.kind == "relevance" else "text"
    yield (
        f"cut: {_of_all(truncation.labels, truncation.total)} a {what} longer than the model's {limit} "
        f"({sides}); it does not read what follows"
    )


def _undecidable_notes(measurement: PairsMeasurement) -> Iterator[str]:
    """Yield which labels and templates are left out, since their texts differ only behind the cut."""
    truncation = measurement.details.truncation
    if truncation is None or not truncation.undecidable:
        return
    measured, kept = set(measurement.items), set(measurement.conditions)
    labels = list(dict.fromkeys(label for label, _ in truncation.undecidable if label not in measured))
    if labels:
        named = _named(examples_of(measurement.probe.slot, labels), len(labels))
        yield (
            f"undecidable: {_of_all(len(labels), truncation.total)} texts that differ only behind the cut, "
            f"which the model reads as the same ({named}); the figures are those of the other "
            f"{len(measurement.items):,}"
        )
    templates = list(dict.fromkeys(name for _, name in truncation.undecidable if name not in kept))
    if templates:
        yield (
            f"undecidable: {len(templates)} of {measurement.probe.conditions} templates differ only behind "
            f"the cut for half of the labels or more ({_named(templates)}); the figures are those of the "
            f"other {len(kept)}"
        )


def count_twins(measurement: PairsMeasurement) -> int:
    """Return the number of labels whose text a differs from another's, but not to the model."""
    return max((len(rows) for rows in _twins(measurement, 0)), default=0)


def _twin_codes(measurement: PairsMeasurement, side: int) -> Scores | None:
    """Return the first label of each label's twins: of text a (0), or of text b (1) alone. Shape: (n, t)."""
    return (measurement.details.twin_of, measurement.details.twin_of_b)[side]


def _twins(measurement: PairsMeasurement, side: int) -> Iterator[list[int]]:
    """Yield, for each template, the labels that have a twin with another text a (0) or b (1)."""
    table = _twin_codes(measurement, side)
    if table is None:
        return
    for column, codes in enumerate(table.T.tolist()):
        texts = measurement.details.texts[side][:, column].tolist()
        different = Counter(code for code, _ in set(zip(codes, texts, strict=True)))
        yield [row for row, code in enumerate(codes) if different[code] > 1]


def _twin_notes(measurement: PairsMeasurement) -> Iterator[str]:
    """Yield how many labels have a twin with another text a, and with another text b alone."""
    same = "has the same vector in" if measurement.details.truncation is None else "is the same tokens to"
    for side, what in ((0, "twin"), (1, "twin in text b alone")):
        by_template = list(_twins(measurement, side))
        twins = max(by_template, key=len, default=[])
        if twins:
            such = _such_as(measurement, side, twins, by_template.index(twins))
            yield (
                f"twins: {len(twins):,} labels have a {what} that {same} the model{such}; they are not each "
                "other's neighbours"
            )


def _such_as(measurement: PairsMeasurement, side: int, twins: Sequence[int], column: int) -> str:
    """Return ", such as NASA and Nasa": the first two twins that may be examples; nothing without any."""
    codes, slot = _twin_codes(measurement, side), measurement.probe.slot
    texts = measurement.details.texts[side][:, column]
    firsts: dict[int, int] = {}
    for row in twins:
        if codes is None or not may_be_shown(slot, measurement.items[row]):
            continue
        first = firsts.setdefault(int(codes[row, column]), row)
        if texts[row] != texts[first]:
            return f", such as {_short(measurement.items[first])} and {_short(measurement.items[row])}"
    return ""


def _sharing_notes(measurement: PairsMeasurement) -> Iterator[str]:
    """Yield how many labels share a text a or b with another label."""
    details = measurement.details
    for letter, table, codes in zip("ab", details.texts, (details.twin_of, details.drawn_with), strict=False):
        if codes is None:
            continue
        counts = [Counter(column.tolist()) for column in table.T]
        shared = [[count for count in column.values() if count > 1] for column in counts]
        fullest = max(range(len(shared)), key=lambda column: sum(shared[column]))
        repeated = shared[fullest]
        if letter == "b" and repeated == [len(table)] and np.unique(codes[:, fullest]).size > 1:
            continue  # a text without a gap: the same by design, and each label is a draw of its own
        if repeated:
            labels, texts = sum(repeated), len(repeated)
            yield (
                f"shared: {labels:,} labels share {texts:,} text{'' if texts == 1 else 's'} {letter}; they "
                "are not each other's neighbours, and intervals resample them together"
            )


def _unseen_notes(measurement: PairsMeasurement) -> Iterator[str]:
    """Yield how many exchanges in which slots the model reads as the same tokens, and what r50 rests on."""
    details = measurement.details
    if not details.unseen or measurement.probe.type == "ORDER":
        return
    parts = []
    for slot, marks in details.unseen.items():
        unseen = int(marks.sum())
        parts.append(
            f"{unseen:,} of {unseen + int(np.isfinite(details.exchange[slot]).sum()):,} in slot {slot}"
        )
    dropped = [slot for slot in details.unseen if np.isnan(details.exchange[slot]).all(axis=0).any()]
    if details.swap is not None and np.isnan(details.swap).any():
        rest = "r50 is not known where no other is left"
    elif dropped:
        rest = f"where slot {listed(dropped)} has no other, r50 is that of the other slots"
    else:
        rest = "r50 rests on the others"
    yield (
        f"unseen: exchanges of one slot's value that are the same tokens to the model ({', '.join(parts)}) "
        f"are not counted; {rest}"
    )


def _of_all(count: int, total: int) -> str:
    """Return "15 of 30 labels have"."""
    return f"{count:,} of {total:,} labels {'has' if count == 1 else 'have'}"


def _named(names: Sequence[str], total: int = 0) -> str:
    """Return the first few names, and whether there are more: of ``total``, if some are not shown."""
    shown = names[:LABELS_NAMED]
    more = " ..." if max(len(names), total) > len(shown) else ""
    return ", ".join(_short(name) for name in shown) + more


def _short(name: str) -> str:
    """Return a label as a note shows it, without the middle of a sentence that is too long for it."""
    return name if len(name) <= LONGEST_LABEL else name[: LONGEST_LABEL - 3].rstrip() + "..."
