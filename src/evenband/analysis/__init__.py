"""Measurements to results: what is said of the numbers. Never loads a model, a word list or the network.

``audits`` dispatches on a measurement's kind, each kind has a package of its own, ``results``
assembles everything that is said of a run, ``export`` turns it into summary.json.
"""

from __future__ import annotations

from evenband.analysis.agreement.agreement_audit import AgreementAudit
from evenband.analysis.agreement.changed_verdicts import compare_verdicts
from evenband.analysis.audits import (
    KINDS,
    Analysis,
    Audit,
    Circumstances,
    Comparison,
    ScoreComparison,
    analyse,
    compare,
    suspects,
)
from evenband.analysis.export import summarise
from evenband.analysis.pairs.expectation import expect
from evenband.analysis.pairs.explanation import Explanation, explain
from evenband.analysis.pairs.scorecard import Scorecard, score
from evenband.analysis.pairs.screening import Screening
from evenband.analysis.pairs.values import Change, Outlier, PairsAudit, PairsComparison, Summary
from evenband.analysis.results import Results, Run, assemble, audits_of

__all__ = [
    "KINDS",
    "AgreementAudit",
    "Analysis",
    "Audit",
    "Change",
    "Circumstances",
    "Comparison",
    "Explanation",
    "Outlier",
    "PairsAudit",
    "PairsComparison",
    "Results",
    "Run",
    "ScoreComparison",
    "Scorecard",
    "Screening",
    "Summary",
    "analyse",
    "assemble",
    "audits_of",
    "compare",
    "compare_verdicts",
    "expect",
    "explain",
    "score",
    "summarise",
    "suspects",
]
