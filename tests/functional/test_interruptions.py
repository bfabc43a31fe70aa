"""Runs that are killed, stopped or started twice lose nothing that was measured."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

PATIENCE = 600
"""Seconds after which a run hangs; a busy machine takes a minute for one of two seconds."""

SLOW_MODEL = '''
import os, sys, time
import numpy as np
from evenband import encoders
from evenband.encoders import toy

class Slow:
    """toy:chars, 64 texts at a time, with a pause and a line for every batch."""

    slice_size = 64
    batches = 0

    def __init__(self, reference, settings):
        self.inner = toy.chars(encoders.Reference("toy:chars", "toy:chars", ""), settings)

    @property
    def spec(self):
        return self.inner.spec

    def encode(self, texts, role="none"):
        print(f"embedding {len(texts)}", file=sys.stderr, flush=True)
        self.batches += 1
        # A run that is to be stopped waits for that, so that no busy machine lets it finish first.
        time.sleep(600 if self.batches == int(os.environ["WAIT_AT"]) else 0.02)
        return self.inner.encode(texts, role)

encoders.REGISTRY.register("slow", Slow)
from evenband.report import bundle, output
bundle._bundle = lambda: ""  # the page's chart library and the pictures take longer than all the rest
output.draw_pictures = lambda page, folder: None
from evenband.cli import main
sys.argv = ["evenband", *sys.argv[1:]]
main()
'''


@pytest.fixture
def program(tmp_path: Path) -> Path:
    file = tmp_path / "program.py"
    file.write_text(SLOW_MODEL, encoding="utf-8")
    return file


def start(program: Path, cache: Path, out: Path, wait_at: int = 0) -> subprocess.Popen[str]:
    """A run; one that is to be stopped waits in a batch, counted from 1."""
    return subprocess.Popen(
        [sys.executable, program, "audit", "slow", "-p", "comma", "--sample", "1000", "-o", out],
        env={**os.environ, "EVENBAND_CACHE": str(cache), "WAIT_AT": str(wait_at)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def embedded(stderr: str) -> int:
    """Texts that went through the model in batches of the cache (the noise floor's are smaller)."""
    return sum(64 for line in stderr.splitlines() if line == "embedding 64")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> int:
    """Texts that a run embeds that nobody stops."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "program.py").write_text(SLOW_MODEL, encoding="utf-8")
    alone = start(folder / "program.py", folder / "cache", folder / "run")
    return embedded(alone.communicate(timeout=PATIENCE)[1])


def stop_after(process: subprocess.Popen[str], batches: int, how: signal.Signals) -> str:
    assert process.stderr is not None
    seen = ""
    while seen.count("embedding 64") < batches:
        line = process.stderr.readline()
        assert line, f"ended too early:\n{seen}"
        seen += line
    process.send_signal(how)
    return seen + process.communicate(timeout=PATIENCE)[1]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_goes_on_where_it_was(
    program: Path, tmp_path: Path, whole: int, how: signal.Signals
) -> None:
    """kill -9, Ctrl-C and TERM lose at most one batch; the second start embeds only the rest."""
    cache, out = tmp_path / "cache", tmp_path / "run"
    first = embedded(stop_after(start(program, cache, out, wait_at=20), 12, how))
    assert not list(out.rglob("*.parquet"))
    second = start(program, cache, out)
    stderr = second.communicate(timeout=PATIENCE)[1]
    assert second.returncode == 0, stderr
    assert 64 * 12 <= first < whole
    assert first + embedded(stderr) <= whole + 64
    assert (out / "report.html").exists()


def test_ctrl_c_says_that_nothing_is_lost(program: Path, tmp_path: Path) -> None:
    """One line, exit code 130, no traceback."""
    process = start(program, tmp_path / "cache", tmp_path / "run", wait_at=10)
    stderr = stop_after(process, 3, signal.SIGINT)
    assert process.returncode == 130
    assert "repeat the command to continue" in stderr
    assert "Traceback" not in stderr


def test_two_runs_at_once_agree(program: Path, tmp_path: Path) -> None:
    """Two processes on one cache finish with equal measurements, which are those of a third run alone."""
    cache = tmp_path / "cache"
    both = [start(program, cache, tmp_path / name) for name in ("one", "two")]
    for process in both:
        stderr = process.communicate(timeout=PATIENCE)[1]
        assert process.returncode == 0, stderr
    alone = start(program, tmp_path / "fresh", tmp_path / "three")
    alone.communicate(timeout=PATIENCE)
    files = [
        tmp_path / name / "measurements" / "toy-chars" / "comma.parquet" for name in ("one", "two", "three")
    ]
    assert files[0].read_bytes() == files[1].read_bytes() == files[2].read_bytes()


def test_a_full_cache_disk_costs_no_measurement(program: Path, tmp_path: Path) -> None:
    """A cache that cannot be written is one clear line; the run ends with its report."""
    cache = tmp_path / "cache"
    cache.write_text("a file where a folder must be", encoding="utf-8")
    process = start(program, cache, tmp_path / "run")
    stderr = process.communicate(timeout=PATIENCE)[1]
    assert process.returncode == 0, stderr
    assert len([line for line in stderr.splitlines() if "EVENBAND_CACHE" in line]) == 1
    assert json.loads((tmp_path / "run" / "summary.json").read_text(encoding="utf-8"))["results"]


def test_a_folder_that_cannot_be_written_is_one_line(program: Path, tmp_path: Path) -> None:
    """A file in the way of the run directory stops the run before anything is embedded."""
    (tmp_path / "run").write_text("in the way", encoding="utf-8")
    process = start(program, tmp_path / "cache", tmp_path / "run")
    stderr = process.communicate(timeout=PATIENCE)[1]
    assert process.returncode == 2
    assert embedded(stderr) == 0
    assert "Traceback" not in stderr
