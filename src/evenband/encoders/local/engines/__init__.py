"""How batches are computed. The choice of an engine is made here and nowhere else."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from evenband.encoders.local.engines.plain import PlainEngine
from evenband.types import Role, Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

logger = logging.getLogger(__name__)

SAMPLES = (
    "let's eat, grandma",
    "let's eat grandma",
    "let's eat, grandma and grandpa",
    "a",
    "let's eat",
    "The prime minister, who had listened, said that nothing would change before 1,000 letters had come.",
)
"""Texts of several lengths on which an engine is compared with the plain one before it is used."""

TOLERANCE = 1e-5
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


class FastEngine(Engine, Protocol):
    """An engine that must show that it is exact."""

    difference: float | None

    def check(self, texts: Sequence[str], prompt: str, task: str | None) -> list[Vectors]:
        """What :meth:`encode` gives, by each way that the engine may take."""


def choose(model: SentenceTransformer, wanted: str, prompts: Mapping[str, str], dim: int) -> Engine:
    """The fastest engine that is exact for this model, up to the one asked for.

    Args:
        model: loaded, with its weights in place; an engine may repack them.
        wanted: ``auto`` for the fastest, ``plain`` for the library's own.
        prompts: by role.
        dim: length of a vector.
    """
    plain = PlainEngine(model, dim)
    if wanted == "plain":
        return plain
    from evenband.encoders.local.engines import elementwise, linear, memory

    memory.keep_freed_blocks()
    samples = [plain.encode(SAMPLES, prompt, task_of(role)) for role, prompt in prompts.items()]
    expected = _unit(np.concatenate(samples))
    linear.pack(model)
    slimmed = elementwise.slim(model)
    engine, troubles = _first_exact(model, dim, wanted, prompts, expected)
    if engine is None and slimmed:
        elementwise.restore(model)
        engine, more = _first_exact(model, dim, wanted, prompts, expected)
        troubles += more
    if troubles:
        logger.warning("%s; taking a slower one", troubles[-1])
    if engine is None:
        linear.unpack(model)
    return engine or plain


def _first_exact(
    model: SentenceTransformer, dim: int, wanted: str, prompts: Mapping[str, str], expected: Vectors
) -> tuple[FastEngine | None, list[str]]:
    """The fastest engine that gives the plain one's vectors, if any does; and why faster ones do not."""
    tolerance = TOLERANCE if str(model.dtype) == "torch.float32" else COARSE
    troubles: list[str] = []
    for name, make in _candidates(model, dim, wanted).items():
        engine, trouble = _try(name, make, prompts, expected, tolerance)
        if engine is not None:
            return engine, troubles
        troubles.append(trouble)
    return None, troubles


def _candidates(model: SentenceTransformer, dim: int, wanted: str) -> dict[str, Callable[[], FastEngine]]:
    """What to try, by name, fastest first. A bidirectional model has nothing to gain from the trie."""
    from evenband.encoders.local.engines.causal import CausalEngine
    from evenband.encoders.local.engines.lanes import longest
    from evenband.encoders.local.engines.network import looks_causal
    from evenband.encoders.local.engines.packed import PackedEngine

    found: dict[str, Callable[[], FastEngine]] = {}
    if wanted == "trie" or (wanted == "auto" and looks_causal(model)):
        found["the trie engine"] = lambda: CausalEngine(model, dim)
        found["the trie engine without its short cut in the last layer"] = lambda: CausalEngine(
            model, dim, prune=False
        )
    if longest(model):
        found["the packed engine with its attention in lanes"] = lambda: PackedEngine(model, dim)
    found["the packed engine"] = lambda: PackedEngine(model, dim, lanes=False)
    return found


def _try(
    name: str,
    make: Callable[[], FastEngine],
    prompts: Mapping[str, str],
    expected: Vectors,
    tolerance: float,
) -> tuple[FastEngine | None, str]:
    """The engine, if it gives the vectors of the plain one; else why not."""
    from evenband.encoders.local.engines.features import UnsupportedError

    try:
        engine = make()
        found = [engine.check(SAMPLES, prompt, task_of(role)) for role, prompt in prompts.items()]
        ways = [_unit(np.concatenate(way)) for way in zip(*found, strict=True)]
        difference = max(float(np.abs(way - expected).max()) for way in ways)
    except UnsupportedError as error:
        return None, f"{name} cannot do this model exactly ({error})"
    except Exception as error:  # an engine only saves time: whatever goes wrong in it, another stands
        return None, f"{name} failed ({type(error).__name__}: {(str(error).splitlines() or [''])[0]})"
    engine.difference = difference
    return (engine, "") if difference < tolerance else (None, f"{name} differs by {difference:.1e}")


def task_of(role: Role | str) -> str | None:
    """What sentence-transformers calls the role; it decides the route through a model with several."""
    return None if role == Role.NONE else str(role)


def _unit(vectors: Vectors) -> Vectors:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Vectors = vectors / np.maximum(norms, np.finfo(np.float32).tiny)
    return unit
