"""Results in a terminal's own character set, be it ASCII: no sign ends a run that has measured."""

import json
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from evenband.cli import main

PROBE = """[[probe]]
name = "tea"
slot = "list:tea,mate,café,茶,чай,🍵"
templates = [{ a = "please, {x}", b = "please {x}" }, { a = "now, {x}", b = "now {x}" }]
"""


def audit(folder: Path, charset: str, *options: str) -> bytes:
    """What the command prints where standard output has that character set."""
    (folder / "tea.toml").write_text(PROBE, encoding="utf-8")
    command = ["evenband", "audit", "toy:chars", "-p", "tea.toml", "-o", charset, *options]
    printed = BytesIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(sys, "argv", command)
        patch.setattr(sys, "stdout", TextIOWrapper(printed, encoding=charset, errors="strict"))
        with pytest.raises(SystemExit) as finished:
            main()
        sys.stdout.flush()
    assert not finished.value.code
    return printed.getvalue()


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory, session_cache: Path) -> list[str]:
    """What a terminal with UTF-8 gets."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVENBAND_CACHE", str(session_cache))
        patch.setenv("COLUMNS", "80")
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
