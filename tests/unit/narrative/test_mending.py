"""What a reranker would mend: only where the interval says so, and what it would break as well."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from evenband.analysis import PairsAudit
from evenband.analysis.audits import Circumstances, analyse
from evenband.analysis.pairs.head_to_head import head_to_heads
from evenband.narrative.pairs.mending import mended
from evenband.types import COSINE, RELEVANCE, Measurement, ModelSpec, PairsDetails, PairsSpec, ProbeType


def audit(
    name: str, family: str, passes: Callable[[int], float], *, reranker: bool, type_: ProbeType = "DIFF"
) -> PairsAudit:
    """An audit of 40 labels, of which each passes or not."""
    n = 40
    spec = ModelSpec(name, name, "test", "1", "float32", 1, similarity="relevance" if reranker else "cosine")
    rng = np.random.default_rng(len(family))
    scores = 1 - np.exp(rng.normal(-3, 0.4, (n, 1)))
    texts = tuple(np.array([[f"{letter}{k}"] for k in range(n)], dtype=object) for letter in "abc")
    measurement = Measurement(
        probe=PairsSpec(family, digest=family, items=n, conditions=1, type=type_, effect="changes"),
        subject=spec,
        metric=RELEVANCE if reranker else COSINE,
        items=tuple(f"l{k}" for k in range(n)),
        conditions=("t",),
        scores=scores,
        noise=None,
        details=PairsDetails(
            passes=np.array([[passes(k)] for k in range(n)]), similar=(scores - 0.1,), texts=texts
        ),
    )
    made = analyse(measurement, Circumstances(np.random.default_rng(0), detailed=False))
    assert isinstance(made, PairsAudit)
    return made


def share(rate: float) -> Callable[[int], float]:
    """A rule by which that share of the labels passes."""
    return lambda k: float(k % 10 < 10 * rate)


def sentences(audits: Sequence[PairsAudit]) -> list[str]:
    return mended(list(head_to_heads(audits, lambda _: 0, {})))


def test_families_on_which_a_reranker_passes_more_or_less_often_are_named_with_their_rates() -> None:
    """A family without a clear difference is counted, not named; chance is; two encoders get no sentence."""
    rules = {"and-or": (0.1, 0.9), "typo": (0.9, 0.3), "level": (0.5, 0.5)}
    audits = [
        audit(name, family, share(rates[side]), reranker=side == 1)
        for side, name in enumerate(("dense", "ce"))
        for family, rates in rules.items()
    ]
    assert sentences(audits) == [
        "ce, as a reranker of dense's candidates, would pass more often on 1 of 3 families (and-or .10 to "
        ".90) and less often on 1 of 3 families (typo .90 to .30); each interval is clear of zero, as about "
        "0.3 of 3 would be by chance."
    ]
    reverse = [*audits[3:], *audits[:3]]
    assert sentences(reverse) == sentences(audits)
    encoders = [one for one in audits if one.measurement.metric is COSINE]
    renamed = [
        replace(one, measurement=replace(one.measurement, subject=replace(one.measurement.subject, name="b")))
        for one in encoders
    ]
    assert sentences([*encoders, *renamed]) == []


def test_a_reranker_that_changes_nothing_clearly_is_said_to() -> None:
    """With the number of families that were tested."""
    audits = [
        audit("dense", "a", lambda k: float(k % 2), reranker=False),
        audit("ce", "a", lambda k: float(k % 2), reranker=True),
    ]
    assert sentences(audits) == [
        "ce, as a reranker of dense's candidates: no difference on any of 1 family is clear of zero."
    ]


def test_families_that_ask_a_reranker_another_question_are_not_counted() -> None:
    """INV asks an encoder whether a change moves a text less than another label does, which is no search."""
    kinds: dict[str, ProbeType] = {"typo": "INV", "and-or": "DIFF"}
    inv, order = (
        [
            audit(name, family, share(rate), reranker=name == "ce", type_=type_)
            for name, rate in (("dense", 0.1), ("ce", 0.9))
        ]
        for family, type_ in kinds.items()
    )
    assert sentences(inv) == []
    assert sentences([*order, *inv]) == [
        "ce, as a reranker of dense's candidates, would pass more often on 1 of 1 family (and-or .10 to "
        ".90); each interval is clear of zero, as about 0.1 of 1 would be by chance. 1 INV family is not "
        "counted: these ask a reranker another question."
    ]
