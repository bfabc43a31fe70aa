"""Frozen values and protocols: the nouns that every layer shares.

A value validates itself once, when it is made. Arrays inside a value are read-only.
"""

from __future__ import annotations

from evenband.types.arrays import Scores, Texts, Vectors
from evenband.types.insight import (
    Attribution,
    Divergence,
    Insight,
    Inspection,
    Layer,
    Method,
    TokenPart,
    Tokens,
)
from evenband.types.measurement import COSINE, Estimate, Measurement, Metric, NoiseFloor
from evenband.types.protocols import Encoder, Probe, Progress
from evenband.types.slot import Slot
from evenband.types.specs import Effect, ModelSpec, ProbeSpec, ProbeType, Role

__all__ = [
    "COSINE",
    "Attribution",
    "Divergence",
    "Effect",
    "Encoder",
    "Estimate",
    "Insight",
    "Inspection",
    "Layer",
    "Measurement",
    "Method",
    "Metric",
    "ModelSpec",
    "NoiseFloor",
    "Probe",
    "ProbeSpec",
    "ProbeType",
    "Progress",
    "Role",
    "Scores",
    "Slot",
    "Texts",
    "TokenPart",
    "Tokens",
    "Vectors",
]
