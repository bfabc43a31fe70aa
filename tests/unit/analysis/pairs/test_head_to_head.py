"""Two models on all families: means of paired differences, which side is better, what chance would give."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from evenband.analysis import PairsAudit
from evenband.analysis.pairs.head_to_head import MOST_PAIRED_MODELS, HeadToHead, head_to_heads
from evenband.analysis.pairs.summary_fields import head_to_head_fields
from evenband.stats.intervals import INTERVAL_LEVEL
from evenband.types import Effect
from unit.analysis.pairs import labelled

N, T = 60, 4
RNG = np.random.default_rng(3)
Y = RNG.normal(-3.0, 0.3, (N, 1)) + RNG.normal(0, 0.1, (N, T))


@cache
def family(
    model: str, probe: str, share: float, *, spread: float = 1.0, swap: float = 0.5, effect: Effect = "keeps"
) -> PairsAudit:
    """A family on a model: that share of labels passes in every sentence; y spread by a factor."""
    y = Y.mean() + spread * (Y - Y.mean())
    passes = np.zeros((N, T))
    passes[: round(share * N)] = 1.0
    details = replace(labelled.plain_details((N, T)), passes=passes, swap=np.full((N, T), swap))
    made = labelled.measurement(labelled.animals(N), y, details)
    spec = replace(made.probe, name=probe, digest=probe, family=probe, effect=effect)
    measured = replace(made, probe=spec, subject=replace(made.subject, name=model, ref=f"toy:{model}"))
    return labelled.audit(measured, detailed=False)


def only(audits: list[PairsAudit]) -> HeadToHead:
    [one] = head_to_heads(audits, lambda key: 0, {})
    return one


def test_the_mean_difference_is_that_of_the_families() -> None:
    """Each family counts alike; means and differences are what simple arithmetic gives."""
    audits = [family("a", "p", 0.5), family("a", "q", 0.8), family("b", "p", 0.7), family("b", "q", 0.7)]
    one = only(audits)
    assert (one.left, one.right) == ("a", "b")
    assert one.mean_rate("left") == pytest.approx(0.65)
    assert one.mean_rate("right") == pytest.approx(0.7)
    assert one.pass_rate.value == pytest.approx(0.05)
    gaps: list[Any] = [family.difference for family in one.families]
    widths = [(gap.value - gap.low, gap.high - gap.value) for gap in gaps]
    low, high = (math.sqrt(sum(w[k] ** 2 for w in widths)) / 2 for k in (0, 1))
    assert one.pass_rate.low == pytest.approx(0.05 - low)
    assert one.pass_rate.high == pytest.approx(0.05 + high)


def test_a_family_is_better_where_its_interval_is_clear_of_zero() -> None:
    """One family gains clearly, one loses clearly, on one nothing differs."""
    rates = {"gain": (0.3, 0.8), "loss": (0.9, 0.5), "same": (0.6, 0.6)}
    audits = [family(m, p, rates[p][k]) for k, m in enumerate("ab") for p in rates]
    one = only(audits)
    assert [f.probe for f in one.better("right")] == ["gain"]
    assert [f.probe for f in one.better("left")] == ["loss"]
    assert [f.better for f in one.families] == ["right", "left", None]
    assert one.passes_more is None, "a gain and a loss of about the same size"
    assert one.by_chance == pytest.approx(3 * (1 - INTERVAL_LEVEL))


def test_the_model_with_the_wider_band_is_less_even_and_the_other_reacts_as_planted() -> None:
    """Phi's logarithm doubles with the spread; r50 is inverse to the swap distance."""
    audits = [
        family("a", "keeps", 0.5),
        family("a", "changes", 0.5, effect="changes"),
        family("b", "keeps", 0.5, spread=2.0, swap=0.25),
        family("b", "changes", 0.5, spread=2.0, swap=1.0, effect="changes"),
    ]
    one = only(audits)
    assert one.more_even == "left"
    c_left, c_right = one.consistency("left"), one.consistency("right")
    assert c_left is not None
    assert c_right is not None
    assert math.log(c_right) == pytest.approx(2 * math.log(c_left), rel=1e-6)
    assert one.phi_ratio.value == pytest.approx(c_left / c_right, rel=1e-6)
    middle = math.exp(np.median(Y.mean() + 2 * (Y - Y.mean())) - np.median(Y))
    assert one.r50_kept.value == pytest.approx(2 * middle, rel=1e-6)
    assert one.r50_changed.value == pytest.approx(0.5 * middle, rel=1e-6)


def test_only_shared_texts_are_compared() -> None:
    """Another digest is another family; an ablation and a fresh draw are none."""
    a = [family("a", "p", 0.5), family("a", "q", 0.5)]
    b = [family("b", "p", 0.7), family("b", "q", 0.7)]
    other = replace(b[1].measurement, probe=replace(b[1].measurement.probe, digest="other"))
    assert [f.probe for f in only([*a, b[0], replace(b[1], measurement=other)]).families] == ["p"]
    changes: tuple[dict[str, Any], ...] = ({"letters": True}, {"draw": "fresh 7"})
    for change in changes:
        left, right = (
            replace(one, measurement=replace(one.measurement, probe=replace(one.measurement.probe, **change)))
            for one in (a[1], b[1])
        )
        assert [f.probe for f in only([a[0], left, b[0], right]).families] == ["p"]
    assert list(head_to_heads(a, lambda key: 0, {})) == []


def test_comparisons_that_exist_are_used_again() -> None:
    """The same value in, the same object out."""
    audits = [family("a", "p", 0.5), family("b", "p", 0.7)]
    first = only(audits).families[0].comparison
    compared = {(first.left.key, first.right.key): first}
    [again] = head_to_heads(audits, lambda key: 5, compared)
    assert again.families[0].comparison is first


def test_many_models_are_set_against_the_first() -> None:
    """Up to four models every pair, beyond that the first with each."""
    audits = [family(f"m{k}", "p", 0.5) for k in range(MOST_PAIRED_MODELS)]
    pairs = [(one.left, one.right) for one in head_to_heads(audits, lambda key: 0, {})]
    assert len(pairs) == MOST_PAIRED_MODELS * (MOST_PAIRED_MODELS - 1) / 2
    more = [*audits, family("m9", "p", 0.5)]
    assert {one.left for one in head_to_heads(more, lambda key: 0, {})} == {"m0"}


def test_the_reference_is_known_as_such() -> None:
    """Where right was analysed against left."""
    left, right = family("a", "p", 0.5), family("b", "p", 0.7, spread=1.2)
    assert not only([left, right]).has_reference
    against = labelled.audit(right.measurement, reference=left.measurement, detailed=False)
    assert only([left, against]).has_reference


def test_the_summary_has_the_same_numbers() -> None:
    """Plain data of the same value; nothing is missing."""
    audits = [family("a", "p", 0.3), family("b", "p", 0.8)]
    one = only(audits)
    fields = head_to_head_fields(one)
    assert fields["better"] == {"left": [], "right": ["p"]}
    assert fields["pass_rate"]["value"] == one.pass_rate.value
    [family_fields] = fields["families"]
    assert family_fields["better"] == "right"
    assert family_fields["left_pass_rate"] == pytest.approx(0.3)
    assert fields["clear_by_chance"] == pytest.approx(0.1)


def test_rates_are_of_the_labels_that_both_have() -> None:
    """A model without half of the labels is not set against the other's rate on all of them."""
    whole = family("whole", "p", 0.5)
    part = family("part", "p", 0.5)
    part = labelled.audit(part.measurement.take(range(N // 2)), detailed=False)
    one = only([whole, part])
    assert one.pass_rate.value == 0
    assert one.mean_rate("left") == one.mean_rate("right") == 1.0
    assert one.families[0].rate("left").low is None
    assert one.families[0].rate("right") == part.summary.pass_rate


def test_reacting_more_to_everything_is_no_merit() -> None:
    """The ratio of the two kinds' ratios is 1 then, and above 1 where only changes of meaning weigh more."""
    left = [family("a", "kept", 0.5), family("a", "changed", 0.5, effect="changes")]
    more = [family("b", "kept", 0.5, swap=0.25), family("b", "changed", 0.5, swap=0.25, effect="changes")]
    alike = only([*left, *more])
    assert alike.r50_changed.value == pytest.approx(2.0, rel=0.01)
    assert alike.selectivity.value == pytest.approx(1.0, rel=0.01)
    assert alike.more_selective is None
    apart = only([*left, family("b", "kept", 0.5), more[1]])
    assert apart.selectivity.value == pytest.approx(2.0, rel=0.01)
    assert apart.more_selective == "right"
    assert head_to_head_fields(apart)["selectivity"]["value"] == apart.selectivity.value
    assert only([left[1], more[1]]).selectivity.value is None, "of one kind only there is nothing to weigh"
