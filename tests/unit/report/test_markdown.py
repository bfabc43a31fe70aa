"""The scorecard for a model card."""

from __future__ import annotations

import re
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenband.records import Manifest
from evenband.report.markdown import escape, markdown

MANIFEST = {
    "evenband": "1.2",
    "models": [{"ref": "minilm", "name": "minilm"}],
    "plan": {
        "probes": ["/home/somebody/secret/mine.toml"],
        "suite": "standard",
        "fresh": 7,
        "sample": None,
        "seed": 0,
        "roles": "probe",
        "terms": None,
    },
}


def test_it_has_the_headline_a_row_for_each_family_the_reasons_and_its_origin(planted: ModuleType) -> None:
    """Everything that a reader of a model card needs to believe it or to repeat it."""
    card = planted.card(
        planted.line("negation", 0.04, why="Without is not with."), planted.line("comma", 0.99)
    )
    audits = [planted.audit(n=24, probe=name) for name in ("negation", "comma")]
    other = {"evenband": "0.1", "models": [{"ref": "other", "name": "other"}]}
    manifests = [Manifest.model_validate(fields) for fields in (other, MANIFEST)]
    text = markdown(planted.results(audits, scorecards=[card], manifests=manifests))
    assert "C\\_total 0.700" in text
    assert "| negation | INV | fails | 0.04 [0.00, 0.09] | 0.80 | 0.10 |" in text
    assert "* It fails negation (4% pass): Without is not with." in text
    assert "evenband audit minilm -p mine.toml --suite standard --fresh 7" in text
    assert "evenband 1.2" in text, "the version is that of the model's own run"
    assert f"digest `{audits[0].measurement.subject.digest}`" in text
    assert "/home" not in text, "no folder of the machine it ran on"


def test_all_rows_have_the_columns_of_the_head(planted: ModuleType) -> None:
    """A name with a pipe in it makes no column of its own; a fresh draw adds one to all."""
    fresh = planted.fresh(0.5, gap=0.4, q=0.01)
    card = planted.card(planted.line("a|b", 0.9, fresh=fresh), planted.line("c", 0.2))
    audits = [planted.audit(n=24, probe="a|b"), planted.audit(n=24, probe="c")]
    text = markdown(planted.results(audits, scorecards=[card]))
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 4
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {8}


@given(st.text(max_size=60))
def test_escaped_text_has_no_markup_left(text: str) -> None:
    """Each special character stands behind a backslash, on one line; without them the text is the same."""
    found = escape(text)
    assert "\n" not in found
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*_{}\[\]<>#|~&]", found)
    assert re.sub(r"\\(.)", r"\1", found) == " ".join(text.split())


@pytest.mark.parametrize("start", ["1. one", "+ one", "- one", "7) one"])
def test_a_text_does_not_begin_a_list(start: str) -> None:
    assert escape(start) != start
