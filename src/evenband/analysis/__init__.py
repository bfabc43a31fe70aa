"""Analysis of measurements. It reads measurements only: no model, no word list, no network.

``audits`` dispatches on a measurement's kind, each kind has a package of its own, ``results`` assembles
the analyses of a run into one value, and ``export`` turns that into summary.json.
"""

from __future__ import annotations

from evenband.analysis.agreement.agreement_audit import AgreementAudit
from evenband.analysis.agreement.changed_verdicts import compare_verdicts
from evenband.analysis.analogy.analogy_audit import AnalogyAudit, AnalogyComparison, SectionAccuracy
from evenband.analysis.audits import (
    KINDS,
    Analysis,
    Audit,
    Circumstances,
    Comparison,
    ScoreComparison,
    analyse,
    analysis_of,
    compare,
    summarise_comparison,
    suspects,
)
from evenband.analysis.pairs.comparison import Change, PairsComparison
from evenband.analysis.pairs.expectation import expect
from evenband.analysis.pairs.explanation import Explanation, explain
from evenband.analysis.pairs.scorecard import Scorecard, score
from evenband.analysis.pairs.screening import Screening
from evenband.analysis.pairs.values import Outlier, PairsAudit, Summary
from evenband.analysis.rank_overlap.overlap_audit import OverlapAudit, OverlapComparison
from evenband.analysis.results import Results, Run, assemble, audits_of
from evenband.analysis.retrieval.retrieval_audit import RetrievalAudit, RetrievalComparison
from evenband.analysis.summary_export import summarise

__all__ = [
    "KINDS",
    "AgreementAudit",
    "AnalogyAudit",
    "AnalogyComparison",
    "Analysis",
    "Audit",
    "Change",
    "Circumstances",
    "Comparison",
    "Explanation",
    "Outlier",
    "OverlapAudit",
    "OverlapComparison",
    "PairsAudit",
    "PairsComparison",
    "Results",
    "RetrievalAudit",
    "RetrievalComparison",
    "Run",
    "ScoreComparison",
    "Scorecard",
    "Screening",
    "SectionAccuracy",
    "Summary",
    "analyse",
    "analysis_of",
    "assemble",
    "audits_of",
    "compare",
    "compare_verdicts",
    "expect",
    "explain",
    "score",
    "summarise",
    "summarise_comparison",
    "suspects",
]
