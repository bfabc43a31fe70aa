"""Minimal pairs: sentences that differ in one change, over every value of a slot."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenband.digests import digest_of
from evenband.encoders import Tokenizing
from evenband.errors import InputError, MissingVectorsError
from evenband.probes.embedding import embed
from evenband.probes.pairs.calibration import calibrate
from evenband.probes.pairs.exchange import Exchange
from evenband.probes.pairs.noise import estimate_noise
from evenband.probes.pairs.templates import PLACEHOLDER, Template
from evenband.similarity import paired_similarity
from evenband.slots.lexical import lexical_columns
from evenband.stats.neighbours import compare_neighbours
from evenband.stats.ordering import passes
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
    Texts,
    Vectors,
)
from evenband.types.details import LETTERS

__all__ = ["PLACEHOLDER", "SAME", "MinimalPairs", "Template"]

SAME = 1e-9
"""Distances this close are equal, whatever the noise floor says."""

TOGETHER = 16_384
"""Texts that are embedded in one call, where one template alone has fewer."""


_OWN = re.compile(
    r"label|template|score|swap|hit|auc|pass|tokens|exact|drawn|fast|(text|score|swap|word)_\w+"
)


@dataclass(frozen=True)
class Filled:
    """One template, filled and embedded. n labels, k texts each.

    Attributes:
        template: with its gaps.
        texts: text a, b, c ..., n each.
        vectors: their vectors, (n, d) each.
        has_vector: (k, n) which texts have a vector.
    """

    template: Template
    texts: tuple[list[str], ...]
    vectors: tuple[Vectors, ...]
    has_vector: NDArray[np.bool_]

    @property
    def present(self) -> NDArray[np.bool_]:
        """Labels of which every text has a vector. Shape: (n,)."""
        return np.asarray(self.has_vector.all(axis=0))

    def missing_text(self, row: int) -> str:
        """Return a label's first text without a vector."""
        return self.texts[int(np.argmin(self.has_vector[:, row]))][row]


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
    def spec(self) -> PairsSpec:
        """What a measurement says of this probe."""
        rows = [[t.name, *t.texts] for t in self.templates]
        content: list[object] = [self.type, list(self.slot.values), rows]
        if self.parts or self.roles:
            content += [{key: list(part) for key, part in self.parts.items()}, list(self.roles)]
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

    def measure(self, encoder: Encoder, fresh: Encoder | None = None) -> PairsMeasurement:
        """Return one cosine per label and template, with what the other labels say of each.

        Templates are measured a few at a time, so that no more than their vectors are in memory. A
        label of which a text has no vector is left out and listed among the details as missing, and
        so is a template of which most texts have none.

        Args:
            encoder: may be cached.
            fresh: the same model uncached, for the noise floor; ``encoder`` itself if not given.

        Raises:
            MissingVectorsError: if no label has a vector for all its texts.
            ModelError: if the encoder fails or returns something that is not vectors.
        """
        fresh = fresh or encoder
        texts: list[tuple[list[str], ...]] = []
        cells: list[dict[str, Scores]] = []
        floors: list[NoiseFloor] = []
        for group in self._embedded(encoder):
            if not all(filled.present.all() for filled in group):
                return self._measure_rest(encoder, fresh)
            noise = self._noise(fresh, group)
            floors += [] if noise is None else [noise]
            tie = SAME if noise is None else max(SAME, noise.score)
            for filled in group:
                texts.append(filled.texts)
                cells.append({**self._compare(filled.vectors, tie), **self._exchanged(encoder, filled)})
                if isinstance(fresh, Tokenizing):
                    counts = fresh.count_tokens(filled.texts[0], self.role(0))
                    cells[-1]["tokens"] = np.array(counts, dtype=np.float64)
        tables: dict[str, Any] = {key: np.stack([cell[key] for cell in cells], axis=1) for key in cells[0]}
        scores = tables.pop("score")
        for k in range(len(texts[0])):
            tables[f"text_{LETTERS[k]}"] = _table([filled[k] for filled in texts])
        return Measurement(
            probe=self.spec,
            subject=encoder.spec,
            metric=COSINE,
            items=self.slot.values,
            conditions=tuple(template.name for template in self.templates),
            scores=scores,
            noise=max(floors, key=lambda noise: noise.floor, default=None),
            details=PairsDetails.rebuild(tables, {"calibration": calibrate(encoder)}),
            columns=self._columns(),
        )

    def _columns(self) -> dict[str, tuple[Any, ...]]:
        """Return what the slot and the word lists know of each label; names of ours are kept apart."""
        own = {**self.slot.columns, **self.parts}
        named = {f"slot_{key}" if _OWN.fullmatch(key) else key: column for key, column in own.items()}
        return named if self.of else {**named, **lexical_columns(self.slot.values)}

    def _measure_rest(self, encoder: Encoder, fresh: Encoder) -> PairsMeasurement:
        """Measure the labels and templates of which every text has a vector; list the others."""
        scanned = [filled for group in self._embedded(encoder) for filled in group]
        present = np.stack([filled.present for filled in scanned], axis=1)
        some = present.any(axis=1)
        kept = 2 * present[some].sum(axis=0) > some.sum()
        kept |= not kept.any()
        rows = np.flatnonzero(present[:, kept].all(axis=1)).tolist()
        missing = [
            (self.slot.values[i], filled.missing_text(i))
            for filled in scanned
            for i in np.flatnonzero(~filled.present).tolist()
        ]
        if not rows:
            raise MissingVectorsError(
                f"probe {self.name!r}: {encoder.spec.ref} has no vector for {len(missing):,} of its texts, "
                f"such as {missing[0][1]!r}, so that no label can be measured"
            )
        templates = tuple(one for one, keep in zip(self.templates, kept.tolist(), strict=True) if keep)
        rest = replace(self.take(rows), templates=templates).measure(encoder, fresh)
        return replace(rest, probe=self.spec, details=replace(rest.details, missing=tuple(missing)))

    def cells(self, encoder: Encoder) -> Iterator[dict[str, Scores]]:
        """Yield what :meth:`measure` knows of each template's cells, by name, (n,) each; ties are exact.

        Raises:
            ModelError: as :meth:`measure`.
        """
        for group in self._embedded(encoder):
            for filled in group:
                yield self._compare(filled.vectors, SAME)

    def _embedded(self, encoder: Encoder) -> Iterator[list[Filled]]:
        """Yield templates with their texts and vectors, those that are embedded in one call at a time."""
        n = len(self.slot)
        several = max(1, TOGETHER // (len(self.templates[0].texts) * n))
        for start in range(0, len(self.templates), several):
            chosen = self.templates[start : start + several]
            texts = [self.texts(template) for template in chosen]
            columns = [
                embed(encoder, [text for one in texts for text in one[k]], self.role(k))
                for k in range(len(chosen[0].texts))
            ]
            yield [
                Filled(
                    template,
                    texts[k],
                    tuple(column.vectors[k * n : (k + 1) * n] for column in columns),
                    np.stack([column.present[k * n : (k + 1) * n] for column in columns]),
                )
                for k, template in enumerate(chosen)
            ]

    def _noise(self, fresh: Encoder, group: Sequence[Filled]) -> NoiseFloor | None:
        """Estimate the noise floor from this group's share of the pairs that are embedded again."""
        texts = [[text for filled in group for text in filled.texts[side]] for side in (0, 1)]
        vectors = [np.concatenate([filled.vectors[side] for filled in group]) for side in (0, 1)]
        cells = len(self.slot) * len(self.templates)
        return estimate_noise(
            fresh, texts, vectors, (self.role(0), self.role(1)), cells, -(-len(self.templates) // len(group))
        )

    def _compare(self, vectors: tuple[Vectors, ...], tie: float) -> dict[str, Scores]:
        """Return similarities of text a to every other text, and what the other labels say.

        Shape: (n,) each, by their names in a measurement file.
        """
        near = compare_neighbours(vectors[0], vectors[1], tie=tie)
        similar = [paired_similarity(vectors[0], other) for other in vectors[1:]]
        return {
            "swap": near.swap,
            "hit": near.hit,
            "auc": near.auc,
            "score": similar[0],
            **{f"score_{LETTERS[2 + k]}": one for k, one in enumerate(similar[1:])},
            "pass": near.least if self.type == "INV" else passes(self.type, similar, tie),
        }

    def _exchanged(self, encoder: Encoder, filled: Filled) -> dict[str, Scores]:
        """Return, of several slots, how far another value in one slot moves text a."""
        if len(self.slots) < 2:
            return {}
        exchange = Exchange(self.slots, self.values)
        return exchange.measure(encoder, filled.template.a, filled.vectors[0], self.role(0))


def _named(parts: Mapping[str, object]) -> tuple[str, ...]:
    """The gaps that are a slot's own value, such as ``y``, not ``y.plural``."""
    return tuple(key for key in parts if "." not in key)


def _table(parts: list[list[str]]) -> Texts:
    """T lists of n texts as an (n, t) array."""
    return np.array(parts, dtype=object).T.copy()
