"""How batches are computed. The choice of an engine is made here and nowhere else."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from evenband.encoders.engines.plain import PlainEngine
from evenband.types import Role, Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

logger = logging.getLogger(__name__)

SAMPLES = (
    "let's eat, grandma",
    "let's eat grandma",
    "a",
    "The prime minister, who had listened, said that nothing would change before 1,000 letters had come.",
)
"""Texts of several lengths on which an engine is compared with the plain one before it is used."""

TOLERANCE = {"float32": 1e-5}
COARSE = 2e-2
"""Largest difference of a unit vector's component, in float32 and in the short number formats."""


class Engine(Protocol):
    """Computes the vectors of a loaded model."""

    @property
    def name(self) -> str:
        """As it stands in a model's spec."""

    @property
    def difference(self) -> float | None:
        """Largest difference from the plain engine on :data:`SAMPLES`; ``None`` for that engine itself."""

    def encode(self, texts: Sequence[str], prompt: str, task: str | None) -> Vectors:
        """Vectors of one or more texts. Shape: n texts -> (n, dim)."""


def choose(model: SentenceTransformer, wanted: str, prompts: Mapping[str, str], dim: int) -> Engine:
    """The engine asked for, or the plain one where the other is not exact for this model.

    Args:
        model: loaded, with its weights in place; an engine may repack them.
        wanted: ``auto`` for the fastest.
        prompts: by role.
        dim: length of a vector.
    """
    plain = PlainEngine(model, dim)
    if wanted == "plain":
        return plain
    from evenband.encoders.engines import linear
    from evenband.encoders.engines.features import UnsupportedError
    from evenband.encoders.engines.packed import PackedEngine

    engine = PackedEngine(model, dim)
    expected = _sample(plain, prompts)
    linear.pack(model)
    try:
        engine.difference = float(np.abs(_sample(engine, prompts) - expected).max())
        tolerance = TOLERANCE.get(str(model.dtype).removeprefix("torch."), COARSE)
        if engine.difference < tolerance:
            return engine
        reason = f"its vectors differ by {engine.difference:.1e}, more than {tolerance:g}"
    except UnsupportedError as error:
        reason = str(error)
    except (
        Exception
    ) as error:  # an engine is an optimisation: whatever goes wrong in it, the plain one stands
        reason = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
    linear.unpack(model)
    logger.warning("the packed engine cannot do this model exactly (%s); using the plain one", reason)
    return plain


def task_of(role: Role | str) -> str | None:
    """What sentence-transformers calls the role; it decides the route through a model with several."""
    return None if role == Role.NONE else str(role)


def _sample(engine: Engine, prompts: Mapping[str, str]) -> Vectors:
    parts = [engine.encode(SAMPLES, prompt, task_of(role)) for role, prompt in prompts.items()]
    vectors = np.concatenate(parts)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Vectors = vectors / np.maximum(norms, np.finfo(np.float32).tiny)
    return unit
