"""Results in a terminal's own character set, be it ASCII: no sign ends a run that has measured."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROBE = """[[probe]]
name = "tea"
slot = "list:tea,mate,café,茶,чай,🍵"
templates = [{ a = "please, {x}", b = "please {x}" }, { a = "now, {x}", b = "now {x}" }]
"""


def audit(folder: Path, charset: str, *options: str) -> bytes:
    """What the command prints."""
    (folder / "tea.toml").write_text(PROBE, encoding="utf-8")
    command = [sys.executable, "-m", "evenband", "audit", "toy:chars", "-p", "tea.toml", "-o", charset]
    environment = {**os.environ, "PYTHONIOENCODING": charset, "COLUMNS": "80"}
    finished = subprocess.run(
        [*command, *options], cwd=folder, env=environment, capture_output=True, check=False
    )
    assert finished.returncode == 0, finished.stderr.decode(errors="replace")
    return finished.stdout


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What a terminal with UTF-8 gets."""
    return audit(tmp_path_factory.mktemp("utf"), "utf-8").decode().splitlines()


@pytest.mark.parametrize("charset", ["ascii", "latin-1", "cp437"])
def test_a_table_is_printed_with_what_the_character_set_has(
    tmp_path: Path, charset: str, expected: list[str]
) -> None:
    """Its figures are those of UTF-8; signs have stand-ins of one column."""
    lines = audit(tmp_path, charset).decode(charset).splitlines()
    assert lines[0].split()[::2] == expected[0].split()[::2] == ["tea", "INV", "6", "x", "templates"]
    assert max(map(len, lines[:-1])) <= 80
    figures = [word for line in lines for word in line.replace("|", " ").split() if word.startswith("0.")]
    assert figures == [word for line in expected for word in line.split() if word.startswith("0.")]
    assert lines[-1].startswith("report: ")


@pytest.mark.parametrize("charset", ["ascii", "latin-1"])
def test_json_loses_no_sign(tmp_path: Path, charset: str) -> None:
    """What the character set lacks is escaped."""
    summary = json.loads(
        audit(tmp_path, charset, "--json").decode("utf-8" if charset == "ascii" else charset)
    )
    stored = json.loads((tmp_path / charset / "summary.json").read_text(encoding="utf-8"))
    assert summary == stored
    assert any("茶" in str(row) for row in summary["results"])
