"""The README's code runs as printed."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Finished
from evenband import cli, probes

Command = Callable[..., Finished]

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.S | re.M)


def test_the_python_runs() -> None:
    """Every Python block, in one session."""
    finished = subprocess.run(
        [sys.executable, "-W", "error", "-c", "\n".join(blocks("python"))],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert finished.returncode == 0, finished.stderr


def test_the_probe_file_runs(evenband: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The README's own TOML file is a probe that can be audited."""
    (tmp_path / "coffee.toml").write_text(blocks("toml")[0], encoding="utf-8")
    (tmp_path / "drinks.csv").write_text("name,price\ntea,2\nmate,3\ncocoa,4\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    finished = evenband("audit", "toy:chars", "-p", "coffee.toml", "-o", "out")
    assert finished.code == 0, finished.err
    assert "please · INV · 3 labels x 2 templates" in finished.out


def test_the_list_of_terms_can_be_audited(
    evenband: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The README's own list is enough for every operator of the kit, which end in a scorecard."""
    (tmp_path / "products.csv").write_text(blocks("csv")[0], encoding="utf-8")
    terms = re.findall(r"--terms (products\.csv\S*?)`", README)[0]
    monkeypatch.chdir(tmp_path)
    finished = evenband("audit", "toy:chars", "--terms", terms, "-o", "out")
    assert finished.code == 0, finished.err
    assert "scorecard · toy-chars · 15 families" in finished.out


def test_the_scorecard_is_of_families_that_there_are() -> None:
    """The README's scorecard has a row for each family that its command names."""
    command = re.findall(r"`evenband audit minilm --suite quick -p ([\w,-]+)` prints", README)[0]
    shown = re.search(r"<!-- scorecard -->\n```text\n(.*?)^```", README, flags=re.S | re.M)
    assert shown is not None
    rows = [line.split()[0] for line in shown[1].splitlines() if re.search(r" (INV|DIFF|ORDER) ", line)]
    assert sorted(rows) == sorted(command.split(","))
    assert set(rows) <= set(probes.names())


def test_every_command_is_in_the_table() -> None:
    """The table of commands and the command line name the same ones."""
    rows = re.findall(r"^\| (`evenband .*?) \|", README, flags=re.M)
    named = {name for row in rows for name in re.findall(r"`evenband (\w+)", row)}
    assert named == set(cli.evenband.commands)


@pytest.mark.parametrize("line", [line for block in blocks("bash") for line in block.splitlines()])
def test_the_setup_is_one_line_that_needs_nothing_else(line: str) -> None:
    """Each of the two commands makes its own environment; the constraint and the extras it names exist."""
    assert line.startswith("python3 -m venv .venv && .venv/bin/pip install -q -c constraints.txt -e ")
    assert (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()[-1] == "torch==2.13.0"
    extras = re.findall(r"'\.\[([\w,]+)\]'", line)[0].split(",")
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert all(f"\n{extra} = [" in pyproject for extra in extras)


def test_links_lead_somewhere() -> None:
    """Every relative link is a file of the repository."""
    targets = re.findall(r"\]\((?!http)([^)#]+)\)", README.replace("\n", ""))
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []
