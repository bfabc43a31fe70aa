"""Measurement to Audit and Comparison: what is said of the numbers. Never loads a model."""

from __future__ import annotations

from evenband.analysis.audit import audit, suspects
from evenband.analysis.comparison import compare
from evenband.analysis.expectation import expect
from evenband.analysis.explanation import Explanation, Insight, explain
from evenband.analysis.scorecard import Scorecard, score
from evenband.analysis.screening import Screening, screening_of
from evenband.analysis.summary import summarise
from evenband.analysis.values import Audit, Change, Comparison, Outlier, Summary

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
