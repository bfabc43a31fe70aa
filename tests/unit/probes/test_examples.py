"""Examples and sizes of probes, found without filling them."""

import pytest

from evenband import probes, slots
from evenband.probes import Draw, examples
from evenband.probes.drawing import Size

SOME = (
    "comma",
    "negation",
    "limit-lists",
    "magnitude",
    "typo",
    "kit-list-order",
    "name-swap",
    "with-without",
)


@pytest.mark.parametrize("name", SOME)
@pytest.mark.parametrize("size", ["quick", "standard"])
def test_the_number_of_labels_is_that_of_the_probe(name: str, size: Size) -> None:
    """Counted without drawing, it is what drawing gives."""
    definition = probes.find(name)
    draw = Draw(size)
    found = examples.count_labels(definition, draw, slots.load)
    if definition.needs_terms:
        assert found is None
    else:
        assert found == len(definition.load(draw=draw).slot)


@pytest.mark.parametrize("name", SOME)
def test_an_example_is_filled_and_its_texts_differ(name: str) -> None:
    """As many texts as the probe's templates have, no gap left, the same one each time."""
    definition = probes.find(name)
    found = examples.example_of(definition, slots.load)
    assert len(found) == len(definition.templates[0].template(definition.type).texts)
    assert len(set(found)) == len(found)
    assert not any("{" in text for text in found)
    assert found == examples.example_of(definition, slots.load)
