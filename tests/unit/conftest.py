"""Audits to report on, planted and seeded."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def planted() -> ModuleType:
    """The module that makes audits."""
    return load_planted()


def load_planted() -> ModuleType:
    """``planted.py`` in the report's folder; test files are no package to import it from."""
    spec = importlib.util.spec_from_file_location("planted", Path(__file__).parent / "report" / "planted.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
