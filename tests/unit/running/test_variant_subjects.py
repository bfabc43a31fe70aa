"""Variants in a run: one base for all of them."""

from __future__ import annotations

import pytest

from evenband import encoders
from evenband.encoders import VariantEncoder, model_loading
from evenband.running import plan as plans
from evenband.running.subjects import load_subjects


def test_variants_that_follow_one_another_share_the_loaded_base(monkeypatch: pytest.MonkeyPatch) -> None:
    """The base is loaded once for them, and again after another model."""
    loaded: list[str] = []
    load = model_loading._load

    def count(reference: encoders.Reference, settings: encoders.Settings) -> object:
        loaded.append(reference.text)
        return load(reference, settings)

    monkeypatch.setattr(model_loading, "_load", count)
    refs = ["toy:words?quantize={int8,binary}", "toy:words", "toy:chars", "toy:words?normalize=true"]
    subjects = list(load_subjects(plans.build(models=refs)))
    assert loaded == ["toy:words", "toy:words", "toy:chars", "toy:words"]
    first, second, *_ = subjects
    assert isinstance(first.fresh, VariantEncoder)
    assert isinstance(second.fresh, VariantEncoder)
    assert first.fresh.inner is second.fresh.inner
    assert [one.spec.options.get("quantize") for one in subjects] == ["int8", "binary", None, None, None]
