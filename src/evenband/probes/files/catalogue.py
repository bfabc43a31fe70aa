"""Catalogue of the probes that ship with evenband, and the reader of a user's own probe files.

A file holds one or more ``[[probe]]`` tables::

    [[probe]]
    name = "comma"
    type = "INV"                    # the pair must stay close (CheckList's invariance test)
    effect = "changes"              # what the operator does to the meaning
    why = "One comma turns an invitation into a threat."
    slot = "wordnet:person.n.01"    # what fills {x}; any slot reference
    templates = [{ a = "let's eat, {x}", b = "let's eat {x}" }]

The names of a template's texts depend on the type: INV has ``a`` and ``b``; DIFF (CheckList's directional
expectation) has ``a``, ``changed`` and ``paraphrases``; ORDER has ``query``, ``relevant`` and ``irrelevant``.
Editors can check such a file with the schema of :func:`json_schema`.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from evenband.errors import InputError, UnknownReferenceError
from evenband.probes.files import toml
from evenband.probes.files.definition import TEXT_NAMES, Definition, TemplateRow
from evenband.probes.files.drawing import Size
from evenband.probes.pairs.templates import gaps
from evenband.registry import nearest, nearest_few


class ProbeFile(BaseModel):
    """The content of a probe file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    probe: tuple[Definition, ...] = Field(min_length=1, description="one [[probe]] table each")


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a probe file."""
    return ProbeFile.model_json_schema()


def names() -> tuple[str, ...]:
    """Return the names of the probes that ship with evenband."""
    return tuple(definition.name for definition in _shipped())


def in_suite(suite: Size) -> tuple[Definition, ...]:
    """Return the shipped probes of a suite."""
    return tuple(definition for definition in _shipped() if suite in definition.suites)


def on_terms() -> tuple[Definition, ...]:
    """Return the shipped probes that work on the user's own terms."""
    return tuple(definition for definition in _shipped() if definition.needs_terms)


def find(name: str) -> Definition:
    """Return the shipped probe of that name.

    Raises:
        UnknownReferenceError: if there is none; the message suggests the nearest names.
    """
    for definition in _shipped():
        if definition.name == name:
            return definition
    raise UnknownReferenceError(
        f"no probe is called {name!r}{nearest_few(name, names()) or ';'} `evenband list probes` has all "
        f"{len(names())}; files end in .toml, .csv ..."
    )


def read(path: Path) -> tuple[Definition, ...]:
    """Read the probes of a file.

    Raises:
        InputError: if it cannot be read or is not valid; the message names the file and the key, and says
            what was found and what was expected.
    """
    return _checked(toml.read(path, ProbeFile), str(path))


def parse(text: str, source: str) -> tuple[Definition, ...]:
    """Parse the probes of a TOML text; ``source`` names it in errors.

    Raises:
        InputError: as :func:`read`.
    """
    return _checked(toml.parse(text, source, ProbeFile), source)


def _checked(file: ProbeFile, source: str) -> tuple[Definition, ...]:
    """Return the probes of a file after checks of what a single value cannot show.

    Raises:
        InputError: for a name that repeats, or a text that is missing, repeats or has no gap.
    """
    seen: set[str] = set()
    for position, definition in enumerate(file.probe):
        where = f"{source}: probe[{position}]"
        if definition.name in seen:
            raise InputError(f"{where}.name: got {definition.name!r} twice, expected unique names")
        seen.add(definition.name)
        shared = set(definition.slots) & set(definition.fillers)
        if shared:
            raise InputError(f"{where}.fillers: {{{min(shared)}}} is a slot already, expected another name")
        for row, template in enumerate(definition.templates):
            _check_texts(definition, template, f"{where}.templates[{row}]")
    return file.probe


def _check_texts(definition: Definition, template: TemplateRow, where: str) -> None:
    """Check that a template has the texts of its type, all different, each with a gap of a slot."""
    given, expected = template.texts(definition.type), TEXT_NAMES[definition.type]
    for name in (*expected, *given):
        if name not in expected:
            raise InputError(
                f"{where}.{name}: a template of type {definition.type} has {', '.join(expected)}"
            )
        if name not in given:
            raise InputError(f"{where}.{name}: missing, expected a text (type {definition.type})")
    names_by_text: dict[str, str] = {}
    for name, texts in given.items():
        for text in texts:
            if text in names_by_text:
                raise InputError(
                    f"{where}.{name}: got the text of {names_by_text[text]} again, expected one that differs"
                )
            names_by_text[text] = name
            _check_gaps(definition, text, f"{where}.{name}")


def _check_gaps(definition: Definition, text: str, where: str) -> None:
    """Check that something fills every gap of a text, and that one of them is a slot's."""
    fillable = [*definition.slots, *definition.fillers]
    used = [gap.partition(".")[0] for gap in gaps(text)]
    for gap in used:
        if gap not in fillable:
            raise InputError(
                f"{where}: nothing fills {{{gap}}}{nearest(gap, fillable)} (there are: {', '.join(fillable)})"
            )
    if not set(used) & set(definition.slots):
        expected = " or ".join(f"{{{slot}}}" for slot in definition.slots)
        raise InputError(f"{where}: got {text!r}, expected the placeholder {expected} in it")


@cache
def _shipped() -> tuple[Definition, ...]:
    folder = resources.files("evenband.probes.files") / "data"
    files = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda file: file.name
    )
    return tuple(
        definition for file in files for definition in parse(file.read_text(encoding="utf-8"), file.name)
    )
