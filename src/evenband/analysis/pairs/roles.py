"""Families measured as queries and as documents on a model that makes no difference between them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evenband.analysis.pairs.values import PairsAudit
from evenband.types import ModelSpec, PairsMeasurement, Role


def drop_repeated(audits: Sequence[PairsAudit]) -> list[PairsAudit]:
    """The audits without those that repeat another one in another role, to count no family twice."""
    kept: list[PairsAudit] = []
    for audit in audits:
        if not any(_repeats(audit.measurement, one.measurement) for one in kept):
            kept.append(audit)
    return kept


def has_prompts(model: ModelSpec) -> bool:
    """Whether a query gets another prompt than a document."""
    query, document = (model.prompts.get(role.value, "") for role in (Role.QUERY, Role.DOCUMENT))
    return query != document


def _repeats(made: PairsMeasurement, other: PairsMeasurement) -> bool:
    """The same texts with the same scores, in roles that have the same prompt."""
    one, two = made.probe, other.probe
    if (one.family, one.draw) != (two.family, two.draw) or made.subject.digest != other.subject.digest:
        return False
    if one.roles == two.roles or has_prompts(made.subject) or made.items != other.items:
        return False
    noise = max(made.score_noise, other.score_noise)
    return (
        made.conditions == other.conditions
        and len(made.details.texts) == len(other.details.texts)
        and all(np.array_equal(*texts) for texts in zip(made.details.texts, other.details.texts, strict=True))
        and bool(np.abs(made.scores - other.scores).max() <= noise)
    )
