"""The habits that every change keeps: lint, types, layers."""

import ast
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


def test_text_is_read_and_written_in_a_named_encoding() -> None:
    """Otherwise a file means something else under another locale."""
    nameless = []
    for folder in ("src", "tests", "scripts", "benchmarks"):
        for path in (ROOT / folder).rglob("*.py"):
            for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
                    continue
                positions = {"read_text": 1, "write_text": 2}.get(call.func.attr)
                named = any(keyword.arg == "encoding" for keyword in call.keywords)
                if positions is not None and len(call.args) < positions and not named:
                    nameless.append(f"{path.relative_to(ROOT)}:{call.lineno}")
    assert nameless == []


def test_a_constant_has_one_value_in_the_whole_tree() -> None:
    """A second value under the same name is another idea, and needs another name."""
    values: dict[str, dict[str, list[str]]] = {}
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
            if isinstance(target, ast.Name) and target.id.isupper() and not target.id.startswith("__"):
                value = (
                    ast.unparse(node.value)
                    if isinstance(node, ast.Assign | ast.AnnAssign) and node.value
                    else ""
                )
                values.setdefault(target.id, {}).setdefault(value, []).append(path.stem)
    assert {name: list(homes.values()) for name, homes in values.items() if len(homes) > 1} == {}
