"""Verdicts of planted words and cells: what is accused, and what is not."""

from dataclasses import replace

import numpy as np
import pytest

from evenband.analysis import Results, summarise
from evenband.report.blocks.pairs.farthest import outlier_table
from evenband.types import PairsMeasurement
from unit.analysis.pairs.labelled import ADDITIVE_LABELS, additive_table, animals, audit, of_animals

LABELS = animals(ADDITIVE_LABELS)


def test_a_word_far_everywhere_is_an_odd_word() -> None:
    """A word effect is no cell effect."""
    y = additive_table(8)
    y[17] += 2.5
    found = audit(of_animals(y))
    mine = [one for one in found.outliers if one.label == LABELS[17]]
    assert mine
    assert {one.verdict for one in mine} == {"odd word"}
    assert found.discoveries == 0


def test_one_sentence_alone_leaves_an_outlier_unexplained() -> None:
    """With one template a far cell is not called memorised."""
    y = additive_table(1)
    y[17, 0] += 5.0
    assert audit(of_animals(y)).outliers[0].verdict == "unexplained"


def test_against_a_reference_a_local_plant_looks_memorised_and_a_leak_leaky() -> None:
    """What the reference lacks in one sentence, and what it lacks in all."""
    y = additive_table(8)
    reference = of_animals(y + np.random.default_rng(1).normal(0, 0.05, y.shape))
    planted = y.copy()
    planted[17, 3] += 2.0
    planted[40] += 1.2
    found = audit(of_animals(planted), reference=reference)
    assert found.contrast is not None
    verdicts = {one.label: one.verdict for one in found.outliers if one.verdict is not None}
    assert verdicts[LABELS[17]] == "memorisation-like"
    assert verdicts[LABELS[40]] == "leaky suspect"


def test_a_leak_is_leaky_although_one_sentence_stands_out_of_it() -> None:
    """The planted sentence's own cell is certified, but a third of its effect is in the others, too."""
    y = additive_table(8)
    reference = of_animals(y + np.random.default_rng(1).normal(0, 0.05, y.shape))
    planted = y.copy()
    planted[17] += 0.6
    planted[17, 3] += 1.4
    found = audit(of_animals(planted), reference=reference)
    assert found.contrast is not None
    assert found.contrast.shifts.cells is not None
    assert found.contrast.shifts.cells.q[17, 3] <= 0.05
    [mine] = [one for one in found.outliers if (one.label, one.template) == (LABELS[17], "template 3")]
    assert mine.verdict == "leaky suspect"
    assert any("x7." in reason and "x1.8" in reason for reason in mine.evidence)


def test_a_leak_that_no_tail_certifies_is_a_suspect_all_the_same() -> None:
    """Far beyond all other labels against the reference, and said to be uncertified."""
    y = additive_table(8)
    rng = np.random.default_rng(1)
    reference = of_animals(
        y - rng.standard_t(2.2, (ADDITIVE_LABELS, 1)) * 0.05 + rng.normal(0, 0.05, y.shape)
    )
    planted = y.copy()
    planted[40] += 0.9
    found = audit(of_animals(planted), reference=reference)
    assert found.contrast is not None
    assert not found.contrast.labels[40], "the tail of the labels' moves is too heavy to certify it"
    mine = [one for one in found.outliers if one.label == LABELS[40]]
    assert {one.verdict for one in mine} == {"leaky suspect"}
    assert all(any("not certified" in reason for reason in one.evidence) for one in mine)


def test_a_look_alike_that_moved_less_is_spill_over() -> None:
    """Both cells are certified; the one behind its look-alike is not counted, and says whom it follows."""
    y = additive_table(8)
    reference = of_animals(y + np.random.default_rng(1).normal(0, 0.05, y.shape))
    labels = list(LABELS)
    labels[17], labels[40] = "bootmaker", "diemaker"
    planted = y.copy()
    planted[17, 3] += 2.0
    planted[40, 3] += 1.0
    left, right = (replace(made, items=tuple(labels)) for made in (of_animals(planted), reference))
    found = audit(left, reference=right)
    assert found.contrast is not None
    assert found.contrast.cells.sum() == 1
    verdicts = {one.label: one for one in found.outliers if one.template == "template 3"}
    assert verdicts["bootmaker"].verdict == "memorisation-like"
    assert verdicts["diemaker"].verdict == "spill-over"
    assert any("behind 'bootmaker'" in reason for reason in verdicts["diemaker"].evidence)


@pytest.mark.parametrize(("step", "verdict"), [(1.0, "spill-over"), (2.3, "memorisation-like")])
def test_a_relative_in_meaning_is_spill_over_unless_it_moved_as_far(step: float, verdict: str) -> None:
    """Niece behind granddaughter: what the two mean is nearly the same, and the measurement says so."""
    y = additive_table(8)
    y[40] = y[17] + np.random.default_rng(2).normal(0, 0.02, 8)
    reference = of_animals(y + np.random.default_rng(1).normal(0, 0.05, y.shape))
    labels = list(LABELS)
    labels[17], labels[40] = "granddaughter", "niece"
    components = np.random.default_rng(3).normal(size=(len(labels), 64))
    components[40] = components[17] + 0.1 * components[40]
    planted = y.copy()
    planted[17, 3] += 2.0
    planted[40, 3] += step
    left, right = (
        replace(
            made,
            items=tuple(labels),
            details=replace(made.details, components=components.astype(np.float16)),
        )
        for made in (of_animals(planted), reference)
    )
    verdicts = {
        one.label: one for one in audit(left, reference=right).outliers if one.template == "template 3"
    }
    assert verdicts["niece"].verdict == verdict
    assert verdict != "spill-over" or any(
        "like it in spelling or meaning" in x for x in verdicts["niece"].evidence
    )


def _with_makers(memorised: float, followed: float) -> PairsMeasurement:
    """Return a table in which bootmaker and diemaker are far out in one sentence."""
    y = additive_table(8)
    y[[17, 40], 3] = np.median(y[:, 3])
    labels = list(LABELS)
    labels[17], labels[40] = "bootmaker", "diemaker"
    y[17, 3] += memorised
    y[40, 3] += followed
    return replace(of_animals(y), items=tuple(labels))


@pytest.mark.parametrize(("followed", "discoveries"), [(1.3, 1), (2.2, 2)])
def test_a_look_alike_of_a_memorised_cell_is_spill_over_without_a_reference(
    followed: float, discoveries: int
) -> None:
    """It is certified, less than half as far as what it follows, and not claimed; one as far is claimed."""
    found = audit(_with_makers(2.5, followed))
    assert (found.q[[17, 40], 3] <= found.level).all()
    assert found.discoveries == found.claimed.sum() == discoveries
    verdicts = {one.label: one for one in found.outliers if one.template == "template 3"}
    assert verdicts["bootmaker"].verdict == "semantic or memorised cell"
    follower = verdicts["diemaker"]
    assert (follower.verdict == "spill-over") == (discoveries == 1)
    assert any("behind 'bootmaker'" in reason for reason in follower.evidence) == (discoveries == 1)
    [result] = summarise(Results((found,)))["results"]
    assert result["structure"]["spilled_cells"] == 2 - discoveries
    claimed = {(row.cells[0].text, row.claimed) for row in outlier_table("t", [found]).rows}
    assert ("bootmaker", True) in claimed
    assert ("diemaker", discoveries == 2) in claimed


def test_a_cell_that_starts_near_is_no_side_effect_of_one_that_starts_far() -> None:
    """Seven times a small distance adds less than two and a half times a large one, and is no part of it."""
    measured = _with_makers(0.0, 0.0)
    y = np.log(1 - measured.scores)
    y[17] += 2.5
    y[17, 3] += 0.9
    y[40, 3] += 2.0
    structure = audit(replace(measured, scores=1 - np.exp(y))).structure
    assert structure is not None
    beyond = np.exp(y) - np.exp(structure.cells.expected)
    assert 0 < beyond[40, 3] < 0.5 * beyond[17, 3]
    assert (structure.cell_leaders < 0).all()


def test_what_a_reference_shows_to_be_spill_over_is_not_claimed_by_its_own_q() -> None:
    """Diemaker is certified alone as well, but against the reference it only followed."""
    found = audit(_with_makers(2.5, 2.3), reference=_with_makers(0.0, 1.5))
    assert found.q[40, 3] <= found.level
    verdicts = {one.label: one.verdict for one in found.outliers if one.template == "template 3"}
    assert verdicts["diemaker"] == "spill-over"
    assert found.claimed[[17, 40], 3].tolist() == [True, False]
    assert found.discoveries == found.claimed.sum()


def test_a_side_effect_that_the_reference_has_too_says_so() -> None:
    """Both models have both effects: the follower is spill-over all the same, and did not move."""
    found = audit(_with_makers(2.5, 1.3), reference=_with_makers(2.5, 1.3))
    [follower] = [one for one in found.outliers if (one.label, one.template) == ("diemaker", "template 3")]
    assert follower.verdict == "spill-over"
    assert any("has the effect, too" in reason for reason in follower.evidence)


def test_what_moves_all_words_of_a_kind_is_no_discovery() -> None:
    """Training moved the words of one kind in one sentence: their components explain it."""
    y = additive_table(8)
    rng = np.random.default_rng(4)
    components = rng.normal(size=(len(LABELS), 64))
    trained = y + rng.normal(0, 0.05, y.shape)
    trained[:, 3] += 0.3 * np.maximum(components[:, 0], -0.5)
    reference = of_animals(y)
    made = of_animals(trained)
    known = replace(made, details=replace(made.details, components=components.astype(np.float16)))
    moves = []
    for one in (made, known):
        contrast = audit(one, reference=reference).contrast
        assert contrast is not None
        assert contrast.shifts.cells is not None
        moves.append(np.corrcoef(contrast.shifts.cells.z[:, 3], components[:, 0])[0, 1])
    assert moves[0] > 0.8
    assert abs(moves[1]) < 0.1


def test_the_other_sentences_of_a_local_plant_are_not_accused() -> None:
    """A label that moved in one sentence only is not called memorised or leaky in its others."""
    y = additive_table(8)
    y[17] += 2.0
    reference = of_animals(y + np.random.default_rng(1).normal(0, 0.05, y.shape))
    planted = y.copy()
    planted[17, 3] += 1.5
    verdicts = {
        one.template: one.verdict
        for one in audit(of_animals(planted), reference=reference).outliers
        if one.label == LABELS[17]
    }
    assert verdicts.pop("template 3") == "memorisation-like"
    assert set(verdicts.values()) == {"odd word"}


def test_a_model_taught_a_rule_is_told_so_and_not_accused() -> None:
    """All labels twice as far as in the reference: a rule, no discovery."""
    y = additive_table(8)
    found = audit(of_animals(y + np.log(2.3)), reference=of_animals(y))
    assert found.contrast is not None
    assert not found.contrast.cells.any()
    np.testing.assert_allclose(found.contrast.moved, 2.3, rtol=1e-6)
    assert any(note.startswith("rule: the change moves all labels 2.3 times") for note in found.notes)
