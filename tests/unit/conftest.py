"""Audits to report on, planted and seeded."""

from __future__ import annotations

from types import ModuleType

import pytest

from unit.report import planted as planted_audits


@pytest.fixture(scope="session")
def planted() -> ModuleType:
    """The module that makes audits."""
    return planted_audits
