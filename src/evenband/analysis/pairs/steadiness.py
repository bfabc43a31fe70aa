"""Models that give one text two vectors: what is measured of them means nothing."""

from __future__ import annotations

from collections.abc import Iterator

UNSTEADY = 0.05
"""1 - s of a text embedded again from which it is another vector; short number formats stay far below."""


def is_unsteady(noise_floor: float | None) -> bool:
    """Return whether a text embedded again is another text, as far as its vector says.

    Args:
        noise_floor: largest 1 - s of one text embedded again; ``None`` where not known.
    """
    return noise_floor is not None and noise_floor > UNSTEADY


def unsteady_notes(noise_floor: float | None) -> Iterator[str]:
    """Yield that no figure holds, and where to look for the fault."""
    if noise_floor is not None and is_unsteady(noise_floor):
        yield (
            f"unsteady: the same text embedded again is at 1 - s of up to {noise_floor:.2g} from itself, so "
            "no figure here holds: a server gives vectors of other texts, or the model draws at random. "
            "Wrong vectors are in the cache; behind a mended server begin anew with the option version=NAME"
        )
