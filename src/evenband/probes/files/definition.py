"""Definition of one probe in a file, and the probe that it becomes once its slots are filled."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from evenband.errors import InputError
from evenband.probes.files.drawing import STANDARD_SENTENCES, Draw, Size, draw_fillers, draw_labels
from evenband.probes.pairs.minimal_pairs import MinimalPairs
from evenband.probes.pairs.templates import Template
from evenband.slots.files import FILE, with_bad_rows_skipped
from evenband.types import Effect, ProbeType, Role

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Gap = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Text = Annotated[str, Field(min_length=1)]
TextName = Literal["a", "b", "changed", "paraphrases", "query", "relevant", "irrelevant"]

TEXT_NAMES: Mapping[ProbeType, tuple[TextName, ...]] = {
    "INV": ("a", "b"),
    "DIFF": ("a", "changed", "paraphrases"),
    "ORDER": ("query", "relevant", "irrelevant"),
}
"""Names of a template's texts, in the order text a, b, c ..."""

TERMS = "terms:"
"""Slot reference that stands for the user's own list of terms."""


class TemplateRow(BaseModel):
    """The texts of one template; which ones it must have depends on the probe's type."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    a: Text | None = Field(default=None, description="INV, DIFF: the first text, with {x} for the value")
    b: Text | None = Field(default=None, description="INV: the same except for the change under test")
    changed: Text | None = Field(default=None, description="DIFF: the same except for a change of meaning")
    paraphrases: tuple[Text, ...] | None = Field(
        default=None, min_length=1, description="DIFF: the meaning of a in other words, two or more"
    )
    query: Text | None = Field(default=None, description="ORDER: what is searched for")
    relevant: Text | None = Field(default=None, description="ORDER: what must be nearer to the query")
    irrelevant: Text | None = Field(default=None, description="ORDER: what must be farther from it")
    name: Text | None = Field(default=None, description="name in tables; the first text if not given")

    def texts(self, type_: ProbeType) -> dict[TextName, tuple[str, ...]]:
        """Return the texts that are given, by name, those of the type first."""
        values = {name: getattr(self, name) for names in TEXT_NAMES.values() for name in names}
        return {
            name: values[name] if isinstance(values[name], tuple) else (values[name],)
            for name in dict.fromkeys([*TEXT_NAMES[type_], *values])
            if values[name] is not None
        }

    def template(self, type_: ProbeType) -> Template:
        """Return the template that the probe measures."""
        a, b, *others = (text for texts in self.texts(type_).values() for text in texts)
        return Template(self.name or a, a, b, tuple(others))


class Definition(BaseModel):
    """One ``[[probe]]`` table."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name = Field(description="short name for files and tables")
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
        default=STANDARD_SENTENCES,
        ge=1,
        description="templates of the quick and the standard draw; full takes all",
    )
    slot: Annotated[str, Field(min_length=1)] | Annotated[dict[Gap, str], Field(min_length=1)] = Field(
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
        """Slot reference of each slot, by gap."""
        return {"x": self.slot} if isinstance(self.slot, str) else self.slot

    @property
    def needs_terms(self) -> bool:
        """Whether the user's own terms fill one of its slots."""
        return TERMS in self.slots.values()

    def load(
        self, folder: Path | None = None, draw: Draw | None = None, terms: str | None = None
    ) -> MinimalPairs:
        """Return the probe with its slots filled.

        Args:
            folder: where a ``file:`` slot's relative path starts; the working directory if not given.
            draw: which values and fillers; the standard draw if not given.
            terms: slot reference of the user's own terms; needed if a slot is theirs.

        Raises:
            InputError: if a slot cannot be loaded or a gap cannot be filled.
        """
        draw = draw or Draw()
        if self.needs_terms and terms is None:
            raise InputError(f"probe {self.name!r} works on your own terms; give them with --terms FILE")
        count = draw.sentences(self.size, self.sentences, len(self.templates))
        rows = [row.template(self.type) for row in self.templates[:count]]
        fillers = {gap: _relocated(reference, folder, draw) for gap, reference in self.fillers.items()}
        templates = draw_fillers(self.name, fillers, rows, draw)
        references = {
            gap: _relocated(str(terms), None, draw)
            if reference == TERMS
            else _relocated(reference, folder, draw)
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
        """Return the roles of texts a, b, c ...; empty if no text has one."""
        counts = [(name, len(texts)) for name, texts in self.templates[0].texts(self.type).items()]
        roles = [self.roles.get(name, Role.NONE) for name, count in counts for _ in range(count)]
        return tuple(roles) if self.roles else ()


def _relocated(reference: str, folder: Path | None, draw: Draw) -> str:
    """Return a reference as the draw loads it: a file's path is relative to the folder."""
    if folder is not None and reference.startswith(FILE):
        reference = f"{FILE}{folder / reference.removeprefix(FILE)}"
    return with_bad_rows_skipped(reference) if draw.skip_bad else reference
