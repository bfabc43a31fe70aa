"""``evenband search``: documents of a store for queries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from evenband.cli.audit import TRUST
from evenband.cli.progress import QUIET, display


@click.command()
@click.argument("store", type=click.Path(path_type=Path), metavar="STORE")
@click.argument("query", required=False, metavar="[QUERY]")
@click.option("--queries", type=click.Path(path_type=Path), metavar="FILE", help="A query in each line.")
@click.option("-k", type=click.IntRange(min=1), default=10, help="Documents to find (10).")
@click.option("--index", default="exact", metavar="INDEX", help="exact, ivf:..., hnsw:...: see list indexes.")
@click.option("--hybrid", is_flag=True, help="Fuse the ranking with that of BM25, by reciprocal ranks.")
@click.option(
    "--filter", "filters", multiple=True, metavar="COLUMN=VALUE", help="Also != < <= > >=; all must hold."
)
@click.option("--rerank", metavar="MODEL", help="A reranker that orders what was found.")
@click.option("-m", "--model", metavar="MODEL", help="Where the store's model lies now, if it has moved.")
@TRUST
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@QUIET
def search(
    store: Path,
    query: str | None,
    queries: Path | None,
    as_json: bool,
    quiet: bool,
    model: str | None,
    trust_remote_code: bool,
    **options: Any,
) -> None:
    """Find the documents of STORE that are nearest to QUERY.

    Search is exact unless an index is named; equal scores are in the order of the documents.
    """
    with display("opening the store", quiet=quiet):
        from evenband import api
        from evenband.running.query_files import read_queries

        texts = read_queries(query, queries)
        opened = api.open_store(store, model, trust_remote_code=trust_remote_code)
        found = opened.search(texts, **options)
    from evenband.cli.printing import stores

    stores.print_hits(texts, found, opened.describe(**options), as_json)
