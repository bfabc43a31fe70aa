"""The sentences of a comparison: each says a number that is in the audit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evenband import analysis, encoders
from evenband.analysis import AgreementAudit, Circumstances
from evenband.narrative.differences import (
    IDS_SHOWN,
    first_difference,
    headline,
    limit_sentence,
    sent,
    sentences_of,
    setting_differences,
    shortened,
    verdict_sentence,
)
from evenband.narrative.questions import GENERAL, QUESTIONS, question_of
from evenband.probes.agreement import SideBySide
from evenband.randomness import stream
from evenband.types import AgreementMeasurement, NoiseFloor, SentInput, Tokens, VerdictAgreement
from planted_sides import Telling, measured, side, text_set, texts


def audit(measurement: AgreementMeasurement, tolerance: float | None = None) -> AgreementAudit:
    found = analysis.analyse(measurement, Circumstances(stream(0, "analysis"), tolerance=tolerance))
    assert isinstance(found, AgreementAudit)
    return found


def test_the_headline_names_both_sides_and_the_largest_difference() -> None:
    """Beside the noise floor, if there is one."""
    measurement = measured({texts(40)[0]: 0.2})
    start = "toy-chars and turned differ by 1 − cosine of at most 0.020 (median 0) over 40 texts."
    same = "Embedded again, a text gets the very same vector on both sides."
    assert headline(audit(measurement)) == f"{start} {same}"
    for floor, said in (
        (0.002, "10.0 times the noise floor of 0.0020"),
        (0.1, "within the noise floor of 0.10"),
    ):
        noisy = replace(measurement, noise=NoiseFloor(floor, floor, 8))
        assert headline(audit(noisy)) == f"{start} That is {said}: a text embedded again."
    assert headline(audit(replace(measurement, noise=None))) == start
    assert (
        headline(audit(measured({})))
        == "toy-chars and turned give the same direction for every one of 40 texts."
    )


def test_the_tolerance_is_said_with_its_excess() -> None:
    """And the text that exceeds it by most."""
    measurement = measured({texts(40)[3]: 0.2})
    assert limit_sentence(audit(measurement, 0.01)) == (
        "The tolerance of 0.010 is exceeded by 0.0099, in 1 of 40 texts: the largest 1 − cosine is 0.020, "
        f"of {texts(40)[3]!r}."
    )
    assert limit_sentence(audit(measurement, 0.5)) == (
        "The tolerance of 0.50 holds: the largest 1 − cosine is 0.020."
    )


def test_neighbours_and_inputs_have_a_sentence() -> None:
    """Also where nothing differs, or nobody can tell."""
    same = list(sentences_of(audit(measured({}))))
    assert "Both sides give every text the same 10 nearest neighbours." in same
    assert same[-1].startswith("What the sides send to their models cannot be compared")
    differ = " ".join(sentences_of(audit(measured({texts(40)[3]: 0.9}))))
    assert "nearest neighbours" in differ
    assert "which has the fewest" in differ


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("", "Both sides send the same token ids for the 4 texts"),
        ("Q: ", "send different inputs for 4 of the 4"),
    ],
)
def test_what_is_sent_is_said_first(prompt: str, said: str) -> None:
    """Prompt and tokenizer before arithmetic."""
    left = Telling(encoders.load("toy:chars"), {}, "left")
    right = Telling(encoders.load("toy:chars"), {})
    right.prompt = prompt
    found = audit(SideBySide(text_set(texts(4)), side(left)).measure(side(right)))
    assert said in " ".join(sentences_of(found))


def test_verdicts_that_change_are_counted() -> None:
    """And a side that is blind is named."""
    found = audit(measured({}))
    base = VerdictAgreement("comma", 50, 0.1, 0.01, (False, False), (2, 3), 1, ())
    start = "Probe comma, 50 pairs of texts: s differs by at most 0.10 (median 0.010); "
    changed = "the verdict or claim of 1 pair changes (2 and 3 outliers are claimed)."
    assert verdict_sentence(found, base) == start + changed
    none = replace(base, changed=0, claims=(2, 2))
    assert "no verdict and no claim changes (2 and 2" in verdict_sentence(found, none)
    one_blind = verdict_sentence(found, replace(base, blind=(False, True)))
    assert one_blind == f"{start}toy-chars sees the probe's change, turned is blind to it."
    assert "both sides are blind" in verdict_sentence(found, replace(base, blind=(True, True)))


def test_settings_that_differ_are_named_and_no_others() -> None:
    """Prompts and options one by one; names are ours."""
    left = encoders.load("toy:chars").spec
    right = replace(left, name="x", dtype="bfloat16", prompts={"query": "Q: "}, options={"kind": "words"})
    assert setting_differences(left, left) == []
    assert setting_differences(left, right) == [
        ("dtype", "float32", "bfloat16"),
        ("kind", "chars", "words"),
        ("prompt for query", "none", "'Q: '"),
    ]


def test_an_input_shows_ids_and_where_it_parts() -> None:
    """Long ones with their middle left out."""
    long = Tokens("x" * 500, tuple(range(500)), tuple("x" * 500))
    text, ids = sent(long)
    assert len(text) < 130
    assert ids.startswith("500 tokens: 0 1 2 ")
    assert ids.endswith(" 498 499")
    assert len(ids.split()) == IDS_SHOWN + 3
    assert sent(None) == ("not known", "")
    one, two = Tokens("ab", (1, 2), ("a", "b")), Tokens("ac", (1, 3), ("a", "c"))
    assert first_difference(SentInput("", one, two)) == "differs from token 2 on: 2 'b' against 3 'c'"
    cut = Tokens("a", (1,), ("a",))
    assert first_difference(SentInput("", one, cut)) == "differs from token 2 on: 2 'b' against the end"
    assert first_difference(SentInput("", one, one)) == first_difference(SentInput("", one, None)) == ""
    spaced = replace(one, text="a b")
    assert first_difference(SentInput("", one, spaced)) == "the same token ids of another text"


def test_a_long_text_keeps_both_ends() -> None:
    """And never more than asked for."""
    assert shortened("short") == "short"
    found = shortened("a" * 100 + "b" * 100, 20)
    assert len(found) == 20
    assert found == "a" * 10 + "…" + "b" * 9


def test_a_report_asks_the_question_of_its_kind() -> None:
    """Minimal pairs first; a kind of a plug-in has the general one."""
    assert question_of([]) == question_of(["agreement", "pairs"]) == QUESTIONS["pairs"]
    assert question_of(["agreement"]) == QUESTIONS["agreement"]
    assert question_of(["other"]) == GENERAL


def test_nothing_is_nan_in_a_single_text() -> None:
    """No neighbours, no pairs, no sentence about them."""
    one = side(encoders.load("toy:words"))
    said = " ".join(sentences_of(audit(SideBySide(text_set(["a"]), one).measure(one))))
    assert "neighbours" not in said
    assert str(np.nan) not in said
