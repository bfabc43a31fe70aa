"""Every list that is shipped can be used as it stands: the gate for whoever writes one."""

from __future__ import annotations

import csv
import re
from importlib.resources import files
from pathlib import Path

import pytest

from evenband import slots
from evenband.errors import InputError, UnknownReferenceError
from evenband.slots import vocabulary, wordnet
from evenband.slots.matching import frequency
from evenband.types import Slot

NAMES = vocabulary.names()
ENGLISH = [name for name in NAMES if vocabulary.language_of(name) == "en"]

CATEGORIES = {
    "person": ("person.n.01",),
    "animal": ("animal.n.01",),
    "city": ("city.n.01",),
    "food": ("food.n.01", "food.n.02", "plant.n.02", "plant_part.n.01", "fungus.n.01"),
    "disease": ("physical_condition.n.01", "symptom.n.01", "syndrome.n.01", "neoplasm.n.01"),
    "drug": ("drug.n.01", "hormone.n.01"),
}
"""Where the first sense of a list's words must be; WordNet has the plant first for most vegetables."""

BEYOND_WORDNET = {"disease", "drug"}
"""Lists that may have what WordNet of 2006 has not, but nothing that it has elsewhere."""

FLOOR = 2.0
FLOORS = {"drug": 1.0}
"""Zipf frequency of a single word: once in ten million words, medicines once in a hundred million."""

TERMS = [name for name in ENGLISH if name.startswith("gloss-")]


def explain(faults: object) -> str:
    return f"mend or drop: {faults}"


def split(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.lower())


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def load(name: str) -> Slot:
    return slots.load(f"table:{name}")


def test_there_are_lists() -> None:
    """The tests below have something to read, English and other."""
    assert len(ENGLISH) >= 6
    assert {vocabulary.language_of(name) for name in NAMES} - {"en"}


def test_a_list_is_long_enough(name: str) -> None:
    """200 values or more, so that the standard draw of 200 fits."""
    assert len(load(name)) >= 200


def test_every_cell_is_filled(name: str) -> None:
    """No column has an empty cell, and no cell stray spaces or control characters."""
    slot = load(name)
    cells = [*slot.values, *(cell for column in slot.columns.values() for cell in column)]
    faults = [cell for cell in cells if not isinstance(cell, str) or cell != " ".join(cell.split())]
    assert not faults, explain(faults)
    assert all(cell.isprintable() and cell for cell in cells)


def test_no_value_differs_from_another_in_capitals_only(name: str) -> None:
    """Else two labels of a casing probe would be one."""
    values = [value.casefold() for value in load(name).values]
    faults = sorted({value for value in values if values.count(value) > 1})
    assert not faults, explain(faults)


def test_the_language_is_known(name: str) -> None:
    """A list whose name begins with two letters and a hyphen begins with a language that is known."""
    match = re.match(r"([a-z]{2})-", name)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", name)
    assert load(name).language == (match[1] if match else "en")


@pytest.mark.parametrize("name", sorted(set(CATEGORIES) & set(NAMES)))
def test_the_first_sense_is_the_one_meant(name: str) -> None:
    """By WordNet's numbering of senses, as the method asks."""
    faults = [
        value
        for value in load(name).values
        if not any(wordnet.in_category(value, root) for root in CATEGORIES[name])
        and not (name in BEYOND_WORDNET and not wordnet.is_noun(value))
    ]
    assert not faults, explain(faults)


@pytest.mark.parametrize("name", ENGLISH)
def test_a_reader_knows_the_words(name: str) -> None:
    """Single words are as frequent as the floor says, by wordfreq."""
    zipf = frequency()
    if zipf is None:
        pytest.skip("wordfreq is not installed")
    floor = FLOORS.get(name, FLOOR)
    faults = [value for value in load(name).values if value.isalpha() and zipf(value) < floor]
    assert not faults, explain(faults)


@pytest.mark.parametrize("name", TERMS)
def test_a_gloss_does_not_give_its_term_away(name: str) -> None:
    """5 to 18 words, none with the beginning of a word of the term."""
    slot = load(name)
    faults = [
        (term, gloss)
        for term, gloss in zip(slot.values, slot.columns["gloss"], strict=True)
        if not 5 <= len(gloss.split()) <= 18
        or any(
            word.startswith(stem[: max(5, len(stem) - 3)])
            for stem in split(term)
            if len(stem) >= 4
            for word in split(gloss)
        )
    ]
    assert not faults, explain(faults)
    assert len(set(slot.columns["gloss"])) == len(slot)


@pytest.mark.parametrize(
    ("name", "column"), [("antonym", "opposite"), ("british", "american"), ("acronym", "expansion")]
)
def test_the_other_form_is_another(name: str, column: str) -> None:
    """An opposite, a spelling, an expansion that is the value itself would make both sides equal."""
    slot = load(name)
    assert not [
        value for value, other in zip(slot.values, slot.columns[column], strict=True) if value == other
    ]


def test_a_list_is_read_as_the_csv_module_reads_it(name: str) -> None:
    """Values, columns and order, against Python's own reader."""
    path = Path(str(files("evenband.slots") / "data" / "tables" / f"{name}.csv"))
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file))
    slot = load(name)
    columns = dict(zip(header, zip(*rows, strict=True), strict=True))
    assert slot.values == columns.pop(header[0])
    assert slot.columns == columns


def test_an_unknown_list_is_told_the_nearest() -> None:
    """The error lists what exists."""
    with pytest.raises(
        UnknownReferenceError, match=r"'table:diseas': .*did you mean 'disease'\? \(there are: "
    ):
        load("diseas")
    with pytest.raises(InputError, match=r"no table is called '\.\./tables/disease'"):
        load("../tables/disease")
