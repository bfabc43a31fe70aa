"""Words that are no examples stand nowhere: terminal, report and scorecard of audits and comparisons."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from evenband import slots, unshown_words
from evenband.cli import evenband as command

FAMILY = """
[[probe]]
name = "{name}"
type = "{type}"
effect = "{effect}"
why = "An animal is an animal."
slot = "wordnet:feline.n.01"
sentences = 2
templates = [{templates}]
"""
INV = '{a = "see the {x}", b = "see the {x}."}, {a = "feed a {x}", b = "feed a {x} !"}'
ORDER = (
    '{query = "a {x}", relevant = "the {x} eats", irrelevant = "a {x}s"}, '
    '{query = "old {x}", relevant = "some old {x} eats", irrelevant = "old {x}s"}'
)
DIFF = (
    '{a = "a {x} eats", changed = "a {x} eat", paraphrases = ["whatever else {x}"]}, '
    '{a = "a {x} runs", changed = "the {x} runs", paraphrases = ["something quite different with one {x}"]}'
)


@pytest.fixture
def hidden(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every second of the longer felines stands for a slur."""
    felines = slots.load("wordnet:feline.n.01").values
    names = [word.casefold() for word in felines]
    words = [
        word for word in felines if len(word) > 5 and sum(word.casefold() in name for name in names) == 1
    ]
    words = words[::2]
    digests = frozenset(map(unshown_words.word_digest, words))
    monkeypatch.setattr(unshown_words, "_unshown", lambda: digests)
    assert len(words) > 15
    return words


def _run(*arguments: str) -> None:
    command.main(list(arguments), standalone_mode=False)


def _seen(words: list[str], text: str) -> list[str]:
    return [word for word in words if re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE)]


def test_no_output_of_an_audit_shows_one(
    hidden: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Worst cells, farthest rows, tooltips, captions, comparison, notes; with all words they are there."""
    monkeypatch.chdir(tmp_path)
    families = [
        ("inv", "INV", "keeps", INV),
        ("ord", "ORDER", "keeps", ORDER),
        ("dif", "DIFF", "changes", DIFF),
    ]
    text = "".join(
        FAMILY.replace("{name}", name)
        .replace("{type}", type_)
        .replace("{effect}", effect)
        .replace("{templates}", templates)
        for name, type_, effect, templates in families
    )
    Path("felines.toml").write_text(text, encoding="utf-8")
    _run("audit", "toy:words", "toy:chars", "-p", "felines.toml", "-o", "out")
    written = capsys.readouterr().out
    page, card = (Path("out", name).read_text(encoding="utf-8") for name in ("report.html", "scorecard.md"))
    assert "worst cell" in page
    assert _seen(hidden, written) == _seen(hidden, card) == []
    assert _seen(hidden, page) == []
    with unshown_words.every_word():
        _run("report", "out")
    assert len(_seen(hidden, Path("out", "report.html").read_text(encoding="utf-8"))) == len(hidden)


def test_no_output_of_a_parity_check_shows_one(
    hidden: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The texts that differ most are whole sentences."""
    monkeypatch.chdir(tmp_path)
    text = FAMILY.replace("{name}", "inv").replace("{type}", "INV").replace("{effect}", "keeps")
    Path("felines.toml").write_text(text.replace("{templates}", INV), encoding="utf-8")
    _run("parity", "toy:words", "toy:chars", "-p", "felines.toml", "-o", "out")
    page = Path("out", "report.html").read_text(encoding="utf-8")
    assert _seen(hidden, capsys.readouterr().out + page) == []
