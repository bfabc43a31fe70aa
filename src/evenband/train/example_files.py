"""Reader of training examples: JSON lines, JSON, CSV, TSV and Parquet, with the usual names of columns.

What sentence-transformers, MTEB, FlagEmbedding and evenband's own tables of pairs call the columns is known
(``example_columns.ALIASES``); other names are given: ``columns={"anchor": "title"}``. A cell of a positive
or negative may be a list, as in ``{"query": ..., "pos": [...], "neg": [...]}``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from evenband.errors import InputError
from evenband.slots import tables
from evenband.slots.rows import Fault, Table, fault_of_text, refuse, shown
from evenband.train.example_columns import Header, check_classes, header_of, holds_labels
from evenband.train.training_examples import ExampleKind, Examples
from evenband.wording import counted

MOST_BAD_ROWS = 3
"""Bad rows that a refusal lists: the others mostly have the same fault."""

ANOTHER_RANGE = "; another range is given with --score-range LOW,HIGH"
NO_SCORE = "; a column that is no score is left out with --columns score="


class _BadCellError(ValueError):
    """A cell that cannot be used, and how to mend all cells like it, which a message says once."""

    def __init__(self, text: str, hint: str = "") -> None:
        super().__init__(text)
        self.hint = hint


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
    header = header_of(table, path, columns or {})
    check_classes(table, header, path, columns or {})
    rows, faults = _read_rows(table, header, score_range)
    if not skip_bad or not rows:
        refuse(str(path), faults, MOST_BAD_ROWS)
    examples = _arranged(header.kind, rows, path)
    remarks = [*table.remarks, *header.remarks(), *_label_remarks(header, score_range)]
    if faults:
        left_out = f"{counted(len(faults), 'row')} that cannot be used {'is' if len(faults) == 1 else 'are'}"
        remarks.append(f"{path.name}: {left_out} left out")
    return replace(examples, remarks=(*remarks, *_equal_remarks(examples)))


def _label_remarks(header: Header, score_range: tuple[float, float]) -> Iterator[str]:
    """Yield how labels are read, which need not be how they are meant."""
    if header.kind == "scored" and header.score and holds_labels(header.score):
        low, high = score_range
        yield f"{header.score!r} is read as a score: {low:g} = unlike, {high:g} = alike"


def _equal_remarks(examples: Examples) -> Iterator[str]:
    """Yield the number of rows whose positive is the anchor itself."""
    if examples.kind == "scored":
        return
    same = sum(a == b for a, b in zip(*examples.texts[:2], strict=True))
    if same:
        of = f"{same:,} of {counted(len(examples), 'row')}"
        yield f"{of}: the positive equals the anchor, and teaches little"


def _read_rows(
    table: Table, header: Header, score_range: tuple[float, float]
) -> tuple[list[tuple[str, list[list[str]], float]], list[Fault]]:
    """Return place, texts and score of each row, and the rows that cannot be used."""
    rows: list[tuple[str, list[list[str]], float]] = []
    faults, hints = list(table.faults), set[str]()
    for row, line in enumerate(table.lines):
        place = f"{table.unit} {line}"
        try:
            rows.append((place, *_read_row(table, header, row, place, score_range)))
        except _BadCellError as error:
            faults.append(Fault(line, f"{error}{'' if error.hint in hints else error.hint}"))
            hints.add(error.hint)
    return rows, faults


def _read_row(
    table: Table, header: Header, row: int, place: str, score_range: tuple[float, float]
) -> tuple[list[list[str]], float]:
    """Return the texts of a row (one anchor, positives, negatives) and its score, 0 without one.

    Raises:
        _BadCellError: with what is wrong.
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
        raise _BadCellError(f"{name!r} of {place} is an empty list, expected a text or texts")
    for one in cells:
        what = "is NaN" if isinstance(one, float) and math.isnan(one) else fault_of_text(one)
        if what:
            raise _BadCellError(f"{name!r} of {place} {what}, expected a text")
    return list(cells)


def _read_score(cell: Any, name: str, place: str, score_range: tuple[float, float]) -> float:
    low, high = score_range
    expected = f"expected a number from {low:g} to {high:g}"
    if cell is None or cell == "":
        raise _BadCellError(f"{name!r} of {place} is empty, {expected}")
    try:
        value = float(cell)
    except (TypeError, ValueError, OverflowError):
        raise _BadCellError(f"{name!r} of {place} is {shown(cell)}, {expected}", NO_SCORE) from None
    if not low <= value <= high:  # also for NaN
        hint = ANOTHER_RANGE + (NO_SCORE if holds_labels(name) else "")
        fault = f"{name!r} of {place} is {shown(cell)}, {expected}"
        raise _BadCellError(fault, hint if math.isfinite(value) else "")
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
