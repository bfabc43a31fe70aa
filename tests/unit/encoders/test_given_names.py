"""A name before a reference, ``base=./A/final``, is taken for a name and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenband import encoders
from evenband.encoders import unique_names
from evenband.encoders.given_names import start_from
from evenband.encoders.references import parse
from evenband.errors import InputError

SCHEMES = ("minilm", "toy:words", "vectors")


@pytest.mark.parametrize(
    ("text", "name", "scheme", "argument", "options"),
    [
        ("base=./A/final", "base", "", "./A/final", {}),
        ("new=toy:words", "new", "toy:words", "", {}),
        ("größe=minilm?dim=128", "größe", "minilm", "", {"dim": "128"}),
        ("x=http://host:80/v1?a=1#dim=2", "x", "http", "http://host:80/v1?a=1", {"dim": "2"}),
        (r"w=C:\models\final", "w", "", r"C:\models\final", {}),
        ("x=vectors:a=b.npy", "x", "vectors", "a=b.npy", {}),
        ("minilm?dim=256", "", "minilm", "", {"dim": "256"}),
        ("Org/Name?prompt=a=b", "", "", "Org/Name", {"prompt": "a=b"}),
        ("http://host/v1?x=1", "", "http", "http://host/v1?x=1", {}),
        (r"C:\a=b\final", "", "", r"C:\a=b\final", {}),
        ("./a=b/final", "", "", "./a=b/final", {}),
        ("vectors:a=b.npy", "", "vectors", "a=b.npy", {}),
    ],
)
def test_only_a_word_before_the_first_sign_is_a_name(
    text: str, name: str, scheme: str, argument: str, options: dict[str, str]
) -> None:
    """Options, URLs, drives and paths with an equals sign keep their meaning."""
    reference = parse(text, SCHEMES)
    assert (reference.label, reference.scheme, reference.argument) == (name, scheme, argument)
    assert (dict(reference.options), reference.text) == (options, text)


def test_a_folder_that_exists_is_taken_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``a=b`` is a folder where there is one, with options as well."""
    monkeypatch.chdir(tmp_path)
    assert parse("a=b", SCHEMES).label == "a"
    (tmp_path / "a=b").mkdir()
    assert (parse("a=b", SCHEMES).label, parse("a=b?dim=2", SCHEMES).argument) == ("", "a=b")
    assert parse("x=a=b", SCHEMES).argument == "a=b"


@pytest.mark.parametrize("text", ["=minilm", "a b=minilm", "x=", ".x=minilm", f"{'x' * 65}=minilm"])
def test_what_cannot_be_a_name_is_refused(text: str) -> None:
    """In one line that quotes the reference."""
    with pytest.raises(InputError, match=text[:10].replace(".", r"\.")):
        parse(text, SCHEMES)


def test_a_given_name_stays_and_is_given_once() -> None:
    """Other models make room for it; two models cannot share it."""
    assert unique_names(["b=a/model", "c/model", "minilm"]) == ["b", "model", "minilm"]
    names = unique_names(["minilm=toy:words", "minilm"])
    assert names[0] == "minilm"
    assert names[1].startswith("minilm-")
    with pytest.raises(InputError, match="called 'x' already"):
        unique_names(["x=toy:words", "x=toy:chars"])


def test_a_name_changes_nothing_about_the_vectors() -> None:
    """The digest is that of the model without it."""
    named, plain = encoders.load("base=toy:words?dim=64"), encoders.load("toy:words?dim=64")
    assert (named.spec.name, named.spec.digest) == ("base", plain.spec.digest)
    assert encoders.renamed(plain, "other").spec.digest == plain.spec.digest
    assert (encoders.renamed(plain, "other").encode(["a b"]) == plain.encode(["a b"])).all()


def test_a_relative_folder_starts_where_it_is_said_to(tmp_path: Path) -> None:
    """With a name and options or without; what is no folder there stays as it is."""
    (tmp_path / "A" / "v@1").mkdir(parents=True)
    (tmp_path / "minilm").mkdir()
    for before, after in (("", ""), ("base=", ""), ("base=", "?dim=2"), ("", "?dim=2")):
        moved = start_from(f"{before}A/v@1{after}", tmp_path, SCHEMES)
        assert moved == f"{before}{tmp_path / 'A' / 'v@1'}{after}"
    for text in ("minilm", "base=minilm", "Org/Name", "toy:words", str(tmp_path / "A"), "~/A"):
        assert start_from(text, tmp_path, SCHEMES) == text
