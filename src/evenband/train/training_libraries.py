"""The libraries that a training needs, which an extra installs."""

from __future__ import annotations

import importlib
from collections.abc import Sequence

from evenband.errors import MissingExtraError

LANGUAGE_LIBRARIES = ("accelerate", "torch", "transformers")
"""What a training on transformers' own trainer imports."""

CONTRASTIVE_LIBRARIES = ("sentence_transformers", "datasets", "accelerate")
"""What a training on the trainers of sentence-transformers imports."""


def check_libraries(names: Sequence[str]) -> None:
    """Refuse to train without the libraries of the extra.

    Raises:
        MissingExtraError: naming it.
    """
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError:
            raise MissingExtraError("Training", "train") from None
