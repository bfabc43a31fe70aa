"""The same texts through two models that should be one, such as an engine and its library."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from evenband.digests import digest_of
from evenband.encoders import Tokenizing
from evenband.errors import InputError, MissingVectorsError, ModelError
from evenband.probes.agreement.text_sets import TextSet
from evenband.probes.embedding import Embedded, embed
from evenband.probes.pairs.noise import estimate_noise
from evenband.similarity import paired_distance
from evenband.stats.overlap import compare_similarities, largest_components
from evenband.types import (
    AgreementDetails,
    AgreementMeasurement,
    Encoder,
    Measurement,
    Metric,
    ModelSpec,
    NoiseFloor,
    ProbeSpec,
    Role,
    SentInput,
    Tokens,
    Vectors,
)

COSINE_DISTANCE = Metric("1 - cosine", "distance", "lower")

INPUTS_KEPT = 10
"""Number of most-different texts whose inputs are stored."""


@dataclass(frozen=True)
class Side:
    """One of the two models.

    Attributes:
        spec: the encoder's, with a name that the other side does not have.
        encoder: may be cached.
        fresh: the same uncached, for the noise floor and the tokens.
    """

    spec: ModelSpec
    encoder: Encoder
    fresh: Encoder

    def embed(self, texts: TextSet) -> Embedded:
        """Embed each text in its role.

        Raises:
            ModelError: if the encoder fails.
        """
        vectors = np.zeros((len(texts.texts), self.spec.dim), dtype=np.float32)
        for role in dict.fromkeys(texts.roles):
            rows = [row for row, own in enumerate(texts.roles) if own == role]
            vectors[rows] = embed(self.encoder, [texts.texts[row] for row in rows], role).vectors
        return Embedded(vectors, np.asarray(vectors.any(axis=1)))

    def tokens(self, text: str, role: Role) -> Tokens | None:
        """Return a text as it is sent to the model; ``None`` where the encoder cannot tell."""
        if not isinstance(self.fresh, Tokenizing):
            return None
        try:
            return self.fresh.tokens(text, role)
        except ModelError:
            return None


@dataclass(frozen=True)
class SideBySide:
    """A probe of agreement: how far are a model's vectors from those of another one?

    Attributes:
        texts: to embed on both sides.
        left: the model to compare with.
    """

    texts: TextSet
    left: Side

    @cached_property
    def spec(self) -> ProbeSpec:
        """What a measurement says of it: the texts, their roles and the left side's vectors."""
        roles = [role.value for role in self.texts.roles]
        return ProbeSpec(
            name=f"parity-{self.texts.name}-{self.left.spec.name}",
            why=f"The same texts through {self.left.spec.name} and through a model that should be the same.",
            digest=digest_of([self.texts.texts, roles, self.left.spec.digest]),
            items=len(self.texts.texts),
            conditions=1,
            family=self.texts.name,
            language=self.texts.language,
        )

    def measure(self, right: Side) -> AgreementMeasurement:
        """Return 1 - cosine of the two vectors of each text, and what else the sides differ in.

        A text without a vector on one side is left out and listed among the details as missing.

        Raises:
            InputError: if the two sides' vectors have different lengths.
            MissingVectorsError: if no text has a vector on both sides.
            ModelError: if an encoder fails.
        """
        sides = self.left, right
        check_dimensions(self.left.spec, right.spec)
        embedded = [side.embed(self.texts) for side in sides]
        rows = np.flatnonzero(embedded[0].present & embedded[1].present)
        missing = [
            (side.spec.name, self.texts.texts[row])
            for side, one in zip(sides, embedded, strict=True)
            for row in np.flatnonzero(~one.present).tolist()
        ]
        if not len(rows):
            raise MissingVectorsError(
                f"no text of {self.texts.name} has a vector in both models ({len(missing):,} are missing, "
                f"such as {missing[0][1]!r} in {missing[0][0]}); choose other texts"
            )
        vectors = embedded[0].vectors[rows], embedded[1].vectors[rows]
        distance = paired_distance(*vectors)
        return Measurement(
            probe=self.spec,
            subject=right.spec,
            metric=COSINE_DISTANCE,
            items=tuple(self.texts.texts[row] for row in rows),
            conditions=(f"against {self.left.spec.name}",),
            scores=distance[:, None],
            noise=self._noise(sides, vectors, rows),
            details=self._details(right, vectors, rows[np.argsort(-distance, kind="stable")], missing),
            columns={"role": tuple(self.texts.roles[row].value for row in rows)},
        )

    def _details(
        self,
        right: Side,
        vectors: tuple[Vectors, Vectors],
        worst: NDArray[np.intp],
        missing: list[tuple[str, str]],
    ) -> AgreementDetails:
        """Return everything beside the score; ``worst`` are the rows by their distance."""
        similar = compare_similarities(*vectors)
        return AgreementDetails(
            left=self.left.spec,
            component=largest_components(*vectors)[:, None],
            overlap=similar.shared[:, None],
            pair_largest=similar.largest[:, None],
            pair_median=similar.median[:, None],
            neighbours=similar.k,
            inputs=tuple(self._input(row, right) for row in worst[:INPUTS_KEPT].tolist()),
            missing=tuple(missing),
            slot=self.texts.slot,
        )

    def _input(self, row: int, right: Side) -> SentInput:
        """Return one text as both sides send it."""
        text, role = self.texts.texts[row], self.texts.roles[row]
        return SentInput(text, self.left.tokens(text, role), right.tokens(text, role))

    def _noise(
        self, sides: tuple[Side, Side], vectors: tuple[Vectors, Vectors], rows: NDArray[np.intp]
    ) -> NoiseFloor | None:
        """Return the larger of the two sides' noise floors, of texts in the most frequent role.

        ``None`` where neither side can embed a text again.
        """
        role = Counter(self.texts.roles[row] for row in rows).most_common(1)[0][0]
        same = [k for k, row in enumerate(rows) if self.texts.roles[row] == role]
        half = max(1, len(same) // 2)
        halves = same[:half], same[-half:]
        texts = [[self.texts.texts[rows[k]] for k in part] for part in halves]
        estimates = [
            estimate_noise(side.fresh, texts, [own[part] for part in halves], (role, role))
            for side, own in zip(sides, vectors, strict=True)
        ]
        floors = [one for one in estimates if one is not None]
        if not floors:
            return None
        return NoiseFloor(
            max(one.floor for one in floors), max(one.score for one in floors), sum(one.n for one in floors)
        )


def check_dimensions(left: ModelSpec, right: ModelSpec) -> None:
    """Refuse two models whose vectors have different lengths.

    Raises:
        InputError: naming both.
    """
    if left.dim != right.dim:
        raise InputError(
            f"{left.name} has vectors of {left.dim} numbers and {right.name} of {right.dim}, "
            "expected equally many; two models of one kind can be cut to one length with ?dim=N"
        )
