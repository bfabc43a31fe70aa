"""Cells of a probe that a training shows its model, and the direction in which it moves each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evenband.probes.pairs.minimal_pairs import MinimalPairs, Template
from evenband.probes.pairs.templates import gaps
from evenband.train.occurrence import Sought, Words, occurring, words_of
from evenband.train.shown_texts import ShownTexts

TrainedCells = Mapping[str, Mapping[str, int]]
"""Direction of each trained cell by label and template: +1 apart, -1 together, 0 not known."""


def trained_cells(probe: MinimalPairs, shown: ShownTexts) -> dict[str, dict[str, int]]:
    """Return the cells of a probe of which a text occurs in the training data, by label and template.

    The direction of a cell is that of a training row that holds both of its texts; where no row does, that of
    most other cells of the probe.
    """
    places = [
        (row, template, side)
        for template in probe.templates
        for row in range(len(probe.slot))
        for side in range(len(template.texts))
    ]
    filled = {template.name: probe.texts(template) for template in probe.templates}
    sought = [_sought(probe, *place, filled[place[1].name][place[2]][place[0]]) for place in places]
    labels = {word for one in sought for word in one.own}
    found = occurring(sought, shown.texts, labels)
    ways = _ways(shown)
    cells: dict[str, dict[str, int]] = {}
    for (row, template, _), is_found in zip(places, found.tolist(), strict=True):
        if is_found:
            texts = [column[row] for column in filled[template.name]]
            cells.setdefault(probe.slot.values[row], {})[template.name] = _way(texts[0], texts[1], ways)
    return _completed(cells)


def _sought(probe: MinimalPairs, row: int, template: Template, side: int, text: str) -> Sought:
    """Return a text to look for; what fills its gaps are its own words."""
    fillers = (probe.values[gap][row] for gap in gaps(template.texts[side]))
    own = frozenset(word for filler in fillers for word in words_of(filler))
    words = words_of(text)
    return Sought(words, own & frozenset(words))


def _ways(shown: ShownTexts) -> dict[tuple[object, object], int]:
    """Return the direction of each pair of texts, as it is written and as its words."""
    as_words: dict[tuple[object, object], int] = {
        (words_of(a), words_of(b)): way for (a, b), way in shown.pairs.items()
    }
    return {**as_words, **{(_plain(a), _plain(b)): way for (a, b), way in shown.pairs.items()}}


def _way(a: str, b: str, ways: Mapping[tuple[object, object], int]) -> int:
    """Return the direction of a pair of texts, in whatever order a training row has them."""
    keys: Sequence[tuple[str | Words, str | Words]] = ((_plain(a), _plain(b)), (words_of(a), words_of(b)))
    for left, right in keys:
        for key in ((left, right), (right, left)):
            if key in ways:
                return ways[key]
    return 0


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _completed(cells: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    """Return the cells with the commonest direction where none is known."""
    total = sum(way for ways in cells.values() for way in ways.values())
    usual = (total > 0) - (total < 0)
    return {
        label: {template: way or usual for template, way in ways.items()} for label, ways in cells.items()
    }
