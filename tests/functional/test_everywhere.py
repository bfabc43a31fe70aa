"""Full disks, closed pipes, file names of any bytes, other seeds: one clear line, and nothing is lost."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Finished
from evenband import probes
from evenband.cli import inventory

COMMAND = [sys.executable, "-m", "evenband"]
WITHOUT_PICTURES = """
from evenband.cli import main
from evenband.report import output
output.draw_pictures = lambda page, folder: None
main()
"""


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (errno.ENOSPC, "no space left in {folder} for"),
        (errno.EDQUOT, "no space left in {folder} for"),
        (errno.EROFS, "{folder} is on a read-only file system"),
    ],
)
def test_a_full_disk_is_named(
    code: int,
    expected: str,
    evenband: Callable[..., Finished],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The folder, and that what was finished is kept; the message of the system alone names neither."""

    def full(handle: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", full)
    finished = evenband("audit", "toy:words", "-p", "typo", "--sample", "20", "-o", tmp_path / "run", "-q")
    assert finished.code == 2
    assert expected.format(folder=tmp_path / "run") in finished.err
    assert finished.err.count("\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")
def test_output_onto_a_full_disk_is_one_line() -> None:
    """Exit code 2, and no complaint of Python's own at its end."""
    with Path("/dev/full").open("w") as full:
        finished = subprocess.run(
            [*COMMAND, "list", "probes"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert finished.returncode == 2
    assert finished.stderr.startswith("error: no space left where standard output goes")
    assert finished.stderr.count("\n") == 1


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_closed_pipe_is_no_error(options: tuple[str, ...]) -> None:
    """``evenband list probes | head -1`` says nothing and ends well."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as closed:
        finished = subprocess.run(
            [*COMMAND, "list", "probes", *options],
            stdout=closed,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (finished.returncode, finished.stderr) == (0, "")


@pytest.mark.skipif(sys.platform != "linux", reason="file names of any bytes")
@pytest.mark.parametrize(
    ("name", "environment", "options"),
    [
        ("süd-茶".encode(), {}, []),
        ("süd-茶".encode(), {"LC_ALL": "C"}, [b"--json"]),
        ("süd-茶".encode(), {"LC_ALL": "POSIX", "PYTHONIOENCODING": "ascii"}, []),
        ("süd-茶".encode(), {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, []),
        ("süd-茶".encode(), {"PYTHONIOENCODING": "cp1252"}, [b"--json"]),
        (b"s\xfcd", {}, [b"--json"]),
        (b"s\xfcd", {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, []),
    ],
)
def test_any_file_name_is_good_in_any_locale(
    name: bytes, environment: dict[str, str], options: list[bytes], tmp_path: Path
) -> None:
    """Folder and probe file, whether or not the locale can write their names; JSON stays valid UTF-8."""
    folder = os.fsencode(tmp_path) + b"/" + name
    os.mkdir(folder)  # noqa: PTH102 (a name of bytes)
    probe = (
        '[[probe]]\nname = "tea"\nslot = "list:tea,café,茶"\ntemplates = [{ a = "a {x}", b = "a {x}." }]\n'
    )
    with open(folder + b"/" + name + b".toml", "wb") as file:  # noqa: PTH123
        file.write(probe.encode())
    arguments = [b"audit", b"toy:words", b"-p", name + b".toml", b"-o", name]
    command = (
        COMMAND if name == "süd-茶".encode() and not options else [sys.executable, "-c", WITHOUT_PICTURES]
    )
    finished = subprocess.run(
        [*map(os.fsencode, command), *arguments, *options],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr.decode(errors="replace")
    assert b"Traceback" not in finished.stderr
    for file_name in (b"summary.json", b"manifest.json"):
        with open(folder + b"/" + name + b"/" + file_name, "rb") as stored:  # noqa: PTH123
            assert json.loads(stored.read().decode("utf-8"))
    with open(folder + b"/" + name + b"/report.html", "rb") as stored:  # noqa: PTH123
        assert "café" in stored.read().decode("utf-8")


@pytest.mark.parametrize("options", [(), ("--sample", "20")])
def test_another_seed_is_refused_and_both_are_named(
    options: tuple[str, ...], evenband: Callable[..., Finished], tmp_path: Path
) -> None:
    """With a sample, which another seed draws anew, and without; the same seed goes on."""
    audit = ("audit", "toy:words", "-p", "typo", *options, "-o", tmp_path)
    assert evenband(*audit, "--seed", "3").code == 0
    refused = evenband(*audit, "--seed", "4")
    assert refused.code == 2
    assert "with seed 3, now the seed is 4; give --seed 3" in refused.err
    assert evenband(*audit, "--seed", "3").code == 0


@pytest.mark.parametrize("name", ["coma", "zzz", "comma", "negatoin", "kit"])
def test_an_unknown_probe_takes_two_lines(name: str, evenband: Callable[..., Finished]) -> None:
    """The nearest names and where all are, in 160 characters."""
    finished = evenband("audit", "toy:words", "-p", f"{name}-", "--sample", "20")
    assert finished.code == 2
    assert len(finished.err) <= 2 * 80
    assert "`evenband list probes`" in finished.err
    assert ("did you mean" in finished.err) == (name != "zzz")


def test_english_probes_are_listed_first() -> None:
    """Then those of no language, then the others; none is lost."""
    rows = inventory.list_probes()
    places = [{"en": 0, "": 1}.get(row["language"], 2) for row in rows]
    assert places == sorted(places)
    assert len(set(places)) > 1
    assert sorted(row["probe"] for row in rows) == sorted(probes.names())


def test_one_label_is_one_label(evenband: Callable[..., Finished], tmp_path: Path) -> None:
    """No plural of one, in the table's title and in the report."""
    (tmp_path / "one.toml").write_text(
        '[[probe]]\nname = "one"\nslot = "list:tea"\ntemplates = [{ a = "a {x}", b = "the {x}" }]\n', "utf-8"
    )
    finished = evenband("audit", "toy:words", "-p", tmp_path / "one.toml", "-o", tmp_path / "run")
    for text in (finished.out, (tmp_path / "run" / "report.html").read_text(encoding="utf-8")):
        assert "1 labels" not in text
        assert "1 templates" not in text
