"""The texts that two models are compared on: those of a probe, or of the user's own file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evenband import slots
from evenband.errors import InputError
from evenband.probes.pairs.minimal_pairs import MinimalPairs
from evenband.slots.files import with_bad_rows_skipped
from evenband.types import Role


@dataclass(frozen=True)
class TextSet:
    """Texts, each with its role.

    Attributes:
        name: for tables and file names.
        texts: n texts; none twice in one role.
        roles: of the texts, n.
        language: of the texts, such as ``en``; empty where it is not known.
        probe: minimal pairs whose texts these are; ``None`` for texts of a file.
    """

    name: str
    texts: tuple[str, ...]
    roles: tuple[Role, ...]
    language: str = ""
    probe: MinimalPairs | None = None
    slot: str = ""

    def __post_init__(self) -> None:
        if not self.texts or len(self.texts) != len(self.roles):
            raise InputError(
                f"texts {self.name!r}: got {len(self.texts)} texts and {len(self.roles)} roles, "
                "expected one or more, equally many"
            )


def texts_of_probe(probe: MinimalPairs) -> TextSet:
    """Return all texts of a probe in the roles that it gives them, each once."""
    pairs = dict.fromkeys(_filled(probe))
    texts, roles = zip(*pairs, strict=True)
    return TextSet(probe.name, texts, roles, probe.language, probe, probe.slot.name)


def texts_of_file(
    reference: str,
    role: Role = Role.NONE,
    sample: int | None = None,
    rng: np.random.Generator | None = None,
    skip_bad: bool = False,
) -> TextSet:
    """Return the texts of a file.

    Args:
        reference: a file's name, with ``@column=NAME`` if it has several columns, or a slot reference.
        role: of all texts.
        sample: keep at most that many, in their order.
        rng: draws the sample.
        skip_bad: leave empty and repeated texts out.

    Raises:
        InputError: if the file cannot be read, or a text is empty or repeated.
    """
    named = reference if slots.is_reference(reference) else f"file:{reference}"
    slot = slots.load(with_bad_rows_skipped(named) if skip_bad else named)
    if sample is not None and sample < len(slot):
        generator = np.random.default_rng(0) if rng is None else rng
        slot = slot.take(np.sort(generator.choice(len(slot), sample, replace=False)).tolist())
    return TextSet(_name_of(reference, role), slot.values, (role,) * len(slot), slot.language, slot=named)


def _filled(probe: MinimalPairs) -> Iterator[tuple[str, Role]]:
    """Yield every text of every template with its role."""
    for template in probe.templates:
        for k, texts in enumerate(probe.texts(template)):
            for text in texts:
                yield text, probe.role(k)


def _name_of(reference: str, role: Role) -> str:
    """Return a name from that of the file, and the role if there is one."""
    argument = reference.partition(":")[2] if slots.is_reference(reference) else reference
    stem = re.sub(r"[^A-Za-z0-9_.-]+", "-", Path(argument.partition("@")[0]).stem).strip("-.")[:40]
    return (stem or "texts") + ("" if role == Role.NONE else f"@{role.value}")
