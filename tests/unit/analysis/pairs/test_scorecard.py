"""A model's scorecard from measurements whose passes are known."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from evenband.analysis import PairsAudit
from evenband.analysis.limits import LABELS_FOR_GRADE, NEARLY_ALL
from evenband.analysis.pairs.scorecard import score
from evenband.analysis.pairs.violations import violations_of
from evenband.types import (
    COSINE,
    Effect,
    Measurement,
    ModelSpec,
    NoiseFloor,
    PairsDetails,
    PairsMeasurement,
    PairsSpec,
    ProbeType,
)
from unit.analysis.pairs.labelled import audit

N, T = 200, 4
LABELS = tuple(f"label {i}" for i in range(N))


def _measured(
    name: str,
    type_: ProbeType,
    rate: float,
    *,
    d: float = 0.1,
    spread: float = 0.2,
    draw: str = "",
    seed: int = 0,
    effect: Effect = "changes",
    novel: float = 0.9,
) -> PairsMeasurement:
    """A probe of which that share of cells passes, with log-normal distances around d."""
    rng = np.random.default_rng(seed)
    far = d * np.exp(spread * rng.normal(size=(N, T))) if d else np.zeros((N, T))
    passed = (rng.permutation(N * T) < rate * N * T).reshape(N, T).astype(float)
    score_b = 1 - far
    other = np.where(passed == 1, score_b + 0.02, score_b - 0.02)
    if type_ == "ORDER":
        other = np.where(passed == 1, score_b - 0.02, score_b + 0.02)
    labels = tuple(f"{draw} {x}" for x in LABELS) if draw and novel else LABELS
    texts = (
        np.array([[f"{k} {x} {j}" for j in range(T)] for x in labels], dtype=object)
        for k in ("ab" if type_ == "INV" else "abc")
    )
    details = PairsDetails(
        texts=tuple(texts),
        swap=np.full((N, T), 0.5),
        hit=passed,
        auc=np.where(passed == 1, 1.0, 0.9),
        passes=None if type_ == "INV" else passed,
        similar=() if type_ == "INV" else (other,),
        baselines={"words": 0.0, "chars": 0.1, "random": 0.5},
    )
    spec = PairsSpec(
        name=f"{name}~{draw}" if draw else name, type=type_, effect=effect, why="Because.", slot="list:",
        items=N, conditions=T, digest=f"{name}{draw}", family=name, draw=draw, novel=novel if draw else None,
    )  # fmt: skip
    return Measurement(
        probe=spec,
        subject=ModelSpec("m", "m", "toy", "1", "float32", 8),
        metric=COSINE,
        items=labels,
        conditions=tuple(f"t{j}" for j in range(T)),
        scores=score_b,
        noise=NoiseFloor(1e-7, 1e-7, 8),
        details=details,
    )


def _audited(*made: PairsMeasurement) -> list[PairsAudit]:
    return [audit(one, seed=1) for one in made]


def test_grades_are_those_of_the_planted_pass_rates() -> None:
    """Nine in ten one way or the other, between them inconsistent, below the noise blind."""
    [card] = score(
        _audited(
            _measured("good", "INV", 0.99),
            _measured("bad", "DIFF", 0.02),
            _measured("half", "ORDER", 0.6),
            _measured("unseen", "INV", 1.0, d=0.0, effect="keeps"),
            _measured("unseen change", "INV", 1.0, d=0.0, effect="changes"),
            _measured("unseen difference", "DIFF", 0.5, d=0.0),
        )
    )
    assert [line.grade for line in card.lines] == ["reliable", "fails", "inconsistent", *["blind"] * 3]
    assert [line.harmless for line in card.lines] == [False, False, False, True, True, False]
    assert card.lines[0].certain
    assert card.lines[1].pass_rate.value == pytest.approx(0.02, abs=0.001)
    assert card.lines[1].baselines == {"words": 0.0, "chars": 0.1, "random": 0.5}


@pytest.mark.parametrize("type_", ["INV", "DIFF", "ORDER"])
@pytest.mark.parametrize(
    ("labels", "ungraded"), [(1, "one label"), (2, "few labels"), (24, "few labels"), (25, None), (40, None)]
)
def test_few_labels_have_no_grade_and_one_no_pass_rate(
    type_: ProbeType, labels: int, ungraded: str | None
) -> None:
    """A grade that no interval could support is not given, whatever the rate; nor is a rate of one label."""
    made = [_measured(f"family {k}", type_, rate).take(range(labels)) for k, rate in enumerate((0, 0.5, 1))]
    [card] = score(_audited(*made))
    for line in card.lines:
        assert line.ungraded == ungraded
        assert (line.grade is None, line.measured) == (ungraded is not None, labels > 1)
        assert (line.pass_rate.value is None) == (labels == 1)
        assert not line.certain or line.grade is not None
    assert card.ungraded == (card.lines if ungraded else ())


def test_a_family_of_the_smallest_graded_size_can_be_certain() -> None:
    """The limit is where a grade begins to mean something: one label fewer, and no rate would be certain."""
    z = 1.6448536269514722
    smallest = next(n for n in range(1, 99) if n / (n + z * z) >= NEARLY_ALL)
    assert smallest == LABELS_FOR_GRADE
    made = [_measured(f"family {k}", "DIFF", 1.0).take(range(LABELS_FOR_GRADE)) for k in range(3)]
    [card] = score(_audited(*made))
    assert [(line.grade, line.certain) for line in card.lines] == [("reliable", True)] * 3


@pytest.mark.parametrize("labels", [2, 12, N])
def test_a_model_is_blind_however_few_the_labels(labels: int) -> None:
    """That a change moves no text needs no other label to compare it with."""
    made = [_measured(f"family {k}", "DIFF", 0.5, d=0.0).take(range(labels)) for k in range(3)]
    [card] = score(_audited(*made))
    assert [line.grade for line in card.lines] == ["blind"] * 3


def test_an_order_probe_is_blind_in_its_audit_as_in_the_scorecard() -> None:
    """Two documents that score alike: the note, the summary and the grade say the same."""
    base = _measured("order", "ORDER", 0.5)
    same = replace(base, details=replace(base.details, similar=(base.scores + 1e-9,)))
    [found] = _audited(same)
    assert found.summary.blind
    assert found.notes[0].startswith("blind: the median difference between the two documents")
    [card] = score(_audited(same, _measured("a", "DIFF", 1.0), _measured("b", "DIFF", 1.0)))
    assert card.lines[0].grade == "blind"
    identical = replace(base, scores=np.ones_like(base.scores))
    assert not _audited(identical)[0].summary.blind, "query and relevant text may well be the same"


def test_a_fresh_draw_of_one_label_is_compared_with_nothing() -> None:
    """Neither stale nor harder: it was not measured."""
    made = [_measured(f"family {k}", "INV", 0.8, seed=k) for k in range(3)]
    one = _measured("family 0", "INV", 0.0, draw="fresh 7", seed=9).take([0])
    [card] = score(_audited(*made, one))
    assert (card.lines[0].fresh, card.stale) == (None, ())


def test_the_headline_is_the_formula() -> None:
    """C_total = exp(-mean GMD(y)) over INV and DIFF families that see the change, no others."""
    audits = _audited(
        _measured("one", "INV", 1.0, spread=0.2),
        _measured("two", "DIFF", 0.5, spread=0.6),
        _measured("three", "ORDER", 0.5, spread=1.0),
        _measured("four", "INV", 1.0, d=0.0),
    )
    [card] = score(audits)
    gmd = [float(np.mean(np.abs(y[:, None] - y[None, :]))) for y in _logs(audits[:2])]
    n = N * T
    expected = math.exp(-np.mean([one * n / (n - 1) for one in gmd]))
    assert card.families == 2
    assert card.consistency.value == pytest.approx(expected, rel=0.02)
    assert card.consistency.low is not None
    assert card.consistency.high is not None
    assert card.consistency.low < expected < card.consistency.high


def _logs(audits: list[PairsAudit]) -> list[np.ndarray]:
    return [np.log(1 - one.measurement.scores).ravel() for one in audits]


def test_two_probes_make_no_scorecard() -> None:
    """There is nothing to sum up."""
    assert score(_audited(_measured("one", "INV", 1.0), _measured("two", "INV", 1.0))) == []


def test_a_family_that_passes_its_published_sentences_only_is_named() -> None:
    """Its fresh draw passes less often, beyond what the other families' draws differ by."""
    made = [_measured(f"family {k}", "DIFF", 0.8, seed=k) for k in range(4)]
    fresh = [_measured(f"family {k}", "DIFF", 0.8, draw="fresh 7", seed=10 + k) for k in range(4)]
    learned = [_measured("learned", "DIFF", 0.99), _measured("learned", "DIFF", 0.7, draw="fresh 7", seed=20)]
    [card] = score(_audited(*made, *fresh, *learned))
    assert [line.probe for line in card.easier] == ["learned"]
    found = card.easier[0].fresh
    assert found is not None
    assert found.gap.value == pytest.approx(0.29, abs=0.01)
    assert found.draw == "fresh 7"
    assert len(card.lines) == 5


def test_violations_are_the_widest_failures_one_for_each_label() -> None:
    """With their texts and similarities; none where all pass."""
    made = _measured("bad", "ORDER", 0.5)
    worst = list(violations_of(made, 3))
    assert len({one.label for one in worst}) == 3
    assert all(one.margin < 0 and one.scores[0] < one.scores[1] for one in worst)
    assert worst[0].texts == tuple(
        f"{k} {worst[0].label} {made.conditions.index(worst[0].template)}" for k in "abc"
    )
    assert list(violations_of(_measured("good", "DIFF", 1.0))) == []


def test_a_fresh_draw_of_the_same_labels_is_no_fresh_draw() -> None:
    """It is in no column and in no verdict, however much the two pass rates differ, and is named."""
    made = [_measured(f"family {k}", "DIFF", 0.8, seed=k) for k in range(3)]
    again = [_measured("family 0", "DIFF", 0.2, draw="fresh 7", seed=9, novel=0.0)]
    fresh = [_measured("family 1", "DIFF", 0.8, draw="fresh 7", seed=8)]
    [card] = score(_audited(*made, *again, *fresh))
    assert card.stale == ("family 0",)
    assert [line.fresh is not None for line in card.lines] == [False, True, False]
    assert card.easier == ()


def _in_role(made: PairsMeasurement, role: str, prompts: dict[str, str] | None = None) -> PairsMeasurement:
    probe = replace(made.probe, name=f"{made.probe.name}@{role}", roles=(role,) * len(made.details.texts))
    return replace(made, probe=probe, subject=replace(made.subject, prompts=prompts or {}))


def test_two_roles_without_prompts_count_once() -> None:
    """Counts and C_total are those of one role; with prompts both count, even if the scores are equal."""
    made = [_measured(f"family {k}", "DIFF", 0.8, seed=k) for k in range(3)]
    [alone] = score(_audited(*made))
    roles = [(one, role) for one in made for role in ("query", "document")]
    [both] = score(_audited(*(_in_role(one, role) for one, role in roles)))
    assert both.repeated == 3
    assert [line.probe for line in both.lines] == [f"family {k}@query" for k in range(3)]
    assert (both.families, both.consistency) == (alone.families, alone.consistency)
    [prompted] = score(_audited(*(_in_role(one, role, {"query": "query: "}) for one, role in roles)))
    assert (prompted.repeated, len(prompted.lines)) == (0, 6)


def test_two_roles_with_other_scores_are_two_families() -> None:
    """A model that tells roles apart without a prompt is believed."""
    made = [_measured(f"family {k}", "DIFF", 0.8, seed=k) for k in range(3)]
    other = [_measured(f"family {k}", "DIFF", 0.8, seed=k + 10) for k in range(3)]
    measured = [_in_role(one, "query") for one in made] + [_in_role(one, "document") for one in other]
    [card] = score(_audited(*measured))
    assert (card.repeated, len(card.lines)) == (0, 6)
