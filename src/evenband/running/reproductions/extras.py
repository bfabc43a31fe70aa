"""evenband's extras: what each installs, and whether there is such an extra."""

from __future__ import annotations

from collections.abc import Sequence

from evenband.encoders import EMBEDDED
from evenband.errors import InputError
from evenband.registry import nearest

_LOCAL = ("sentence-transformers", "torch")

LIBRARIES_OF_EXTRAS = {
    "frames": ("pandas", "polars"),
    "images": (*_LOCAL, "pillow"),
    "local": _LOCAL,
    "onnx": (*_LOCAL, "onnxruntime"),
    "peft": (*_LOCAL, "peft"),
    "ray": ("pylance", "ray"),
    "remote": ("httpx",),
    "search": ("bm25s", "faiss-cpu", "ir-measures", "pylance", "PyStemmer"),
    "static": ("safetensors", "tokenizers"),
    "train": (*_LOCAL, "accelerate", "datasets"),
    "words": ("wordfreq",),
}
"""Packages of the extras that bring no model."""


def check_extras(extras: Sequence[str], file: str) -> None:
    """Refuse the name of an extra that there is not: nothing would be missing of it.

    Args:
        extras: that a claim needs.
        file: names the claim's file in the message.

    Raises:
        InputError: naming the extra and those that there are.
    """
    names = sorted([*LIBRARIES_OF_EXTRAS, *(model.name for model in EMBEDDED)])
    for extra in extras:
        if extra not in names:
            raise InputError(
                f"{file}: needs.extras: got {extra!r}{nearest(extra, names)}, expected extras of evenband: "
                f"{', '.join(names)}"
            )
