"""Probe files: rows of TOML, in the catalogue that ships with evenband or in a user's own file.

A file holds one or more ``[[probe]]`` tables::

    [[probe]]
    name = "comma"
    type = "INV"                    # the pair must stay close (CheckList's invariance test)
    effect = "changes"              # what the operator does to the meaning
    why = "One comma turns an invitation into a threat."
    slot = "wordnet:person.n.01"    # what fills {x}; any slot reference
    templates = [{ a = "let's eat, {x}", b = "let's eat {x}" }]

The texts of a template have other names for each type: INV ``a`` and ``b``; DIFF (CheckList's
directional expectation) ``a``, ``changed`` and ``paraphrases``; ORDER ``query``, ``relevant`` and
``irrelevant``. :func:`json_schema` is the schema that editors can check such a file with.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from evenband.errors import InputError, UnknownReferenceError
from evenband.probes.files import toml
from evenband.probes.files.definition import TEXTS, Definition, TemplateRow
from evenband.probes.files.drawing import Size
from evenband.probes.pairs.templates import gaps
from evenband.registry import nearest


class ProbeFile(BaseModel):
    """A whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    probe: tuple[Definition, ...] = Field(min_length=1, description="one [[probe]] table each")


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a probe file."""
    return ProbeFile.model_json_schema()


def names() -> tuple[str, ...]:
    """Names of the probes that ship with evenband."""
    return tuple(definition.name for definition in _shipped())


def in_suite(suite: Size) -> tuple[Definition, ...]:
    """The shipped probes of a suite."""
    return tuple(definition for definition in _shipped() if suite in definition.suites)


def on_terms() -> tuple[Definition, ...]:
    """The shipped probes that work on the user's own terms."""
    return tuple(definition for definition in _shipped() if definition.needs_terms)


def find(name: str) -> Definition:
    """The shipped probe of that name.

    Raises:
        UnknownReferenceError: listing what exists and the nearest name.
    """
    for definition in _shipped():
        if definition.name == name:
            return definition
    raise UnknownReferenceError(
        f"no probe is called {name!r}{nearest(name, names())} (there are: {', '.join(names())}; "
        "your own file must end in .toml)"
    )


def read(path: Path) -> tuple[Definition, ...]:
    """The probes of a file.

    Raises:
        InputError: naming the file, the key, what was found and what was expected.
    """
    return _checked(toml.read(path, ProbeFile), str(path))


def parse(text: str, source: str) -> tuple[Definition, ...]:
    """The probes of a TOML text; ``source`` names it in errors.

    Raises:
        InputError: as :func:`read`.
    """
    return _checked(toml.parse(text, source, ProbeFile), source)


def _checked(file: ProbeFile, source: str) -> tuple[Definition, ...]:
    """What one row alone cannot tell: equal names, texts that are missing or change nothing."""
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


def _check_texts(definition: Definition, row: TemplateRow, where: str) -> None:
    """The texts that the type wants and no others, all different, all with a gap that something fills."""
    found, wanted = row.texts(definition.type), TEXTS[definition.type]
    for name in (*wanted, *found):
        if name not in wanted:
            raise InputError(f"{where}.{name}: a template of type {definition.type} has {', '.join(wanted)}")
        if name not in found:
            raise InputError(f"{where}.{name}: missing, expected a text (type {definition.type})")
    known = [*definition.slots, *definition.fillers]
    seen: dict[str, str] = {}
    for name, texts in found.items():
        for text in texts:
            if text in seen:
                raise InputError(
                    f"{where}.{name}: got the text of {seen[text]} again, expected one that differs"
                )
            seen[text] = name
            used = [gap.partition(".")[0] for gap in gaps(text)]
            for gap in used:
                if gap not in known:
                    raise InputError(
                        f"{where}.{name}: nothing fills {{{gap}}}{nearest(gap, known)} "
                        f"(there are: {', '.join(known)})"
                    )
            if not set(used) & set(definition.slots):
                expected = " or ".join(f"{{{slot}}}" for slot in definition.slots)
                raise InputError(f"{where}.{name}: got {text!r}, expected the placeholder {expected} in it")


@cache
def _shipped() -> tuple[Definition, ...]:
    folder = resources.files("evenband.probes.files") / "data"
    files = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda f: f.name
    )
    return tuple(
        definition for file in files for definition in parse(file.read_text(encoding="utf-8"), file.name)
    )
