"""Probe files: what is accepted, and what an error says."""

import re
import tomllib
from pathlib import Path

import jsonschema
import pytest

from evenband import probes
from evenband.errors import InputError, UnknownReferenceError
from evenband.probes.files import catalogue

GOOD = """
[[probe]]
name = "please"
type = "INV"
effect = "keeps"
slot = "list:tea,coffee"
templates = [{ a = "one {x}", b = "one {x}, please" }]
"""


def test_a_user_file_becomes_a_probe(tmp_path: Path) -> None:
    """Two templates' rows and a slot are all it takes."""
    file = tmp_path / "mine.toml"
    file.write_text(GOOD, encoding="utf-8")
    [definition] = probes.read(file)
    probe = definition.load(tmp_path)
    assert probe.slot.values == ("tea", "coffee")
    assert probe.texts(probe.templates[0]) == (
        ["one tea", "one coffee"],
        ["one tea, please", "one coffee, please"],
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('type = "INV"', 'type = "INVV"', r"probe[0].type: got 'INVV', expected 'INV'"),
        (
            'type = "INV"',
            'typ = "INV"',
            r"probe[0].typ: unknown key; did you mean 'type'? (expected one of: covers, effect,",
        ),
        (
            'effect = "keeps"',
            "effect = 3",
            r"probe[0].effect: got 3, expected 'keeps', 'changes' or 'reverses'",
        ),
        ('name = "please"', "", r"probe[0].name: missing, expected a value"),
        ('name = "please"', 'name = "../x"', r"probe[0].name: got '../x', expected"),
        (
            '"one {x}, please"',
            '"one, please"',
            r"probe[0].templates[0].b: got 'one, please', expected the placeholder {x} in it",
        ),
        ('"one {x}, please"', '"one {x}"', r"probe[0].templates[0].b: got the text of a again"),
        ('b = "one {x}, please"', 'c = "one {x}"', r"probe[0].templates[0].c: unknown key"),
        ("[[probe]]", "[[prob]]", r"probe: missing"),
        ("[{ a", "[{ a = ", r"not TOML"),
    ],
)
def test_an_error_names_file_key_found_and_expected(old: str, new: str, message: str) -> None:
    """Whatever is wrong, the line says where and what to write."""
    with pytest.raises(InputError, match=re.escape(message)) as caught:
        catalogue.parse(GOOD.replace(old, new), "mine.toml")
    assert str(caught.value).startswith("mine.toml: ")


def test_two_probes_of_one_name_are_refused() -> None:
    """Files and tables are named after probes."""
    with pytest.raises(InputError, match=r"probe\[1\].name: got 'please' twice"):
        catalogue.parse(GOOD + GOOD, "mine.toml")


def test_a_file_that_is_not_utf8_is_named_with_the_byte(tmp_path: Path) -> None:
    """Latin-1 gets one clear line."""
    file = tmp_path / "latin.toml"
    file.write_bytes(GOOD.replace("tea", "caf\xe9").encode("latin-1"))
    with pytest.raises(InputError, match=r"latin.toml: byte \d+ is not UTF-8"):
        probes.read(file)


def test_a_missing_file_suggests_its_neighbour(tmp_path: Path) -> None:
    """A typo in a file name is answered with the file that is there."""
    (tmp_path / "coffee.toml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(InputError, match=r"no such file; did you mean .*coffee.toml"):
        probes.read(tmp_path / "cofee.toml")


def test_an_unknown_probe_suggests_the_nearest() -> None:
    """A typo in a probe's name, too."""
    with pytest.raises(UnknownReferenceError, match=r"did you mean 'comma'"):
        probes.find("coma")


def test_the_comma_probe_is_the_articles() -> None:
    """Its pair of sentences and all of its nouns."""
    probe = probes.find("comma").load()
    assert len(probe.slot) == 10_153
    a, b = probe.templates[0].fill({"x": ("grandma",)})
    assert (a, b) == (["let's eat, grandma"], ["let's eat grandma"])


def test_comma8_differs_from_its_partners_by_one_comma() -> None:
    """Each of the eight pairs is the same text without its comma."""
    templates = probes.find("comma8").templates
    assert len(templates) == 8
    assert all(row.b == str(row.a).replace(", {x}", " {x}") != row.a for row in templates)


def test_the_schema_accepts_the_catalogue_and_refuses_a_typo() -> None:
    """The published JSON Schema agrees with the reader."""
    schema = catalogue.json_schema()
    jsonschema.validate(tomllib.loads(GOOD), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tomllib.loads(GOOD.replace("slot", "slots")), schema)
