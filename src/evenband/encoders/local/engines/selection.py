"""Choice of the engine: the fastest one that reproduces the plain engine's vectors of a model."""

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

CHECK_TEXTS = (
    "let's eat, grandma",
    "let's eat grandma",
    "let's eat, grandma and grandpa",
    "a",
    "let's eat",
    "The prime minister, who had listened, said that nothing would change before 1,000 letters had come.",
)
"""Texts of different lengths on which an engine is compared with the plain one before it is used."""

FLOAT32_TOLERANCE = 1e-5
SHORT_FORMAT_TOLERANCE = 2e-2
"""Largest difference of a component of the unit vectors, in float32 and in shorter number formats."""


class Engine(Protocol):
    """Computes the vectors of a loaded model."""

    @property
    def name(self) -> str:
        """Name of the engine in a model's spec."""

    @property
    def difference(self) -> float | None:
        """Largest difference from the plain engine on :data:`CHECK_TEXTS`; ``None`` for the plain engine."""

    def encode(self, texts: Sequence[str], prompt: str, task: str | None) -> Vectors:
        """Return the vectors of one or more texts. Shape: n texts -> (n, dim)."""


class FastEngine(Engine, Protocol):
    """An engine that is used only after a comparison with the plain one."""

    difference: float | None

    def check(self, texts: Sequence[str], prompt: str, task: str | None) -> list[Vectors]:
        """Return the vectors once for each code path that :meth:`encode` can take."""


def choose(model: SentenceTransformer, wanted: str, prompts: Mapping[str, str], dim: int) -> Engine:
    """Return the fastest engine that is exact for this model, no faster than the one asked for.

    Args:
        model: loaded; an engine may repack its weights in place.
        wanted: ``auto`` for the fastest, ``plain`` for the library's own, ``trie`` to try the trie engine
            even if the model does not look causal.
        prompts: prompt of each role.
        dim: vectors are truncated to this length.
    """
    plain = PlainEngine(model, dim)
    if wanted == "plain":
        return plain
    from evenband.encoders.local.engines import elementwise, linear, memory

    memory.keep_freed_blocks()
    vectors = [plain.encode(CHECK_TEXTS, prompt, task_of(role)) for role, prompt in prompts.items()]
    expected = _normalise(np.concatenate(vectors))
    linear.pack(model)
    has_substitutes = elementwise.substitute(model)
    engine, problems = _first_exact(model, dim, wanted, prompts, expected)
    if engine is None and has_substitutes:
        elementwise.restore(model)
        engine, more_problems = _first_exact(model, dim, wanted, prompts, expected)
        problems += more_problems
    if problems:
        logger.warning("%s; using a slower engine, which gives the exact vectors", problems[-1])
    if engine is None:
        linear.unpack(model)
    return engine or plain


def _first_exact(
    model: SentenceTransformer, dim: int, wanted: str, prompts: Mapping[str, str], expected: Vectors
) -> tuple[FastEngine | None, list[str]]:
    """Return the fastest engine that gives the expected vectors, and why each faster one does not."""
    tolerance = FLOAT32_TOLERANCE if str(model.dtype) == "torch.float32" else SHORT_FORMAT_TOLERANCE
    problems: list[str] = []
    for name, create in _candidates(model, dim, wanted).items():
        engine, problem = _check(name, create, prompts, expected, tolerance)
        if engine is not None:
            return engine, problems
        problems.append(problem)
    return None, problems


def _candidates(model: SentenceTransformer, dim: int, wanted: str) -> dict[str, Callable[[], FastEngine]]:
    """Return the engines to check by name, fastest first.

    The trie is for causal models only: in a bidirectional one a token's state depends on later tokens too.
    """
    from evenband.encoders.local.engines.causal import CausalEngine
    from evenband.encoders.local.engines.lanes import max_length
    from evenband.encoders.local.engines.network import looks_causal
    from evenband.encoders.local.engines.packed import PackedEngine

    candidates: dict[str, Callable[[], FastEngine]] = {}
    if wanted == "trie" or (wanted == "auto" and looks_causal(model)):
        candidates["the trie engine"] = lambda: CausalEngine(model, dim)
        candidates["the trie engine without pruning of the last layer"] = lambda: CausalEngine(
            model, dim, prune=False
        )
    if max_length(model):
        candidates["the packed engine with attention in SIMD lanes"] = lambda: PackedEngine(model, dim)
    candidates["the packed engine"] = lambda: PackedEngine(model, dim, lanes=False)
    return candidates


def _check(
    name: str,
    create: Callable[[], FastEngine],
    prompts: Mapping[str, str],
    expected: Vectors,
    tolerance: float,
) -> tuple[FastEngine | None, str]:
    """Return the engine if it gives the expected vectors on every code path, else the reason why not."""
    from evenband.encoders.local.engines.features import UnsupportedError

    try:
        engine = create()
        by_role = [engine.check(CHECK_TEXTS, prompt, task_of(role)) for role, prompt in prompts.items()]
        by_path = [_normalise(np.concatenate(vectors)) for vectors in zip(*by_role, strict=True)]
        difference = max(float(np.abs(vectors - expected).max()) for vectors in by_path)
    except UnsupportedError as error:
        return None, f"{name} cannot compute this model exactly ({error})"
    except Exception as error:  # an engine only saves time: whatever goes wrong, a slower one will do
        return None, f"{name} failed ({type(error).__name__}: {(str(error).splitlines() or [''])[0]})"
    engine.difference = difference
    return (engine, "") if difference < tolerance else (None, f"{name} differs by {difference:.1e}")


def task_of(role: Role | str) -> str | None:
    """Return sentence-transformers' name of the role, by which models with several routes choose one."""
    return None if role == Role.NONE else str(role)


def _normalise(vectors: Vectors) -> Vectors:
    """Scale each vector to length 1."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Vectors = vectors / np.maximum(norms, np.finfo(np.float32).tiny)
    return unit
