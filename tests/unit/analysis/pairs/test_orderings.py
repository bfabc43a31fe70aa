"""Audits of rerankers: what is not computed is None, what they do not read is blind, ties are said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from evenband.analysis import PairsAudit
from evenband.analysis.audits import Circumstances, analyse
from evenband.analysis.pairs.scorecard import score
from evenband.report.blocks.pairs.failing_cells import worst_cases
from evenband.types import PairsMeasurement, Role
from unit.probes.pairs.test_ordered_pairs import Cutting, Planted, measure, probe_of, shared_words

VALUES = [f"v{k}" for k in range(30)]


def audit(measurement: PairsMeasurement) -> PairsAudit:
    made = analyse(measurement, Circumstances(np.random.default_rng(0), detailed=False))
    assert isinstance(made, PairsAudit)
    return made


def with_activation(name: str, rule: Callable[[str, str], float]) -> Planted:
    reranker = Planted(rule)
    reranker.spec = replace(reranker.spec, options={"activation": name})
    return reranker


def test_what_needs_a_distance_is_none_and_not_nought() -> None:
    """In Python as in summary.json."""
    made = audit(measure(probe_of("INV", VALUES, "{x}", "o {x}"), Planted(shared_words)))
    assert made.discoveries is None
    assert made.summary.mad is None
    assert made.summary.noise_floor is None
    assert made.summary.pass_rate.value == 1.0


def test_a_reranker_that_does_not_read_the_change_is_rightly_blind() -> None:
    """As an encoder without case is to capitals; one that reads most changes is not."""
    probe = probe_of("INV", VALUES, "{x}", "{x.other}")
    capitals = replace(probe, parts={"x.other": tuple(value.upper() for value in VALUES)})
    audits = [audit(measure(replace(capitals, name=f"p{k}"), Cutting(shared_words))) for k in range(3)]
    assert all(one.summary.blind for one in audits)
    assert any(note.startswith("blind: the model reads the changed text") for note in audits[0].notes)
    [card] = score(audits)
    assert [(line.grade, line.harmless) for line in card.lines] == [("blind", True)] * 3
    few = tuple(value.upper() if k < 14 else f"{value}s" for k, value in enumerate(VALUES))
    assert not audit(measure(replace(probe, parts={"x.other": few}), Cutting(shared_words))).summary.blind


def squashed(logit: float) -> float:
    one = np.float32(1)
    return float(one / (one + np.exp(np.float32(-logit))))


@pytest.mark.parametrize(
    ("activation", "reason"), [("Sigmoid", "; the activation Sigmoid gives large numbers"), ("Identity", "")]
)
def test_scores_that_are_all_alike_are_said_to_be(activation: str, reason: str) -> None:
    """Logits of 25 against 20 are one number in float32: ties, AUC one half, and so indifferent."""

    def rule(query: str, document: str) -> float:
        return squashed(25.0 if query.endswith(document) else 20.0)

    made = audit(measure(probe_of("INV", VALUES, "{x}", "o {x}"), with_activation(activation, rule)))
    assert made.summary.pass_rate.value == 0.5
    [ties] = [note for note in made.notes if note.startswith("ties: ")]
    assert ties.startswith(f"ties: 100% of the comparisons are of equal scores, which count one half{reason}")
    assert bool(reason) == ("activation" in ties)
    assert any(note.startswith("indifferent: other labels' texts") for note in made.notes)


def test_scores_that_differ_need_no_word_on_ties() -> None:
    """INV and ORDER; and an ORDER probe of which a quarter is level says so."""

    def rule(query: str, document: str) -> float:
        return 1.0 if "one" in document or (int(query[1:]) % 4 == 0) else 0.0

    clear = audit(measure(probe_of("INV", VALUES, "{x}", "o {x}"), Planted(shared_words)))
    assert not [note for note in clear.notes if note.startswith(("ties", "indifferent"))]
    level = audit(measure(probe_of("ORDER", VALUES[:28], "{x}", "{x} one", "{x} two"), Planted(rule)))
    assert [note for note in level.notes if note.startswith("ties: 25% ")]


@pytest.mark.parametrize(
    ("roles", "note", "case"),
    [
        (
            (),
            "the changed text is the query",
            "For the variant as a query, 100% of the rivals, other labels’ texts,",
        ),
        (
            (Role.QUERY, Role.DOCUMENT),
            "the original is the query",
            "For the text as a query, 100% of the rivals, other labels’ variants,",
        ),
    ],
)
def test_which_text_asks_is_told_as_it_was(roles: tuple[Role, ...], note: str, case: str) -> None:
    """In the note, and beside a cell that fails."""

    def wrong(query: str, document: str) -> float:
        return -shared_words(query, document)

    measurement = measure(probe_of("INV", VALUES, "{x} here", "o {x}", roles=roles), Planted(wrong))
    [said] = [one for one in audit(measurement).notes if one.startswith("query and documents: ")]
    assert note in said
    assert next(iter(worst_cases(measurement))).sentence.startswith(case)
