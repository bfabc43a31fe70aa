"""``evenband train data`` and the list of commands, as a user types them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from evenband.cli import main


def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: object
) -> tuple[int, str, str]:
    """Run a command; returns exit code, output and errors."""
    monkeypatch.setattr(sys, "argv", ["evenband", "train", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def test_data_is_read_with_the_options_of_tune(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Names of columns, a range of scores, bad rows left out; the remarks of reading are printed."""
    path = tmp_path / "sts.csv"
    rows = [f"a text {k},another text {k},{k % 6}" for k in range(12)]
    path.write_text("\n".join(["one,two,grade", *rows, "lonely,,3"]) + "\n", encoding="utf-8")
    words = ("data", path, "-p", "comma", "-q", "--json", "--columns", "anchor=one,positive=two,score=grade")
    code, out, err = run(monkeypatch, capsys, *words, "--score-range", "0,5", "--skip-bad")
    assert (code, err) == (0, "")
    audit = json.loads(out)
    assert (audit["kind"], audit["rows"]) == ("scored", 12)
    assert audit["remarks"] == [
        "scored: one -> sentence1, two -> sentence2, grade -> score",
        "sts.csv: 1 row that cannot be used is left out",
    ]
    code, _, err = run(monkeypatch, capsys, *words)
    assert code == 2
    assert "--score-range LOW,HIGH" in err


def test_the_list_of_commands_is_whole_and_in_order(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each summary is a sentence that fits into 80 columns; they stand in the order of a training."""
    monkeypatch.setenv("COLUMNS", "80")
    _, out, _ = run(monkeypatch, capsys, "--help")
    lines = out.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in lines] == ["pretrain", "embed", "data", "tune", "rerank", "plant"]
    assert all(line.endswith(".") and not line.endswith("..") for line in lines)
