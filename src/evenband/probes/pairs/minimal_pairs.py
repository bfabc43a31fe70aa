"""Minimal pairs: sentences that differ in one change, over every value of a slot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

import numpy as np

from evenband.digests import digest_of
from evenband.encoders import Tokenizing
from evenband.errors import InputError
from evenband.picture_files import thumbnails
from evenband.probes.pairs.calibration import calibrate
from evenband.probes.pairs.cells import SMALLEST_DIFFERENCE, Order, compare_texts, stack_cells
from evenband.probes.pairs.covered_cells import find_covered
from evenband.probes.pairs.cuts import Cuts
from evenband.probes.pairs.embedded_templates import EmbeddedTemplate, embed_templates
from evenband.probes.pairs.exchange import Exchange
from evenband.probes.pairs.label_columns import label_columns
from evenband.probes.pairs.label_components import LabelMeans
from evenband.probes.pairs.noise import estimate_noise
from evenband.probes.pairs.templates import PLACEHOLDER, Template
from evenband.slots.lexical import lexical_columns
from evenband.types import (
    COSINE,
    Effect,
    Encoder,
    Measurement,
    NoiseFloor,
    PairsDetails,
    PairsMeasurement,
    PairsSpec,
    ProbeType,
    Role,
    Scores,
    Slot,
)
from evenband.types.picture_texts import any_picture, is_picture

__all__ = ["PLACEHOLDER", "MinimalPairs", "Template"]


@dataclass(frozen=True)
class MinimalPairs:
    """A probe: one similarity for each template and slot value.

    Attributes:
        name: for tables and file names.
        type: what must hold; see :mod:`evenband.stats.ordering`.
        effect: what the change does to the meaning.
        why: why it matters, one sentence.
        slot: n values, the labels.
        templates: t templates with different names and equally many texts.
        of: name of the probe whose outliers this one follows up; empty for a probe of its own.
        parts: n strings for each gap other than ``{x}``, by the gap's name. Where a probe has several
            slots, or one that is not called ``x``, these are all its gaps.
        roles: of texts a, b ...; empty where no text has a role.
        family: name of the definition that it was drawn from.
        draw: which draw of values and fillers it is; empty for the standard one.
        novel: share of its labels that the standard draw lacks, in [0, 1]; ``None`` for that draw.
        language: of its sentences, such as ``en``.
        budget: number of texts to embed at most; ``None`` for all.
        predictor: reference of the model that helps to choose them; empty for none.

    Raises:
        InputError: if template names repeat, or the number of texts does not fit the type.
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
    budget: int | None = None
    predictor: str = ""

    def __post_init__(self) -> None:
        names = [template.name for template in self.templates]
        if not names or len(set(names)) != len(names):
            raise InputError(
                f"probe {self.name!r}: got templates {names}, expected one or more different names"
            )
        counts = {len(template.texts) for template in self.templates}
        if len(counts) > 1 or (counts == {2}) != (self.type == "INV"):
            expected = "two texts each" if self.type == "INV" else "three or more texts, equally many"
            listed = ", ".join(str(count) for count in sorted(counts))
            raise InputError(f"probe {self.name!r}: got templates of {listed} texts, expected {expected}")

    @property
    def values(self) -> Mapping[str, Sequence[str]]:
        """The n strings that fill each gap, by the gap's name."""
        return self.parts if _slot_names(self.parts) else {"x": self.slot.values, **self.parts}

    @property
    def slots(self) -> tuple[str, ...]:
        """Names of the slots."""
        return _slot_names(self.parts) or ("x",)

    @property
    def can_be_followed_up(self) -> bool:
        """Whether its outliers can get control perturbations: only in the standard draw of an INV probe."""
        return self.type == "INV" and not self.draw

    @property
    def spec(self) -> PairsSpec:
        """Identity that a measurement of this probe carries."""
        templates = [[template.name, *template.texts] for template in self.templates]
        content: list[object] = [self.type, list(self.slot.values), templates]
        if self.parts or self.roles:
            content += [{gap: list(part) for gap, part in self.parts.items()}, list(self.roles)]
        if self.budget is not None:
            content += ["budget", self.budget, self.predictor]
        return PairsSpec(
            name=self.name,
            type=self.type,
            effect=self.effect,
            why=self.why,
            slot=self.slot.name,
            items=len(self.slot),
            conditions=len(self.templates),
            digest=digest_of(content),
            of=self.of,
            family=self.family or self.name,
            draw=self.draw,
            novel=self.novel,
            roles=tuple(role.value for role in self.roles),
            language=self.language,
            letters=self.slot.letters,
            budget=self.budget,
            predictor=self.predictor,
        )

    def take(self, rows: Sequence[int]) -> MinimalPairs:
        """Return the probe on those labels only, in the order given."""
        parts = {gap: tuple(part[row] for row in rows) for gap, part in self.parts.items()}
        return replace(self, slot=self.slot.take(rows), parts=parts)

    def sample(self, size: int, rng: np.random.Generator) -> MinimalPairs:
        """Return the probe on ``size`` labels, drawn without replacement and kept in order.

        Raises:
            InputError: if ``size`` is below 1.
        """
        if size < 1:
            raise InputError(f"got a sample of {size}, expected 1 or more")
        if size >= len(self.slot):
            return self
        return self.take(np.sort(rng.choice(len(self.slot), size, replace=False)).tolist())

    def role(self, text: int) -> Role:
        """Return the role of a text, 0 for text a."""
        return self.roles[text] if self.roles else Role.NONE

    def texts(self, template: Template) -> tuple[list[str], ...]:
        """Return each text of a template for every label, n strings for each text."""
        return template.fill(self.values)

    def measure(self, encoder: Encoder, fresh: Encoder | None = None) -> PairsMeasurement:
        """Measure one cosine per label and template, and compare each pair with the other labels.

        Templates are embedded in batches, so that only one batch's vectors, and the sum of each label's texts
        a, are in memory. A label is left out and listed in the details if one of its texts has no vector
        (missing) or if texts differ only behind the model's limit (undecidable), and so is a template if most
        of its labels are.

        Args:
            encoder: may be cached.
            fresh: the same model uncached, for the noise floor; ``encoder`` itself if not given.

        Raises:
            MissingVectorsError: if all labels are left out.
            ModelError: if the encoder fails or returns something that is not vectors.
        """
        fresh, cuts = fresh or encoder, Cuts(len(self.slot), encoder.spec.max_tokens)
        means = LabelMeans(len(self.slot), 0 if self.of else len(self.templates))
        texts: list[tuple[list[str], ...]] = []
        cells: list[dict[str, Scores]] = []
        noises: list[NoiseFloor] = []
        for batch in self._embedded(encoder, fresh):
            if not all(embedded.is_complete for embedded in batch):
                return self._measure_covered(encoder, fresh)
            cuts.add(batch)
            means.add(batch)
            noise = self._estimate_noise(fresh, batch)
            noises += [] if noise is None else [noise]
            texts += [embedded.texts for embedded in batch]
            cells += [self._measure_cells(encoder, fresh, embedded, noise) for embedded in batch]
        scores, tables = stack_cells(texts, cells)
        looked_up = {} if self.of else lexical_columns(self.slot.values)
        columns, own = label_columns(self.slot, self.parts, looked_up)
        details = PairsDetails.rebuild(tables, {**self._scale_facts(encoder), **cuts.facts()})
        return Measurement(
            probe=self.spec,
            subject=encoder.spec,
            metric=COSINE,
            items=self.slot.values,
            conditions=tuple(template.name for template in self.templates),
            scores=scores,
            noise=max(noises, key=lambda noise: noise.floor, default=None),
            details=replace(details, components=means.components()),
            columns=columns,
            own=own,
        )

    def cells(self, encoder: Encoder) -> Iterator[dict[str, Scores]]:
        """Yield the cells of each template as :meth:`measure` does, by name, with exact ties; (n,) each.

        Raises:
            ModelError: if the encoder fails.
        """
        order = Order(encoder.spec.similarity)
        for embedded in chain.from_iterable(self._embedded(encoder, encoder)):
            twins = embedded.twins()
            yield compare_texts(self.type, embedded.vectors, SMALLEST_DIFFERENCE, twins, order)

    def _embedded(self, encoder: Encoder, fresh: Encoder) -> Iterator[list[EmbeddedTemplate]]:
        return embed_templates(
            encoder, self.templates, self.values, self.slot.values, self.role, self.name, fresh
        )

    @property
    def pictures(self) -> list[str]:
        """What stands for pictures among the texts, each once."""
        return [text for part in self.parts.values() for text in dict.fromkeys(part) if is_picture(text)]

    def _scale_facts(self, encoder: Encoder) -> dict[str, Any]:
        """Return the calibration of the model's similarities, or the pictures, whose scale is their own."""
        return (
            {"pictures": thumbnails(self.pictures)} if self.pictures else {"calibration": calibrate(encoder)}
        )

    def _measure_covered(self, encoder: Encoder, fresh: Encoder) -> PairsMeasurement:
        """Measure the labels and templates that can be measured, and list what is left out."""
        templates = list(chain.from_iterable(self._embedded(encoder, fresh)))
        covered = find_covered(templates, self.slot.values, self.name, encoder.spec)
        probe = replace(self.take(covered.rows), templates=tuple(self.templates[j] for j in covered.columns))
        measurement = probe.measure(encoder, fresh)
        details = replace(measurement.details, missing=covered.missing, truncation=covered.truncation)
        return replace(measurement, probe=self.spec, details=details)

    def _estimate_noise(self, fresh: Encoder, batch: Sequence[EmbeddedTemplate]) -> NoiseFloor | None:
        """Estimate the noise floor from this batch's share of the re-embedded pairs."""
        texts = [[text for embedded in batch for text in embedded.texts[side]] for side in (0, 1)]
        vectors = [np.concatenate([embedded.vectors[side] for embedded in batch]) for side in (0, 1)]
        t, roles = len(self.templates), (self.role(0), self.role(1))
        return estimate_noise(fresh, texts, vectors, roles, len(self.slot) * t, -(-t // len(batch)))

    def _measure_cells(
        self, encoder: Encoder, fresh: Encoder, embedded: EmbeddedTemplate, noise: NoiseFloor | None
    ) -> dict[str, Scores]:
        """Return everything that is measured of one template's cells, by name. Shape: (n,) each."""
        tie = SMALLEST_DIFFERENCE if noise is None else max(SMALLEST_DIFFERENCE, noise.score)
        order = Order(encoder.spec.similarity, 0.0 if noise is None else noise.own or 0.0)
        twins = embedded.twins()
        cells = compare_texts(self.type, embedded.vectors, tie, twins, order) | twins.tables()
        if len(self.slots) > 1:
            exchange = Exchange(self.slots, self.values)
            first = embedded.template.a, embedded.vectors[0]
            cells |= exchange.measure(encoder, *first, self.role(0), fresh)
        if embedded.readings is not None:
            cells["tokens"] = embedded.readings[0].counts.astype(np.float64)
        elif isinstance(fresh, Tokenizing) and not any_picture(embedded.texts[0]):
            cells["tokens"] = np.array(fresh.count_tokens(embedded.texts[0], self.role(0)), np.float64)
        return cells


def _slot_names(parts: Mapping[str, object]) -> tuple[str, ...]:
    """Return the gaps that are a slot's own value, such as ``y`` but not ``y.plural``."""
    return tuple(gap for gap in parts if "." not in gap)
