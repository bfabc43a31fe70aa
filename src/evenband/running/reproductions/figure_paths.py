"""Paths of figures in plain data: ``quantiles.q05``, ``outliers[0].label``, ``nearest[convention=raw]``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from evenband.errors import InputError

_STEP = re.compile(r"([^.\[\]]+)|\[([^\[\]]+)\]")


def look_up(data: Any, path: str) -> Any:
    """Return what a path leads to; ``None`` where the figure exists and was not computed.

    Args:
        data: mappings and lists, as JSON has them.
        path: keys with points between them; ``[2]`` is a place in a list, ``[name=value]`` the only one
            of its entries whose ``name`` is ``value``.

    Raises:
        InputError: naming the step that leads nowhere, or to several entries.
    """
    found = data
    for key, place in _STEP.findall(path):
        found = _step(found, key, place, path)
    return found


def _step(data: Any, key: str, place: str, path: str) -> Any:
    """Return what one step of a path leads to."""
    if key and isinstance(data, Mapping) and key in data:
        return data[key]
    if place and isinstance(data, Sequence) and not isinstance(data, str):
        name, is_named, value = place.partition("=")
        if is_named:
            entries = [one for one in data if isinstance(one, Mapping) and str(one.get(name)) == value]
            if len(entries) > 1:
                raise InputError(f"figure {path!r}: got {len(entries)} entries at [{place}], expected one")
            if entries:
                return entries[0]
        elif place.isdigit() and int(place) < len(data):
            return data[int(place)]
    there = f" (there are: {', '.join(map(str, data))})" if isinstance(data, Mapping) else ""
    raise InputError(f"figure {path!r}: nothing is at {key or f'[{place}]'}{there}")
