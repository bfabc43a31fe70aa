"""Weights that a model's files lack: transformers makes them up at random, and only logs that it did."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from evenband.errors import ModelError

DECIDES_NOTHING = re.compile(r"(^|\.)pooler\.")
"""Weights that decide no vector: the layer behind the first token, which no pooling reads."""

MOST_WEIGHTS_NAMED = 3
"""Missing weights that are named; more are counted only."""


@contextmanager
def noticing_missing() -> Iterator[set[str]]:
    """Context manager: collect the names of weights that transformers finds in no file while it loads models.

    Only models that are loaded inside are seen; what they return is as without it.
    """
    from transformers import PreTrainedModel

    missing: set[str] = set()
    original: Any = PreTrainedModel.__dict__["from_pretrained"]
    load: Callable[..., Any] = original.__func__

    def loading(cls: Any, *arguments: Any, **options: Any) -> Any:
        wants_facts = options.pop("output_loading_info", False)
        found = load(cls, *arguments, output_loading_info=True, **options)
        if not (isinstance(found, tuple) and len(found) == 2 and isinstance(found[1], dict)):
            return found  # a class of the folder's own that gives the model only
        missing.update(map(str, found[1].get("missing_keys", ())))
        return found if wants_facts else found[0]

    PreTrainedModel.from_pretrained = classmethod(loading)  # type: ignore[assignment, method-assign]
    try:
        yield missing
    finally:
        PreTrainedModel.from_pretrained = original


def check_complete(ref: str, missing: set[str]) -> None:
    """Refuse a model of which some weights would be random numbers.

    Args:
        ref: the model's reference.
        missing: names of weights, as :func:`noticing_missing` collects them.

    Raises:
        ModelError: naming the first of them.
    """
    lacking = sorted(name for name in missing if not DECIDES_NOTHING.search(name))
    if lacking:
        more = f" and {len(lacking) - MOST_WEIGHTS_NAMED:,} more" if len(lacking) > MOST_WEIGHTS_NAMED else ""
        raise ModelError(
            f"model {ref!r}: its files lack the weights {', '.join(lacking[:MOST_WEIGHTS_NAMED])}{more}, "
            "which would be random numbers; expected all that its config.json asks for, under their names"
        )
