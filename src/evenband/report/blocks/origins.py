"""What was done, with what: manifests as nested names and values."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from evenband.analysis.pairs.values import PairsAudit
from evenband.narrative.formats import MISSING, count, fixed
from evenband.records import Manifest
from evenband.records.manifest import InputEntry
from evenband.report.views import Cell, Column, Row, Table, Tree
from evenband.types import ModelSpec

LONGEST = 60
"""Entries of one list that are printed; a manifest may hold thousands."""

MOST_INPUTS = 16
"""Sample inputs that are printed; a suite has two for each of its families."""


def manifest_tree(manifest: Manifest, title: str) -> Tree:
    """A manifest for the template; strings, and tuples of pairs where it nests."""
    entries = manifest.to_json()
    if isinstance(command := entries.get("command"), list | tuple):
        entries["command"] = shlex.join(map(str, command))
    return Tree(title, tuple((str(key).replace("_", " "), _plain(value)) for key, value in entries.items()))


def _plain(value: Any) -> Any:
    """A string, or a tuple of (name, value) pairs."""
    if isinstance(value, Mapping):
        return tuple((str(key).replace("_", " "), _plain(item)) for key, item in value.items()) or "none"
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return _sequence(value)
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value)


def _sequence(value: Sequence[Any]) -> Any:
    if not value:
        return "none"
    more = f" … and {len(value) - LONGEST} more" if len(value) > LONGEST else ""
    if any(isinstance(item, Mapping | list | tuple) for item in value):
        pairs = tuple((_name(item, k), _plain(item)) for k, item in enumerate(value[:LONGEST]))
        return (*pairs, ("", more.strip())) if more else pairs
    return ", ".join(str(_plain(item)) for item in value[:LONGEST]) + more


def _name(item: Any, number: int) -> str:
    if isinstance(item, Mapping):
        for key in ("name", "ref", "text", "label"):
            if isinstance(item.get(key), str):
                return str(item[key])
    return str(number + 1)


def model_table(id_: str, models: Sequence[ModelSpec]) -> Table:
    """Everything that decides the vectors of each model."""
    facts: tuple[tuple[str, Callable[[ModelSpec], str]], ...] = (
        ("Reference", lambda m: m.ref),
        ("Revision", lambda m: m.revision),
        ("Digest", lambda m: m.digest),
        ("Adapter", lambda m: m.source),
        ("Computed in", lambda m: m.dtype),
        ("Dimension", lambda m: str(m.dim)),
        ("Longest input, tokens", lambda m: count(m.max_tokens) if m.max_tokens else MISSING),
        ("Pooling", lambda m: m.pooling or MISSING),
        ("Normalises itself", lambda m: MISSING if m.normalize is None else ("yes" if m.normalize else "no")),
        ("Prompts", lambda m: "; ".join(f"{role}: {text!r}" for role, text in m.prompts.items()) or "none"),
        ("Remote code run", lambda m: "yes" if m.trust_remote_code else "no"),
        ("Options", lambda m: "; ".join(f"{key}={value}" for key, value in m.options.items()) or "none"),
    )
    rows = tuple(Row(tuple(Cell(fact(model), user=True) for model in models), name) for name, fact in facts)
    columns = (Column(""), *(Column(model.name, user=True) for model in models))
    return Table(id_, "What decides the vectors.", columns, rows)


def calibration_table(id_: str, audits: Sequence[PairsAudit]) -> Table:
    """Where the probe's similarities lie among the model's own kinds of pairs."""
    rows = []
    for audit in audits:
        for kind, quantiles in audit.measurement.details.calibration.items():
            grid = np.linspace(0, 100, len(quantiles))
            low, middle, high = (float(np.interp(p, grid, quantiles)) for p in (5, 50, 95))
            median = float(np.median(audit.measurement.scores))
            rank = float(np.interp(median, quantiles, grid))
            rows.append(
                Row(
                    (
                        Cell(audit.measurement.subject.name, user=True),
                        Cell(kind, user=True),
                        Cell(fixed(low, 3), sort=low),
                        Cell(fixed(middle, 3), sort=middle),
                        Cell(fixed(high, 3), sort=high),
                        Cell(f"{fixed(rank, 0)} %", sort=rank),
                    )
                )
            )
    columns = (
        Column("Model"),
        Column("Kind of pair"),
        Column("5 %", True),
        Column("Median s", True),
        Column("95 %", True),
        Column("Probe’s median lies above", True, "share of such pairs below the probe’s median similarity"),
    )
    return Table(id_, "The model’s own scale: similarities of pairs of known kinds.", columns, tuple(rows))


def inputs_table(id_: str, manifests: Sequence[Manifest]) -> Table:
    """What the models really see: final text, pieces and token ids of the sample inputs."""
    rows = [
        _input_row(model.name, sample)
        for manifest in manifests
        for model in manifest.models
        for sample in model.inputs or ()
    ]
    columns = (Column("Model"), Column("Final text"), Column("Tokens"), Column("Token ids"))
    caption = "What the models see of some inputs, prompts and special tokens included."
    if len(rows) > MOST_INPUTS:
        caption += f" {MOST_INPUTS} of {len(rows)}, evenly spread; the manifest has them all."
        rows = [rows[k * len(rows) // MOST_INPUTS] for k in range(MOST_INPUTS)]
    return Table(id_, caption, columns, tuple(rows))


def _input_row(model: str, sample: InputEntry) -> Row:
    pieces, ids = (" ".join(map(str, values[:LONGEST])) for values in (sample.pieces, sample.ids))
    return Row((Cell(model, user=True), Cell(sample.text, user=True), Cell(pieces, user=True), Cell(ids)))
