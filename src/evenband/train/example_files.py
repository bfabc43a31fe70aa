"""Reader of training examples: JSON lines, JSON, CSV, TSV and Parquet, with the usual names of columns.

What sentence-transformers, MTEB, FlagEmbedding and evenband's own tables of pairs call the columns is known
(:data:`ALIASES`); other names are given: ``columns={"anchor": "title", "positive": "abstract"}``. A cell of
a positive or negative may be a list, as in ``{"query": ..., "pos": [...], "neg": [...]}``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evenband.errors import InputError
from evenband.registry import nearest
from evenband.slots import tables
from evenband.slots.rows import Fault, Table, fault_of_text, refuse, shown
from evenband.train.training_examples import (
    ANCHOR,
    EXPECTED,
    NEGATIVE,
    POSITIVE,
    SCORE,
    ExampleKind,
    Examples,
)
from evenband.wording import counted

ALIASES: Mapping[str, tuple[str, ...]] = {
    ANCHOR: (
        "anchor",
        "query",
        "question",
        "sentence1",
        "sentence_1",
        "sent1",
        "text1",
        "text_a",
        "premise",
        "a",
    ),
    POSITIVE: (
        *("positive", "pos", "positives", "relevant", "answer", "passage", "document", "response"),
        *("sentence2", "sentence_2", "sent2", "text2", "text_b", "hypothesis", "paraphrase", "b"),
    ),
    NEGATIVE: ("negative", "neg", "negatives", "irrelevant", "changed"),
    SCORE: ("score", "scores", "similarity", "similarity_score", "label", "labels"),
}
"""Names of the columns by what they hold, the most usual first."""

IN_WORDS = {
    ANCHOR: "the first text",
    POSITIVE: "the second text",
    NEGATIVE: "the negative",
    SCORE: "the score",
}


@dataclass(frozen=True)
class _Header:
    """Columns of a table by what they hold; negatives may have several, the score and negatives none."""

    anchor: str
    positive: str
    negatives: tuple[str, ...]
    score: str | None

    @property
    def kind(self) -> ExampleKind:
        return "triplets" if self.negatives else "scored" if self.score else "pairs"


def read_examples(
    path: Path | str,
    columns: Mapping[str, str] | None = None,
    score_range: tuple[float, float] = (0.0, 1.0),
    skip_bad: bool = False,
) -> Examples:
    """Read training examples; the columns say of which kind they are.

    Args:
        path: of a .jsonl, .json, .csv, .tsv or .parquet file.
        columns: names of the file's columns by what they hold: anchor, positive, negative, score; an empty
            name for a column that is not to be used.
        score_range: smallest and largest score of the file; scores are mapped to [0, 1].
        skip_bad: leave rows out that cannot be used, and say so in the remarks.

    Raises:
        InputError: if the file cannot be read, lacks a column, or has rows that cannot be used; the message
            names the first of them by number.
    """
    path = Path(path).expanduser()
    low, high = score_range
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise InputError(f"--score-range: got {low:g},{high:g}, expected the lower end first, such as 0,5")
    table = tables.read(path, str(path))
    header = _header_of(table, path, columns or {})
    rows: list[tuple[str, list[list[str]], float]] = []
    faults = list(table.faults)
    for row, line in enumerate(table.lines):
        place = f"{table.unit} {line}"
        try:
            rows.append((place, *_read_row(table, header, row, place, score_range)))
        except ValueError as error:
            faults.append(Fault(line, str(error)))
    if not skip_bad or not rows:
        refuse(str(path), faults)
    left_out = (
        f"{counted(len(faults), 'row')} that cannot be used {'is' if len(faults) == 1 else 'are'} left out"
    )
    skipped = (f"{path.name}: {left_out}",) if faults else ()
    return replace(_arranged(header.kind, rows, path), remarks=(*table.remarks, *skipped))


def _header_of(table: Table, path: Path, given: Mapping[str, str]) -> _Header:
    """Find the columns.

    Raises:
        InputError: if one is missing, or two mean the same.
    """
    names = [name for name in table.columns if name]
    for what, name in given.items():
        if what not in ALIASES:
            raise InputError(f"got the column {what}={name}, expected one of {', '.join(ALIASES)}")
        if name and name not in names:
            raise InputError(
                f"{path}: no column is called {name!r}{nearest(name, names)} (there are: {', '.join(names)})"
            )
    found = {what: _columns_of(what, names, given, path) for what in ALIASES}
    if not found[ANCHOR] or not found[POSITIVE]:
        raise InputError(
            f"{path}: got the columns {', '.join(names) or 'none with a name'}, expected {EXPECTED}; other "
            "names are given with --columns anchor=NAME,positive=NAME"
        )
    score = found[SCORE][0] if found[SCORE] else None
    return _Header(found[ANCHOR][0], found[POSITIVE][0], found[NEGATIVE], score)


def _columns_of(what: str, names: Sequence[str], given: Mapping[str, str], path: Path) -> tuple[str, ...]:
    """Return the columns that hold something; several only for negatives (``negative_1`` ...).

    Raises:
        InputError: if two names mean the same.
    """
    if what in given:
        return (given[what],) if given[what] else ()
    taken = set(given.values())
    lowered = {name.lower(): name for name in names if name not in taken}
    found = [lowered[alias] for alias in ALIASES[what] if alias in lowered]
    if what == NEGATIVE and not found:
        numbered = [name for name in lowered if name.startswith(f"{NEGATIVE}_") and name[9:].isdecimal()]
        return tuple(lowered[name] for name in sorted(numbered, key=lambda name: int(name[9:])))
    if len(found) > 1:
        raise InputError(
            f"{path}: the columns {' and '.join(found)} both mean {IN_WORDS[what]}; say which with "
            f"--columns {what}={found[0]}"
        )
    return tuple(found)


def _read_row(
    table: Table, header: _Header, row: int, place: str, score_range: tuple[float, float]
) -> tuple[list[list[str]], float]:
    """Return the texts of a row (one anchor, positives, negatives) and its score, 0 without one.

    Raises:
        ValueError: with what is wrong.
    """
    several = header.kind != "scored"
    anchor = _read_texts(table, header.anchor, row, place, several=False)
    positives = _read_texts(table, header.positive, row, place, several)
    negatives = [text for name in header.negatives for text in _read_texts(table, name, row, place, several)]
    texts = [anchor, positives, *([negatives] if header.negatives else [])]
    if header.kind != "scored" or header.score is None:
        return texts, 0.0
    return texts, _read_score(table.columns[header.score][row], header.score, place, score_range)


def _read_texts(table: Table, name: str, row: int, place: str, several: bool) -> list[str]:
    cell = table.columns[name][row]
    cells = cell if several and isinstance(cell, (list, tuple)) else [cell]
    if not cells:
        raise ValueError(f"{name!r} of {place} is an empty list, expected a text or texts")
    for one in cells:
        what = "is NaN" if isinstance(one, float) and math.isnan(one) else fault_of_text(one)
        if what:
            raise ValueError(f"{name!r} of {place} {what}, expected a text")
    return list(cells)


def _read_score(cell: Any, name: str, place: str, score_range: tuple[float, float]) -> float:
    low, high = score_range
    expected = f"expected a number from {low:g} to {high:g}"
    if cell is None or cell == "":
        raise ValueError(f"{name!r} of {place} is empty, {expected}")
    try:
        value = float(cell)
    except (TypeError, ValueError):
        raise ValueError(f"{name!r} of {place} is {shown(cell)}, {expected}") from None
    if not low <= value <= high:  # also for NaN
        hint = "; another range is given with --score-range LOW,HIGH" if math.isfinite(value) else ""
        raise ValueError(f"{name!r} of {place} is {shown(cell)}, {expected}{hint}")
    return (value - low) / (high - low)


def _arranged(kind: ExampleKind, rows: Sequence[tuple[str, list[list[str]], float]], path: Path) -> Examples:
    """Return the examples of rows whose positives and negatives may be several.

    Rows with equally many negatives keep them side by side. Otherwise a row is repeated until each of its
    positives and negatives has had its turn.
    """
    flat: list[tuple[str, tuple[str, ...], float]] = []
    counts = {len(texts[2]) for _, texts, _ in rows} if kind == "triplets" else {0}
    is_even = len(counts) == 1
    for place, (anchor, positives, *negatives), score in rows:
        if not negatives:
            flat += [(place, (anchor[0], positive), score) for positive in positives]
        elif is_even:
            flat += [(place, (anchor[0], positive, *negatives[0]), score) for positive in positives]
        else:
            for turn in range(max(len(positives), len(negatives[0]))):
                pair = positives[turn % len(positives)], negatives[0][turn % len(negatives[0])]
                flat.append((place, (anchor[0], *pair), score))
    return Examples(
        kind,
        tuple(zip(*(texts for _, texts, _ in flat), strict=True)),
        tuple(score for _, _, score in flat) if kind == "scored" else (),
        tuple(place for place, _, _ in flat),
        str(path),
    )
