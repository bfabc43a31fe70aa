"""Probes: what is measured. Each makes a :class:`evenband.types.Measurement` out of an encoder."""

from __future__ import annotations

from evenband.probes.catalogue import find, in_suite, names, on_terms, read
from evenband.probes.definition import Definition
from evenband.probes.drawing import Draw
from evenband.probes.minimal_pairs import MinimalPairs, Template
from evenband.probes.pairs import TABLES, PairTable, read_table

__all__ = [
    "TABLES",
    "Definition",
    "Draw",
    "MinimalPairs",
    "PairTable",
    "Template",
    "find",
    "in_suite",
    "names",
    "on_terms",
    "read",
    "read_table",
]
