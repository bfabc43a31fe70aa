"""Probe files: rows of TOML, in the catalogue that ships with evenband or in a user's own file.

A file holds one or more ``[[probe]]`` tables::

    [[probe]]
    name = "comma"
    type = "INV"                    # the pair must stay close (CheckList's invariance test)
    effect = "changes"              # what the operator does to the meaning
    why = "One comma turns an invitation into a threat."
    slot = "wordnet:person.n.01"    # what fills {x}; any slot reference
    templates = [{ a = "let's eat, {x}", b = "let's eat {x}" }]

:func:`json_schema` is the schema that editors can check such a file with.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from evenband.errors import InputError, UnknownReferenceError
from evenband.probes import toml
from evenband.probes.minimal_pairs import PLACEHOLDER, MinimalPairs, Template
from evenband.registry import nearest
from evenband.slots import load as load_slot
from evenband.types import Effect


def _with_placeholder(text: str) -> str:
    if text.count(PLACEHOLDER) != 1:
        raise ValueError(f"the placeholder {PLACEHOLDER} exactly once")
    return text


Text = Annotated[str, AfterValidator(_with_placeholder)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]


class TemplateRow(BaseModel):
    """One pair of sentences with a gap."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    a: Text = Field(description="first text, with {x} for the slot's value")
    b: Text = Field(description="second text, with {x}: the same but for the change under test")
    name: str | None = Field(default=None, min_length=1, description="name in tables; text a if not given")


class Definition(BaseModel):
    """One ``[[probe]]`` table."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name = Field(description="short name, used for files and tables")
    type: Literal["INV"] = Field(default="INV", description="INV: text b must stay nearest to its text a")
    effect: Effect = Field(default="keeps", description="what the change does to the meaning")
    why: str = Field(default="", description="why it matters, one sentence")
    slot: str = Field(
        min_length=1, description="slot reference, such as wordnet:person.n.01 or file:terms.csv"
    )
    templates: tuple[TemplateRow, ...] = Field(min_length=1, description="one or more pairs of texts")

    def load(self, folder: Path | None = None) -> MinimalPairs:
        """The probe with its slot filled.

        Args:
            folder: where a ``file:`` slot's relative path starts; the working directory if not given.

        Raises:
            InputError: if the slot cannot be loaded.
        """
        reference = self.slot
        if folder is not None and reference.startswith("file:"):
            reference = f"file:{folder / reference.removeprefix('file:')}"
        templates = tuple(Template(row.name or row.a, row.a, row.b) for row in self.templates)
        return MinimalPairs(self.name, self.type, self.effect, self.why, load_slot(reference), templates)


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
    """What one row alone cannot tell: equal names, templates that change nothing."""
    seen: set[str] = set()
    for position, definition in enumerate(file.probe):
        where = f"{source}: probe[{position}]"
        if definition.name in seen:
            raise InputError(f"{where}.name: got {definition.name!r} twice, expected unique names")
        seen.add(definition.name)
        for row, template in enumerate(definition.templates):
            if template.a == template.b:
                raise InputError(
                    f"{where}.templates[{row}].b: got the text of a again, expected one that differs"
                )
    return file.probe


@cache
def _shipped() -> tuple[Definition, ...]:
    folder = resources.files("evenband.probes") / "data"
    files = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda f: f.name
    )
    return tuple(
        definition for file in files for definition in parse(file.read_text(encoding="utf-8"), file.name)
    )
