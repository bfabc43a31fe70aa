"""``evenband analogy`` as a user types it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

WORDS = "king 3 1\nqueen 3 -1\nman 1 1\nwoman 1 -1\npark 0 2\n"


@pytest.fixture
def words(tmp_path: Path) -> str:
    (tmp_path / "words.txt").write_text(WORDS, encoding="utf-8")
    return f"word2vec:{tmp_path / 'words.txt'}"


def evenband(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "evenband", "analogy", *arguments],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )


def test_nearest_words_are_printed_by_each_convention(words: str, tmp_path: Path) -> None:
    done = evenband(tmp_path, words, "king - man + woman", "-k", "2")
    assert done.returncode == 0, done.stderr
    assert "1 queen 1.0000 queen" in " ".join(done.stdout.split())
    found = json.loads(evenband(tmp_path, words, "king - man + woman", "--json").stdout)
    assert [one["convention"] for one in found["nearest"]] == ["raw", "normalised", "multiplied"]
    assert found["nearest"][0]["words"][:2] == ["queen", "woman"]


def test_a_file_of_questions_becomes_a_run(words: str, tmp_path: Path) -> None:
    """Measured, kept, rendered; the second time nothing is measured, and its report can be made again."""
    (tmp_path / "q.txt").write_text(
        ": kin\nman king woman queen\nman woman king queen\nman park king x\n", encoding="utf-8"
    )
    first = evenband(tmp_path, words, "--questions", "q.txt", "-o", "run")
    assert first.returncode == 0, first.stderr
    assert "finds 100.0% of 2 answers" in " ".join(first.stdout.split())
    summary = json.loads((tmp_path / "run" / "summary.json").read_text(encoding="utf-8"))
    [result] = summary["results"]
    assert (result["kind"], result["n"], result["metric"]) == ("analogy", 2, "rank of the answer")
    assert result["accuracy"]["normalised"]["value"] == 1.0
    assert result["missing"] == [{"question": "man : park = king : x", "word": "x"}]
    second = evenband(tmp_path, words, "--questions", "q.txt", "-o", "run")
    assert second.stdout == first.stdout
    assert "Right answers by section" not in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")


def test_tables_of_two_models_break_no_word_at_80_columns(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A section has a row for each model, however many there are."""
    monkeypatch.setenv("COLUMNS", "80")
    (tmp_path / "q.txt").write_text(
        ": kin\nman king woman queen\n: other\nman woman king queen\n", encoding="utf-8"
    )
    (tmp_path / "more.txt").write_text(f"{WORDS}boat 0 1\n", encoding="utf-8")
    others = [f"second=word2vec:{tmp_path / 'more.txt'}", f"first={words}"]
    done = evenband(tmp_path, *others, "--questions", "q.txt")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert any(line.split()[:3] == ["kin", "second", "1"] for line in lines)
    assert any(line.split()[:3] == ["other", "first", "1"] for line in lines)
    assert sum(line.split()[2:3] == ["normalised"] for line in lines) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["king - man + boat"], "has no vector for 'boat' among its 5 words"),
        (["king-man+woman"], "'king-man+woman' among its 5 words; put spaces around + and -"),
        (["king -"], "cannot read 'king -', expected words with + or - between spaces"),
        ([], "got 0 expressions, expected one or two"),
        (["king", "man", "woman"], "got 3 expressions, expected one or two"),
        (["king", "-o", "run"], "-o keeps the answers to --questions"),
        (["king - king", "man"], "adds up to nothing"),
    ],
)
def test_what_cannot_be_answered_is_one_line(
    words: str, tmp_path: Path, arguments: list[str], message: str
) -> None:
    done = evenband(tmp_path, words, *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
