"""Families measured as queries and as documents on a model that makes no difference between them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evenband.analysis.pairs.values import Audit
from evenband.types import Measurement, ModelSpec, Role


def drop_repeated(audits: Sequence[Audit]) -> list[Audit]:
    """The audits without those that repeat another one in another role, to count no family twice."""
    kept: list[Audit] = []
    for audit in audits:
        if not any(_repeats(audit.measurement, one.measurement) for one in kept):
            kept.append(audit)
    return kept


def has_prompts(model: ModelSpec) -> bool:
    """Whether a query gets another prompt than a document."""
    query, document = (model.prompts.get(role.value, "") for role in (Role.QUERY, Role.DOCUMENT))
    return query != document


def _repeats(made: Measurement, other: Measurement) -> bool:
    """The same texts with the same scores, in roles that have the same prompt."""
    one, two = made.probe, other.probe
    if (one.family, one.draw) != (two.family, two.draw) or made.model.digest != other.model.digest:
        return False
    if one.roles == two.roles or has_prompts(made.model) or made.labels != other.labels:
        return False
    noise = max(made.noise.score, other.noise.score)
    return (
        made.templates == other.templates
        and all(np.array_equal(texts, other.texts.get(name, ())) for name, texts in made.texts.items())
        and bool(np.abs(made.scores - other.scores).max() <= noise)
    )
