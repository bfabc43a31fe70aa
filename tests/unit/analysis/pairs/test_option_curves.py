"""Which models of a run are variants of one, by which option."""

from __future__ import annotations

from functools import cache

import evenband
from evenband.analysis import PairsAudit
from evenband.analysis.pairs.option_curves import option_curves

COMMA = "comma"


@cache
def audits(*refs: str) -> list[PairsAudit]:
    return evenband.audit(list(refs), [COMMA, "ablation"], sample=12)


def test_three_lengths_make_a_curve_that_falls() -> None:
    """Numbers fall, whatever the order of the run; letters have no curve; each value has its own audit."""
    [curve] = option_curves(audits("toy:words?dim=8", "toy:words?dim=32", "toy:words?dim=16"))
    assert (curve.base, curve.option, curve.values) == ("toy:words", "dim", ("32", "16", "8"))
    [row] = curve.audits
    assert [audit.measurement.subject.dim for audit in row] == [32, 16, 8]
    assert row[0].measurement.probe.name == COMMA


def test_two_variants_or_two_models_make_none() -> None:
    """A curve needs three variants of one and the same model."""
    assert not option_curves(audits("toy:words?dim=8", "toy:words?dim=32", "toy:chars?dim=16"))


def test_a_product_of_options_has_a_curve_for_each_setting_of_the_others() -> None:
    """Models that differ in two options are never on one curve."""
    refs = [f"toy:words?dim={d}&quantize={q}" for d in (8, 16, 32) for q in ("int8", "binary")]
    curves = option_curves(audits(*refs))
    assert [(one.base, one.option, one.values) for one in curves] == [
        ("toy:words?quantize=int8", "dim", ("32", "16", "8")),
        ("toy:words?quantize=binary", "dim", ("32", "16", "8")),
    ]


def test_the_model_itself_is_one_of_its_variants() -> None:
    """Without the option it is 'none'; a length is known without the option."""
    refs = ["x=toy:words?quantize=int8", "toy:words?quantize=binary", "toy:words"]
    [curve] = option_curves(audits(*refs))
    assert (curve.base, curve.option, curve.values) == ("toy:words", "quantize", ("none", "int8", "binary"))
    [curve] = option_curves(audits("toy:words", "toy:words?dim=16", "toy:words?dim=8"))
    assert curve.values == ("64", "16", "8")
