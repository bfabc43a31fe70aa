"""The table of families in docs/suite.md is the catalogue's; ``--update-gold`` writes it anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenband import probes

PAGE = Path(__file__).parents[2] / "docs" / "suite.md"
START, END = "<!-- families -->\n", "<!-- /families -->"


def table() -> str:
    """A row for every family of a suite, those in other languages last."""
    found = sorted(probes.in_suite("full"), key=lambda one: (one.language != "en", one.language))
    rows = [
        f"| `{one.name}` | {one.type} | {one.suites[0]} | {one.why} | {one.weakness} |".replace("  ", " ")
        for one in found
    ]
    head = ["| family | type | from suite | why it is there | known weakness |", "|---|---|---|---|---|"]
    return "\n".join([*head, *rows]) + "\n"


def test_the_documentation_lists_the_families(request: pytest.FixtureRequest) -> None:
    """Each with its own reason and weakness, none left out."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(START)
    found, _, after = rest.partition(END)
    if request.config.getoption("--update-gold"):
        PAGE.write_text(before + START + table() + END + after, encoding="utf-8")
    else:
        assert found == table(), "run `pytest tests/gold --update-gold`, and read the difference"


def test_every_family_says_why_it_is_there_and_where_it_is_weak() -> None:
    """One sentence on the first, at least one on the second."""
    for one in probes.in_suite("full"):
        assert one.why.endswith("."), one.name
        assert one.weakness.endswith("."), one.name
        assert "|" not in one.why + one.weakness, one.name
