"""Letter ablations on the terminal: the strings that are words, and words matched to them."""

from __future__ import annotations

import json
from io import StringIO
from types import ModuleType

import pytest
from rich.console import Console

from evenband.cli.printing.pairs.ablations import letters_table, print_ablation


def test_all_strings_are_printed_and_words_are_marked(
    planted: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    """The lowest score has the longest bar; matched words stand beside them, the lowest first."""
    audit = planted.letters()
    print_ablation(audit, as_json=False)
    out = capsys.readouterr().out
    rows = [line.split() for line in out.splitlines() if line.startswith((" grand", "grand"))]
    assert [row[0] for row in rows] == list(audit.measurement.items[:26])
    assert [row[0] for row in rows if row[1] == "*"] == ["grandma", "grandpa"]
    lowest = next(line for line in out.splitlines() if "grandpa *" in line)
    assert "0.9510" in lowest
    assert "█" * 8 in lowest
    assert max(map(len, out.splitlines())) <= 80
    scores = audit.measurement.scores[26:, 0]
    assert f"{scores.min():.4f}" in rows[0], "the first matched word has the lowest score"


def test_a_program_reads_every_cell(planted: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    audit = planted.letters()
    print_ablation(audit, as_json=True)
    printed = json.loads(capsys.readouterr().out)
    assert printed["model"] == "minilm"
    assert [row["score"] for row in printed["rows"]] == list(audit.measurement.scores[:, 0])
    assert sum(row["is_word"] for row in printed["rows"] if row["group"] == "letter") == 2


def test_models_stand_side_by_side_with_the_range_of_what_is_no_word(planted: ModuleType) -> None:
    """A row for each real word, one for the other strings, one for matched words."""
    audits = [planted.letters(), planted.letters("other")]
    console = Console(file=StringIO(), width=100)
    with console.capture() as capture:
        console.print(letters_table(audits))
    out = capture.get()
    assert "letters · grand?a" in out
    rest = audits[0].measurement.scores[[row for row in range(26) if row not in (12, 15)], 0]
    assert f"{rest.min():.4f} to {rest.max():.4f}" in out
    assert "matched real words" in out
    for word, score in (("grandma", "0.9560"), ("grandpa", "0.9510")):
        [row] = [line for line in out.splitlines() if line.strip().startswith(word)]
        assert row.split() == [word, score, score]
