"""Tables of the user's own pairs or triples: a row is a label, its columns are its texts.

The header says what is asked of the texts::

    a,b                               INV: b must stay nearer to its a than other rows' a are
    a,changed,paraphrase              DIFF: the paraphrase must be nearer to a than the changed text
    query,relevant,irrelevant         ORDER, with the roles query and document
    anchor,positive,negative          ORDER, without roles; the names of sentence-transformers

Further columns whose names begin with ``paraphrase`` are further paraphrases, and ``label`` names the row.
All other columns stay with the measurement, whatever their names and types. Texts are as they are in the
file, spaces included. A cell may name a picture beside the file:
see :mod:`evenband.probes.files.picture_cells`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evenband.errors import InputError
from evenband.probes.files.drawing import Draw
from evenband.probes.files.picture_cells import check_sides, find_pictures
from evenband.probes.pairs.minimal_pairs import MinimalPairs
from evenband.probes.pairs.templates import Template
from evenband.slots.rows import Fault, Table, fault_of_text, refuse
from evenband.slots.tables import READERS, read, stored_columns
from evenband.types import Effect, ProbeType, Role, Slot
from evenband.types.columns import storable
from evenband.types.picture_texts import shown_text

TABLES = tuple(suffix for suffix in READERS if suffix != ".txt")
"""File endings of tables of pairs."""

HEADERS: tuple[tuple[ProbeType, tuple[str, ...], tuple[Role, ...]], ...] = (
    ("ORDER", ("query", "relevant", "irrelevant"), (Role.QUERY, Role.DOCUMENT, Role.DOCUMENT)),
    ("ORDER", ("anchor", "positive", "negative"), ()),
    ("DIFF", ("a", "changed", "paraphrase"), ()),
    ("INV", ("a", "b"), ()),
)
"""Type, columns of texts a, b, c ... and their roles; the first whose columns a table has is taken."""

LABEL = "label"
"""Column of the rows' names."""

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
        skipped: rows that were left out and why, one each.
        remarks: what a reader of the results must know of how the file was read.
    """

    name: str
    type: ProbeType
    texts: tuple[tuple[str, ...], ...]
    labels: tuple[str, ...]
    columns: Mapping[str, tuple[Any, ...]]
    roles: tuple[Role, ...]
    path: Path
    skipped: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

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
            slot=Slot(
                f"file:{self.path}",
                self.labels,
                self.path.name,
                self.columns,
                skipped=self.skipped,
                remarks=self.remarks,
            ),
            templates=(Template("as written", a, b, tuple(others)),),
            parts=dict(zip(gaps, self.texts, strict=True)),
            roles=self.roles,
            language="",
        )
        return probe.sample(draw.count(None, len(self.labels)), draw.rng(self.name, "rows"))


def read_table(path: Path, skip_bad: bool = False) -> PairTable:
    """Read a file of pairs or triples: csv, tsv, json, jsonl or parquet.

    Args:
        path: of the file.
        skip_bad: leave rows out of which nothing can be measured, and list them.

    Raises:
        InputError: if it cannot be read or a text is missing; the message names the file and the lines or
            columns, and says what was found and what was expected.
    """
    table = read(path, str(path))
    type_, names, roles = _header_of(table, path)
    as_written = table.columns
    pictured, lacking = find_pictures(table, names, path.parent)
    table = replace(table, columns=pictured)
    faults = [*table.faults, *_faults_of(table, names)]
    faults += [fault for fault in lacking if fault.line not in {one.line for one in faults}]
    bad = {fault.line for fault in faults}
    rows = [row for row, line in enumerate(table.lines) if line not in bad]
    if not skip_bad or not rows:
        refuse(str(path), faults)
    columns = {name: tuple(cells[row] for row in rows) for name, cells in table.columns.items()}
    texts = tuple(columns[name] for name in names)
    if type_ == "INV":
        check_sides(columns, names, str(path))
    named = tuple(as_written[LABEL if LABEL in as_written else names[0]][row] for row in rows)
    others = {name: cells for name, cells in columns.items() if name not in (*names, LABEL)}
    stored, remarks = stored_columns(others, path.name)
    return PairTable(
        name=re.sub(r"[^A-Za-z0-9_.-]+", "-", path.stem).strip("-.") or "pairs",
        type=type_,
        texts=texts,
        labels=_numbered(_labels_of(named, [shown_text(text) for text in texts[0]])),
        columns=stored,
        roles=roles,
        path=path,
        skipped=tuple(f"{path.name}: {fault.text}" for fault in sorted(faults)),
        remarks=(*table.remarks, *remarks),
    )


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


def _faults_of(table: Table, names: Sequence[str]) -> Iterator[Fault]:
    """Yield the rows that lack a text or repeat one, since nothing would be compared; each once."""
    texts = [table.columns[name] for name in names]
    for row, line in enumerate(table.lines):
        cells = [column[row] for column in texts]
        for k, cell in enumerate(cells):
            what = fault_of_text(cell)
            if what:
                yield Fault(line, f"{names[k]!r} of {table.unit} {line} {what}, expected a text")
                break
            if cell in cells[:k]:
                first = names[cells.index(cell)]
                yield Fault(
                    line,
                    f"{names[k]!r} of {table.unit} {line} repeats {first!r}, expected texts that differ",
                )
                break


def _labels_of(cells: Sequence[Any], texts: Sequence[str]) -> list[str]:
    """Return the names of the rows as texts; text a where a row has none."""
    names = ["" if cell is None else str(cell) for cell in storable(cells)]
    return [name if name.strip() else text for name, text in zip(names, texts, strict=True)]


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
