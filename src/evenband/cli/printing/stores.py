"""What embedding a corpus did, and what a search found, on stdout."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.text import Text

from evenband.cli.printing.console import console_of, table_of
from evenband.narrative.formats import MISSING
from evenband.wording import counted, listed

if TYPE_CHECKING:
    from evenband.running.embedding_runs import EmbeddedCorpus
    from evenband.running.store_searches import Hit

MOST_TEXT = 200
"""Characters of a document that a table shows."""


def print_embedded(result: EmbeddedCorpus, as_json: bool) -> None:
    """Print what embedding a corpus did to a store, as lines or as JSON."""
    if as_json:
        fields = {**asdict(result), "store": str(result.store), "faults": [str(one) for one in result.faults]}
        print(json.dumps(fields, ensure_ascii=False, indent=1))
        return
    parts = [
        f"{value:,} {word}"
        for word, value in (
            ("new", result.new),
            ("changed", result.changed),
            ("unchanged", result.unchanged),
            ("deleted", result.deleted),
        )
        if value
    ]
    print(
        f"{result.store}: {counted(result.documents, 'document')} ({', '.join(parts) or 'nothing to do'}), "
        f"{result.bytes / 1e6:,.1f} MB, {result.seconds:,.1f} s, model {result.model}"
    )
    if result.cut:
        limit = "limit" if result.limit is None else f"{result.limit:,} tokens"
        _say(
            f"cut: {result.cut:,} of {counted(result.new + result.changed, 'embedded document')} "
            f"{'is' if result.cut == 1 else 'are'} longer than the model's {limit}; it does not read what "
            "follows"
        )
    if result.absent:
        _say(
            f"{counted(result.absent, 'document')} of the store "
            f"{'is' if result.absent == 1 else 'are'} not in this corpus; --prune deletes such"
        )
    if result.faulty:
        named = listed(map(str, result.faults), total=result.faulty)
        _say(f"left out: {counted(result.faulty, 'row')}: {named}")
    if result.without_vector:
        number = counted(len(result.without_vector), "document")
        names = listed(result.without_vector)
        _say(f"not stored, as the model has no vector for them: {number}: {names}")


def _say(sentence: str) -> None:
    """Print a sentence within the terminal's width; names in it are broken where they are too long."""
    console_of().print(Text(sentence), overflow="fold")


def print_hits(
    queries: Sequence[str], found: Sequence[Sequence[Hit]], about: Mapping[str, Any], as_json: bool
) -> None:
    """Print the documents of each query, as a table each or as JSON.

    Args:
        queries: texts.
        found: documents of each.
        about: how was searched.
        as_json: print JSON.
    """
    if as_json:
        rows = [
            {"query": query, "hits": [asdict(hit) for hit in hits]}
            for query, hits in zip(queries, found, strict=True)
        ]
        print(json.dumps({**about, "results": rows}, ensure_ascii=False, indent=1))
        return
    console = console_of()
    for query, hits in zip(queries, found, strict=True):
        table = table_of(query)
        table.add_column("", justify="right")
        table.add_column("score", justify="right")
        table.add_column("id", overflow="fold", max_width=24)
        table.add_column("text", overflow="fold")
        for hit in hits:
            table.add_row(str(hit.rank), f"{hit.score:.4f}", Text(_visible(hit.id)), Text(_short(hit.text)))
        if not hits:
            table.add_row(MISSING, MISSING, MISSING, "no document was found")
        console.print(table)
    console.print(Text(", ".join(f"{key}: {value}" for key, value in about.items() if value is not None)))


def _visible(id_: str) -> str:
    """Return an id with tabs and ends of lines as they are written in JSON."""
    return json.dumps(id_, ensure_ascii=False)[1:-1] if any(sign < " " for sign in id_) else id_


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MOST_TEXT else line[: MOST_TEXT - 3] + "..."
