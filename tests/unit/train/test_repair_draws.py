"""What a repair is learned from and judged by: nothing in common, or it is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenband.probes import MinimalPairs
from evenband.train.repair_draws import SplitFamily, definitions_of, split_family

LISTED = """
[[probe]]
name = "listed"
slot = {{ x = "file:{folder}/words.txt", y = "file:{folder}/words.txt" }}
size = 200
fillers = {{ z = "file:{folder}/fillers.txt" }}
templates = [
    {{ a = "{{x}} and {{y}} in {{z}}", b = "{{y}} and {{x}} in {{z}}" }},
    {{ a = "with {{z}}: {{x}}, {{y}}", b = "with {{z}}: {{y}}, {{x}}" }},
    {{ a = "is {{x}} or {{y}} by {{z}}", b = "is {{y}} or {{x}} by {{z}}" }},
    {{ a = "no {{x}}, no {{y}}, {{z}}", b = "no {{y}}, no {{x}}, {{z}}" }},
]
"""


def words_of(probe: MinimalPairs) -> set[str]:
    return {value.casefold() for slot in probe.slots for value in probe.values[slot]}


def listed(folder: Path, words: int) -> SplitFamily:
    """A family of two words from one short list, and a filler."""
    (folder / "words.txt").write_text("\n".join(f"word{n}" for n in range(words)), encoding="utf-8")
    (folder / "fillers.txt").write_text("\n".join(f"filler{n}." for n in range(30)), encoding="utf-8")
    (folder / "listed.toml").write_text(LISTED.format(folder=folder), encoding="utf-8")
    [definition] = definitions_of([str(folder / "listed.toml")])
    return split_family(definition, seed=0)


def fillers_of(probe: MinimalPairs) -> set[str]:
    texts = " ".join(template.a for template in probe.templates).replace(":", " ").split()
    return {word for word in texts if word.startswith("filler")}


@pytest.mark.parametrize("name", ["list-order", "definition-medical", "limit-lists", "antonym"])
def test_new_words_were_not_learned_from(name: str) -> None:
    """No word of a judged label is in a label that is learned from, in families that combine words, too."""
    [definition] = definitions_of([name])
    split = split_family(definition, seed=0)
    assert not words_of(split.judged) & words_of(split.learned)
    assert split.new in ("sentences and words", "words")
    assert min(len(split.judged.slot), len(split.learned.slot)) >= 20


def test_words_and_fillers_are_divided_before_they_are_combined(tmp_path: Path) -> None:
    """Of a list of forty words about half are judged; fillers are divided likewise."""
    split = listed(tmp_path, 40)
    assert split.new == "sentences and words"
    assert not words_of(split.judged) & words_of(split.learned)
    assert not fillers_of(split.judged) & fillers_of(split.learned)
    assert min(len(split.judged.slot), len(split.learned.slot)) >= 60


def test_a_list_too_short_to_divide_is_said_so(tmp_path: Path) -> None:
    """Where words recur in other combinations, the family is not called one of new words."""
    split = listed(tmp_path, 7)
    assert words_of(split.judged) & words_of(split.learned)
    assert split.new == "sentences"


def test_rows_of_a_table_with_a_text_in_common_stay_together(tmp_path: Path) -> None:
    """Halves of a table share no text; where each row has the same text, the halves say that they do."""
    chain = [f"city {row // 3},town {row}" for row in range(90)]
    for name, rows in (("chained", chain), ("same", [f"one text,town {row}" for row in range(90)])):
        (tmp_path / f"{name}.csv").write_text("\n".join(["a,b", *rows]), encoding="utf-8")
    halves = {}
    for name in ("chained", "same"):
        [table] = definitions_of([str(tmp_path / f"{name}.csv")])
        halves[name] = split_family(table, seed=0)
    sides = [
        {text for texts in part.parts.values() for text in texts}
        for part in (halves["chained"].judged, halves["chained"].learned)
    ]
    assert not sides[0] & sides[1]
    assert halves["chained"].new == "pairs"
    assert len(halves["chained"].judged.slot) == len(halves["chained"].learned.slot) == 45
    assert halves["same"].new == "rows"
