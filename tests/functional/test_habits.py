"""The habits that every change keeps: lint, types, layers."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy",),
        ("lint-imports",),
    ],
    ids=" ".join,
)
def test_the_tree_is_clean(command: tuple[str, ...], tmp_path: Path) -> None:
    """ruff, mypy --strict and the import contract pass."""
    program = TOOLS / command[0]
    if not program.exists():
        pytest.skip(f"{command[0]} is not installed")
    environment, arguments = dict(os.environ), [*command[1:]]
    if not os.access(ROOT, os.W_OK):  # another user's checkout: what the tools remember goes elsewhere
        environment |= {"RUFF_CACHE_DIR": str(tmp_path), "MYPY_CACHE_DIR": str(tmp_path)}
        arguments += ["--no-cache"] if command[0] == "lint-imports" else []
    finished = subprocess.run(
        [program, *arguments], cwd=ROOT, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
