"""Gold files: kept and compared; ``pytest tests/gold --update-gold`` writes them anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from unit.report import planted as planted_audits

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
    return planted_audits
