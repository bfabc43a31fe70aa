"""Families that a model without role prompts was measured on twice, as queries and as documents."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evenband.analysis.pairs.values import PairsAudit
from evenband.types import ModelSpec, PairsMeasurement, Role


def drop_repeated(audits: Sequence[PairsAudit]) -> list[PairsAudit]:
    """Return the audits without those that repeat another in another role, so that no family counts twice."""
    kept: list[PairsAudit] = []
    for audit in audits:
        if not any(_repeats(audit.measurement, other.measurement) for other in kept):
            kept.append(audit)
    return kept


def _has_prompts(model: ModelSpec) -> bool:
    """Return whether a query gets another prompt than a document."""
    query, document = (model.prompts.get(role.value, "") for role in (Role.QUERY, Role.DOCUMENT))
    return query != document


def _repeats(measurement: PairsMeasurement, other: PairsMeasurement) -> bool:
    """Return whether both have the same texts and scores, in different roles with the same prompt."""
    probe, other_probe = measurement.probe, other.probe
    if (probe.family, probe.draw) != (other_probe.family, other_probe.draw):
        return False
    if measurement.subject.digest != other.subject.digest or _has_prompts(measurement.subject):
        return False
    if probe.roles == other_probe.roles or measurement.items != other.items:
        return False
    noise = max(measurement.score_noise, other.score_noise)
    texts, other_texts = measurement.details.texts, other.details.texts
    return (
        measurement.conditions == other.conditions
        and len(texts) == len(other_texts)
        and all(np.array_equal(*pair) for pair in zip(texts, other_texts, strict=True))
        and bool(np.abs(measurement.scores - other.scores).max() <= noise)
    )
