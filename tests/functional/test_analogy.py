"""``evenband analogy`` as a user types it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Finished

Command = Callable[..., Finished]

WORDS = "king 3 1\nqueen 3 -1\nman 1 1\nwoman 1 -1\npark 0 2\n"


@pytest.fixture
def words(tmp_path: Path) -> str:
    (tmp_path / "words.txt").write_text(WORDS, encoding="utf-8")
    return f"word2vec:{tmp_path / 'words.txt'}"


@pytest.fixture
def analogy(evenband: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command, in a folder of the test's own."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: evenband("analogy", *arguments)


def test_nearest_words_are_printed_by_each_convention(analogy: Command, words: str, tmp_path: Path) -> None:
    done = analogy(words, "king - man + woman", "-k", "2")
    assert done.code == 0, done.err
    assert "1 queen 1.0000 queen" in " ".join(done.out.split())
    found = json.loads(analogy(words, "king - man + woman", "--json").out)
    assert [one["convention"] for one in found["nearest"]] == ["raw", "normalised", "multiplied"]
    assert found["nearest"][0]["words"][:2] == ["queen", "woman"]


def test_a_file_of_questions_becomes_a_run(analogy: Command, words: str, tmp_path: Path) -> None:
    """Measured, kept, rendered; the second time nothing is measured, and its report can be made again."""
    (tmp_path / "q.txt").write_text(
        ": kin\nman king woman queen\nman woman king queen\nman park king x\n", encoding="utf-8"
    )
    first = analogy(words, "--questions", "q.txt", "-o", "run")
    assert first.code == 0, first.err
    assert "finds 100.0% of 2 answers" in " ".join(first.out.split())
    summary = json.loads((tmp_path / "run" / "summary.json").read_text(encoding="utf-8"))
    [result] = summary["results"]
    assert (result["kind"], result["n"], result["metric"]) == ("analogy", 2, "rank of the answer")
    assert result["accuracy"]["normalised"]["value"] == 1.0
    assert result["missing"] == [{"question": "man : park = king : x", "word": "x"}]
    second = analogy(words, "--questions", "q.txt", "-o", "run")
    assert second.out == first.out
    assert "Right answers by section" not in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")


def test_tables_of_two_models_break_no_word_at_80_columns(
    analogy: Command, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A section has a row for each model, however many there are."""
    monkeypatch.setenv("COLUMNS", "80")
    (tmp_path / "q.txt").write_text(
        ": kin\nman king woman queen\n: other\nman woman king queen\n", encoding="utf-8"
    )
    (tmp_path / "more.txt").write_text(f"{WORDS}boat 0 1\n", encoding="utf-8")
    others = [f"second=word2vec:{tmp_path / 'more.txt'}", f"first={words}"]
    done = analogy(*others, "--questions", "q.txt")
    assert done.code == 0, done.err
    lines = done.out.splitlines()
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
    analogy: Command, words: str, arguments: list[str], message: str
) -> None:
    done = analogy(words, *arguments)
    assert done.code == 2
    assert message in done.err
    assert "Traceback" not in done.err
