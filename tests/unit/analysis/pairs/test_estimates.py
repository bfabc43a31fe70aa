"""Figures that do not exist."""

from dataclasses import replace

import numpy as np

from unit.analysis.pairs.labelled import ADDITIVE_LABELS, additive_table, audit, of_animals


def test_a_slot_with_nothing_to_exchange_has_no_r50() -> None:
    """Three terms in three slots: no other value is left to put in place of one."""
    made = of_animals(additive_table(4))
    nothing = replace(made, details=replace(made.details, swap=np.full((ADDITIVE_LABELS, 4), np.nan)))
    summary = audit(nothing).summary
    assert summary.r50.value is None
    assert summary.phi.value is not None
