"""What all tests share: an own cache, and the command line in this process."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import pytest

# A slow machine is no failure: examples have no deadline.
hypothesis.settings.register_profile("evenband", deadline=None)
hypothesis.settings.load_profile("evenband")

# The workers of pytest-xdist share the cores: one thread each, before a library starts its own.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--update-gold``: here, so that it is known whatever folder is tested."""
    parser.addoption("--update-gold", action="store_true", help="write the gold files anew")


@dataclass(frozen=True)
class Finished:
    """A command that ran: its exit code and what it printed."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def session_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One vector cache for the whole test run, so that MiniLM embeds a text once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _own_cache(session_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never the user's own cache; never the network."""
    monkeypatch.setenv("EVENBAND_CACHE", str(session_cache))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def evenband(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Finished]:
    """``evenband("audit", "minilm")``: the command line, in this process."""
    from evenband.cli import main

    def call(*arguments: object) -> Finished:
        monkeypatch.setattr(sys, "argv", ["evenband", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as finished:
            main()
        captured = capsys.readouterr()
        return Finished(int(finished.value.code or 0), captured.out, captured.err)

    return call
