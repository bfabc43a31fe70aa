"""Texts that a model cannot embed: found among many, named, and left out where that is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import evenband
from capable_encoders import Covering, Plain, capabilities_of
from evenband.encoders import CachedEncoder
from evenband.encoders.refusals import SEARCHED, SkippingEncoder
from evenband.encoders.store import VectorStore
from evenband.errors import ModelError, RefusedTextsError, UnavailableError
from evenband.probes.embedding import embed
from evenband.probes.pairs.minimal_pairs import MinimalPairs, Template
from evenband.types import Role, Slot, Vectors

BAD = "zqx"
"""A call with a text that holds this fails as a whole, as a model does on a token beyond its vocabulary."""

TEXTS = [f"text {k}" for k in range(300)]


class Fragile(Plain):
    """Fails on a whole call for one text in it, and does not say which."""

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        if any(BAD in text for text in texts):
            raise ModelError(
                f"model {self.spec.ref!r} failed on {len(texts)} texts: index out of range in self"
            )
        return super().encode(texts, role)


class Broken(Fragile):
    """Fails on every call after the first bad text, as a device does."""

    is_broken = False

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        self.is_broken = self.is_broken or any(BAD in text for text in texts)
        if self.is_broken:
            raise ModelError("device lost")
        return super().encode(texts, role)


class Raising(Plain):
    """An encoder of the user's own that raises what it likes."""

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        if any(BAD in text for text in texts):
            raise IndexError("no such word")
        return super().encode(texts, role)


class NotFinite(Plain):
    """Answers bad texts with NaN."""

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        vectors = super().encode(texts, role)
        vectors[[BAD in text for text in texts]] = np.nan
        return vectors


def probe_of(values: Sequence[str]) -> MinimalPairs:
    return MinimalPairs(
        name="p",
        type="INV",
        effect="keeps",
        why="",
        slot=Slot("s", tuple(values), ""),
        templates=(Template("t", "eat {x}", "eat, {x}"), Template("u", "see {x}", "see, {x}")),
    )


def test_the_text_is_found_among_many() -> None:
    """The only one; the message gives it, the reason and the way out."""
    texts = [*TEXTS[:200], f"the {BAD}", *TEXTS[200:]]
    with pytest.raises(RefusedTextsError) as caught:
        embed(Fragile(), texts)
    assert [(one.text, one.row) for one in caught.value.refusals] == [(f"the {BAD}", 200)]
    assert str(caught.value) == (
        f"model 'toy:chars' cannot embed 'the {BAD}': index out of range in self; "
        "leave it out with --skip-bad"
    )


def test_several_are_listed_and_a_long_one_is_cut() -> None:
    """Ten of them, with how many there are."""
    texts = [*TEXTS, *(f"{BAD} {k} " + "long " * 50 for k in range(12))]
    with pytest.raises(RefusedTextsError) as caught:
        embed(Fragile(), texts)
    message = str(caught.value)
    assert message.startswith(f"model 'toy:chars' cannot embed 12 texts: '{BAD} 0 long")
    assert message.count(BAD) == 10
    assert len(message) < 1000


def test_label_text_and_probe_are_named() -> None:
    """So that the row can be found."""
    probe = probe_of([*TEXTS[:20], BAD])
    with pytest.raises(RefusedTextsError, match=rf"'eat {BAD}' \(text a of label '{BAD}' in probe 'p'\)"):
        probe.measure(Fragile())


def test_vectors_embedded_before_are_not_lost(tmp_path: Path) -> None:
    """Those of all texts that were tried are in the cache."""
    fragile = Fragile()
    cached = CachedEncoder(fragile, VectorStore(tmp_path), batch=50)
    with pytest.raises(RefusedTextsError):
        embed(cached, [*TEXTS, BAD])
    fragile.asked.clear()
    embed(cached, TEXTS)
    assert fragile.asked == []


def test_a_device_that_is_lost_is_not_blamed_on_texts() -> None:
    """An ordinary text fails as well then."""
    with pytest.raises(ModelError, match=r"^device lost$"):
        embed(Broken(), [*TEXTS, BAD])
    with pytest.raises(ModelError, match=r"^device lost$"):
        SkippingEncoder(Broken()).covers([*TEXTS, BAD])


@pytest.mark.parametrize("make", [Fragile, Raising, NotFinite])
@pytest.mark.parametrize("is_cached", [False, True])
def test_the_others_are_measured_as_if_they_were_alone(
    tmp_path: Path, make: type[Plain], is_cached: bool
) -> None:
    """Whatever the model does on a bad text; the bad ones are listed as missing."""
    good = TEXTS[:30]
    inner = CachedEncoder(make(), VectorStore(tmp_path)) if is_cached else make()
    found = probe_of([BAD, *good[:20], f"a{BAD}", *good[20:]]).measure(SkippingEncoder(inner), fresh=make())
    alone = probe_of(good).measure(make())
    assert found.items == alone.items
    np.testing.assert_allclose(found.scores, alone.scores, atol=1e-7)
    assert {label for label, _ in found.details.missing} == {BAD, f"a{BAD}"}
    assert len(found.details.missing) == 4


def test_a_text_is_embedded_once(tmp_path: Path) -> None:
    """Asking what is covered and then for the vectors costs no second pass, with and without a cache."""
    for inner in (plain := Plain(), CachedEncoder(cached := Plain(), VectorStore(tmp_path))):
        embed(SkippingEncoder(inner), TEXTS)
    assert sorted(plain.asked) == sorted(cached.asked) == sorted(TEXTS)


def test_the_number_of_calls_grows_with_the_logarithm() -> None:
    """One bad text among a slice costs twice its halvings, not a call for each text."""
    calls = 0

    class Counting(Fragile):
        def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
            nonlocal calls
            calls += 1
            return super().encode(texts, role)

    SkippingEncoder(Counting()).covers([*(f"t{k}" for k in range(3 * SEARCHED)), f"t1{BAD}"])
    assert calls < 35


def test_it_keeps_the_capabilities_and_what_the_encoder_covers() -> None:
    """It can say what it covers, and leaves out what the encoder inside does not cover."""
    assert capabilities_of(SkippingEncoder(Plain())) == {"Covering"}
    assert SkippingEncoder(Covering()).covers(["tea", "a zxqj"]).tolist() == [True, False]


def test_an_audit_goes_on_without_them(tmp_path: Path) -> None:
    """Counted in the notes, listed in the summary."""
    rows = "".join(f"{text},the {text}\n" for text in [*TEXTS[:12], BAD])
    (tmp_path / "p.csv").write_text("a,b\n" + rows, encoding="utf-8")
    with pytest.raises(ModelError, match=f"label '{BAD}'"):
        evenband.audit(Fragile(), str(tmp_path / "p.csv"))
    [audit] = evenband.audit(Fragile(), str(tmp_path / "p.csv"), skip_bad=True)
    assert len(audit.measurement.items) == 12
    assert any(
        note.startswith("missing: 1 of 13 labels has a text without a vector (zqx)") for note in audit.notes
    )


def test_an_outage_is_no_fault_of_a_text(tmp_path: Path) -> None:
    """A server that does not answer is not asked again for halves of the texts, with --skip-bad neither."""

    class Away(Plain):
        calls = 0

        def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
            self.calls += 1
            raise UnavailableError("no answer")

    away = Away()
    for encoder in (away, CachedEncoder(away, VectorStore(tmp_path)), SkippingEncoder(away)):
        away.calls = 0
        with pytest.raises(UnavailableError, match="no answer"):
            embed(encoder, TEXTS)
        assert away.calls == 1
