"""The report's block of a comparison: tables where there is something to show, texts escaped."""

from __future__ import annotations

from dataclasses import replace

from evenband import analysis, encoders, report
from evenband.analysis import AgreementAudit, Circumstances, Results
from evenband.probes.agreement import SideBySide
from evenband.randomness import stream
from evenband.report.blocks.kinds import kind_sections
from evenband.report.blocks.two_sides import CHANGES_SHOWN, agreement_blocks
from evenband.report.views import Block, Table
from evenband.types import AgreementMeasurement, VerdictAgreement, VerdictChange
from planted_sides import Telling, measured, side, text_set, texts

HOSTILE = "</script><img src=x onerror=alert(1)>"


def audit(measurement: AgreementMeasurement) -> AgreementAudit:
    found = analysis.analyse(measurement, Circumstances(stream(0, "analysis")))
    assert isinstance(found, AgreementAudit)
    return found


def tables(blocks: list[Block]) -> dict[str, Table]:
    return {block.id.rpartition("-")[2]: block for block in blocks if isinstance(block, Table)}


def hostile() -> AgreementMeasurement:
    left = Telling(encoders.load("toy:chars"), {}, "left")
    right = Telling(encoders.load("toy:chars"), {HOSTILE: 0.4, texts(20)[3]: 1.3, texts(20)[4]: 0.1})
    right.prompt = HOSTILE
    return SideBySide(text_set([HOSTILE, *texts(20)]), side(left)).measure(side(right))


def test_sides_that_agree_have_figures_and_no_list_of_texts() -> None:
    """Only what the two sides say of themselves that differs."""
    found = tables(list(agreement_blocks("kind-0", [audit(measured({}))])))
    assert list(found) == ["figures", "settings"]
    assert [cell.text for cell in found["settings"].rows[0].cells] == ["none", "turned"]


def test_sides_that_differ_show_where_and_what_was_sent() -> None:
    """Worst texts, fewest neighbours, inputs with the first token that differs."""
    found = tables(list(agreement_blocks("kind-0", [audit(hostile())])))
    assert list(found) == ["figures", "settings", "worst", "neighbours", "inputs"]
    assert found["worst"].rows[1].cells[0].text == HOSTILE
    left, right = found["inputs"].rows[1].cells
    assert left.text == repr(HOSTILE)
    assert "differs from token" in right.note
    assert found["inputs"].rows[0].claimed


def test_changed_verdicts_are_listed_up_to_a_number() -> None:
    """With a sentence's name only where there are several."""
    change = VerdictChange("NP", "one", (0.8, 0.9), (True, False), ("odd word", None))
    many = tuple(replace(change, label=str(k)) for k in range(CHANGES_SHOWN + 5))
    verdicts = VerdictAgreement("comma", 50, 0.1, 0.01, (False, False), (20, 0), 40, many)
    measurement = measured({})
    one = replace(measurement, details=replace(measurement.details, verdicts=verdicts))
    table = tables(list(agreement_blocks("kind-0", [audit(one)])))["verdicts"]
    assert len(table.rows) == CHANGES_SHOWN
    assert "10 of 40" in table.caption
    assert [cell.text for cell in table.rows[0].cells] == [
        "0", "0.8000", "0.9000", "claimed, odd word", "not claimed",
    ]  # fmt: skip
    several = replace(verdicts, changes=(change, replace(change, template="two")))
    two = replace(measurement, details=replace(measurement.details, verdicts=several))
    assert tables(list(agreement_blocks("kind-0", [audit(two)])))["verdicts"].columns[1].name == "Sentence"


def test_identifiers_are_unique_over_probes_and_sides() -> None:
    """Two comparisons of one set of texts and one of another."""
    same = audit(measured({texts(40)[0]: 0.3}))
    other = audit(measured({texts(30)[0]: 0.3}, n=30))
    sections = list(kind_sections([same, same, other]))
    ids = [block.id for section in sections for block in section.blocks if isinstance(block, Table)]
    assert len(ids) == len(set(ids)) > 10


def test_the_page_escapes_every_text() -> None:
    """A hostile text is shown, and never markup."""
    page = report.render(Results(audits=(audit(hostile()),)))
    assert "<img" not in page
    assert "&lt;img src=x" in page
    assert "Do two references that should be one model" in page
