"""Plan of a run: models, probes, sizes and seed, from the command line or from a TOML file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from evenband import encoders, probes, slots
from evenband.errors import InputError, UnfitValuesError
from evenband.probes import Definition, Draw, PairTable
from evenband.probes.files import toml
from evenband.probes.files.drawing import Size
from evenband.probes.pairs.minimal_pairs import MinimalPairs
from evenband.randomness import stream
from evenband.running.budget_options import check_budget, within_budget
from evenband.running.given_models import as_texts
from evenband.running.own_terms import check_number_of_terms, slot_of
from evenband.slots.tables import PACKED
from evenband.types import Role

DEFAULT_PROBES = ("comma", "ablation")
"""Probes of a plan that names none."""


def _not_empty(text: str) -> str:
    if not text:
        raise ValueError("a text of one character or more")
    return text


NamedPath = Annotated[str, AfterValidator(_not_empty)]
"""A name that is not empty. A length in the schema would refuse file names that are not UTF-8."""


class Plan(BaseModel):
    """A run, before it happens. The keys of a plan file are these fields.

    See each field's description.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    models: tuple[str, ...] = Field(min_length=1, description="model references")
    probes: tuple[str, ...] = Field(default=(), description="names, .toml files, or tables of pairs")
    reference: NamedPath | None = Field(default=None, description="model to compare the others with")
    sample: int | None = Field(
        default=None, ge=1, description="at most that many values of each slot, letters excepted"
    )
    budget: int | None = Field(
        default=None, ge=1, description="at most that many texts of each probe, letters excepted"
    )
    predictor: NamedPath | None = Field(
        default=None, description="model that helps a budget to choose; its texts do not count"
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
    terms: NamedPath | None = Field(
        default=None,
        description="your own terms: a file or slot reference for the kit's probes",
    )
    seed: int = Field(default=0, ge=0, description="of every random choice")
    engine: Literal["auto", "plain"] = Field(
        default="auto", description="plain: the model library's own encode"
    )
    screen: Literal["bfloat16", "float16"] | None = Field(
        default=None, description="all texts in this number format, the farthest and a tenth again in float32"
    )
    skip_bad: bool = Field(
        default=False, description="leave out rows and texts that cannot be measured, and list them"
    )
    trust_remote_code: bool = Field(default=False, description="run code that came with a model")
    out: Path | None = Field(default=None, description="run directory")

    @property
    def detailed(self) -> bool:
        """Whether single items are looked into: not in a suite, nor in the whole kit over own terms.

        These ask how whole families of probes behave. No effects are planted to find the smallest
        detectable one, no outlier is followed up or explained unless asked for, and none has charts.
        """
        return self.suite is None and (self.terms is None or bool(self.probes))


def read(path: Path) -> Plan:
    """Read a plan file. Relative paths in it start at its folder.

    Raises:
        InputError: if it cannot be read or is not valid; the message names the file and the key, and says
            what was found and what was expected.
    """
    plan = toml.read(path, Plan)
    names = list_probes(plan.probes, path.parent)
    moved = [str(path.parent / name) if is_file(name) else name for name in names]
    out = plan.out and path.parent / plan.out
    terms = plan.terms
    if terms is not None and not slots.is_reference(terms):
        terms = str(path.parent / terms)
    models = tuple(ref for given in plan.models for ref in _moved_models(given, path.parent))
    reference = plan.reference and encoders.only_one(encoders.moved(plan.reference, path.parent))
    predictor = plan.predictor and encoders.moved(plan.predictor, path.parent)
    update: dict[str, object] = {"predictor": predictor}
    update |= {"models": models, "reference": reference, "probes": tuple(moved), "out": out, "terms": terms}
    return plan.model_copy(update=update)


def _moved_models(given: str, folder: Path) -> list[str]:
    """Return what a plan file's reference stands for; relative folders start at the plan's folder."""
    moved = encoders.moved(given, folder)
    expanded = encoders.expand(moved)
    return expanded if len(expanded) == 1 else [encoders.moved(one, folder) for one in expanded]


def list_probes(texts: Sequence[str], folder: Path = Path()) -> list[str]:
    """Return each name or file by itself: ``a,b`` is a and b, unless it is a file in the folder.

    Raises:
        InputError: for a text without a name.
    """
    names: list[str] = []
    for text in texts:
        is_existing_file = is_file(text) and (folder / text).is_file()
        parts = [text] if is_existing_file else [part.strip() for part in text.split(",") if part.strip()]
        if not parts:
            raise InputError(
                f"probes: got {text!r}, expected a name, a .toml file or a table of pairs; "
                "`evenband list probes` has the names"
            )
        names += parts
    return names


def is_file(name: str) -> bool:
    """Return whether a probe's name has the ending of a probe file or a table of pairs."""
    return Path(name).suffix.lower() in (".toml", *probes.TABLES, *PACKED)


def build(**fields: object) -> Plan:
    """Make a plan of keywords, with errors in one line.

    Raises:
        InputError: if a field is not valid, naming the field, what was found and what was expected.
    """
    try:
        plan = Plan.model_validate(as_texts(fields))
    except ValidationError as error:
        raise InputError(toml.explain(error, Plan)) from None
    models = tuple(ref for given in plan.models for ref in encoders.expand(given))
    reference = plan.reference and encoders.only_one(plan.reference)
    return plan.model_copy(update={"models": models, "reference": reference})


def load_probes(plan: Plan, tell: Callable[[str], None] | None = None) -> list[MinimalPairs]:
    """Return the probes that a plan names, or those of its suite or kit, with slots filled and sampled.

    A probe of the kit that was not named, and that none of the user's terms fits, is left out.

    Args:
        plan: names the probes.
        tell: told which probes are left out, and why.

    Raises:
        InputError: if one does not exist, cannot be read, or two share a name.
    """
    check_budget(plan.budget, plan.predictor, {"screen": plan.screen, "fresh": plan.fresh})
    definitions = _definitions(plan)
    if plan.terms is not None:
        check_number_of_terms(plan.terms, plan.skip_bad)
    draws = [Draw(plan.suite or "standard", skip_bad=plan.skip_bad)]
    if plan.fresh is not None:
        draws.append(replace(draws[0], fresh=plan.fresh))
    loaded: list[MinimalPairs] = []
    unfit: list[UnfitValuesError] = []
    for definition, folder in definitions:
        try:
            loaded += [definition.load(folder, draw, slot_of(plan.terms)) for draw in draws]
        except UnfitValuesError as error:
            if plan.terms is None or plan.probes:
                raise
            unfit.append(error)
    if not loaded:
        raise unfit[0]
    if tell is not None:
        for reason in unfit:
            tell(f"left out: none, or too few, of your terms fit: {reason}")
    names = [probe.name for probe in loaded]
    for name in names:
        if names.count(name) > 1:
            raise InputError(
                f"got two probes called {name!r}, expected different names; rename one in its file"
            )
    return [variant for probe in loaded for variant in _in_roles(_sampled(probe, plan), plan.roles)]


def find_shadows(plan: Plan) -> list[str]:
    """Return names of the user's own probes that a shipped, different probe has as well."""
    shipped = probes.names()
    own = [definition for definition, _ in _definitions(plan) if definition.name in shipped]
    return [definition.name for definition in own if definition != probes.find(definition.name)]


def _definitions(plan: Plan) -> list[tuple[Definition | PairTable, Path | None]]:
    """Return the definitions that a plan names, and the folder that each was read from."""
    definitions: list[tuple[Definition | PairTable, Path | None]] = []
    for reference in list_probes(plan.probes):
        path = Path(reference)
        if path.suffix == ".toml":
            definitions += [(definition, path.parent) for definition in probes.read(path)]
        elif is_file(reference):
            definitions.append((probes.read_table(path, plan.skip_bad), None))
        else:
            definitions.append((probes.find(reference), None))
    if definitions:
        _check_use_of_terms(plan, [definition for definition, _ in definitions])
        return definitions
    if plan.suite is not None:
        definitions += [(definition, None) for definition in probes.in_suite(plan.suite)]
    if plan.terms is not None:
        definitions += [(definition, None) for definition in probes.on_terms()]
    return definitions or [(probes.find(name), None) for name in DEFAULT_PROBES]


def _check_use_of_terms(plan: Plan, definitions: Sequence[Definition | PairTable]) -> None:
    """Refuse terms that no probe of the plan would use: they are a mistake.

    Raises:
        InputError: naming the probes that work on terms.
    """
    if plan.terms is None or any(
        isinstance(definition, Definition) and definition.needs_terms for definition in definitions
    ):
        return
    kit = ", ".join(definition.name for definition in probes.on_terms())
    has_tables = any(isinstance(definition, PairTable) for definition in definitions)
    own = " (a table has its own texts)" if has_tables else ""
    raise InputError(
        f"--terms fills the families over your own terms, and {', '.join(plan.probes)} takes none{own}; "
        "audit the two one after the other (-p without --terms, --terms without -p), or name with -p some "
        f"of: {kit}"
    )


def _sampled(probe: MinimalPairs, plan: Plan) -> MinimalPairs:
    """Return the probe on as many labels as the plan's sample has; letters are never sampled."""
    if probe.slot.letters:
        return probe
    if plan.sample is not None:
        probe = probe.sample(plan.sample, stream(plan.seed, "sample"))
    if plan.budget is None:
        return probe
    return within_budget(probe, plan.budget, plan.predictor or "", plan.seed)


def _in_roles(probe: MinimalPairs, roles: str) -> list[MinimalPairs]:
    """Return the probe in the role asked for, or in both; the probe itself if it has its own roles."""
    if roles == "probe" or probe.roles:
        return [probe]
    chosen = [Role.QUERY, Role.DOCUMENT] if roles == "both" else [Role(roles)]
    k = len(probe.templates[0].texts)
    return [replace(probe, name=f"{probe.name}@{role.value}", roles=(role,) * k) for role in chosen]
