"""The details of agreement: rebuilt as they were, and taken apart."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np

from evenband.types import (
    AgreementDetails,
    SentInput,
    Tokens,
    VerdictAgreement,
    VerdictChange,
    details_class,
)
from planted_sides import measured, texts

CHANGE = VerdictChange("NP", "let's eat", (0.8, 0.9), (True, False), ("odd word", None))
VERDICTS = VerdictAgreement("comma", 40, 0.1, 0.01, (False, False), (1, 0), 1, (CHANGE,))


def full() -> AgreementDetails:
    tokens = Tokens("Q: a\u2028<", (1, 2), ("a", "<"))
    return replace(
        measured({texts(40)[0]: 0.1}, missing=[texts(40)[1]]).details,
        inputs=(SentInput("a", tokens, None), SentInput("b", tokens, tokens)),
        verdicts=VERDICTS,
    )


def test_details_are_rebuilt_from_tables_and_json() -> None:
    """Every field, with its type."""
    details = full()
    found = details_class("agreement").rebuild(
        details.to_tables(), json.loads(json.dumps(details.to_facts()))
    )
    assert isinstance(found, AgreementDetails)
    assert found.to_facts() == details.to_facts()
    assert (found.inputs, found.verdicts, found.missing) == (
        details.inputs,
        details.verdicts,
        details.missing,
    )
    assert found.left == details.left
    assert found.others == (details.left,)


def test_some_texts_keep_their_own_numbers() -> None:
    """In the order asked for."""
    measurement = measured({texts(40)[4]: 0.3})
    part = measurement.take([4, 2])
    assert part.items == (measurement.items[4], measurement.items[2])
    assert part.details.component[0, 0] == measurement.details.component[4, 0]
    assert np.isclose(part.scores[0, 0], 1 - np.cos(0.3), rtol=1e-4)


def test_inputs_differ_by_text_or_ids() -> None:
    """Unknown where one side cannot tell."""
    one, two = Tokens("a", (1,), ("a",)), Tokens("a", (2,), ("a",))
    assert SentInput("a", one, two).differs is True
    assert SentInput("a", one, replace(one, text="b")).differs is True
    assert SentInput("a", one, one).differs is False
    assert SentInput("a", one, None).differs is None
