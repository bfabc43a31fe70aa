"""The pages of documentation: their links, and the numbers of the decisions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")])


def test_every_decision_has_a_number_of_its_own() -> None:
    """No two decisions share the number in their name, and each title has that number."""
    numbers = [path.name.split("-")[0] for path in DECISIONS]
    assert len(numbers) > 20
    assert [number for number in numbers if numbers.count(number) > 1] == []
    for path, number in zip(DECISIONS, numbers, strict=True):
        assert re.match(rf"# (Decision )?0*{int(number)}\b", path.read_text(encoding="utf-8")), path.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_to_files_lead_somewhere(page: Path) -> None:
    """Each link of a page to a file of the tree names one that exists."""
    links = re.findall(r"\]\(([^)\s#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    files = [link for link in links if not re.match(r"[a-z]+:", link)]
    assert [link for link in files if not (page.parent / link).exists()] == []


def test_no_page_has_a_placeholder() -> None:
    """No page of documentation has a line of capitals where figures or text should stand."""
    for page in PAGES:
        assert not re.findall(r"^[A-Z_]{4,}$", page.read_text(encoding="utf-8"), re.MULTILINE), page.name
