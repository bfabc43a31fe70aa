"""Minimal pairs: sentences that differ in one change, over every value of a slot."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np

from evenband.digests import digest_of
from evenband.encoders import Tokenizing
from evenband.errors import InputError
from evenband.probes.embedding import encode
from evenband.probes.pairs.calibration import calibrate
from evenband.probes.pairs.exchange import Exchange
from evenband.probes.pairs.noise import estimate_noise
from evenband.probes.pairs.templates import PLACEHOLDER, Template
from evenband.similarity import paired_similarity
from evenband.stats.neighbours import compare_neighbours
from evenband.stats.ordering import passes
from evenband.types import (
    COSINE,
    Effect,
    Encoder,
    Measurement,
    NoiseFloor,
    ProbeSpec,
    ProbeType,
    Role,
    Scores,
    Slot,
    Texts,
    Vectors,
)

__all__ = ["PLACEHOLDER", "SAME", "MinimalPairs", "Template"]

SAME = 1e-9
"""Distances this close are equal, whatever the noise floor says."""

TOGETHER = 16_384
"""Texts that are embedded in one call, where one template alone has fewer."""

LETTERS = "abcdefghijklmnopqrstuvwxyz"

Filled: TypeAlias = tuple[Template, tuple[list[str], ...], tuple[Vectors, ...]]
"""A template, its texts, n each, and their vectors."""

_OWN = re.compile(r"label|template|score|swap|hit|auc|pass|tokens|exact|drawn|fast|(text|score|swap)_\w+")


@dataclass(frozen=True)
class MinimalPairs:
    """A probe: templates by slot values, one similarity for each.

    Attributes:
        name: for tables and file names.
        type: what must hold; see :mod:`evenband.stats.ordering`.
        effect: what the change does to the meaning.
        why: why it matters.
        slot: n values, the labels.
        templates: t templates with different names and equally many texts.
        of: name of the probe whose outliers this one follows up; empty for a probe of its own.
        parts: n strings for each gap other than ``{x}``, by the gap's name; of a probe with several
            slots, or one of another name, all its gaps.
        roles: of texts a, b ...; no role where there are none.
        family: name of its definition.
        draw: which draw of values and fillers it is; empty for the standard one.
        novel: share of its labels that the standard draw does not have; ``None`` for the standard one.
        language: of its sentences.
    """

    name: str
    type: ProbeType
    effect: Effect
    why: str
    slot: Slot
    templates: tuple[Template, ...]
    of: str = ""
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    roles: tuple[Role, ...] = ()
    family: str = ""
    draw: str = ""
    novel: float | None = None
    language: str = "en"

    def __post_init__(self) -> None:
        names = [template.name for template in self.templates]
        if not names or len(set(names)) != len(names):
            raise InputError(
                f"probe {self.name!r}: got templates {names}, expected one or more different names"
            )
        counts = {len(template.texts) for template in self.templates}
        if len(counts) > 1 or (counts == {2}) != (self.type == "INV"):
            expected = "two texts each" if self.type == "INV" else "three or more texts, equally many"
            found = ", ".join(str(count) for count in sorted(counts))
            raise InputError(f"probe {self.name!r}: got templates of {found} texts, expected {expected}")

    @property
    def values(self) -> Mapping[str, Sequence[str]]:
        """What fills the gaps."""
        return self.parts if _named(self.parts) else {"x": self.slot.values, **self.parts}

    @property
    def slots(self) -> tuple[str, ...]:
        """Names of the slots."""
        return _named(self.parts) or ("x",)

    @property
    def spec(self) -> ProbeSpec:
        """What a measurement says of this probe."""
        rows = [[t.name, *t.texts] for t in self.templates]
        content: list[object] = [self.type, list(self.slot.values), rows]
        if self.parts or self.roles:
            content += [{key: list(part) for key, part in self.parts.items()}, list(self.roles)]
        return ProbeSpec(
            name=self.name,
            type=self.type,
            effect=self.effect,
            why=self.why,
            slot=self.slot.name,
            labels=len(self.slot),
            templates=len(self.templates),
            digest=digest_of(content),
            of=self.of,
            family=self.family or self.name,
            draw=self.draw,
            novel=self.novel,
            roles=tuple(role.value for role in self.roles),
            language=self.language,
        )

    def take(self, rows: Sequence[int]) -> MinimalPairs:
        """The probe on only those labels, in the order given."""
        parts = {key: tuple(part[row] for row in rows) for key, part in self.parts.items()}
        return replace(self, slot=self.slot.take(rows), parts=parts)

    def sample(self, size: int, rng: np.random.Generator) -> MinimalPairs:
        """The probe on ``size`` of its values, drawn without replacement, in their order."""
        if size < 1:
            raise InputError(f"got a sample of {size}, expected 1 or more")
        if size >= len(self.slot):
            return self
        return self.take(np.sort(rng.choice(len(self.slot), size, replace=False)).tolist())

    def role(self, text: int) -> Role:
        """What a text is to the model: 0 for text a."""
        return self.roles[text] if self.roles else Role.NONE

    def texts(self, template: Template) -> tuple[list[str], ...]:
        """All texts of a template, n each."""
        return template.fill(self.values)

    def measure(self, encoder: Encoder, fresh: Encoder | None = None) -> Measurement:
        """One cosine per label and template, with what the other labels say of each.

        A few templates at a time, so that never more than those templates' vectors are in memory.

        Raises:
            ModelError: if the encoder fails or returns something that is not vectors.
        """
        fresh = fresh or encoder
        texts: list[tuple[list[str], ...]] = []
        cells: list[dict[str, Scores]] = []
        floors: list[NoiseFloor] = []
        for group in self._embedded(encoder):
            floors.append(self._noise(fresh, group))
            tie = max(SAME, floors[-1].score)
            for template, filled, vectors in group:
                texts.append(filled)
                cells.append(
                    {**self._compare(vectors, tie), **self._exchanged(encoder, template, vectors[0])}
                )
                if isinstance(fresh, Tokenizing):
                    counts = fresh.count_tokens(filled[0], self.role(0))
                    cells[-1]["tokens"] = np.array(counts, dtype=np.float64)
        scores = {key: np.stack([cell[key] for cell in cells], axis=1) for key in cells[0]}
        return Measurement(
            probe=self.spec,
            model=encoder.spec,
            metric=COSINE,
            labels=self.slot.values,
            templates=tuple(template.name for template in self.templates),
            scores=scores.pop("score"),
            texts={
                f"text_{LETTERS[k]}": _table([filled[k] for filled in texts]) for k in range(len(texts[0]))
            },
            noise=max(floors, key=lambda noise: noise.floor),
            details=scores,
            columns={
                f"slot_{key}" if _OWN.fullmatch(key) else key: column
                for key, column in {**self.slot.columns, **self.parts}.items()
            },
            calibration=calibrate(encoder),
        )

    def cells(self, encoder: Encoder) -> Iterator[dict[str, Scores]]:
        """What :meth:`measure` knows of each template's cells, by name, (n,) each; ties are exact.

        Raises:
            ModelError: as :meth:`measure`.
        """
        for group in self._embedded(encoder):
            for _, _, vectors in group:
                yield self._compare(vectors, SAME)

    def _embedded(self, encoder: Encoder) -> Iterator[list[Filled]]:
        """Templates with their texts and vectors, those that are embedded in one call at a time."""
        n = len(self.slot)
        several = max(1, TOGETHER // (len(self.templates[0].texts) * n))
        for start in range(0, len(self.templates), several):
            chosen = self.templates[start : start + several]
            filled = [self.texts(template) for template in chosen]
            columns = [
                encode(encoder, [text for one in filled for text in one[k]], self.role(k))
                for k in range(len(chosen[0].texts))
            ]
            yield [
                (template, filled[row], tuple(vectors[row * n : (row + 1) * n] for vectors in columns))
                for row, template in enumerate(chosen)
            ]

    def _noise(self, fresh: Encoder, group: Sequence[Filled]) -> NoiseFloor:
        """Of the pairs of some templates; their share of those that the whole probe embeds again."""
        texts = [[text for _, filled, _ in group for text in filled[side]] for side in (0, 1)]
        vectors = [np.concatenate([found[side] for _, _, found in group]) for side in (0, 1)]
        cells = len(self.slot) * len(self.templates)
        return estimate_noise(
            fresh, texts, vectors, (self.role(0), self.role(1)), cells, -(-len(self.templates) // len(group))
        )

    def _compare(self, vectors: tuple[Vectors, ...], tie: float) -> dict[str, Scores]:
        """Similarities of text a to every other, and what the other labels say. Shape: (n,) each."""
        near = compare_neighbours(vectors[0], vectors[1], tie=tie)
        found: dict[str, Scores] = {"swap": near.swap, "hit": near.hit, "auc": near.auc}
        similar = [paired_similarity(vectors[0], other) for other in vectors[1:]]
        found["score"] = similar[0]
        found |= {f"score_{LETTERS[2 + k]}": one for k, one in enumerate(similar[1:])}
        found["pass"] = near.least if self.type == "INV" else passes(self.type, similar, tie)
        return found

    def _exchanged(self, encoder: Encoder, template: Template, vectors: Vectors) -> dict[str, Scores]:
        """Of several slots: how far one other value in one slot moves text a."""
        if len(self.slots) < 2:
            return {}
        return Exchange(self.slots, self.values).measure(encoder, template.a, vectors, self.role(0))


def _named(parts: Mapping[str, object]) -> tuple[str, ...]:
    """The gaps that are a slot's own value, such as ``y``, not ``y.plural``."""
    return tuple(key for key in parts if "." not in key)


def _table(parts: list[list[str]]) -> Texts:
    """T lists of n texts as an (n, t) array."""
    return np.array(parts, dtype=object).T.copy()
