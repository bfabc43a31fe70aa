"""summary.json: what tables, CI and other programs read. A contract: add to it, do not rename."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evenband.analysis.values import Audit, Outlier
from evenband.types import Estimate

FORMAT = 1
ESTIMATES = ("median", "phi", "consistency", "t99", "r50", "r_at_1", "auc", "pass_rate", "uniformity")


def summarise(audits: Sequence[Audit]) -> dict[str, Any]:
    """Plain data; what was not computed is ``None``."""
    models: dict[str, dict[str, Any]] = {}
    for one in audits:
        spec = one.measurement.model
        models[spec.digest] = {
            "name": spec.name,
            "ref": spec.ref,
            "digest": spec.digest,
            "dim": spec.dim,
            "dtype": spec.dtype,
        }
    return {"format": FORMAT, "models": list(models.values()), "results": [_result(one) for one in audits]}


def _result(audit: Audit) -> dict[str, Any]:
    made, figures = audit.measurement, audit.summary
    return {
        "model": made.model.name,
        "probe": made.probe.name,
        "type": made.probe.type,
        "probe_digest": made.probe.digest,
        "n": figures.n,
        "templates": figures.templates,
        "metric": made.metric.name,
        "min": figures.minimum.value,
        "quantiles": dict(figures.quantiles),
        **{name: getattr(figures, name).value for name in ESTIMATES},
        "noise_floor": figures.noise_floor,
        "score_noise": figures.score_noise,
        "levels": figures.levels,
        "grid": figures.grid,
        "mad": figures.mad,
        "blind": figures.blind,
        "intervals": {name: _interval(getattr(figures, name)) for name in ("minimum", *ESTIMATES)},
        "discoveries": audit.discoveries,
        "outliers": [_outlier(one) for one in audit.outliers],
        "notes": list(audit.notes),
    }


def _interval(estimate: Estimate) -> list[float] | None:
    return None if estimate.low is None or estimate.high is None else [estimate.low, estimate.high]


def _outlier(one: Outlier) -> dict[str, Any]:
    return {
        "label": one.label,
        "template": one.template,
        "score": one.score,
        "z": one.z,
        "q": one.q,
        "verdict": one.verdict,
    }
