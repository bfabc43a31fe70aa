"""Probes: what is measured. Each makes a :class:`evenband.types.Measurement` of an encoder."""

from __future__ import annotations

from evenband.probes.files.catalogue import find, in_suite, names, on_terms, read
from evenband.probes.files.definition import Definition
from evenband.probes.files.drawing import Draw
from evenband.probes.files.pair_tables import TABLES, PairTable, read_table
from evenband.probes.pairs.minimal_pairs import MinimalPairs, Template

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
