"""Duplicates, near duplicates and contradictions among training examples."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from evenband.stats.shingles import near_pairs, similarity
from evenband.train.data_findings import Quotation, Tally
from evenband.train.text_features import normalised
from evenband.train.training_examples import Examples

LEAST_SIMILARITY = 0.8
"""Jaccard similarity of letter shingles from which texts are near duplicates."""

LEAST_OF_COLUMNS = 0.5
"""The same for each text of a row with its partner: two words with one definition are no near duplicates."""

CONTRADICTION = 0.5
"""Difference of two scores of one pair, in [0, 1], from which they contradict each other."""

MOST_QUOTATIONS = 2
_MARK = " ␟ "
"""Stands between the texts of a row where they are compared together."""


def find_duplicates(examples: Examples) -> tuple[Tally, ...]:
    """Return how many rows repeat others, nearly so, contradict others, or say nothing.

    Texts are equal if they differ in case, spacing and Unicode form only; punctuation counts.
    """
    columns = [[normalised(text) for text in column] for column in examples.texts]
    rows = list(zip(*columns, strict=True))
    tallies = [_repeated(examples, rows), _nearly_repeated(examples, rows), *_empty_rows(examples, rows)]
    if examples.kind == "scored":
        return (*tallies, _contradicting_scores(examples, rows))
    if examples.kind == "triplets":
        return (*tallies, _contradicting_triplets(examples, rows))
    return tuple(tallies)


def _repeated(examples: Examples, rows: Sequence[tuple[str, ...]]) -> Tally:
    seen: dict[tuple[str, ...], int] = {}
    repeats = []
    for row, texts in enumerate(rows):
        first = seen.setdefault(texts, row)
        if first != row:
            repeats.append((first, row))
    return _tally("repeat an earlier row", examples, [b for _, b in repeats], [a for a, _ in repeats])


def _nearly_repeated(examples: Examples, rows: Sequence[tuple[str, ...]]) -> Tally:
    """Count different rows whose letters are nearly the same as another's."""
    unique: dict[tuple[str, ...], int] = {}
    for row, texts in enumerate(rows):
        unique.setdefault(texts, row)
    own = list(unique.values())
    different = list(unique)
    nearest: dict[int, tuple[int, float]] = {}
    for a, b, shared in near_pairs([_MARK.join(texts) for texts in different], 0, LEAST_SIMILARITY):
        columns = zip(different[a], different[b], strict=True)
        if not all(x == y or similarity(x, y) >= LEAST_OF_COLUMNS for x, y in columns):
            continue
        for one, other in ((a, b), (b, a)):
            if shared > nearest.get(one, (0, 0.0))[1]:
                nearest[one] = (other, shared)
    near = sorted(nearest)
    partners = [own[nearest[row][0]] for row in near]
    return _tally("nearly repeat another row", examples, [own[row] for row in near], partners)


def _empty_rows(examples: Examples, rows: Sequence[tuple[str, ...]]) -> Iterator[Tally]:
    """Yield rows in which two texts that should differ are equal."""
    if examples.kind == "scored":
        unequal = [
            row
            for row, texts in enumerate(rows)
            if texts[0] == texts[1] and examples.scores[row] < CONTRADICTION
        ]
        yield _tally("have two equal texts and a low score", examples, unequal)
        return
    checks: list[tuple[str, Callable[[tuple[str, ...]], bool]]] = [
        ("have a positive equal to the anchor", lambda texts: texts[0] == texts[1])
    ]
    if examples.kind == "triplets":
        checks += [
            ("have a negative equal to the positive", lambda texts: texts[1] in texts[2:]),
            ("have a negative equal to the anchor", lambda texts: texts[0] in texts[2:]),
        ]
    for name, holds in checks:
        yield _tally(name, examples, [row for row, texts in enumerate(rows) if holds(texts)])


def _contradicting_triplets(examples: Examples, rows: Sequence[tuple[str, ...]]) -> Tally:
    """Count rows with a negative that is a positive of the same anchor elsewhere."""
    positives: dict[tuple[str, str], int] = {}
    for row, texts in enumerate(rows):
        positives.setdefault((texts[0], texts[1]), row)
    wrong, partners = [], []
    for row, texts in enumerate(rows):
        others = (positives.get((texts[0], negative)) for negative in texts[2:] if negative != texts[1])
        other = next((one for one in others if one is not None), None)
        if other is not None:
            wrong.append(row)
            partners.append(other)
    return _tally(
        "have a negative that is a positive of the same anchor elsewhere", examples, wrong, partners
    )


def _contradicting_scores(examples: Examples, rows: Sequence[tuple[str, ...]]) -> Tally:
    """Count rows whose pair, in either order, has a very different score elsewhere."""
    extremes: dict[tuple[str, ...], list[int]] = {}
    scores = examples.scores
    for row, texts in enumerate(rows):
        least, most = extremes.setdefault(tuple(sorted(texts)), [row, row])
        if scores[row] < scores[least]:
            extremes[tuple(sorted(texts))][0] = row
        if scores[row] > scores[most]:
            extremes[tuple(sorted(texts))][1] = row
    wrong, partners = [], []
    for row, texts in enumerate(rows):
        other = max(extremes[tuple(sorted(texts))], key=lambda one: abs(scores[one] - scores[row]))
        if abs(scores[other] - scores[row]) >= CONTRADICTION:
            wrong.append(row)
            partners.append(other)
    return _tally("have a pair with a very different score elsewhere", examples, wrong, partners)


def _tally(name: str, examples: Examples, rows: Sequence[int], partners: Sequence[int] = ()) -> Tally:
    """Count rows, and quote the first with their partners."""
    quoted: list[Quotation] = []
    for number, row in enumerate(rows[:MOST_QUOTATIONS]):
        place = examples.places[row]
        if partners:
            place += f", {examples.places[partners[number]]}"
        quoted.append(Quotation(place, tuple(_cells(examples, row))))
    return Tally(name, len(rows), len(examples), tuple(quoted))


def _cells(examples: Examples, row: int) -> Iterable[str]:
    yield from (column[row] for column in examples.texts)
    if examples.scores:
        yield f"score {examples.scores[row]:g}"
