"""Examples and sizes of probes, found without filling them."""

import pytest

from evenband import probes, slots
from evenband.probes import Draw
from evenband.probes.files import examples
from evenband.probes.files.drawing import Size

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
def test_labels_and_sentences_are_as_many_as_the_probe_has(name: str, size: Size) -> None:
    """Counted without drawing, they are what drawing gives."""
    definition = probes.find(name)
    draw = Draw(size)
    found = examples.count_labels(definition, draw, slots.load)
    if definition.needs_terms:
        assert found is None
    else:
        probe = definition.load(draw=draw)
        assert found == len(probe.slot)
        assert examples.count_sentences(definition, draw) == len(probe.templates)


@pytest.mark.parametrize("name", SOME)
def test_an_example_is_filled_and_its_texts_differ(name: str) -> None:
    """As many texts as the probe's templates have, no gap left, the same one each time."""
    definition = probes.find(name)
    found = examples.example_of(definition, slots.load)
    assert len(found) == len(definition.templates[0].template(definition.type).texts)
    assert len(set(found)) == len(found)
    assert not any("{" in text for text in found)
    assert found == examples.example_of(definition, slots.load)
