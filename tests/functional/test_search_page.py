"""docs/search.md runs as printed, and names what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from evenband import index

PAGE = (Path(__file__).parents[2] / "docs" / "search.md").read_text(encoding="utf-8")


def test_the_example_runs_as_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page's Python prints what its comments say."""
    pytest.importorskip("lance")
    monkeypatch.chdir(tmp_path)
    [code] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(code, "docs/search.md", "exec"), {})
    expected = [line.partition("  # ")[2] for line in code.splitlines() if line.startswith("print(")]
    assert capsys.readouterr().out.splitlines() == expected


def test_names_every_index_and_option() -> None:
    """Every scheme and every reference that `list indexes` shows can be read, and stands on the page."""
    for ref in index.EXAMPLES:
        parsed = index.parse_index(ref)
        assert f"`{parsed.scheme}" in PAGE
        for option in parsed.options:
            assert f"{option}=" in PAGE
    assert {index.parse_index(ref).scheme for ref in index.EXAMPLES} == set(index.FACTORIES)
