"""Choice of the engine: the fastest one that gives each text the vector that it has by itself."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from evenband.encoders.local.engines.checked import CheckedEngine, Engine
from evenband.encoders.local.engines.dependence import Dependence, check_repeats, dependence_of
from evenband.encoders.local.engines.module_state import ModuleState, length_limit
from evenband.encoders.local.engines.plain import PlainEngine
from evenband.encoders.local.engines.samples import Sample, largest_gap, take_samples, tolerance_of
from evenband.encoders.local.engines.single import SingleEngine
from evenband.types import Vectors
from evenband.wording import signed_as_read

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

logger = logging.getLogger(__name__)


class FastEngine(Engine, Protocol):
    """An engine that is used only after a comparison with each sample by itself."""

    difference: float | None

    def check(self, texts: Sequence[str], prompt: str, task: str | None) -> list[Vectors]:
        """Return the vectors once for each code path that :meth:`encode` can take."""


class Problem(NamedTuple):
    """Why an engine is not used, and whether that lies in the kind of model, which is no user's concern."""

    reason: str
    is_expected: bool


Candidates: TypeAlias = dict[str, Callable[[], FastEngine]]


def choose(model: SentenceTransformer, wanted: str, prompts: Mapping[str, str], dim: int) -> CheckedEngine:
    """Return the fastest engine that is exact for this model, no faster than the one asked for.

    Args:
        model: loaded; an engine may repack its weights in place.
        wanted: ``auto`` for the fastest, ``plain`` for the library's own, ``trie`` to try the trie engine
            even if the model does not look causal.
        prompts: prompt of each role.
        dim: vectors are truncated to this length.

    Raises:
        Exception: what the library raises, if it cannot encode even one of the samples.
    """
    from evenband.encoders.local.engines import memory

    memory.keep_freed_blocks()
    samples, state, dependence = _examine(model, prompts, dim)
    exact = SingleEngine(model, dim, state if dependence.is_of_modules else None)
    library = exact if dependence else PlainEngine(model, dim)
    engine: Engine | None = None
    if wanted != "plain" and _can_be_batched(model, samples):
        kept = state if dependence.is_of_modules else None
        engine = _fastest(model, _candidates(model, dim, wanted, dependence, kept), samples)
    return CheckedEngine(engine or library, library, exact, state, dependence.notes)


def choose_library(model: SentenceTransformer, prompts: Mapping[str, str], dim: int) -> CheckedEngine:
    """Return the library's own computation of a model that stays as it is, and one text at a time beside it.

    Raises:
        Exception: as :func:`choose`.
    """
    _, state, dependence = _examine(model, prompts, dim)
    exact = SingleEngine(model, dim, state if dependence.is_of_modules else None)
    engine = exact if dependence else PlainEngine(model, dim)
    return CheckedEngine(engine, exact, exact, state, dependence.notes)


def _examine(
    model: SentenceTransformer, prompts: Mapping[str, str], dim: int
) -> tuple[list[Sample], ModuleState, Dependence]:
    """Return the samples, the state that the modules have before them, and what vectors depend on."""
    limit = length_limit(model)
    samples, state = take_samples(model, prompts, dim, limit)
    dependence = dependence_of(model, samples, state, dim, limit)
    check_repeats(model, samples, state, dim)
    return samples, state, dependence


def _can_be_batched(model: SentenceTransformer, samples: Sequence[Sample]) -> bool:
    """Return whether texts become rows of tokens, of which engines make batches of their own."""
    from evenband.encoders.local.engines.features import has_rows_of_tokens

    return any(sample.texts and has_rows_of_tokens(model, sample.prompt, sample.task) for sample in samples)


def _fastest(
    model: SentenceTransformer, candidates: Candidates, samples: Sequence[Sample]
) -> FastEngine | None:
    """Return the fastest exact engine; ``None`` if there is none, with the model's layers as they were."""
    from evenband.encoders.local.engines import elementwise, linear

    linear.pack(model)
    has_substitutes = elementwise.substitute(model)
    engine, problems = _first_exact(candidates, samples, model)
    if engine is None and has_substitutes:
        elementwise.restore(model)
        engine, more_problems = _first_exact(candidates, samples, model)
        problems += more_problems
    for problem in problems[-1:]:
        level = logging.INFO if problem.is_expected else logging.WARNING
        logger.log(level, "%s; using a slower engine, which gives the exact vectors", problem.reason)
    if engine is None:
        linear.unpack(model)
    return engine


def _first_exact(
    candidates: Candidates, samples: Sequence[Sample], model: SentenceTransformer
) -> tuple[FastEngine | None, list[Problem]]:
    """Return the fastest engine that gives the expected vectors, and why each faster one does not."""
    problems: list[Problem] = []
    for name, create in candidates.items():
        engine, problem = _check(name, create, samples, tolerance_of(model))
        if engine is not None:
            return engine, problems
        if problem is not None:
            problems.append(problem)
    return None, problems


def _candidates(
    model: SentenceTransformer, dim: int, wanted: str, dependence: Dependence, state: ModuleState | None
) -> Candidates:
    """Return the engines to check by name, fastest first.

    The trie is for causal models only: in a bidirectional one a token's state depends on later tokens too.
    Where vectors depend on the batch, no text is padded.
    """
    from evenband.encoders.local.engines.causal import CausalEngine
    from evenband.encoders.local.engines.lanes import max_length
    from evenband.encoders.local.engines.network import looks_causal
    from evenband.encoders.local.engines.packed import PackedEngine

    pads = not dependence
    candidates: Candidates = {}
    if wanted == "trie" or (wanted == "auto" and looks_causal(model) and not dependence.is_of_modules):
        candidates["the trie engine"] = lambda: CausalEngine(model, dim, pads=pads)
        candidates["the trie engine without pruning of the last layer"] = lambda: CausalEngine(
            model, dim, prune=False, pads=pads
        )
    packed = "the packed engine" if pads else "the packed engine without padding"
    if max_length(model):
        candidates[f"{packed} with attention in SIMD lanes"] = lambda: PackedEngine(
            model, dim, pads=pads, state=state
        )
    candidates[packed] = lambda: PackedEngine(model, dim, lanes=False, pads=pads, state=state)
    return candidates


def _check(
    name: str, create: Callable[[], FastEngine], samples: Sequence[Sample], tolerance: float
) -> tuple[FastEngine | None, Problem | None]:
    """Return the engine if it gives the expected vectors on every code path, else the reason why not."""
    from evenband.encoders.local.engines.features import UnsupportedError

    try:
        engine = create()
        difference = max(_difference(engine, sample) for sample in samples if sample.texts)
    except UnsupportedError as error:
        return None, Problem(f"{name} cannot compute this model exactly ({error})", is_expected=True)
    except Exception as error:  # an engine only saves time: whatever goes wrong, a slower one will do
        logger.debug("%s failed", name, exc_info=error)
        return None, Problem(f"{name} cannot run this model", is_expected=False)
    engine.difference = difference
    if difference < tolerance:
        return engine, None
    reason = f"{name} differs by {signed_as_read(f'{difference:.1e}')} from each text by itself"
    return None, Problem(reason, is_expected=False)


def _difference(engine: FastEngine, sample: Sample) -> float:
    """Return the engine's largest difference from each text by itself, over all its code paths and orders."""
    prompt, task, expected = sample.prompt, sample.task, sample.vectors
    gaps = [largest_gap(vectors, expected) for vectors in engine.check(sample.texts, prompt, task)]
    if sample.short < len(sample.texts):
        for order in (slice(None, None, -1), slice(1, None, 2), slice(None)):
            gaps.append(largest_gap(engine.encode(sample.texts[order], prompt, task), expected[order]))
    return max(gaps)
