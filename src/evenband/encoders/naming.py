"""Names that tell the models of one run apart in tables and files."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from evenband.digests import digest_of
from evenband.encoders.given_names import is_folder
from evenband.encoders.references import HOW_ASKED, Reference
from evenband.errors import InputError

SHORT_DIGEST = 6
"""Hexadecimal digits that tell two models of one name apart where their paths do not."""


def name_apart(references: Sequence[Reference], taken: Collection[str] = ()) -> list[str]:
    """Return a name for every reference; no two are equal, whatever the references' order.

    A name that the user gave stays, and so does one that only one reference has. Where several share
    one, each shows as many parent folders (of a Hugging Face id: the organisation) as it takes to tell
    them apart: ``runs/a/model`` and ``runs/b/model`` are called ``a-model`` and ``b-model``. Where paths
    do not tell, six digits of the reference's digest follow the name.

    Args:
        references: of one run.
        taken: names that other models of the run have already.

    Raises:
        InputError: if two references are of one and the same model, or were given one name.
    """
    _refuse_equal(references)
    _refuse_shared([reference for reference in references if reference.label], taken)
    names = [reference.name for reference in references]
    counts = Counter([*names, *taken])
    rows = [row for row, name in enumerate(names) if counts[name] > 1 and not references[row].label]
    used = set(taken) | {name for row, name in enumerate(names) if row not in rows}
    candidates = {row: _longer_names(references[row]) for row in rows}
    while rows:
        for row in rows:
            names[row] = next(candidates[row])
        counts = Counter(names[row] for row in rows)
        alone = [row for row in rows if counts[names[row]] == 1 and names[row] not in used]
        used.update(names[row] for row in alone)
        rows = [row for row in rows if row not in alone]
    return names


def _longer_names(reference: Reference) -> Iterator[str]:
    """Give names of a reference, each telling it apart from more others than the last.

    One without parent folders keeps its name at first: the others of that name have longer ones now.
    """
    parents = _path(reference)[:-1]
    if not parents:
        yield reference.name
    for shown in range(1, len(parents) + 1):
        yield reference.name_within(parents[-shown:])
    digest = digest_of(_identity(reference))
    for digits in range(SHORT_DIGEST, len(digest) + 1):
        yield f"{reference.name}-{digest[:digits]}"


def _path(reference: Reference) -> tuple[str, ...]:
    """Return the parts of the argument's path; of a folder or file that exists, those of its full path."""
    if reference.is_url:
        return (reference.shown_argument,)
    argument = _resolved(reference)
    return tuple(part for part in re.split(r"[\\/]", argument) if part not in ("", "."))


def _resolved(reference: Reference) -> str:
    if reference.is_url:
        return reference.shown_argument
    path = Path(reference.argument)
    try:
        exists = is_folder(reference.argument) or (bool(reference.argument) and path.expanduser().is_file())
        return str(path.expanduser().resolve()) if exists else reference.argument
    except (OSError, ValueError, RuntimeError):
        return reference.argument


def _identity(reference: Reference) -> list[object]:
    """Return what makes two references the same model, however it was written."""
    options = {key: value for key, value in reference.options.items() if key not in HOW_ASKED}
    return [reference.scheme, _resolved(reference), reference.revision, options]


def _refuse_shared(references: Sequence[Reference], taken: Collection[str]) -> None:
    """Refuse a given name that another model of the run has."""
    seen = set(taken)
    for reference in references:
        if reference.label in seen:
            raise InputError(
                f"model {reference.text!r}: another model of this run is called {reference.label!r} already; "
                "give it another name"
            )
        seen.add(reference.label)


def _refuse_equal(references: Sequence[Reference]) -> None:
    seen: dict[str, str] = {}
    for reference in references:
        key = digest_of(_identity(reference))
        if key in seen:
            raise InputError(
                f"the models {seen[key]!r} and {reference.text!r} are one and the same; name it once"
            )
        seen[key] = reference.text
