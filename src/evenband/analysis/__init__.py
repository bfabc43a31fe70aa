"""Measurement to Audit and Comparison: what is said of the numbers. Never loads a model."""

from __future__ import annotations

from evenband.analysis.export import summarise
from evenband.analysis.pairs.comparison import compare
from evenband.analysis.pairs.expectation import expect
from evenband.analysis.pairs.explanation import Explanation, explain
from evenband.analysis.pairs.outliers import audit, suspects
from evenband.analysis.pairs.scorecard import Scorecard, score
from evenband.analysis.pairs.screening import Screening, screening_of
from evenband.analysis.pairs.values import Audit, Change, Comparison, Outlier, Summary
from evenband.types import Insight

__all__ = [
    "Audit",
    "Change",
    "Comparison",
    "Explanation",
    "Insight",
    "Outlier",
    "Scorecard",
    "Screening",
    "Summary",
    "audit",
    "compare",
    "expect",
    "explain",
    "score",
    "screening_of",
    "summarise",
    "suspects",
]
