"""Tables of the user's own pairs or triples: a row is a label, its columns are its texts.

The header says what is asked of the texts::

    a,b                               INV: b must stay nearer to its a than other rows' a are
    a,changed,paraphrase              DIFF: the paraphrase must be nearer to a than the changed text
    query,relevant,irrelevant         ORDER, with the roles query and document
    anchor,positive,negative          ORDER, without roles; the names of sentence-transformers

Further columns whose names begin with ``paraphrase`` are further paraphrases, and ``label`` names the row.
All other columns stay with the measurement.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evenband.errors import InputError
from evenband.probes.files.drawing import Draw
from evenband.probes.pairs.minimal_pairs import MinimalPairs
from evenband.probes.pairs.templates import Template
from evenband.slots.tables import READERS, Table, read
from evenband.types import Effect, ProbeType, Role, Slot

TABLES = tuple(suffix for suffix in READERS if suffix != ".txt")
"""File endings of tables of pairs."""

HEADERS: tuple[tuple[ProbeType, tuple[str, ...], tuple[Role, ...]], ...] = (
    ("ORDER", ("query", "relevant", "irrelevant"), (Role.QUERY, Role.DOCUMENT, Role.DOCUMENT)),
    ("ORDER", ("anchor", "positive", "negative"), ()),
    ("DIFF", ("a", "changed", "paraphrase"), ()),
    ("INV", ("a", "b"), ()),
)
"""Type, columns of texts a, b, c ... and their roles; the first whose columns a table has is taken."""

PARAPHRASE = "paraphrase"
"""Column of a paraphrase, and how the names of further paraphrases' columns begin."""

EFFECTS: Mapping[ProbeType, Effect] = {"INV": "keeps", "DIFF": "changes", "ORDER": "changes"}
"""What the change does to the meaning, by type."""


@dataclass(frozen=True)
class PairTable:
    """The content of a file of pairs or triples.

    Attributes:
        name: of the probe, made from the file's name.
        type: of the probe, told by the columns.
        texts: the columns of texts a, b, c ..., n strings each.
        labels: n different strings.
        columns: the other columns, n cells each.
        roles: of the texts; empty where the columns do not say.
        path: of the file.
    """

    name: str
    type: ProbeType
    texts: tuple[tuple[str, ...], ...]
    labels: tuple[str, ...]
    columns: Mapping[str, tuple[Any, ...]]
    roles: tuple[Role, ...]
    path: Path

    def load(
        self, folder: Path | None = None, draw: Draw | None = None, terms: str | None = None
    ) -> MinimalPairs:
        """Return the probe of this table; a quick draw takes some of its rows.

        Args:
            folder: not used; there for the signature of :meth:`evenband.probes.Definition.load`.
            draw: which draw; the standard one if not given.
            terms: not used either.

        Raises:
            InputError: for a fresh draw, which a table of finished texts does not have.
        """
        del folder, terms
        draw = draw or Draw()
        if draw.fresh is not None:
            raise InputError(
                f"{self.path}: a table of finished texts has no fresh draw; leave --fresh out, or "
                "write templates (`evenband new probe NAME`)"
            )
        gaps = [f"x.t{k}" for k in range(len(self.texts))]
        a, b, *others = (f"{{{gap}}}" for gap in gaps)
        probe = MinimalPairs(
            name=self.name,
            type=self.type,
            effect=EFFECTS[self.type],
            why="",
            slot=Slot(f"file:{self.path}", self.labels, self.path.name, self.columns),
            templates=(Template("as written", a, b, tuple(others)),),
            parts=dict(zip(gaps, self.texts, strict=True)),
            roles=self.roles,
            language="",
        )
        return probe.sample(draw.count(None, len(self.labels)), draw.rng(self.name, "rows"))


def read_table(path: Path) -> PairTable:
    """Read a file of pairs or triples: csv, tsv, json, jsonl or parquet.

    Raises:
        InputError: if it cannot be read or a text is missing; the message names the file and the line or
            column, and says what was found and what was expected.
    """
    table = read(path, str(path))
    type_, names, roles = _header_of(table, path)
    texts = tuple(_text_column(table, name, path) for name in names)
    _check_rows(table, names, texts, path)
    labels = _text_column(table, "label", path) if "label" in table.columns else texts[0]
    others = {name: column for name, column in table.columns.items() if name not in (*names, "label")}
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", path.stem).strip("-.") or "pairs"
    return PairTable(name, type_, texts, _numbered(labels), others, roles, path)


def _header_of(table: Table, path: Path) -> tuple[ProbeType, list[str], tuple[Role, ...]]:
    """Return the type that the columns tell, the columns of its texts, and their roles.

    Raises:
        InputError: if the columns are those of no type.
    """
    for type_, names, roles in HEADERS:
        if all(name in table.columns for name in names):
            further = [name for name in table.columns if name.startswith(PARAPHRASE) and name not in names]
            return type_, [*names, *(further if PARAPHRASE in names else [])], roles
    listed = ", ".join(table.columns) or "none with a name"
    expected = "; ".join(", ".join(names) for _, names, _ in reversed(HEADERS))
    raise InputError(f"{path}: got the columns {listed}, expected one of: {expected}")


def _text_column(table: Table, name: str, path: Path) -> tuple[str, ...]:
    """Return a column of texts.

    Raises:
        InputError: naming the first cell without a text.
    """
    column = table.columns[name]
    for line, cell in zip(table.lines, column, strict=True):
        if not isinstance(cell, str) or not cell.strip():
            fault = "is empty" if cell is None else f"is {cell!r}"
            raise InputError(f"{path}: {name!r} of {table.unit} {line} {fault}, expected a text")
    return tuple(column)


def _check_rows(table: Table, names: Sequence[str], texts: Sequence[Sequence[str]], path: Path) -> None:
    """Refuse a row that repeats a text, since nothing would be compared.

    Raises:
        InputError: naming line and columns.
    """
    for line, row in zip(table.lines, zip(*texts, strict=True), strict=True):
        for k, text in enumerate(row):
            if text in row[:k]:
                raise InputError(
                    f"{path}: {names[k]!r} of {table.unit} {line} repeats {names[row.index(text)]!r}, "
                    "expected texts that differ"
                )


def _numbered(labels: Sequence[str]) -> tuple[str, ...]:
    """Return the labels with a number behind each repetition: ``l``, ``l (2)``."""
    counts: dict[str, int] = {}
    unique: dict[str, None] = {}
    for label in labels:
        counts[label] = counts.get(label, 0) + 1
        name = label if counts[label] == 1 else f"{label} ({counts[label]})"
        while name in unique:
            counts[label] += 1
            name = f"{label} ({counts[label]})"
        unique[name] = None
    return tuple(unique)
