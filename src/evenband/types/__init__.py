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
from evenband.types.measurement import COSINE, RELEVANCE, Measurement, Metric, NoiseFloor, PairsMeasurement
from evenband.types.protocols import (
    Auditable,
    Encoder,
    Index,
    Progress,
    Releasing,
    Reranker,
    Rescoring,
    Vocabulary,
)
from evenband.types.rank_overlap import OperatorFacts, OverlapDetails, OverlapMeasurement, overlap_metric
from evenband.types.rankings import NO_ROW, Ranking, rank_candidates
from evenband.types.readings import Readings, Truncation
from evenband.types.retrieval import (
    EXACT_PIPELINE,
    HYBRID_SUFFIX,
    RERANK_SUFFIX,
    PipelineFacts,
    RetrievalDetails,
    RetrievalMeasurement,
    exact_metric,
    ndcg_metric,
    pipeline_base,
)
from evenband.types.slot import Slot
from evenband.types.specs import Effect, ModelSpec, PairsSpec, ProbeSpec, ProbeType, Role, Similarity

__all__ = [
    "ANSWER_RANK",
    "COSINE",
    "EXACT_PIPELINE",
    "HYBRID_SUFFIX",
    "NO_ROW",
    "RELEVANCE",
    "RERANK_SUFFIX",
    "AgreementDetails",
    "AgreementMeasurement",
    "AnalogyDetails",
    "AnalogyMeasurement",
    "Attribution",
    "Auditable",
    "Details",
    "Divergence",
    "Effect",
    "Encoder",
    "Estimate",
    "Index",
    "Insight",
    "Inspection",
    "Layer",
    "Measurement",
    "Method",
    "Metric",
    "ModelSpec",
    "NoiseFloor",
    "OperatorFacts",
    "OverlapDetails",
    "OverlapMeasurement",
    "PairsDetails",
    "PairsMeasurement",
    "PairsSpec",
    "PipelineFacts",
    "ProbeSpec",
    "ProbeType",
    "Progress",
    "Ranking",
    "Readings",
    "Releasing",
    "Reranker",
    "Rescoring",
    "RetrievalDetails",
    "RetrievalMeasurement",
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
    "exact_metric",
    "ndcg_metric",
    "overlap_metric",
    "pipeline_base",
    "rank_candidates",
]
