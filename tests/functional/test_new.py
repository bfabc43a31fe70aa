"""Files to start from work as they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evenband import probes

Command = Callable[..., Any]

TYPES = ("INV", "DIFF", "ORDER")


@pytest.mark.parametrize("type_", TYPES)
@pytest.mark.parametrize(("kind", "suffix"), [("probe", ".toml"), ("pairs", ".csv")])
def test_a_new_file_can_be_audited_as_it_is(
    evenband: Command, tmp_path: Path, type_: str, kind: str, suffix: str
) -> None:
    """It is of the type asked for, of the name given, and its type's figures come out."""
    file = tmp_path / f"my-own{suffix}"
    made = evenband("new", kind, "my-own", "--type", type_, "-o", file)
    assert made.code == 0, made.err
    assert f"evenband audit toy:words -p {file}" in made.out
    result = evenband("audit", "toy:words", "-p", file, "-o", tmp_path / "run")
    assert result.code == 0, result.err
    [found] = json.loads((tmp_path / "run" / "summary.json").read_text(encoding="utf-8"))["results"]
    assert (found["probe"], found["type"]) == ("my-own", type_)
    assert found["pass_rate"] is not None
    assert found["templates"] == (4 if kind == "probe" else 1)


@pytest.mark.parametrize(("kind", "suffix"), [("probe", ".toml"), ("pairs", ".csv")])
def test_the_ending_may_be_typed(
    evenband: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, suffix: str
) -> None:
    """`new probe foo.toml` is `new probe foo`."""
    monkeypatch.chdir(tmp_path)
    assert evenband("new", kind, f"foo{suffix}").code == 0
    assert [file.name for file in tmp_path.iterdir()] == [f"foo{suffix}"]
    assert evenband("audit", "toy:words", "-p", f"foo{suffix}", "-o", "run").code == 0
    [found] = json.loads((tmp_path / "run" / "summary.json").read_text(encoding="utf-8"))["results"]
    assert found["probe"] == "foo"


@pytest.mark.parametrize("type_", TYPES)
def test_a_new_probe_says_all_that_can_be_said(evenband: Command, tmp_path: Path, type_: str) -> None:
    """What it leaves in comments is accepted, too, once uncommented."""
    file = tmp_path / "p.toml"
    evenband("new", "probe", "p", "--type", type_, "-o", file)
    text = file.read_text(encoding="utf-8")
    for comment in ("# size = 200", '# fillers = { city = "table:city" }'):
        assert comment in text
        text = text.replace(comment, comment.removeprefix("# "))
    file.write_text(text, encoding="utf-8")
    [definition] = probes.read(file)
    assert definition.size == 200
    assert definition.fillers == {"city": "table:city"}


def test_nothing_is_overwritten(evenband: Command, tmp_path: Path) -> None:
    """A file that exists stays what it is."""
    file = tmp_path / "p.toml"
    file.write_text("mine", encoding="utf-8")
    result = evenband("new", "probe", "p", "-o", file)
    assert result.code == 2
    assert f"{file} exists already" in result.err
    assert file.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("probe", "a b"), "'a b'"),
        (("probe", "../up"), "'../up'"),
        (("pairs", "p", "-o", "p.toml"), "expected a name that ends in .csv"),
        (("probe", "p", "-o", "nowhere/p.toml"), "no folder nowhere"),
        (("probe", "p", "--type", "INF"), "'INF'"),
    ],
)
def test_what_cannot_be_written_is_said(
    evenband: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    result = evenband("new", *arguments)
    assert result.code == 2
    assert message in result.err
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_evenband_has_is_noted(evenband: Command, tmp_path: Path) -> None:
    """One line beside the results, which are those of the user's own file."""
    file = tmp_path / "comma.toml"
    evenband("new", "probe", "comma", "--type", "INV", "-o", file)
    result = evenband("audit", "toy:words", "-p", file, "-o", tmp_path / "run", "--json")
    assert result.code == 0
    assert "note: 'comma' is your own file's probe here" in result.err
    assert json.loads(result.out)["results"][0]["probe"] == "comma"
    assert (
        "note"
        not in evenband("audit", "toy:words", "-p", "negation", "--suite", "quick", "-o", tmp_path / "x").err
    )
