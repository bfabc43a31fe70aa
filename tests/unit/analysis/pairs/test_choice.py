"""Which measurement a label is explained in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evenband.analysis import PairsAudit
from evenband.analysis.pairs.choice import choose
from evenband.analysis.pairs.explanation import explain
from evenband.errors import InputError
from evenband.narrative.pairs.reasons import sentences_of
from evenband.types import PairsMeasurement
from evenband.types.readings import Truncation
from unit.analysis.pairs import labelled

LABELS = labelled.animals(80)
ORDINARY = np.random.default_rng(0).normal(-3.5, 0.3, (80, 2))


def _audit(model: str, probe: str, effect: float = 0.0, blind: bool = False) -> PairsAudit:
    y = np.full_like(ORDINARY, np.log(1e-9)) if blind else ORDINARY.copy()
    y[7] += effect
    made = labelled.measurement(LABELS, y, labelled.plain_details(y.shape))
    named = replace(made.subject, name=model, ref=model.replace("-", ":"))
    made = replace(made, probe=replace(made.probe, name=probe), subject=named)
    return labelled.audit(made, seed=1, detailed=False)


RUN = [
    _audit("toy-base", "far", 5.0),
    _audit("toy-mine", "blind", 9.0, blind=True),
    _audit("toy-mine", "near"),
    _audit("toy-mine", "far", 3.0),
]


MEASURED = [audit.measurement for audit in RUN]


def _names(found: list[PairsMeasurement]) -> list[tuple[str, str]]:
    return [(one.subject.name, one.probe.name) for one in found]


def test_the_probe_where_the_label_is_farthest_out_comes_first_and_a_blind_one_last() -> None:
    """Of the model that is not the reference; the others follow, the reference's at the end."""
    assert _names(choose(MEASURED, LABELS[7], reference="toy-base")) == [
        ("toy-mine", "far"),
        ("toy-mine", "near"),
        ("toy-mine", "blind"),
        ("toy-base", "far"),
    ]


@pytest.mark.parametrize("model", ["toy-mine", "toy:mine"])
def test_a_model_goes_by_its_name_or_its_reference(model: str) -> None:
    """Both are what a user has typed or read."""
    assert _names(choose(MEASURED, LABELS[7], model=model, probe="near")) == [("toy-mine", "near")]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"model": "toy-mind"}, r"no model 'toy-mind' .*did you mean 'toy-mine'\? \(there are: toy-base,"),
        ({"probe": "fat"}, "no probe 'fat' .*did you mean 'far'"),
    ],
)
def test_what_does_not_exist_is_refused_with_what_there_is(asked: dict[str, str], message: str) -> None:
    """The nearest is suggested."""
    with pytest.raises(InputError, match=message):
        choose(MEASURED, LABELS[7], **asked)
    with pytest.raises(InputError, match=f"no label '{LABELS[7]}x' .*did you mean '{LABELS[7]}'"):
        choose(MEASURED, f"{LABELS[7]}x")


def test_of_a_blind_model_only_that_is_said() -> None:
    """Distances below the noise are not explained."""
    found = explain(RUN[1], LABELS[7], np.random.default_rng(0))
    assert found.blind
    [sentence] = sentences_of(found)
    assert sentence.startswith("toy-mine does not see this change (blind)")


def test_a_label_that_was_left_out_is_told_why() -> None:
    """Undecidable or without a vector: not as if nobody had ever measured it."""
    made = MEASURED[2]
    cut = replace(made.details, truncation=Truncation(256, 1, (1, 1), 80, (("a long one", "template 0"),)))
    with pytest.raises(InputError, match=r"'a long one' cannot be explained.*near on toy-mine.*256 tokens"):
        choose([replace(made, details=cut)], "a long one")
    lacking = replace(made.details, missing=(("mute", "see the mute"),))
    with pytest.raises(InputError, match=r"'mute' cannot be explained.*no vector for 'see the mute'"):
        choose([replace(made, details=lacking)], "mute")
