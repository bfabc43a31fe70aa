"""What a text's vector depends on in sentence-transformers beside the text itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evenband.encoders.local.engines.module_state import ModuleState
from evenband.encoders.local.engines.plain import PlainEngine
from evenband.encoders.local.engines.samples import (
    BATCH_TOLERANCE,
    Sample,
    largest_gap,
    tolerance_of,
)

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
        if self.batch:
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
    changed = state.changed()
    state.restore()
    plain = PlainEngine(model, dim)
    tolerance = tolerance_of(model, BATCH_TOLERANCE)
    cause = ""
    for sample in samples:
        short, expected = sample.texts[: sample.short], sample.vectors[: sample.short]
        if short and largest_gap(plain.encode(short, sample.prompt, sample.task), expected) > tolerance:
            copies = plain.encode(short[:1] * 2, sample.prompt, sample.task)
            is_padding = largest_gap(copies, expected[:1]) <= tolerance
            side = getattr(getattr(model, "tokenizer", None), "padding_side", "")
            cause = f"{side} padding".strip() if is_padding else "its other texts"
    changed = list(dict.fromkeys([*changed, *state.changed()]))
    state.restore()
    return Dependence(cause, tuple(changed), limit)
