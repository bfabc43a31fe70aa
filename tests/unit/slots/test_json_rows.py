"""JSON lists and JSON lines, under either ending."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evenband.errors import InputError
from evenband.slots.tables import read

ROWS = [{"a": "x ", "b": " y"}, {"a": "u", "b": None}]
COLUMNS = {"a": ("x ", "u"), "b": (" y", None)}


@pytest.mark.parametrize("name", ["t.json", "t.jsonl"])
@pytest.mark.parametrize(
    "content",
    [
        json.dumps(ROWS),
        json.dumps(ROWS, indent=1),
        "\ufeff" + json.dumps(ROWS),
        "\n".join(map(json.dumps, ROWS)),
        "\r\n\r\n".join(map(json.dumps, ROWS)) + "\r\n",
    ],
)
def test_a_list_and_a_value_a_line_are_told_apart(tmp_path: Path, name: str, content: str) -> None:
    """By the content, not by the ending; spaces stay."""
    (tmp_path / name).write_text(content, encoding="utf-8", newline="")
    assert read(tmp_path / name, "t").columns == COLUMNS


def test_several_bad_rows_are_listed(tmp_path: Path) -> None:
    """What is no JSON, no object, or has other keys, each by its line; the others are kept."""
    lines = ['{"a": 1}', "nope", '{"b": 1}', "[1]", '{"a": 1, "a": 2}', '{"a": 3}']
    (tmp_path / "t.jsonl").write_text("\n".join(lines), encoding="utf-8")
    table = read(tmp_path / "t.jsonl", "t")
    assert (table.columns, table.lines) == ({"a": (1, 3)}, (1, 6))
    assert sorted(fault.line for fault in table.faults) == [2, 3, 4, 5]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[" * 100_000, "nested too deeply"),
        ('{"a": ["x"], "b": ["y"]}', "got a JSON dict, expected a list"),
        ('[{"a\\ud83d": "x"}]', "the name of column 1, .* half a character"),
        ('[{"a": 1, "a": 2}]', "has the key 'a' twice"),
        ("[]", "has no rows"),
    ],
)
def test_what_is_no_table_is_one_clear_line(tmp_path: Path, content: str, message: str) -> None:
    """No traceback, whatever JSON holds."""
    (tmp_path / "t.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read(tmp_path / "t.json", "t")
