"""The texts to compare on: a probe's, or those of a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evenband import slots
from evenband.errors import InputError
from evenband.probes import MinimalPairs, Template
from evenband.probes.agreement import texts_of_file, texts_of_probe
from evenband.types import Role


def test_all_texts_of_a_probe_in_their_roles_each_once() -> None:
    """A text that occurs in two roles counts in each."""
    probe = MinimalPairs(
        name="p",
        type="INV",
        effect="keeps",
        why="",
        slot=slots.load("list:tea,mate"),
        templates=(Template("one", "{x}", "{x}!"), Template("two", "{x}", "the {x}")),
        roles=(Role.QUERY, Role.DOCUMENT),
    )
    found = texts_of_probe(probe)
    assert dict(zip(found.texts, found.roles, strict=True)) == {
        "tea": "query",
        "mate": "query",
        "tea!": "document",
        "mate!": "document",
        "the tea": "document",
        "the mate": "document",
    }
    assert found.probe is probe


def test_a_file_one_text_a_line_or_a_column(tmp_path: Path) -> None:
    """As slots read them."""
    plain, table = tmp_path / "my texts.txt", tmp_path / "t.csv"
    plain.write_text("one\ntwo\n\nthree\n", encoding="utf-8")
    table.write_text("id,text\n1,one\n2,two\n", encoding="utf-8")
    found = texts_of_file(str(plain))
    assert found.texts == ("one", "two", "three")
    assert found.name == "my-texts"
    assert found.probe is None
    queries = texts_of_file(f"{table}@column=text", Role.QUERY)
    assert queries.texts == ("one", "two")
    assert queries.roles == (Role.QUERY, Role.QUERY)
    assert queries.name == "t@query"
    with pytest.raises(InputError, match="needs to know which one holds the values"):
        texts_of_file(str(table))


def test_a_slot_is_a_source_of_texts_too() -> None:
    """By its reference; a name that would be empty is one that is not."""
    assert texts_of_file("list:a,b").texts == ("a", "b")
    assert texts_of_file("list:?,!").name == "texts"


def test_a_sample_keeps_the_order() -> None:
    """As many as asked for, or all."""
    ref = "list:" + ",".join(f"{n:03}" for n in range(50))
    found = texts_of_file(ref, sample=7, rng=np.random.default_rng(1))
    assert len(found.texts) == 7
    assert list(found.texts) == sorted(found.texts)
    assert texts_of_file(ref, sample=7).texts == texts_of_file(ref, sample=7).texts
    assert len(texts_of_file(ref, sample=99).texts) == 50
