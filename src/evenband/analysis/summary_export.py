"""The content of summary.json, which tables, CI and other programs read.

Its field names are a contract: fields are added, never renamed.
"""

from __future__ import annotations

from typing import Any

from evenband.analysis.audits import Audit, analysis_of
from evenband.analysis.pairs.summary_fields import head_to_head_fields, scorecard_fields
from evenband.analysis.results import Results
from evenband.analysis.watched_trainings.training_fields import training_fields
from evenband.records.summary import SUMMARY_FORMAT


def summarise(results: Results) -> dict[str, Any]:
    """Return the results as plain data for summary.json; a figure that was not computed is ``None``."""
    measurements = [audit.measurement for audit in results.audits]
    listed = [spec for one in measurements for spec in (one.subject, *one.details.others)]
    specs = {spec.name: spec for spec in listed}
    return {
        "format": SUMMARY_FORMAT,
        "models": [
            {
                "name": spec.name,
                "ref": spec.ref,
                "digest": spec.digest,
                "dim": spec.dim,
                "dtype": spec.dtype,
                "notes": list(spec.notes),
                "similarity": spec.similarity,
            }
            for spec in specs.values()
        ],
        "results": [_result(audit) for audit in results.audits],
        "head_to_heads": [head_to_head_fields(one) for one in results.head_to_heads],
        "scorecards": [scorecard_fields(card) for card in results.scorecards],
        "unmeasured": [
            {"model": model, "probe": probe, "reason": reason} for model, probe, reason in results.unmeasured
        ],
        **({"trainings": [training_fields(one) for one in results.trainings]} if results.trainings else {}),
    }


def _result(audit: Audit) -> dict[str, Any]:
    """Return the fields that all kinds share, and those of the audit's own kind."""
    measurement = audit.measurement
    n, t = measurement.scores.shape
    return {
        "model": measurement.subject.name,
        "probe": measurement.probe.name,
        "kind": measurement.kind,
        "probe_digest": measurement.probe.digest,
        "n": n,
        "templates": t,
        "metric": measurement.metric.name,
        "similarity": measurement.subject.similarity,
        **analysis_of(measurement.kind).summarise(audit),
        "notes": list(audit.notes),
    }
