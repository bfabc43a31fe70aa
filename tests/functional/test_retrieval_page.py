"""docs/retrieval.md runs as printed, and names what there is."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from evenband.probes.retrieval.limit_sets import LIMIT_PATTERNS, LimitSettings
from evenband.probes.retrieval.text_operators import OPERATORS, QUICK_OPERATORS

PAGE = (Path(__file__).parents[2] / "docs" / "retrieval.md").read_text(encoding="utf-8")


def test_python_runs_as_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    [code] = re.findall(r"^```python\n(.*?)^```", PAGE, flags=re.S | re.M)
    scope: dict[str, object] = {"__name__": "page"}
    exec(compile(code, "docs/retrieval.md", "exec"), scope)
    assert scope["bm25"].pipelines[0].ndcg.value == 1.0  # type: ignore[attr-defined]


def test_settings_patterns_and_operators_are_all_named() -> None:
    table = PAGE.partition("| setting | meaning |")[2].partition("\n\n")[0]
    assert all(f"`{one.name}`" in table for one in fields(LimitSettings))
    assert all(f"`{name}`" in table for name in LIMIT_PATTERNS)
    [words] = re.findall(r"What keeps the meaning.*?\n\n", PAGE, flags=re.S)
    plain = " ".join(words.replace("with and\nwithout", "with-without").split())
    spoken = {
        "with-without": "with-without",
        "and-or": "and and or",
        "number": "numbers",
        "from-to": "from and to",
    }
    for name in OPERATORS:
        assert spoken.get(name, name.replace("-", " ")) in plain
    assert (len(QUICK_OPERATORS), len(OPERATORS)) == (8, 13)
    assert "`quick`: eight, `standard` and `full`: all thirteen" in PAGE
