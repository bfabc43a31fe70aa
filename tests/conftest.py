"""What all tests share: an own cache, and the command line in this process."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator
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

# What a user's shell or a CI service says of its terminal holds for no output that is tested here.
for _name in ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "JUPYTER_COLUMNS", "LINES"):
    os.environ.pop(_name, None)

# Python programs that tests start print UTF-8, whatever the locale.
os.environ["PYTHONIOENCODING"] = "utf-8"

WORKER_MEMORY = 1_500_000_000
"""Bytes that a worker of pytest-xdist needs once it has loaded PyTorch and a few small models."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--update-gold``: here, so that it is known whatever folder is tested."""
    parser.addoption("--update-gold", action="store_true", help="write the gold files anew")


@pytest.hookimpl(optionalhook=True, wrapper=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """Start no more workers than the container's share of processors and the free memory allow."""
    from evenband.encoders.local.engines.memory import free_memory

    count = yield
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return count
    free = free_memory("cpu")
    room = count if free is None else free // WORKER_MEMORY
    return max(1, min(count, room, _processor_quota() or count))


def _processor_quota() -> int | None:
    """Processors that a Linux container may keep busy; ``None`` without a limit."""
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="utf-8").split()
        return max(1, round(int(quota) / int(period)))
    except (OSError, ValueError):  # no such file, or its quota is "max"
        return None


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
