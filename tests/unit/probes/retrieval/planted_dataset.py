"""A dataset and an encoder whose search results are known by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evenband.probes.retrieval.datasets import Dataset
from evenband.types import ModelSpec, Role, Scores, Vectors

ANGLES = {"north": 0, "north-east": 45, "east": 90, "south": 180, "west": 270}
"""Directions of the documents' vectors, in degrees."""

ASKED = {"up": 10, "right": 80, "down": 170}
"""Directions of the queries' vectors."""


class CompassEncoder:
    """Gives texts the direction that the tables above say; others have no vector."""

    def __init__(self, name: str = "compass", turn: float = 0.0) -> None:
        self.spec = ModelSpec(f"planted:{name}", name, "planted", str(turn), "float32", 2)
        self.turn = turn
        self.roles: list[Role] = []

    def covers(self, texts: Sequence[str], role: Role = Role.NONE) -> NDArray[np.bool_]:
        return np.array([text in ANGLES or text in ASKED for text in texts], dtype=np.bool_)

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        self.roles.append(role)
        turn = self.turn if role is Role.QUERY else 0.0
        angles = [np.deg2rad((ANGLES | ASKED)[text] + turn) for text in texts]
        return np.array([[np.sin(one), np.cos(one)] for one in angles], dtype=np.float32).reshape(-1, 2)


class LengthReranker:
    """Prefers long documents."""

    spec = ModelSpec("planted:length", "length", "planted", "1", "float32", 1)

    def score(self, pairs: Sequence[tuple[str, str]]) -> Scores:
        return np.array([float(len(document)) for _, document in pairs])


def dataset(**changes: object) -> Dataset:
    """Five documents and three queries: one is answered first, one second, one not at all within two."""
    values: dict[str, object] = {
        "name": "compass",
        "ids": tuple(f"d-{name}" for name in ANGLES),
        "texts": tuple(ANGLES),
        "query_ids": ("q-up", "q-right", "q-down"),
        "queries": tuple(ASKED),
        "relevant": ({"d-north": 1}, {"d-north-east": 1}, {"d-west": 1}),
        **changes,
    }
    return Dataset(**values)  # type: ignore[arg-type]
