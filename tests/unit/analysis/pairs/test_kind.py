"""An audit as a whole: what it refuses, and what it says of its own power."""

from dataclasses import replace

import pytest

from evenband.errors import InputError
from unit.analysis.pairs.labelled import additive_table, audit, of_animals


def test_a_reference_of_other_texts_is_refused() -> None:
    """Contrast is paired arithmetic on equal texts."""
    made = of_animals(additive_table(8))
    other = replace(made, probe=replace(made.probe, digest="e" * 32))
    with pytest.raises(InputError, match="did not measure the texts"):
        audit(made, reference=other)


def test_power_says_what_could_have_been_missed() -> None:
    """Effects planted into the user's own table: recall rises with the effect, false ones stay rare."""
    structure = audit(of_animals(additive_table(6)[:400]), detailed=True).structure
    assert structure is not None
    assert structure.power is not None
    assert structure.power.recall[-1] > 0.9
    assert structure.power.fdp.max() < 0.2
    assert structure.power.minimum is not None
