"""Progress of a run as a user sees it: on a terminal, in a log, and when it is not wanted."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import time
from io import StringIO
from itertools import pairwise
from pathlib import Path

import pytest

MODEL = '''
import os, sys, time
import numpy as np
from evenband.encoders import REGISTRY
from evenband.types import ModelSpec, Role

PACE = float(os.environ.get("PACE", "1"))

class Slow:
    """Takes two seconds to load and 15 milliseconds for every text, longer a probe than a frame."""
    slice_size = 40
    def __init__(self, reference):
        time.sleep(PACE * 2)
        self.spec = ModelSpec(reference.text, reference.name, "test", "1", "float32", 16)
    def encode(self, texts, role=Role.NONE):
        time.sleep(PACE * 0.015 * len(texts))
        rows = [np.frombuffer(text.encode().ljust(64, b"."), np.uint8)[:64] for text in texts]
        drawn = [np.random.default_rng(row.tolist()).normal(size=16) for row in rows]
        return np.stack(drawn).astype(np.float32)

REGISTRY.register("slow", lambda reference, settings: Slow(reference))
from evenband.cli import main
main()
'''
SLACK = 6.0
"""Seconds that a machine under load may hold up a display of five frames a second."""

PROBES = "typo,negation"
SAMPLE = "20"


def command(folder: Path, *options: str) -> list[str]:
    """The command line of evenband with a slow encoder in it, under two names."""
    script = folder / "slow_evenband.py"
    script.write_text(MODEL, encoding="utf-8")
    run = ["audit", "slow:a", "slow:b", "-p", PROBES, "--sample", SAMPLE, "-o", str(folder / "run")]
    return [sys.executable, str(script), *run, *options]


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "EVENBAND_CACHE": str(folder / "cache"), "COLUMNS": "80", "TERM": "xterm"}


def watched(folder: Path, *options: str) -> list[tuple[float, str]]:
    """What a terminal of 80 columns gets on stderr, piece by piece, with the seconds since the start.

    The chart library is bundled beforehand, as it is once for each user: that holds the interpreter.
    """
    bundle = "from evenband.report.bundle import chart_library; chart_library()"
    subprocess.run([sys.executable, "-c", bundle], env=environment(folder), check=True)
    ours, theirs = pty.openpty()
    started = time.monotonic()
    process = subprocess.Popen(
        command(folder, *options), stderr=theirs, stdout=subprocess.DEVNULL, env=environment(folder)
    )
    os.close(theirs)
    pieces = []
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # Linux says so when the other side is closed
            break
        if not piece:
            break
        pieces.append((time.monotonic() - started, piece.decode()))
    os.close(ours)
    assert process.wait() == 0
    return pieces


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[float, str]]:
    """What a terminal gets of one run, watched once for all tests of it."""
    return watched(tmp_path_factory.mktemp("shown"))


def plain(text: str) -> str:
    """The text without control sequences."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


@pytest.mark.slow
def test_a_terminal_shows_from_the_start_on_that_something_moves(shown: list[tuple[float, str]]) -> None:
    """The model's name before it is loaded, then something new about every second, to the end."""
    times = [0.0, *(when for when, _ in shown)]
    # On a quiet machine both are well under a second; a machine under load is no failure.
    assert times[1] < SLACK
    assert max(b - a for a, b in pairwise(times)) < SLACK
    text = plain("".join(piece for _, piece in shown))
    assert "loading slow:a" in shown[0][1] + shown[1][1]
    for model in ("slow-a (model 1 of 2)", "slow-b (model 2 of 2)"):
        for probe in ("typo (probe 1 of 2)", "negation (probe 2 of 2)"):
            assert f"{model}, {probe}" in text
        assert f"{model}: loading" in text
    assert "embedding" in text
    assert "analysing" in text
    assert max(map(len, text.replace("\r", "\n").splitlines())) <= 80


@pytest.mark.slow
def test_the_time_left_falls_to_nothing(shown: list[tuple[float, str]]) -> None:
    """One estimate for both models, from the first one on; a fake clock holds it to figures elsewhere."""
    end = shown[-1][0]
    told = [
        (when, float(found[-1]))
        for when, piece in shown
        if (found := re.findall(r"about (\d+) s left", plain(piece)))
    ]
    assert len(told) > 10
    assert told[0][1] > 0.05 * (end - told[0][0]), "texts of the second model are in the first estimate"
    assert told[-1][1] < max(left for _, left in told)
    assert told[-1][1] <= SLACK


@pytest.mark.slow
def test_a_log_gets_plain_lines_at_a_sensible_rate(tmp_path: Path) -> None:
    """No control sequences, and not more than a line every few seconds."""
    started = time.monotonic()
    finished = subprocess.run(
        command(tmp_path), capture_output=True, text=True, env=environment(tmp_path), check=True
    )
    lines = finished.stderr.splitlines()
    assert "slow" in lines[0]
    assert 1 <= len(lines) <= 3 + (time.monotonic() - started) / 2
    assert "\x1b" not in finished.stderr
    assert all(re.match(r"\[\d+ s\] ", line) for line in lines)


@pytest.mark.slow
def test_quiet_shows_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even on a terminal."""
    monkeypatch.setenv("PACE", "0.1")
    assert watched(tmp_path, "--quiet") == []


def test_python_is_quiet_unless_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """``progress=True`` shows lines where there is no terminal."""
    import evenband
    from evenband.running import progress_display

    monkeypatch.setattr(progress_display, "FIRST_LINE", 0.0)
    monkeypatch.setattr(progress_display, "LOOK_EVERY", 0.01)
    evenband.audit("toy:words", "and-or", sample=20)
    assert capsys.readouterr().err == ""
    evenband.audit("toy:words", "and-or", sample=20, progress=True)
    assert "s] " in capsys.readouterr().err


def test_nothing_heavy_is_imported_before_the_first_sign() -> None:
    """The display needs none of the libraries that take a second to import."""
    code = (
        "import sys, evenband.cli, evenband.cli.progress, evenband.running.progress_display\n"
        "heavy = {'scipy', 'pyarrow', 'pydantic', 'torch', 'jinja2', 'evenband.api'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert finished.stdout.strip() == "[]"


def test_a_frame_fits_its_terminal() -> None:
    """Long names are cut, and the line of numbers is whole."""
    from rich.console import Console

    from evenband.running.progress_display import LiveDisplay
    from evenband.running.status import Status

    display = LiveDisplay("starting")
    status = Status(
        "comparing neighbours", "m" * 70, 2, 3, "a-long-name-of-a-probe", 12, 27, 1234, 56789, 321.0
    )
    display.watch(lambda: status)
    console = Console(width=80, file=StringIO(), record=True)
    console.print(display.render())
    lines = console.export_text().splitlines()
    assert len(lines) == 2
    assert all(len(line) <= 80 for line in lines)
    assert "1,234 of 56,789 texts, about 5 min left, 0 s so far" in lines[1]
