"""What all tests share: an own cache, and the command line in this process."""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
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

WHITE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg=="
)
"""A PNG file of one white pixel."""

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


@pytest.fixture(scope="session", autouse=True)
def _white_pictures() -> Iterator[Callable[..., bytes]]:
    """A report's PNG files are white: to draw one takes most of a second, and few tests look at them.

    Yields what draws them.
    """
    from evenband.report import pictures

    draw = pictures.png
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "png", lambda spec: WHITE)
        yield draw


@pytest.fixture(scope="module")
def drawn_pictures(_white_pictures: Callable[..., bytes]) -> Iterator[None]:
    """A report's PNG files are drawn: for modules that look at them."""
    from evenband.report import pictures

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "png", _white_pictures)
        yield


@pytest.fixture
def no_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """``report.html`` is empty: for tests that read what else a command writes."""
    from evenband.report import output

    monkeypatch.setattr(output, "page_of", lambda results: None)
    monkeypatch.setattr(output, "draw_pictures", lambda page, folder: None)
    monkeypatch.setattr(output, "html", lambda page: "")


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


@pytest.fixture(scope="session")
def command_line(session_cache: Path) -> Callable[..., Finished]:
    """The command line in this process, for a run that a module makes once for all its tests."""
    from evenband.cli import main

    def call(*arguments: object) -> Finished:
        out, err = StringIO(), StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            for name, value in {"EVENBAND_CACHE": session_cache, "HF_HUB_OFFLINE": 1, "COLUMNS": 80}.items():
                patch.setenv(name, str(value))
            patch.setattr(sys, "argv", ["evenband", *map(str, arguments)])
            with pytest.raises(SystemExit) as finished:
                main()
        return Finished(int(finished.value.code or 0), out.getvalue(), err.getvalue())

    return call


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
