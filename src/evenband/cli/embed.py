"""``evenband embed``: a corpus into a store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evenband.cli import consent
from evenband.cli.audit import SKIP, TRUST
from evenband.cli.consent import PRICE, YES
from evenband.cli.progress import QUIET, display, loading
from evenband.errors import InputError

if TYPE_CHECKING:
    from evenband.running.embedding_runs import EmbeddedCorpus


@click.command()
@click.argument("corpus", required=False, type=click.Path(path_type=Path), metavar="[CORPUS]")
@click.option(
    "-m", "--model", metavar="MODEL", help="What embeds; the store's own model if there is a store."
)
@click.option(
    "-o",
    "--out",
    "store",
    type=click.Path(path_type=Path),
    required=True,
    metavar="STORE",
    help="Its folder, or an address such as s3://bucket/NAME.",
)
@click.option("--id", "id_column", metavar="COLUMN", help="Column of the ids; `row` for the rows' numbers.")
@click.option("--text", metavar="COLUMN,...", help="Columns of the texts, joined (default: title and text).")
@click.option(
    "--repair",
    "repair",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="CORPUS is a store: map its vectors by this repair, into another store.",
)
@click.option("--prune", is_flag=True, help="Delete documents that CORPUS does not have.")
@click.option("--delete", "ids", multiple=True, metavar="ID", help="Delete a document; needs no CORPUS.")
@click.option(
    "--engine",
    type=click.Choice(["local", "ray"]),
    default="local",
    help="ray: on the cluster that RAY_ADDRESS names, else with workers on this machine.",
)
@click.option("--workers", type=click.IntRange(min=1), metavar="N", help="Workers of --engine ray.")
@SKIP
@TRUST
@YES
@PRICE
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
@QUIET
def embed(
    corpus: Path | None,
    model: str | None,
    store: Path,
    ids: tuple[str, ...],
    text: str | None,
    repair: Path | None,
    as_json: bool,
    quiet: bool,
    yes: bool,
    price: float | None,
    **options: Any,
) -> None:
    """Embed the documents of CORPUS into STORE, which `evenband search` searches.

    CORPUS is JSON lines (BEIR), Parquet, CSV, TSV, a folder of texts or of pictures, or one that
    save_to_disk wrote.
    Only what is new or changed is embedded; a command that was stopped is repeated to go on. With --repair,
    CORPUS is a store, of which nothing is embedded.
    """
    with display(loading([model] if model else []), quiet=quiet) as progress:
        from evenband import api
        from evenband.running import costs
        from evenband.running.corpus_census import Census
        from evenband.running.embedding_runs import delete_documents

        def agree(ref: str, census: Census) -> None:
            estimates = costs.estimate_corpus(ref, census.to_embed, census.tokens)
            consent.ask(lambda: estimates, yes, price)

        if repair is not None:
            others = {"model": model, "delete": ids, "text": text, **options}
            result = _mapped(corpus, repair, store, others)
        elif options["workers"] is not None and options["engine"] != "ray":
            raise InputError("--workers is for --engine ray; leave it out, or add --engine ray")
        elif ids:
            if corpus is not None:
                raise InputError("got a corpus and --delete, expected one of the two")
            result = delete_documents(store, ids)
        elif corpus is None:
            raise InputError("got no corpus, expected a file or folder of documents, or --delete ID")
        else:
            columns = tuple(text.split(",")) if text else ()
            result = api.embed(
                corpus, model, store, text=columns, consent=agree, progress=progress, **options
            )
    from evenband.cli.printing import stores

    stores.print_embedded(result, as_json)


def _mapped(corpus: Path | None, repair: Path, target: Path, others: dict[str, Any]) -> EmbeddedCorpus:
    """Map a store by a repair.

    Raises:
        InputError: if an option is given that belongs to an embedding.
    """
    from evenband.train.repaired_stores import repair_store

    trusts, usual = others.pop("trust_remote_code"), {"engine": "local"}
    wrong = [name for name, value in others.items() if value and value != usual.get(name)]
    if wrong:
        option = wrong[0].removesuffix("_column").replace("_", "-")
        raise InputError(f"--{option} goes with an embedding, and --repair embeds nothing; leave it out")
    if corpus is None:
        raise InputError("--repair: got no store to map, expected: evenband embed STORE --repair DIR -o NEW")
    return repair_store(corpus, repair, target, trust_remote_code=trusts)
