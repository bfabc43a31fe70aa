"""Trainings of MiniLM under watch: famous examples raise the alarm, a rule does not."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

PAGE = (Path(__file__).parents[2] / "docs" / "watching.md").read_text(encoding="utf-8")


def test_the_example_of_the_page_runs_as_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page's Python trains, and leaves a report with the steps that it names."""
    pytest.importorskip("datasets")
    monkeypatch.chdir(tmp_path)
    [code] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(code, "docs/watching.md", "exec"), {})
    [training] = json.loads((tmp_path / "watched" / "summary.json").read_text())["trainings"]
    assert training["steps"] == [0, 4, 8]
    assert (tmp_path / "watched" / "report.html").is_file()
