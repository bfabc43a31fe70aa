"""Size of a model's weights on disk, from which a display guesses how slow the model is."""

from __future__ import annotations

import contextlib
from collections.abc import Container
from pathlib import Path

from evenband.encoders import minilm, mpnet
from evenband.encoders.given_names import is_folder
from evenband.encoders.references import parse
from evenband.errors import EvenbandError


def size_on_disk(ref: str, schemes: Container[str]) -> int | None:
    """Return the bytes of the safetensors files of a local model; ``None`` where that is not known.

    Args:
        ref: the model's reference.
        schemes: registered names, as for :func:`evenband.encoders.references.parse`.
    """
    with contextlib.suppress(EvenbandError, OSError):
        reference = parse(ref, schemes)
        if reference.scheme == "minilm":
            return minilm.find_weights().stat().st_size
        if reference.scheme == "mpnet":
            return sum(part.stat().st_size for part in mpnet.find_parts())
        if not reference.scheme and is_folder(reference.argument):
            files = Path(reference.argument).expanduser().rglob("*.safetensors")
            return sum(file.stat().st_size for file in files) or None
    return None
