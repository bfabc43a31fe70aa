"""An engine that goes on being compared with each text by itself while it is used.

The comparison before its use is with short texts, since long ones take long. So the first text that is
twice as long as any it was compared on is encoded by itself as well, and so on for longer ones. An engine
that differs, or whose model keeps something of earlier texts, is replaced by the exact one for good.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Protocol

from evenband.encoders.local.engines.module_state import ModuleState
from evenband.encoders.local.engines.samples import (
    BATCH_TOLERANCE,
    CHECK_TEXTS,
    largest_gap,
    normalised,
    sizes_of,
    tolerance_of,
)
from evenband.encoders.local.engines.single import SingleEngine
from evenband.types import Vectors

logger = logging.getLogger(__name__)

GROWTH = 2
"""Factor by which a text must be longer than all that were compared, to be compared too."""


class Engine(Protocol):
    """Computes the vectors of a loaded model."""

    @property
    def name(self) -> str:
        """Name of the engine in a model's spec."""

    @property
    def difference(self) -> float | None:
        """Largest difference from each sample by itself; ``None`` for the library's own computation."""

    def encode(self, texts: Sequence[str], prompt: str, task: str | None) -> Vectors:
        """Return the vectors of one or more texts. Shape: n texts -> (n, dim)."""


class CheckedEngine:
    """The chosen engine, with the library's own computation beside it."""

    def __init__(
        self,
        engine: Engine,
        library: Engine,
        exact: SingleEngine,
        state: ModuleState,
        notes: tuple[str, ...] = (),
    ) -> None:
        """Create the engine.

        Args:
            engine: computes the vectors.
            library: computes them a second way.
            exact: one text at a time, each with the modules in the state that they were loaded in.
            state: that state.
            notes: what the vectors depend on beside the text, for the model's spec.
        """
        self.name, self.difference, self.notes = engine.name, engine.difference, notes
        self.engine, self._library, self._exact = engine, library, exact
        self._state = state
        self._largest = max(sizes_of(CHECK_TEXTS))

    def encode(self, texts: Sequence[str], prompt: str, task: str | None) -> Vectors:
        """Return the vectors of one or more texts. Shape: n texts -> (n, dim)."""
        vectors = self.engine.encode(texts, prompt, task)
        if self.engine.name == self._exact.name:
            return vectors
        problem = self._problem(texts, vectors, prompt, task)
        if not problem:
            return vectors
        logger.warning(
            "the %s engine is not exact here (%s); texts are computed one by one", self.name, problem
        )
        exact = SingleEngine(self._exact.model, self._exact.dim, self._state)
        self.engine = self._library = self._exact = exact
        return exact.encode(texts, prompt, task)

    def recompute(self, texts: Sequence[str], prompt: str, task: str | None) -> Vectors:
        """Return the vectors as the library itself gives them. Shape: n texts -> (n, dim)."""
        return self._library.encode(texts, prompt, task)

    def _problem(self, texts: Sequence[str], vectors: Vectors, prompt: str, task: str | None) -> str:
        """Return why the vectors may not be those of the texts by themselves; empty if nothing says so."""
        changed = self._state.changed()
        if changed:
            self._state.restore()
            return f"{', '.join(changed)} keeps something of earlier texts"
        sizes = sizes_of(texts, prompt)
        row = max(range(len(sizes)), key=sizes.__getitem__)
        if sizes[row] < GROWTH * self._largest:
            return ""
        alone = SingleEngine(self._exact.model, self._exact.dim).encode([texts[row]], prompt, task)
        if changed := self._state.changed():
            self._state.restore()
            return f"{', '.join(changed)} keeps something of a text of {sizes[row]} bytes"
        gap = largest_gap(vectors[row : row + 1], normalised(alone))
        if gap > tolerance_of(self._exact.model, BATCH_TOLERANCE):
            return f"a text of {sizes[row]} bytes differs by {gap:.1e} from itself alone"
        self._largest = sizes[row]
        return ""
