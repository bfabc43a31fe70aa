"""``evenband new``: write a file to start from."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import click

from evenband.errors import InputError
from evenband.storage import why_not_written

TYPE = click.option(
    "--type",
    "type_",
    type=click.Choice(["INV", "DIFF", "ORDER"]),
    default="DIFF",
    help="INV: the meaning stays; DIFF: it changes; ORDER: which of two texts answers a query.",
)
PROBE_FILE = click.option(
    "-o", "--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write.  [default: NAME.*]"
)
PROBE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


@click.group()
def new() -> None:
    """Write a file to start from: a probe of your own, or a table of pairs."""


@new.command()
@click.argument("name")
@TYPE
@PROBE_FILE
def probe(name: str, type_: str, out: Path | None) -> None:
    """Write a commented TOML file that works as it is: templates and what fills them."""
    _write(name.removesuffix(".toml"), f"{type_}.toml", out)


@new.command()
@click.argument("name")
@TYPE
@PROBE_FILE
def pairs(name: str, type_: str, out: Path | None) -> None:
    """Write a CSV file that works as it is: a row for each pair or triple of texts."""
    _write(name.removesuffix(".csv"), f"{type_}.csv", out)


def _write(name: str, starter: str, out: Path | None) -> None:
    """Write a starter file under the given name; an existing file is never overwritten.

    Raises:
        InputError: if no probe can have this name, or the file has another suffix, exists already,
            or has no folder.
    """
    if not PROBE_NAME.fullmatch(name):
        raise InputError(f"got the name {name!r}, expected letters, digits, - _ and . only, 64 at most")
    suffix = Path(starter).suffix
    out = out or Path(f"{name}{suffix}")
    if out.suffix != suffix:
        raise InputError(f"got the file {out}, expected a name that ends in {suffix}")
    text = (resources.files("evenband.cli") / "starters" / starter).read_text(encoding="utf-8")
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(text.replace("NAME", name).replace("FILE", str(out)))
    except FileExistsError:
        raise InputError(f"{out} exists already; choose another file with -o") from None
    except FileNotFoundError:
        raise InputError(
            f"{out}: there is no folder {out.parent}; create it, or choose another file with -o"
        ) from None
    except OSError as error:
        raise InputError(why_not_written(out, error)) from None
    click.echo(f"{out}: try it with `evenband audit toy:words -p {out}`")
