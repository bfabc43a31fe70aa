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

from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from evenband.errors import InputError, UnknownReferenceError
from evenband.probes import toml
from evenband.probes.drawing import SENTENCES, Draw, Size, draw_fillers, draw_labels
from evenband.probes.minimal_pairs import MinimalPairs
from evenband.probes.templates import Template, gaps
from evenband.registry import nearest
from evenband.types import Effect, ProbeType, Role

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Gap = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Text = Annotated[str, Field(min_length=1)]
TextName = Literal["a", "b", "changed", "paraphrases", "query", "relevant", "irrelevant"]

TEXTS: Mapping[ProbeType, tuple[TextName, ...]] = {
    "INV": ("a", "b"),
    "DIFF": ("a", "changed", "paraphrases"),
    "ORDER": ("query", "relevant", "irrelevant"),
}
"""What the texts of a template are called, in the order text a, b, c ..."""

TERMS = "terms:"
"""A slot that the user's own list of terms fills."""


class TemplateRow(BaseModel):
    """The texts of one sentence with its gaps; which there must be depends on the probe's type."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    a: Text | None = Field(default=None, description="INV, DIFF: the first text, with {x} for the value")
    b: Text | None = Field(default=None, description="INV: the same but for the change under test")
    changed: Text | None = Field(default=None, description="DIFF: the same but for a change of meaning")
    paraphrases: tuple[Text, ...] | None = Field(
        default=None, min_length=1, description="DIFF: the meaning of a in other words, two or more"
    )
    query: Text | None = Field(default=None, description="ORDER: what is searched for")
    relevant: Text | None = Field(default=None, description="ORDER: what must be nearer to the query")
    irrelevant: Text | None = Field(default=None, description="ORDER: what must be farther from it")
    name: Text | None = Field(default=None, description="name in tables; the first text if not given")

    def texts(self, type_: ProbeType) -> dict[TextName, tuple[str, ...]]:
        """The texts that are there, by name."""
        found = {name: getattr(self, name) for names in TEXTS.values() for name in names}
        order = [*TEXTS[type_], *found]
        return {
            name: found[name] if isinstance(found[name], tuple) else (found[name],)
            for name in dict.fromkeys(order)
            if found[name] is not None
        }

    def template(self, type_: ProbeType) -> Template:
        """As the probe measures it."""
        a, b, *others = (text for texts in self.texts(type_).values() for text in texts)
        return Template(self.name or a, a, b, tuple(others))


class Definition(BaseModel):
    """One ``[[probe]]`` table."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name = Field(description="short name, used for files and tables")
    type: ProbeType = Field(
        default="INV",
        description="INV: b stays nearer to a than another label; DIFF, ORDER: one text beats another",
    )
    effect: Effect = Field(default="keeps", description="what the change does to the meaning")
    language: str = Field(default="en", min_length=2, description="of the sentences, such as en")
    why: str = Field(default="", description="why it matters, one sentence")
    covers: str = Field(default="", description="what it is a case of")
    weakness: str = Field(default="", description="known weaknesses of this probe")
    suites: tuple[Size, ...] = Field(default=(), description="suites it belongs to")
    size: int | None = Field(default=None, ge=1, description="labels of the standard draw; all if not given")
    sentences: int = Field(
        default=SENTENCES, ge=1, description="templates of the quick and the standard draw; full takes all"
    )
    slot: Annotated[str, Field(min_length=1)] | dict[Gap, str] = Field(
        description="slot reference, such as wordnet:person.n.01 or file:terms.csv, or one for each gap"
    )
    fillers: dict[Gap, str] = Field(
        default_factory=dict, description="slot references of gaps that get one value for each template"
    )
    roles: dict[TextName, Role] = Field(
        default_factory=dict, description="which texts are queries and which are documents"
    )
    templates: tuple[TemplateRow, ...] = Field(min_length=1, description="one or more sentences")

    @property
    def slots(self) -> dict[str, str]:
        """Slot references by gap."""
        return {"x": self.slot} if isinstance(self.slot, str) else self.slot

    @property
    def needs_terms(self) -> bool:
        """Whether the user's own terms fill it."""
        return TERMS in self.slots.values()

    def load(
        self, folder: Path | None = None, draw: Draw | None = None, terms: str | None = None
    ) -> MinimalPairs:
        """The probe with its slots filled.

        Args:
            folder: where a ``file:`` slot's relative path starts; the working directory if not given.
            draw: which values and fillers; the standard draw if not given.
            terms: slot reference of the user's own terms, where the probe wants them.

        Raises:
            InputError: if a slot cannot be loaded or a gap cannot be filled.
        """
        draw = draw or Draw()
        if self.needs_terms and terms is None:
            raise InputError(f"probe {self.name!r} works on your own terms; give them with --terms FILE")
        count = draw.sentences(self.size, self.sentences, len(self.templates))
        rows = [row.template(self.type) for row in self.templates[:count]]
        fillers = {gap: _placed(reference, folder) for gap, reference in self.fillers.items()}
        templates = draw_fillers(self.name, fillers, rows, draw)
        references = {
            gap: str(terms) if reference == TERMS else _placed(reference, folder)
            for gap, reference in self.slots.items()
        }
        own = [gap for gap, reference in self.slots.items() if reference == TERMS]
        drawn = draw_labels(self.name, references, self.size, templates, draw, own)
        return MinimalPairs(
            name=f"{self.name}~{draw.name.replace(' ', '')}" if draw.name else self.name,
            type=self.type,
            effect=self.effect,
            why=self.why,
            slot=drawn.slot,
            templates=templates,
            parts=drawn.parts,
            roles=self._roles(),
            family=self.name,
            draw=draw.name,
            novel=drawn.novel,
            language=self.language,
        )

    def _roles(self) -> tuple[Role, ...]:
        """The role of texts a, b, c ..., or none if no text has one."""
        counts = [(name, len(texts)) for name, texts in self.templates[0].texts(self.type).items()]
        roles = [self.roles.get(name, Role.NONE) for name, count in counts for _ in range(count)]
        return tuple(roles) if self.roles else ()


def _placed(reference: str, folder: Path | None) -> str:
    """A ``file:`` reference as seen from the working directory."""
    if folder is None or not reference.startswith("file:"):
        return reference
    return f"file:{folder / reference.removeprefix('file:')}"


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
    folder = resources.files("evenband.probes") / "data"
    files = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda f: f.name
    )
    return tuple(
        definition for file in files for definition in parse(file.read_text(encoding="utf-8"), file.name)
    )
