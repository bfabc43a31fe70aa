"""What a repair is said to have gained, over one family and over several at once."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from evenband.analysis.pairs.values import PairsAudit
from evenband.analysis.repairs import Novelty, Part, RepairJudgement, judge_repair
from evenband.cli.printing import repairs
from evenband.narrative.repairs import NEW, repair_verdicts
from unit.analysis.pairs import labelled

N = 60
LABELS = labelled.animals(N)
Y = np.random.default_rng(0).normal(-3.5, 0.4, (N, 2))


@cache
def of_labels(passing: int) -> PairsAudit:
    """An audit of a model of which so many labels pass, in every sentence."""
    made = labelled.measurement(LABELS, Y, labelled.plain_details(Y.shape))
    passes = np.repeat((np.arange(N) < passing).astype(float)[:, None], 2, axis=1)
    return labelled.audit(replace(made, details=replace(made.details, passes=passes)), detailed=False)


def of_family(model: str, name: str, passing: int) -> PairsAudit:
    """Such an audit under the names of a model and a family."""
    audit = of_labels(passing)
    made = audit.measurement
    probe = replace(made.probe, name=name, family=name, digest=name)
    subject = replace(made.subject, name=model, ref=model)
    return replace(audit, measurement=replace(made, probe=probe, subject=subject))


@cache
def judged(families: int, gained: int, part: Part = "repaired") -> RepairJudgement:
    """A repair of families of which the first gains so many labels, and the others stay."""
    names = [f"family-{k}" for k in range(families)]
    audits = [of_family("plain", name, 30) for name in names]
    audits += [of_family("mended", name, 30 + (gained if name == "family-0" else 0)) for name in names]
    return judge_repair(audits, "plain", "mended", dict.fromkeys(names, part))


def test_a_change_that_one_family_in_several_shows_by_chance_is_not_claimed() -> None:
    """Three labels of sixty are claimed of a single family, not of one among four; ten of sixty are."""
    alone, among, large = judged(1, 3).lines[0], judged(4, 3).lines[0], judged(4, 10).lines[0]
    assert alone.at_once is None
    assert alone.outcome == "gained"
    assert among.change == alone.change, "the family's own interval stays as it was"
    assert among.outcome == "not confirmed"
    assert large.outcome == "gained"


def test_the_interval_of_several_is_bonferronis() -> None:
    """The half width grows as the normal quantile for a coverage of 1 - .1 / 4 does."""
    line = judged(4, 12).lines[0]
    assert line.at_once is not None
    widths = [one.high - one.low for one in (line.change, line.at_once) if one.high and one.low]
    assert widths[1] / widths[0] == pytest.approx(2.241 / 1.645, rel=0.08)
    assert line.at_once.value == line.change.value


def test_families_to_keep_are_judged_at_once_and_the_others_each_alone() -> None:
    """Of four to keep a loss of three labels is no clear loss; among other families chance is counted."""
    assert {line.outcome for line in judged(4, -3, "kept").lines} == {"not confirmed"}
    others = judged(4, -3, "other")
    assert [line.at_once for line in others.lines] == [None] * 4
    assert repair_verdicts(others)[0].startswith("Of 4 other families 1 loses (family-0 −5 ")
    assert "chance alone" in repair_verdicts(others)[0]


def test_a_gain_of_what_is_kept_is_not_called_a_loss() -> None:
    """One family is named by itself; of several that only gained, none is said to lose."""
    assert repair_verdicts(judged(1, 0, "kept"))[0].startswith(
        "family-0, which was to be kept, does not lose"
    )
    assert "the smallest change is that of family-1 (0 " in repair_verdicts(judged(4, 3, "kept"))[0]
    assert "the largest loss is that of family-0 (−5 " in repair_verdicts(judged(4, -3, "kept"))[0]


@pytest.mark.parametrize("new", list(NEW))
def test_the_verdict_says_what_is_new(new: Novelty) -> None:
    """Each verdict names what its texts have that was not learned from."""
    found = judged(1, 3)
    made = replace(found, lines=(replace(found.lines[0], new=new),))
    assert NEW[new] in repair_verdicts(made)[0]


def test_the_verdict_says_what_its_interval_holds_for() -> None:
    """An interval over several families is said to be one."""
    assert "at once" not in repair_verdicts(judged(1, 3))[0]
    assert "at once with the others of its part" in repair_verdicts(judged(4, 10))[0]


def test_the_table_says_what_its_intervals_hold_for(capsys: pytest.CaptureFixture[str]) -> None:
    """The column of changes names the number of families that its intervals hold for at once."""
    repairs.print_tables(judged(4, 10))
    assert "4 at once" in " ".join(capsys.readouterr().out.split())
    repairs.print_tables(judged(1, 3))
    assert "at once" not in capsys.readouterr().out
