"""Paired tests over queries, between pipelines of one model and between models, adjusted by Holm."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from evenband.analysis.retrieval.retrieval_audit import PairedTest, RetrievalAudit
from evenband.randomness import named_stream
from evenband.stats.multiple_testing import holm
from evenband.stats.query_means import bootstrap_means, randomisation_p
from evenband.types import RetrievalMeasurement, Scores


def paired_test(left: str, right: str, within: str, difference: Scores) -> PairedTest:
    """Test one difference of nDCG, not adjusted yet.

    The draws depend on the names alone, so that a test gives the same in whatever company it is made.

    Args:
        left: name of what is compared with.
        right: name of what is compared.
        within: what both have in common.
        difference: right minus left, for each query. Shape: (n,).
    """
    rng = named_stream("paired test", left, right, within)
    [estimate] = bootstrap_means(difference[:, None], rng)
    p = randomisation_p(difference, rng)
    return PairedTest(left, right, within, estimate, p, p)


def adjusted_tests(tests: Iterable[PairedTest]) -> tuple[PairedTest, ...]:
    """Return tests with p-values adjusted over all of them."""
    listed = list(tests)
    return tuple(
        replace(one, q=float(q)) for one, q in zip(listed, holm([one.p for one in listed]), strict=True)
    )


def model_tests(audits: Sequence[RetrievalAudit]) -> tuple[PairedTest, ...]:
    """Test every two models against each other, in each pipeline that both have.

    Two that share none, such as a model and a run file, are compared by their first ones.
    """
    tests = []
    for left, right in combinations([audit.measurement for audit in audits], 2):
        shared = [name for name in left.conditions if name in right.conditions]
        pairs = [(name, name) for name in shared] or [(left.conditions[0], right.conditions[0])]
        common = _common(left, right)
        rows, others = (_rows(one, common) for one in (left, right))
        for first, second in pairs if rows else ():
            before = left.scores[rows, left.conditions.index(first)]
            after = right.scores[others, right.conditions.index(second)]
            within = first if first == second else f"{first} / {second}"
            tests.append(paired_test(left.subject.name, right.subject.name, within, after - before))
    return adjusted_tests(tests)


def _common(left: RetrievalMeasurement, right: RetrievalMeasurement) -> list[str]:
    if left.items == right.items:
        return list(left.items)
    there = set(right.items)
    return [item for item in left.items if item in there]


def _rows(measurement: RetrievalMeasurement, items: Sequence[str]) -> list[int]:
    places = {item: row for row, item in enumerate(measurement.items)}
    return [places[item] for item in items]


def pipeline_tests(measurement: RetrievalMeasurement, bases: dict[str, str]) -> tuple[PairedTest, ...]:
    """Test each pipeline against the one before its last step.

    Args:
        measurement: of one subject.
        bases: the pipeline before, by pipeline; those without one are not tested.
    """
    scores = {name: measurement.scores[:, k] for k, name in enumerate(measurement.conditions)}
    return adjusted_tests(
        paired_test(base, name, measurement.subject.name, np.asarray(scores[name] - scores[base]))
        for name, base in bases.items()
        if base
    )
