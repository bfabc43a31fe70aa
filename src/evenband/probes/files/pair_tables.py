"""A table of the user's own pairs or triples as a probe: a row is a label, its columns are its texts.

The header says what is asked of the texts::

    a,b                               INV: b must stay nearer to its a than other rows' a are
    a,changed,paraphrase              DIFF: the paraphrase must be nearer to a than the changed text
    query,relevant,irrelevant         ORDER, with the roles query and document
    anchor,positive,negative          ORDER, without roles; the names of sentence-transformers

More columns whose names begin with ``paraphrase`` are further paraphrases, ``label`` names the row,
all others stay with the measurement.
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
"""Endings of files that can be a table of pairs."""

TABLE_KINDS: tuple[tuple[ProbeType, tuple[str, ...], tuple[Role, ...]], ...] = (
    ("ORDER", ("query", "relevant", "irrelevant"), (Role.QUERY, Role.DOCUMENT, Role.DOCUMENT)),
    ("ORDER", ("anchor", "positive", "negative"), ()),
    ("DIFF", ("a", "changed", "paraphrase"), ()),
    ("INV", ("a", "b"), ()),
)
EFFECTS: Mapping[ProbeType, Effect] = {"INV": "keeps", "DIFF": "changes", "ORDER": "changes"}


@dataclass(frozen=True)
class PairTable:
    """A file of pairs or triples, read.

    Attributes:
        name: of the probe, from the file's.
        type: told by its columns.
        texts: the columns of texts a, b, c ..., n strings each.
        labels: n different strings.
        columns: the others.
        roles: of the texts; none where the columns do not say.
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
        """The probe; a quick draw takes some of its rows.

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
        template = Template("as written", a, b, tuple(others))
        made = MinimalPairs(
            name=self.name,
            type=self.type,
            effect=EFFECTS[self.type],
            why="",
            slot=Slot(f"file:{self.path}", self.labels, self.path.name, self.columns),
            templates=(template,),
            parts=dict(zip(gaps, self.texts, strict=True)),
            roles=self.roles,
            language="",
        )
        return made.sample(draw.count(None, len(self.labels)), draw.rng(self.name, "rows"))


def read_table(path: Path) -> PairTable:
    """A file of pairs or triples: csv, tsv, json, jsonl or parquet.

    Raises:
        InputError: naming the file, the line or column, what was found and what was expected.
    """
    table = read(path, str(path))
    type_, names, roles = _kind(table, path)
    texts = tuple(_texts(table, name, path) for name in names)
    _check_rows(table, names, texts, path)
    labels = _texts(table, "label", path) if "label" in table.columns else texts[0]
    others = {key: column for key, column in table.columns.items() if key not in (*names, "label")}
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", path.stem).strip("-.") or "pairs"
    return PairTable(name, type_, texts, _unique(labels), others, roles, path)


def _kind(table: Table, path: Path) -> tuple[ProbeType, list[str], tuple[Role, ...]]:
    """The type that the columns tell, the columns of its texts, their roles."""
    for type_, names, roles in TABLE_KINDS:
        if all(name in table.columns for name in names):
            more = [key for key in table.columns if key.startswith("paraphrase") and key not in names]
            return type_, [*names, *(more if type_ == "DIFF" else [])], roles
    listed = ", ".join(table.columns) or "none with a name"
    expected = "; ".join(", ".join(names) for _, names, _ in reversed(TABLE_KINDS))
    raise InputError(f"{path}: got the columns {listed}, expected one of: {expected}")


def _texts(table: Table, name: str, path: Path) -> tuple[str, ...]:
    column = table.columns[name]
    for line, cell in zip(table.lines, column, strict=True):
        if not isinstance(cell, str) or not cell.strip():
            found = "is empty" if cell is None else f"is {cell!r}"
            raise InputError(f"{path}: {name!r} of {table.unit} {line} {found}, expected a text")
    return tuple(column)


def _check_rows(table: Table, names: Sequence[str], texts: Sequence[Sequence[str]], path: Path) -> None:
    """No text twice in a row: nothing would be compared."""
    for line, row in zip(table.lines, zip(*texts, strict=True), strict=True):
        for k, text in enumerate(row):
            if text in row[:k]:
                raise InputError(
                    f"{path}: {names[k]!r} of {table.unit} {line} repeats {names[row.index(text)]!r}, "
                    "expected texts that differ"
                )


def _unique(labels: Sequence[str]) -> tuple[str, ...]:
    """The labels, those that repeat numbered."""
    seen: dict[str, int] = {}
    made: dict[str, None] = {}
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        name = label if seen[label] == 1 else f"{label} ({seen[label]})"
        while name in made:
            seen[label] += 1
            name = f"{label} ({seen[label]})"
        made[name] = None
    return tuple(made)
