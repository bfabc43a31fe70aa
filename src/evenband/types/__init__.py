"""Frozen values and protocols that every layer shares.

A value validates itself when it is made. Arrays inside a value are read-only.
"""

from __future__ import annotations

from evenband.types.agreement import (
    AgreementDetails,
    AgreementMeasurement,
    SentInput,
    VerdictAgreement,
    VerdictChange,
)
from evenband.types.analogy import ANSWER_RANK, AnalogyDetails, AnalogyMeasurement
from evenband.types.arrays import Scores, Texts, Vectors
from evenband.types.details import Details, PairsDetails, ScreenDetails, Tables, details_class
from evenband.types.estimate import Estimate
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
from evenband.types.measurement import COSINE, Measurement, Metric, NoiseFloor, PairsMeasurement
from evenband.types.protocols import Encoder, Progress, Releasing, Vocabulary
from evenband.types.readings import Readings, Truncation
from evenband.types.slot import Slot
from evenband.types.specs import Effect, ModelSpec, PairsSpec, ProbeSpec, ProbeType, Role, Similarity

__all__ = [
    "ANSWER_RANK",
    "COSINE",
    "AgreementDetails",
    "AgreementMeasurement",
    "AnalogyDetails",
    "AnalogyMeasurement",
    "Attribution",
    "Details",
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
    "PairsDetails",
    "PairsMeasurement",
    "PairsSpec",
    "ProbeSpec",
    "ProbeType",
    "Progress",
    "Readings",
    "Releasing",
    "Role",
    "Scores",
    "ScreenDetails",
    "SentInput",
    "Similarity",
    "Slot",
    "Tables",
    "Texts",
    "TokenPart",
    "Tokens",
    "Truncation",
    "Vectors",
    "VerdictAgreement",
    "VerdictChange",
    "Vocabulary",
    "details_class",
]
