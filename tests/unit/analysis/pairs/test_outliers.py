"""Audits of planted measurements: what is claimed, what is blind, what is rounded."""

from dataclasses import replace

import numpy as np
import pytest

from evenband import analysis
from evenband.analysis import Audit
from evenband.errors import InputError
from evenband.types import PairsMeasurement
from unit.analysis.pairs import labelled

N = 600
LABELS = labelled.animals(N)


def table(t: int, seed: int = 0, noise: float = 0.2) -> labelled.Float:
    """Log-distances of words by sentences: both effects add, plus noise."""
    rng = np.random.default_rng(seed)
    words, sentences = rng.normal(0, 0.35, (N, 1)), rng.normal(0, 0.3, (1, t))
    return -3.5 + words + sentences + rng.normal(0, noise, (N, t))


def measured(y: labelled.Float, floor: float = 2e-7) -> PairsMeasurement:
    n, t = y.reshape(N, -1).shape
    details = {"swap": np.full((n, t), 0.5), "hit": np.ones((n, t)), "auc": np.ones((n, t))}

    return labelled.measurement(LABELS, y, details=details, floor=floor)


def audited(y: labelled.Float, reference: PairsMeasurement | None = None) -> Audit:
    return analysis.audit(measured(y), np.random.default_rng(0), reference=reference)


@pytest.mark.parametrize("t", [1, 8])
def test_nothing_planted_nothing_claimed(t: int) -> None:
    """A band with words, sentences and noise alone has no discovery."""
    found = audited(table(t))
    assert found.discoveries == 0
    assert all(one.verdict != "memorisation-like" for one in found.outliers)


def test_a_planted_cell_is_claimed_and_listed_first() -> None:
    """One cell six noise widths out, in a word that is ordinary elsewhere."""
    y = table(8)
    y[17, 3] += 2.0
    found = audited(y)
    first = found.outliers[0]
    assert (first.label, first.template) == (LABELS[17], "template 3")
    assert first.q is not None
    assert first.q <= 0.05
    assert first.verdict == "semantic or memorised cell", (
        "without controls or a reference nobody can say more"
    )
    assert found.discoveries >= 1


def test_a_word_far_everywhere_is_an_odd_word() -> None:
    """A word effect is no cell effect."""
    y = table(8)
    y[17] += 2.5
    found = audited(y)
    mine = [one for one in found.outliers if one.label == LABELS[17]]
    assert mine
    assert {one.verdict for one in mine} == {"odd word"}
    assert found.discoveries == 0


def test_one_sentence_alone_leaves_an_outlier_unexplained() -> None:
    """With one template a far cell is not called memorised."""
    y = table(1)
    y[17, 0] += 5.0
    assert audited(y).outliers[0].verdict == "unexplained"


def test_against_a_reference_a_local_plant_looks_memorised_and_a_leak_leaky() -> None:
    """What the reference lacks in one sentence, and what it lacks in all."""
    y = table(8)
    reference = measured(y + np.random.default_rng(1).normal(0, 0.05, y.shape))
    planted = y.copy()
    planted[17, 3] += 2.0
    planted[40] += 1.2
    found = audited(planted, reference=reference)
    assert found.contrast is not None
    verdicts = {one.label: one.verdict for one in found.outliers if one.verdict is not None}
    assert verdicts[LABELS[17]] == "memorisation-like"
    assert verdicts[LABELS[40]] == "leaky suspect"


def test_a_leak_is_leaky_although_one_sentence_stands_out_of_it() -> None:
    """The planted sentence's own cell is certified, but a third of its effect is in the others, too."""
    y = table(8)
    reference = measured(y + np.random.default_rng(1).normal(0, 0.05, y.shape))
    planted = y.copy()
    planted[17] += 0.6
    planted[17, 3] += 1.4
    found = audited(planted, reference=reference)
    assert found.contrast is not None
    assert found.contrast.shifts.cells is not None
    assert found.contrast.shifts.cells.q[17, 3] <= 0.05
    [mine] = [one for one in found.outliers if (one.label, one.template) == (LABELS[17], "template 3")]
    assert mine.verdict == "leaky suspect"
    assert any("x7." in reason and "x1.8" in reason for reason in mine.evidence)


def test_a_leak_that_no_tail_certifies_is_a_suspect_all_the_same() -> None:
    """Far beyond all other labels against the reference, and said to be uncertified."""
    y = table(8)
    rng = np.random.default_rng(1)
    reference = measured(y - rng.standard_t(2.2, (N, 1)) * 0.05 + rng.normal(0, 0.02, y.shape))
    planted = y.copy()
    planted[40] += 0.9
    found = audited(planted, reference=reference)
    assert found.contrast is not None
    assert not found.contrast.labels[40], "the tail of the labels' moves is too heavy to certify it"
    mine = [one for one in found.outliers if one.label == LABELS[40]]
    assert {one.verdict for one in mine} == {"leaky suspect"}
    assert all(any("not certified" in reason for reason in one.evidence) for one in mine)


def test_a_look_alike_that_moved_less_is_spill_over() -> None:
    """Both cells are certified; the one behind its look-alike is not counted, and says whom it follows."""
    y = table(8)
    reference = measured(y + np.random.default_rng(1).normal(0, 0.05, y.shape))
    labels = list(LABELS)
    labels[17], labels[40] = "bootmaker", "diemaker"
    planted = y.copy()
    planted[17, 3] += 2.0
    planted[40, 3] += 1.5
    left, right = (replace(made, labels=tuple(labels)) for made in (measured(planted), reference))
    found = analysis.audit(left, np.random.default_rng(0), reference=right)
    assert found.contrast is not None
    assert found.contrast.cells.sum() == 1
    verdicts = {one.label: one for one in found.outliers if one.template == "template 3"}
    assert verdicts["bootmaker"].verdict == "memorisation-like"
    assert verdicts["diemaker"].verdict == "spill-over"
    assert any("behind 'bootmaker'" in reason for reason in verdicts["diemaker"].evidence)


def test_the_other_sentences_of_a_local_plant_are_not_accused() -> None:
    """A label that moved in one sentence only is not called memorised or leaky in its others."""
    y = table(8)
    y[17] += 2.0
    reference = measured(y + np.random.default_rng(1).normal(0, 0.05, y.shape))
    planted = y.copy()
    planted[17, 3] += 1.5
    verdicts = {
        one.template: one.verdict
        for one in audited(planted, reference=reference).outliers
        if one.label == LABELS[17]
    }
    assert verdicts.pop("template 3") == "memorisation-like"
    assert set(verdicts.values()) == {"odd word"}


def test_a_model_taught_a_rule_is_told_so_and_not_accused() -> None:
    """All labels twice as far as in the reference: a rule, no discovery."""
    y = table(8)
    found = audited(y + np.log(2.3), reference=measured(y))
    assert found.contrast is not None
    assert not found.contrast.cells.any()
    np.testing.assert_allclose(found.contrast.moved, 2.3, rtol=1e-6)
    assert any(note.startswith("rule: the change moves all labels 2.3 times") for note in found.notes)


def test_a_reference_of_other_texts_is_refused() -> None:
    """Contrast is paired arithmetic on equal texts."""
    made = measured(table(8))
    other = replace(made, probe=replace(made.probe, digest="e" * 32))
    with pytest.raises(InputError, match="did not measure the texts"):
        analysis.audit(made, np.random.default_rng(0), reference=other)


def test_scores_rounded_to_bfloat16_are_reported_as_such() -> None:
    """Three levels and a MAD of 0: said so, no interval, nothing claimed, nothing divided by zero."""
    s = np.random.default_rng(0).normal(0.9766, 0.0015, (N, 1))
    rounded = np.round(s * 256) / 256
    found = audited(np.log(1 - rounded))
    assert found.summary.levels <= 4
    assert found.summary.grid == "bfloat16"
    assert found.summary.mad == 0
    assert found.summary.phi.value is not None
    assert found.summary.phi.low is None
    assert found.discoveries == 0
    assert np.isfinite(found.z).all()
    assert any("bfloat16 grid" in note and "MAD is 0" in note for note in found.notes)


def test_a_change_below_the_noise_is_blind() -> None:
    """No Phi, no r50, no outlier; the first note says so."""
    made = analysis.audit(measured(np.full((N, 8), np.log(1e-13)), floor=1e-12), np.random.default_rng(0))
    assert made.summary.blind
    assert made.summary.phi.value is made.summary.r50.value is None
    assert made.discoveries == 0
    assert made.notes[0].startswith("blind")


def test_one_blind_sentence_is_left_out_and_named() -> None:
    """The others' figures are those without it."""
    y = table(4)
    y[:, 2] = np.log(1e-13)
    made = analysis.audit(measured(y, floor=1e-12), np.random.default_rng(0))
    alone = analysis.audit(measured(np.delete(y, 2, axis=1), floor=1e-12), np.random.default_rng(0))
    assert not made.summary.blind
    assert made.summary.phi.value == pytest.approx(alone.summary.phi.value, rel=1e-9)
    assert any("blind in 1 of 4 templates" in note and "template 2" in note for note in made.notes)


def test_power_says_what_could_have_been_missed() -> None:
    """Effects planted into the user's own table: recall rises with the effect, false ones stay rare."""
    structure = audited(table(8)).structure
    assert structure is not None
    assert structure.power is not None
    assert structure.power.recall[-1] > 0.9
    assert structure.power.fdp.max() < 0.2
    assert structure.power.minimum is not None


def test_the_same_seed_gives_the_same_audit() -> None:
    """Intervals, power and order repeat."""
    one, two = (analysis.summarise([audited(table(8))]) for _ in range(2))
    assert one == two


def test_suspects_are_the_planted_labels_first() -> None:
    """Follow-ups go where something stands out."""
    y = table(8)
    y[17, 3] += 2.5
    labels, templates = analysis.suspects(measured(y))
    assert labels[0] == LABELS[17]
    assert templates[0] == "template 3"
    assert len(labels) == 12


def test_a_slot_with_nothing_to_exchange_has_no_r50() -> None:
    """Three terms in three slots: no other value is left to put in place of one."""
    made = measured(table(4))
    nothing = replace(made, details={**made.details, "swap": np.full((N, 4), np.nan)})
    summary = analysis.audit(nothing, np.random.default_rng(0)).summary
    assert summary.r50.value is None
    assert summary.phi.value is not None
