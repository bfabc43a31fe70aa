"""What to do: models, probes, how many, which seed. From the command line or from a TOML file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evenband import probes, slots
from evenband.errors import InputError
from evenband.probes import Definition, Draw, PairTable
from evenband.probes.files import toml
from evenband.probes.files.drawing import Size
from evenband.probes.pairs.minimal_pairs import MinimalPairs
from evenband.randomness import stream
from evenband.types import Role

FEWEST_TERMS = 4
"""Of the user's own: some probes of the kit combine three of them and exchange one for a fourth."""

DEFAULT_PROBES = ("comma", "ablation")


class Plan(BaseModel):
    """A run, before it happens. The keys of a plan file are these fields.

    ``seed`` feeds every random choice. ``sample`` keeps that many values of each slot that has
    more. ``out`` is the run directory.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    models: tuple[str, ...] = Field(min_length=1, description="model references")
    probes: tuple[str, ...] = Field(default=(), description="names, .toml files, or tables of pairs")
    reference: str | None = Field(default=None, min_length=1, description="model to compare the others with")
    sample: int | None = Field(
        default=None, ge=1, description="at most that many values of each slot, letters excepted"
    )
    suite: Size | None = Field(
        default=None, description="all probes of a suite, or the size of the probes named"
    )
    fresh: int | None = Field(
        default=None,
        ge=0,
        description="seed of a fresh draw of every probe, measured beside the standard one",
    )
    roles: Literal["probe", "query", "document", "both"] = Field(
        default="probe", description="role of the texts to which a probe gives none"
    )
    terms: str | None = Field(
        default=None,
        min_length=1,
        description="your own terms: a file or slot reference for the kit's probes",
    )
    seed: int = Field(default=0, ge=0, description="of every random choice")
    engine: Literal["auto", "plain"] = Field(
        default="auto", description="plain: the model library's own encode"
    )
    screen: Literal["bfloat16", "float16"] | None = Field(
        default=None, description="all texts in this number format, the farthest and a tenth again in float32"
    )
    trust_remote_code: bool = Field(default=False, description="run code that came with a model")
    out: Path | None = Field(default=None, description="run directory")

    @property
    def detailed(self) -> bool:
        """Whether single labels are looked into: not in a suite, nor in the whole kit over own terms.

        These ask how whole families behave: no effects are planted to find the smallest detectable
        one, no outlier is followed up or explained without being asked for, and none has charts.
        """
        return self.suite is None and (self.terms is None or bool(self.probes))


def read(path: Path) -> Plan:
    """A plan file. Relative paths in it start at its folder.

    Raises:
        InputError: naming the file, the key, what was found and what was expected.
    """
    plan = toml.read(path, Plan)
    listed = list_probes(plan.probes, path.parent)
    moved = [str(path.parent / probe) if is_file(probe) else probe for probe in listed]
    out = plan.out and path.parent / plan.out
    terms = plan.terms
    if terms is not None and not slots.is_reference(terms):
        terms = str(path.parent / terms)
    return plan.model_copy(update={"probes": tuple(moved), "out": out, "terms": terms})


def list_probes(texts: Sequence[str], folder: Path = Path()) -> list[str]:
    """Each name or file by itself: ``a,b`` is a and b, unless it is a file in the folder.

    Raises:
        InputError: for a text without any.
    """
    found: list[str] = []
    for text in texts:
        whole = is_file(text) and (folder / text).is_file()
        parts = [text] if whole else [part.strip() for part in text.split(",") if part.strip()]
        if not parts:
            raise InputError(
                f"probes: got {text!r}, expected a name, a .toml file or a table of pairs; "
                "`evenband list probes` has the names"
            )
        found += parts
    return found


def is_file(name: str) -> bool:
    """Whether a probe's name is that of the user's own file, by its ending."""
    return Path(name).suffix in (".toml", *probes.TABLES)


def build(**fields: object) -> Plan:
    """A plan from keywords, with errors in one line.

    Raises:
        InputError: naming the key, what was found and what was expected.
    """
    try:
        return Plan.model_validate(fields)
    except ValidationError as error:
        raise InputError(toml.explain(error, Plan)) from None


def load_probes(todo: Plan) -> list[MinimalPairs]:
    """The probes of a plan: named, of its suite or kit; their slots filled and sampled.

    Raises:
        InputError: if one does not exist, cannot be read, or two share a name.
    """
    definitions = _definitions(todo)
    if todo.terms is not None:
        _count_terms(todo.terms)
    draws = [Draw(todo.suite or "standard")]
    if todo.fresh is not None:
        draws.append(Draw(todo.suite or "standard", todo.fresh))
    loaded = [
        definition.load(folder, draw, _slot_of(todo.terms))
        for definition, folder in definitions
        for draw in draws
    ]
    names = [probe.name for probe in loaded]
    for name in names:
        if names.count(name) > 1:
            raise InputError(
                f"got two probes called {name!r}, expected different names; rename one in its file"
            )
    return [variant for probe in loaded for variant in _in_roles(_sampled(probe, todo), todo.roles)]


def find_shadows(todo: Plan) -> list[str]:
    """Names of the user's own probes that a shipped one, which says something else, has as well."""
    shipped = probes.names()
    own = [definition for definition, _ in _definitions(todo) if definition.name in shipped]
    return [definition.name for definition in own if definition != probes.find(definition.name)]


def _definitions(todo: Plan) -> list[tuple[Definition | PairTable, Path | None]]:
    """What the plan names, with the folder that each definition was read from."""
    found: list[tuple[Definition | PairTable, Path | None]] = []
    for reference in list_probes(todo.probes):
        path = Path(reference)
        if path.suffix == ".toml":
            found += [(definition, path.parent) for definition in probes.read(path)]
        elif path.suffix in probes.TABLES:
            found.append((probes.read_table(path), None))
        else:
            found.append((probes.find(reference), None))
    if found:
        _check_terms(todo, [definition for definition, _ in found])
        return found
    if todo.suite is not None:
        found += [(definition, None) for definition in probes.in_suite(todo.suite)]
    if todo.terms is not None:
        found += [(definition, None) for definition in probes.on_terms()]
    return found or [(probes.find(name), None) for name in DEFAULT_PROBES]


def _count_terms(terms: str) -> None:
    """Too few terms are found before anything is measured.

    Raises:
        InputError: if there are fewer than four, or they cannot be read.
    """
    slot = slots.load(str(_slot_of(terms)))
    if len(slot) < FEWEST_TERMS:
        raise InputError(
            f"terms {terms}: got {len(slot)}, expected {FEWEST_TERMS} or more; "
            f"add {FEWEST_TERMS - len(slot)} to {slot.origin if slot.name.startswith('file:') else 'them'}"
        )


def _check_terms(todo: Plan, found: Sequence[Definition | PairTable]) -> None:
    """Terms that nothing would use are a mistake, not a wish."""
    if todo.terms is None or any(isinstance(one, Definition) and one.needs_terms for one in found):
        return
    kit = ", ".join(one.name for one in probes.on_terms())
    raise InputError(
        f"none of the probes {', '.join(todo.probes)} works on your own terms; leave -p out, "
        f"or name some of: {kit}"
    )


def _slot_of(terms: str | None) -> str | None:
    """A slot reference of the user's terms, which may be just a file's name."""
    if terms is None or slots.is_reference(terms):
        return terms
    return f"file:{terms}"


def _sampled(probe: MinimalPairs, todo: Plan) -> MinimalPairs:
    if todo.sample is None or probe.slot.letters:
        return probe
    return probe.sample(todo.sample, stream(todo.seed, "sample"))


def _in_roles(probe: MinimalPairs, roles: str) -> list[MinimalPairs]:
    """The probe in the role asked for, or in both; itself if it has roles of its own."""
    if roles == "probe" or probe.roles:
        return [probe]
    chosen = [Role.QUERY, Role.DOCUMENT] if roles == "both" else [Role(roles)]
    k = len(probe.templates[0].texts)
    return [replace(probe, name=f"{probe.name}@{role.value}", roles=(role,) * k) for role in chosen]
