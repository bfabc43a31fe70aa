"""Which planted cells are claimed, listed first and followed up."""

import pytest

from evenband import analysis
from unit.analysis.pairs.labelled import ADDITIVE_LABELS, additive_table, animals, audit, of_animals

LABELS = animals(ADDITIVE_LABELS)


@pytest.mark.parametrize("t", [1, 8])
def test_nothing_planted_nothing_claimed(t: int) -> None:
    """A band with words, sentences and noise alone has no discovery."""
    found = audit(of_animals(additive_table(t)))
    assert found.discoveries == 0
    assert all(one.verdict != "memorisation-like" for one in found.outliers)


def test_a_planted_cell_is_claimed_and_listed_first() -> None:
    """One cell six noise widths out, in a word that is ordinary elsewhere."""
    y = additive_table(8)
    y[17, 3] += 2.0
    found = audit(of_animals(y))
    first = found.outliers[0]
    assert (first.label, first.template) == (LABELS[17], "template 3")
    assert first.q is not None
    assert first.q <= 0.05
    assert first.verdict == "semantic or memorised cell", (
        "without controls or a reference nobody can say more"
    )
    assert found.discoveries is not None
    assert found.discoveries >= 1


def test_suspects_are_the_planted_labels_first() -> None:
    """Follow-ups go where something stands out."""
    y = additive_table(8)
    y[17, 3] += 2.5
    labels, templates = analysis.suspects(of_animals(y), None)
    assert labels[0] == LABELS[17]
    assert templates[0] == "template 3"
    assert len(labels) == 12
