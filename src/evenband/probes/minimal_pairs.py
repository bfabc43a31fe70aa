"""Minimal pairs: two sentences that differ in one change, over every value of a slot."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from evenband.encoders import Tokenizing
from evenband.errors import InputError
from evenband.probes.calibration import calibrate
from evenband.probes.encoding import encode
from evenband.probes.noise import estimate_noise
from evenband.similarity import paired_similarity
from evenband.stats.neighbours import compare_neighbours
from evenband.types import (
    COSINE,
    Effect,
    Encoder,
    Measurement,
    NoiseFloor,
    ProbeSpec,
    ProbeType,
    Scores,
    Slot,
    Texts,
    digest_of,
)

PLACEHOLDER = "{x}"
SAME = 1e-9
"""Distances this close are equal, whatever the noise floor says."""

_OWN = re.compile(r"label|template|score|swap|hit|auc|tokens|exact|drawn|fast|(text|score)_\w+")


@dataclass(frozen=True)
class Template:
    """A pair of texts with a gap each, written :data:`PLACEHOLDER`."""

    name: str
    a: str
    b: str

    def fill(self, values: tuple[str, ...]) -> tuple[list[str], list[str]]:
        """Text a and text b of every value, n each."""
        return (
            [self.a.replace(PLACEHOLDER, value) for value in values],
            [self.b.replace(PLACEHOLDER, value) for value in values],
        )


@dataclass(frozen=True)
class MinimalPairs:
    """A probe: templates by slot values, one similarity for each.

    Attributes:
        name: for tables and file names.
        type: what the pair must do; INV: text b stays the nearest to its text a.
        effect: what the change does to the meaning.
        why: why it matters.
        slot: n values.
        templates: t templates with different names.
        of: name of the probe whose outliers this one follows up; empty for a probe of its own.
    """

    name: str
    type: ProbeType
    effect: Effect
    why: str
    slot: Slot
    templates: tuple[Template, ...]
    of: str = ""

    def __post_init__(self) -> None:
        names = [template.name for template in self.templates]
        if not names or len(set(names)) != len(names):
            raise InputError(
                f"probe {self.name!r}: got templates {names}, expected one or more different names"
            )

    @property
    def spec(self) -> ProbeSpec:
        """What a measurement says of this probe."""
        content = [self.type, list(self.slot.values), [[t.name, t.a, t.b] for t in self.templates]]
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
        )

    def sample(self, size: int, rng: np.random.Generator) -> MinimalPairs:
        """The probe on ``size`` of its values, drawn without replacement, in their order."""
        if size < 1:
            raise InputError(f"got a sample of {size}, expected 1 or more")
        if size >= len(self.slot):
            return self
        rows = np.sort(rng.choice(len(self.slot), size, replace=False))
        return replace(self, slot=self.slot.take(rows.tolist()))

    def measure(self, encoder: Encoder, fresh: Encoder | None = None) -> Measurement:
        """One cosine per label and template, with what the other labels say of each.

        Template by template, so that the vectors of one template are all that is in memory.

        Raises:
            ModelError: if the encoder fails or returns something that is not vectors.
        """
        values, fresh = self.slot.values, fresh or encoder
        a: list[list[str]] = []
        b: list[list[str]] = []
        columns: dict[str, list[Scores]] = {"score": [], "swap": [], "hit": [], "auc": []}
        floors: list[NoiseFloor] = []
        for template in self.templates:
            texts_a, texts_b = template.fill(values)
            vectors = encode(encoder, texts_a + texts_b)
            left, right = vectors[: len(values)], vectors[len(values) :]
            floors.append(estimate_noise(fresh, (texts_a, texts_b), (left, right)))
            near = compare_neighbours(left, right, tie=max(SAME, floors[-1].score))
            a.append(texts_a)
            b.append(texts_b)
            columns["score"].append(paired_similarity(left, right))
            for key in ("swap", "hit", "auc"):
                columns[key].append(getattr(near, key))
            if isinstance(fresh, Tokenizing):
                counts = fresh.count_tokens(texts_a)
                columns.setdefault("tokens", []).append(np.array(counts, dtype=np.float64))
        scores = {key: np.stack(parts, axis=1) for key, parts in columns.items()}
        return Measurement(
            probe=self.spec,
            model=encoder.spec,
            metric=COSINE,
            labels=values,
            templates=tuple(template.name for template in self.templates),
            scores=scores.pop("score"),
            texts=_texts(text_a=a, text_b=b),
            noise=max(floors, key=lambda noise: noise.floor),
            details=scores,
            columns={
                f"slot_{key}" if _OWN.fullmatch(key) else key: column
                for key, column in self.slot.columns.items()
            },
            calibration=calibrate(encoder),
        )


def _texts(**columns: list[list[str]]) -> Mapping[str, Texts]:
    """Lists of t columns of n texts, as (n, t) arrays."""
    return {key: np.array(parts, dtype=object).T.copy() for key, parts in columns.items()}
