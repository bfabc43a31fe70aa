"""What a text's vector depends on in sentence-transformers beside the text itself."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evenband.encoders.local.engines.features import preprocess
from evenband.encoders.local.engines.module_state import ModuleState
from evenband.encoders.local.engines.plain import PlainEngine
from evenband.encoders.local.engines.samples import (
    BATCH_TOLERANCE,
    Sample,
    largest_gap,
    tolerance_of,
)
from evenband.encoders.local.engines.single import SingleEngine

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_END = "; here each text is computed as it is by itself"


@dataclass(frozen=True)
class Dependence:
    """What a text's vector depends on in sentence-transformers beside the text; false if on nothing.

    Attributes:
        batch: what in a padded batch of the library changes a vector, such as ``left padding``.
        state: classes of the modules that a text leaves in another state.
        limit: number of tokens beyond which the longest text of a batch decides; ``None`` if it never does.
    """

    batch: str = ""
    state: tuple[str, ...] = ()
    limit: int | None = None

    def __bool__(self) -> bool:
        """Return whether it depends on anything."""
        return bool(self.batch) or self.is_of_modules

    @property
    def is_of_modules(self) -> bool:
        """Whether what one text does to the modules can change another's vector."""
        return bool(self.state) or self.limit is not None

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes for the model's spec."""
        what = "batch-dependent: in sentence-transformers "
        notes = []
        if self.batch and not self.is_of_modules:
            notes.append(f"{what}this model's vectors depend on the batch ({self.batch}){_END}")
        if self.limit is not None:
            notes.append(
                f"{what}a text of more than {self.limit:,} tokens changes the vectors of other texts "
                f"(this model's rotary embeddings follow the longest text){_END}"
            )
        elif self.state:
            notes.append(
                f"{what}this model keeps something of earlier texts ({', '.join(self.state)}), "
                f"which may change a vector{_END}"
            )
        return tuple(notes)


def dependence_of(
    model: SentenceTransformer, samples: Sequence[Sample], state: ModuleState, dim: int, limit: int | None
) -> Dependence:
    """Compare the samples in one padded batch of the library with each by itself.

    Args:
        model: loaded.
        samples: as the library encoded them one by one.
        state: of the modules before that; put back.
        dim: vectors are truncated to this length.
        limit: number of tokens beyond which the configuration says that texts depend on one another.
    """
    plain = PlainEngine(model, dim)
    tolerance = tolerance_of(model, BATCH_TOLERANCE)
    cause = ""
    for sample in samples:
        short, expected = sample.texts[: sample.short], sample.vectors[: sample.short]
        if short and largest_gap(plain.encode(short, sample.prompt, sample.task), expected) > tolerance:
            rows = _of_one_length(model, sample)
            unpadded = plain.encode([short[row] for row in rows], sample.prompt, sample.task)
            is_padding = largest_gap(unpadded, expected[rows]) <= tolerance
            side = getattr(getattr(model, "tokenizer", None), "padding_side", "")
            cause = f"{side} padding".strip() if is_padding else "its other texts"
    changed = tuple(state.changed())
    state.restore()
    return Dependence(cause, changed, limit)


def check_repeats(
    model: SentenceTransformer, samples: Sequence[Sample], state: ModuleState, dim: int
) -> None:
    """Refuse a model that gives a text by itself another vector after other texts, or each time.

    Args:
        model: loaded.
        samples: as the library encoded them one by one; other texts were encoded since.
        state: of the modules before that, put back before each text. What code keeps elsewhere, such as in a
            list or in its own module, cannot be put back.
        dim: vectors are truncated to this length.

    Raises:
        RuntimeError: saying how far the two vectors are apart.
    """
    single = SingleEngine(model, dim, state)
    for sample in samples:
        for row in (sample.short - 1, 0) if sample.short else ():  # two texts, with others before them
            again = single.encode([sample.texts[row]], sample.prompt, sample.task)
            gap = largest_gap(again, sample.vectors[row : row + 1])
            if gap > tolerance_of(model, BATCH_TOLERANCE):
                raise RuntimeError(
                    f"its vector of one text is not the same twice (a component differs by {gap:.1e}); "
                    "expected code that draws nothing at random and keeps nothing of earlier texts in lists"
                )


def _of_one_length(model: SentenceTransformer, sample: Sample) -> list[int]:
    """Return two short texts with equally many tokens, which need no padding; else one text twice."""
    short = list(sample.texts[: sample.short])
    with contextlib.suppress(Exception):  # no mask to count tokens by
        features = preprocess(model, short, sample.prompt, sample.task)
        lengths = features["attention_mask"].sum(dim=1).tolist()
        for row, length in enumerate(lengths):
            if length in lengths[:row]:
                return [lengths.index(length), row]
    return [0, 0]
