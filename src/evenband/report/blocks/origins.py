"""Where the numbers come from: manifests, models, and what the models see."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from evenband.narrative.formats import MISSING, count
from evenband.records import Manifest
from evenband.records.manifest import InputEntry
from evenband.report.views import Cell, Column, Row, Table, Tree
from evenband.types import ModelSpec

MOST_ENTRIES = 60
"""Entries of one list that are shown, at most; a manifest may hold thousands."""

MOST_INPUTS = 16
"""Sample inputs that are shown, at most; a suite has two for each of its families."""


def manifest_tree(manifest: Manifest, title: str) -> Tree:
    """Return a manifest as nested names and values."""
    entries = manifest.to_json()
    if isinstance(command := entries.get("command"), list | tuple):
        entries["command"] = shlex.join(map(str, command))
    for model in entries.get("models", ()):
        model.pop("base", None)  # of use to the run directory alone, which a report is not in
    return Tree(title, tuple((str(key).replace("_", " "), _plain(value)) for key, value in entries.items()))


def _plain(value: Any) -> Any:
    """Convert a value to a string, or to (name, value) pairs if it is nested."""
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
    more = f" … and {len(value) - MOST_ENTRIES} more" if len(value) > MOST_ENTRIES else ""
    if any(isinstance(item, Mapping | list | tuple) for item in value):
        pairs = tuple((_name(item, k), _plain(item)) for k, item in enumerate(value[:MOST_ENTRIES]))
        return (*pairs, ("", more.strip())) if more else pairs
    return ", ".join(str(_plain(item)) for item in value[:MOST_ENTRIES]) + more


def _name(item: Any, number: int) -> str:
    if isinstance(item, Mapping):
        for key in ("name", "ref", "text", "label"):
            if isinstance(item.get(key), str):
                return str(item[key])
    return str(number + 1)


def model_table(id_: str, models: Sequence[ModelSpec]) -> Table:
    """Return everything that decides the vectors of each model."""
    facts: tuple[tuple[str, Callable[[ModelSpec], str]], ...] = (
        ("Reference", lambda m: m.ref),
        ("Revision", lambda m: m.revision),
        ("Digest", lambda m: m.digest),
        ("Adapter", lambda m: m.source),
        ("Computed in", lambda m: m.dtype),
        ("Dimension", lambda m: MISSING if m.similarity == "relevance" else str(m.dim)),
        ("Longest input, tokens", lambda m: count(m.max_tokens) if m.max_tokens else MISSING),
        ("Pooling", lambda m: m.pooling or MISSING),
        ("Normalises itself", lambda m: MISSING if m.normalize is None else ("yes" if m.normalize else "no")),
        ("Prompts", lambda m: "; ".join(f"{role}: {text!r}" for role, text in m.prompts.items()) or "none"),
        ("Remote code run", lambda m: "yes" if m.trust_remote_code else "no"),
        ("Options", lambda m: "; ".join(f"{key}={value}" for key, value in m.options.items()) or "none"),
    )
    if any(model.notes for model in models):
        facts = (*facts, ("Notes", lambda m: "; ".join(m.notes) or "none"))
    rows = tuple(Row(tuple(Cell(fact(model), user=True) for model in models), name) for name, fact in facts)
    columns = (Column(""), *(Column(model.name, user=True) for model in models))
    return Table(id_, "What decides the vectors.", columns, rows, stacked=True)


def inputs_table(id_: str, manifests: Sequence[Manifest]) -> Table:
    """Return what the models see of the sample inputs: final text, tokens and token ids."""
    rows = [
        _input_row(model.name, sample)
        for manifest in manifests
        for model in manifest.models
        for sample in model.inputs or ()
    ]
    columns = (Column("Model"), Column("Final text"), Column("Tokens"), Column("Token ids"))
    caption = "What the models see of some inputs, with prompts and special tokens."
    if len(rows) > MOST_INPUTS:
        caption += f" {MOST_INPUTS} of {len(rows)}, evenly spread; the manifest has all of them."
        rows = [rows[k * len(rows) // MOST_INPUTS] for k in range(MOST_INPUTS)]
    return Table(id_, caption, columns, tuple(rows))


def _input_row(model: str, sample: InputEntry) -> Row:
    pieces, ids = (" ".join(map(str, values[:MOST_ENTRIES])) for values in (sample.pieces, sample.ids))
    return Row((Cell(model, user=True), Cell(sample.text, user=True), Cell(pieces, user=True), Cell(ids)))
