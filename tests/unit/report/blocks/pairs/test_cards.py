from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import pytest

from evenband.report.blocks.pairs.cards import card


def test_a_continuum_is_called_one(planted: ModuleType) -> None:
    audit = planted.audit()
    found = card(audit, [audit])
    assert found.headline == "A continuum: no noun stands out beyond what the tail explains."
    assert "Two random nouns differ by a factor of 1.43" in found.sentence
    assert {name: value for name, value, _ in found.facts}["outliers"] == "0"


def test_discoveries_are_counted_and_alarm(planted: ModuleType) -> None:
    audit = planted.audit(low_q=["grandma", "grandpa"])
    found = card(audit, [audit])
    assert found.headline == "2 nouns stand out beyond what the tail explains."
    assert found.tone == "alarm"


def test_a_blind_probe_says_nothing_of_consistency(planted: ModuleType) -> None:
    found = card(audit := planted.audit(blind=True), [audit])
    assert found.headline.startswith("Blind")
    assert found.facts[0][1] == "–"


def test_rounding_is_said_before_any_praise(planted: ModuleType) -> None:
    found = card(
        audit := planted.audit(grid="bfloat16", scores=[0.97265625] * 150 + [0.9765625] * 150), [audit]
    )
    assert found.headline == "Rounded: 2 distinct scores on the bfloat16 grid."


def test_the_guard_exposes_a_model_that_tells_little_apart(planted: ModuleType) -> None:
    found = card(audit := planted.audit(r_at_1=0.01), [audit])
    assert "only 1% of the changed texts are nearest to their own original" in found.sentence


def test_an_indifferent_model_gets_its_own_headline(planted: ModuleType) -> None:
    audit = planted.audit(auc=0.5)
    found = card(audit, [audit])
    assert found.headline == "Indifferent: this model tells the nouns no better apart than chance."
    assert found.tone == "warn"


def test_too_few_values_get_no_band_and_no_test(planted: ModuleType) -> None:
    found = card(audit := planted.audit(n=20, few=True), [audit])
    assert found.headline == "Too few nouns for a band."
    assert [value for _, value, _ in found.facts][2] == "–"


def test_an_order_probe_is_headed_by_its_pass_rate(planted: ModuleType) -> None:
    """Its distances are not those of one change, so that no band is spoken of as missing."""
    audit = planted.audit(few=True)
    made = audit.measurement
    order = replace(audit, measurement=replace(made, probe=replace(made.probe, type="ORDER")))
    found = card(order, [order])
    assert found.headline == "The relevant text is nearer to the query in 98% of the cells."
    assert found.facts[0][:2] == ("pass rate", "0.98")


def test_an_ablation_sets_the_words_against_matched_words(planted: ModuleType) -> None:
    audit = planted.letters()
    found = card(audit, [audit])
    scores, labels = audit.measurement.scores[:, 0], audit.measurement.items
    below = int((scores[26:] < scores[labels.index("grandpa")]).sum())
    assert found.headline == f"{below} of 24 matched real words are lower than grandpa."
    assert [name for name, _, _ in found.facts] == ["grandma", "grandpa"]
    alone = planted.letters(matched=0)
    assert card(alone, [alone]).headline.endswith("non-words are lower than grandpa.")


def test_an_ablation_of_a_model_without_one_answer_compares_nothing(planted: ModuleType) -> None:
    """Two vectors of the same text are farther apart than the words: their order is chance."""
    audit = planted.letters()
    unsteady = replace(audit, summary=replace(audit.summary, noise_floor=0.4))
    found = card(unsteady, [unsteady])
    assert found.headline == "Unsteady: this model gives the same text two vectors."


def test_strips_of_one_probe_share_a_scale(planted: ModuleType) -> None:
    audits = [planted.audit(seed=seed, model=f"m{seed}") for seed in (1, 2)]
    strips = [card(audit, audits).strip for audit in audits]
    assert strips[0] is not None
    assert strips[1] is not None
    assert strips[0].names == strips[1].names
    assert min(strip.minimum for strip in strips if strip) == pytest.approx(1)
    assert max(strip.maximum for strip in strips if strip) == pytest.approx(99)


def test_verdicts_are_the_headline_and_power_a_fact(planted: ModuleType) -> None:
    audit = planted.structured()
    found = card(audit, [audit])
    assert found.headline == "1 cell looks memorised: grandma."
    assert found.tone == "alarm"
    assert found.facts[3][:2] == ("detectable from", "× 4.3")
    calm = card(even := planted.structured(memorised=False), [even])
    assert calm.tone == "plain"
    assert calm.headline.startswith("No cell stands out beyond what its noun explains")
