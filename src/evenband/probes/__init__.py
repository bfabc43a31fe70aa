"""Probes: what is measured. Each makes a :class:`evenband.types.Measurement` out of an encoder."""

from __future__ import annotations

from evenband.probes.catalogue import Definition, find, names, read
from evenband.probes.minimal_pairs import MinimalPairs, Template

__all__ = ["Definition", "MinimalPairs", "Template", "find", "names", "read"]
