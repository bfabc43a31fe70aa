"""A report that is rendered without word lists says the same as one that is rendered with them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import evenband
from evenband import api
from evenband.narrative.pairs.reasons import sentences_of
from evenband.report import output
from evenband.slots import lexical, lexicon, matching

RENDER_WITHOUT = """
import sys
from importlib.resources import files
from pathlib import Path

sys.modules["wordfreq"] = None  # makes its import raise ImportError

from evenband import api
from evenband.report import output
from evenband.slots import lexicon, matching, wordnet

def refuse(*_, **__):
    raise AssertionError("a word list was read")

lexicon.load = lexicon.decode = wordnet.senses = wordnet.other_parts = wordnet.is_noun = refuse
output.draw_pictures = lambda *_: None
assert matching.frequency() is None
api.write_report(Path(sys.argv[1]))
assert "wordfreq" not in [name for name, module in sys.modules.items() if module is not None]
"""

MEASUREMENTS_ONLY = """
import sys
import evenband.analysis, evenband.narrative, evenband.report
from importlib import import_module
from pkgutil import walk_packages

for package in (evenband.analysis, evenband.narrative, evenband.report):
    for module in walk_packages(package.__path__, package.__name__ + "."):
        import_module(module.name)
left_half = tuple(f"evenband.{name}" for name in ("encoders", "probes", "slots"))
print(*(name for name in sys.modules if name.startswith((*left_half, "wordfreq"))))
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two toy encoders with outliers that the report explains; without pictures."""
    folder = tmp_path_factory.mktemp("word-lists") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(output, "draw_pictures", lambda *_: None)
        patch.setenv("EVENBAND_CACHE", str(folder.parent / "cache"))
        evenband.audit(["toy:chars", "toy:words"], "comma8", sample=220, out=folder)
    return folder


def run_python(program: str, *arguments: object) -> str:
    """Output of a program in a new Python process."""
    finished = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.strip()


def written_files(run: Path) -> dict[str, bytes]:
    """Content of every file that a report writes, by name, without the pictures."""
    paths = (path for path in run.iterdir() if path.is_file() and path.name != "manifest.json")
    return {path.name: path.read_bytes() for path in paths}


@pytest.mark.skipif(matching.frequency() is None, reason="needs the extra words")
def test_the_run_says_something_of_words(run: Path) -> None:
    """So that the next test compares more than empty columns: frequencies, senses, parts of speech."""
    for measurement in api.read(run):
        expected = lexical.lexical_columns(measurement.items)
        assert len(set(expected["word_frequency"])) > 1
        assert len(set(expected["word_senses"])) > 1
        assert {name: measurement.columns[name] for name in expected} == expected
    page = (run / "report.html").read_text(encoding="utf-8")
    assert "frequency" in page


@pytest.mark.skipif(matching.frequency() is None, reason="needs the extra words")
def test_a_report_says_the_same_without_word_lists(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Page and summary are equal to the byte, and equal to what the audit itself wrote."""
    monkeypatch.setattr(output, "draw_pictures", lambda *_: None)
    # Both copies have the same name, which the page may show.
    with_lists, without_lists = (
        Path(shutil.copytree(run, tmp_path / folder / "run")) for folder in ("with", "without")
    )
    for folder in (with_lists, without_lists):
        for name in ("report.html", "summary.json"):
            (folder / name).unlink()
    api.write_report(with_lists)
    run_python(RENDER_WITHOUT, without_lists)
    assert {"report.html", "summary.json"} <= written_files(with_lists).keys()
    assert written_files(without_lists) == written_files(with_lists) == written_files(run)


def test_a_label_is_explained_the_same_without_word_lists(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its reasons may rest on frequency and senses; they come from the measurement's columns."""
    label = next(iter(api.read(run))).items[0]
    copies = [Path(shutil.copytree(run, tmp_path / folder / "run")) for folder in ("with", "without")]
    with_lists = api.explain(copies[0], label, model="toy-chars", look_inside=False)

    def refuse(*_: object) -> None:
        raise AssertionError("a word list was read")

    monkeypatch.setattr(lexicon, "load", refuse)
    monkeypatch.setattr(lexical, "_look_up", refuse)
    monkeypatch.setattr(matching, "frequency", refuse)
    without_lists = api.explain(copies[1], label, model="toy-chars", look_inside=False)
    assert with_lists.matches
    assert without_lists.matches == with_lists.matches
    assert list(sentences_of(without_lists)) == list(sentences_of(with_lists))


def test_the_right_half_of_the_hourglass_needs_no_word_lists() -> None:
    """No module of analysis, narrative and report imports slots, encoders, probes or wordfreq."""
    assert run_python(MEASUREMENTS_ONLY) == ""
