"""Gold files: kept and compared; ``pytest tests/gold --update-gold`` writes them anew."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).parent


@pytest.fixture
def gold(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """``gold("report.html", text)``: the text is what the file of that name holds."""
    update = bool(request.config.getoption("--update-gold"))

    def compare(name: str, text: str) -> None:
        path = HERE / name
        if update:
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"no gold file {name}; pytest tests/gold --update-gold writes it"
        assert text.splitlines() == path.read_text(encoding="utf-8").splitlines()

    return compare


@pytest.fixture(scope="session")
def planted() -> ModuleType:
    """The audits that the report's own tests are made with."""
    path = HERE.parent / "unit" / "report" / "planted.py"
    spec = importlib.util.spec_from_file_location("planted_for_gold", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
