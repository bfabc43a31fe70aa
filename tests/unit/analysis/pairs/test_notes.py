"""Notes of planted measurements: what is blind, what is rounded, what is not known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import evenband
from evenband import api, encoders
from evenband.analysis.pairs.notes import unknown_notes
from evenband.analysis.pairs.reading_notes import reading_notes
from evenband.errors import ModelError
from evenband.narrative.pairs.headlines import headline_of
from evenband.report import output
from evenband.running import plan as plans
from evenband.types import Encoder, ModelSpec, PairsMeasurement, Role, Vectors
from unit.analysis.pairs.labelled import ADDITIVE_LABELS, additive_table, audit, of_animals


def test_scores_rounded_to_bfloat16_are_reported_as_such() -> None:
    """Three levels and a MAD of 0: said so, no interval, nothing claimed, nothing divided by zero."""
    s = np.random.default_rng(0).normal(0.9766, 0.0015, (ADDITIVE_LABELS, 1))
    rounded = np.round(s * 256) / 256
    found = audit(of_animals(np.log(1 - rounded)))
    assert found.summary.levels <= 4
    assert found.summary.grid == "bfloat16"
    assert found.summary.mad == 0
    assert found.summary.phi.value is not None
    assert found.summary.phi.low is None
    assert found.discoveries is None, "nothing could be tested"
    assert np.isfinite(found.z).all()
    assert any("bfloat16 grid" in note and "MAD is 0" in note for note in found.notes)


def test_a_change_below_the_noise_is_blind() -> None:
    """No Phi, no r50, no outlier; the first note says so."""
    made = audit(of_animals(np.full((ADDITIVE_LABELS, 8), np.log(1e-13)), floor=1e-12))
    assert made.summary.blind
    assert made.summary.phi.value is made.summary.r50.value is None
    assert made.discoveries is None
    assert made.notes[0].startswith("blind")


def test_a_model_that_gives_one_text_two_vectors_is_unsteady_before_all_else() -> None:
    """A server that mixes up texts: the first note says that no figure holds; rounding gives no such note."""
    made = audit(of_animals(np.full((ADDITIVE_LABELS, 8), np.log(0.5)), floor=1.2))
    assert made.notes[0].startswith("unsteady: the same text embedded again is at 1 - s of up to 1.2 from")
    assert not any(note.startswith("blind") for note in made.notes), "nothing is known of what it sees"
    headline = headline_of(made)
    assert (headline.tone, headline.title) == (
        "warn",
        "Unsteady: this model gives the same text two vectors.",
    )
    coarse = audit(of_animals(additive_table(4), floor=1e-3))
    assert not any(note.startswith("unsteady") for note in coarse.notes)


def test_one_blind_sentence_is_left_out_and_named() -> None:
    """The others' figures are those without it."""
    y = additive_table(4)
    y[:, 2] = np.log(1e-13)
    made = audit(of_animals(y, floor=1e-12))
    alone = audit(of_animals(np.delete(y, 2, axis=1), floor=1e-12))
    assert not made.summary.blind
    assert made.summary.phi.value == pytest.approx(alone.summary.phi.value, rel=1e-9)
    assert any("blind in 1 of 4 templates" in note and "template 2" in note for note in made.notes)


CALIBRATION = dict.fromkeys(("unrelated", "paraphrase"), (0.5,) * 101)


def complete() -> PairsMeasurement:
    """A measurement with everything that a model can give."""
    measured = of_animals(additive_table(4)[:40])
    return replace(measured, details=replace(measured.details, calibration=CALIBRATION))


def exchanged(swap: float, first: Sequence[str], second: Sequence[str]) -> PairsMeasurement:
    """A measurement of a probe with two slots, x and y, with the given distance after an exchange."""
    measured = complete()
    table = np.full(measured.scores.shape, swap)
    details = replace(measured.details, swap=table, exchange={"x": table, "y": table})
    return replace(measured, details=details, columns={"x": tuple(first), "y": tuple(second)})


def test_a_measurement_with_everything_has_no_note_of_what_is_not_known() -> None:
    assert list(unknown_notes(complete())) == []


def test_without_a_noise_floor_a_note_says_so() -> None:
    [note] = unknown_notes(replace(complete(), noise=None))
    assert note.startswith("noise floor not known: ")


def test_without_calibration_a_note_says_so() -> None:
    measured = complete()
    [note] = unknown_notes(replace(measured, details=replace(measured.details, calibration={})))
    assert note.startswith("scale not known: ")


FIRST, SECOND = [f"a{k}" for k in range(40)], [f"b{k}" for k in range(40)]


def test_without_vectors_of_exchanged_texts_a_note_says_so() -> None:
    """One template without them is enough, since r50 is the median over all of them."""
    [note] = unknown_notes(exchanged(np.nan, FIRST, SECOND))
    assert note.startswith("r50 not known: ")
    measured = exchanged(0.5, FIRST, SECOND)
    assert list(unknown_notes(measured)) == []
    assert measured.details.swap is not None
    swap = measured.details.swap.copy()
    swap[:, 1] = np.nan
    [note] = unknown_notes(replace(measured, details=replace(measured.details, swap=swap)))
    assert note.startswith("r50 not known: ")


@pytest.mark.parametrize("seen", [0, 3])
def test_exchanges_that_are_the_same_tokens_are_counted_and_said(seen: int) -> None:
    """They have vectors: r50 is that of the other slot where none is left in theirs, and that is said."""
    measured = exchanged(0.5, FIRST, SECOND)
    few = np.full(measured.scores.shape, np.nan)
    few[:16] = 0.5
    left, marks = few.copy(), np.zeros(few.shape)
    left[seen:] = np.nan
    marks[seen:16] = 1.0
    details = replace(measured.details, exchange={"x": few, "y": left}, unseen={"y": marks})
    [note] = reading_notes(replace(measured, details=details))
    t = len(measured.conditions)
    assert f"({(16 - seen) * t} of {16 * t} in slot y)" in note
    expected = (
        "r50 rests on the others" if seen else "where slot y has no other, r50 is that of the other slots"
    )
    assert note.startswith("unseen: ")
    assert note.endswith(expected)


def test_without_any_exchange_that_is_seen_r50_is_not_known_for_that_reason() -> None:
    """Not since vectors were missing."""
    measured = exchanged(np.nan, FIRST, SECOND)
    marks = np.zeros(measured.scores.shape)
    marks[:16] = 1.0
    unseen = replace(measured, details=replace(measured.details, unseen={"x": marks, "y": marks}))
    [note] = reading_notes(unseen)
    assert list(unknown_notes(unseen)) == []
    assert note.startswith("unseen: ")
    assert note.endswith("r50 is not known where no other is left")
    assert type(measured.details).rebuild({"unseen_x": marks}, {}).unseen["x"] is marks


@pytest.mark.parametrize("second", [["a"] * 40, ["b"] * 40])
def test_a_slot_without_another_value_is_no_gap_of_the_model(second: list[str]) -> None:
    """It has no r50 in any model."""
    assert list(unknown_notes(exchanged(np.nan, ["a"] * 40, second))) == []


class Lookup:
    """Vectors of given texts in a dictionary: nothing else has one, and nothing can be computed again."""

    def stored_in(self) -> str:
        return "vectors.npz"

    def __init__(self, texts: Sequence[str]) -> None:
        toy: Encoder = encoders.load("toy:chars")
        self.spec = ModelSpec("test:lookup", "lookup", "test", "1", "float32", toy.spec.dim)
        self.vectors = dict(zip(texts, toy.encode(texts), strict=True))

    def covers(self, texts: Sequence[str], role: Role = Role.NONE) -> NDArray[np.bool_]:
        return np.array([text in self.vectors for text in texts], dtype=np.bool_)

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        if not self.covers(texts).all():
            raise ModelError("asked for a text without a vector")
        return np.array([self.vectors[text] for text in texts], dtype=np.float32)


OWN = """[[probe]]
name = "drinks"
slot = { x = "list:tea,mate,cocoa,water,milk,coffee", y = "list:bread,cake,soup,rice,fish,salad" }
templates = [{ a = "drink {x}, eat {y}", b = "drink {x} eat {y}" }]
"""


def texts_of(file: Path) -> list[str]:
    """All texts of the probe in a file, without those of an exchange."""
    [probe] = plans.load_probes(plans.build(models=("toy:chars",), probes=(str(file),)))
    return [text for template in probe.templates for texts in probe.texts(template) for text in texts]


def test_a_lookup_of_just_a_probes_texts_is_audited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Notes say what is not known, in the audit, the summary and the report."""
    monkeypatch.setattr(output, "draw_pictures", lambda *_: None)
    file = tmp_path / "own.toml"
    file.write_text(OWN, encoding="utf-8")
    model = Lookup(texts_of(file))
    assert isinstance(model, encoders.Covering)
    assert isinstance(model, encoders.Stored)
    [audit] = evenband.audit(model, str(file), out=tmp_path / "run")
    assert audit.measurement.noise is None
    assert audit.measurement.details.missing == ()
    assert audit.summary.noise_floor is None
    assert audit.summary.r50.value is None
    for start in ("noise floor not known: ", "scale not known: ", "r50 not known: "):
        assert sum(note.startswith(start) for note in audit.notes) == 1
    [result] = evenband.read_summary(tmp_path / "run").results
    assert tuple(result.notes) == audit.notes
    page = api.write_report(tmp_path / "run").read_text(encoding="utf-8")
    assert all(f"{what} not known" in page for what in ("noise floor", "scale", "r50"))


@pytest.mark.parametrize(("recall", "said"), [(0.1, True), (0.9, False)])
def test_a_low_guard_is_noted_where_auc_looks_fine(recall: float, said: bool) -> None:
    """Most changed texts are nearer to another label's text, although not to most of them."""
    y = additive_table(4)
    plain = of_animals(y)
    hit = np.zeros(y.shape)
    hit[: round(recall * len(y))] = 1.0
    made = audit(replace(plain, details=replace(plain.details, hit=hit, auc=np.full(y.shape, 0.9))))
    assert any(note.startswith(f"guard: only {recall:.0%} of the changed") for note in made.notes) == said
