"""Size and example texts of a probe, without filling all of its slots."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from evenband.errors import InputError
from evenband.probes.files.definition import TERMS, Definition
from evenband.probes.files.drawing import Draw
from evenband.probes.files.gap_values import values_of
from evenband.probes.pairs.templates import gaps, substitute
from evenband.randomness import named_stream
from evenband.types import Slot
from evenband.unshown_words import may_be_shown

Load = Callable[[str], Slot]
"""Makes the slot of a reference, as :func:`evenband.slots.load` does."""

MATCHED = "@matched"
"""Suffix of a reference that adds matched real words; an example skips them, since they take a second."""

EXAMPLE_ATTEMPTS = 20
"""Number of values that are tried until one has every form that is needed."""


def count_labels(definition: Definition, draw: Draw, load: Load) -> int | None:
    """Return the number of labels of a draw.

    Returns:
        ``None`` where it depends on the user's own terms or on the matched words.
    """
    if definition.needs_terms or any(MATCHED in reference for reference in definition.slots.values()):
        return None
    longest = max(len(load(reference)) for reference in definition.slots.values())
    has_several_slots = len(definition.slots) > 1
    if has_several_slots and draw.size != "full" and definition.size is not None:
        longest = definition.size
    return draw.count(definition.size, longest)


def count_sentences(definition: Definition, draw: Draw) -> int:
    """Return the number of templates of a draw."""
    return draw.sentences(definition.size, definition.sentences, len(definition.templates))


def example_of(definition: Definition, load: Load, sentence: int = 0) -> tuple[str, ...]:
    """Return the texts of one template for one value of each slot, drawn by the probe's name.

    Args:
        definition: of the probe.
        load: makes slots.
        sentence: index of the template.

    Raises:
        InputError: if no value has all the forms that the template needs.
    """
    template = definition.templates[sentence].template(definition.type)
    used = dict.fromkeys(gap for text in template.texts for gap in gaps(text))
    pools = {
        gap: _pool(reference, load) for gap, reference in (definition.slots | definition.fillers).items()
    }
    fault: InputError | None = None
    for attempt in range(EXAMPLE_ATTEMPTS):
        drawn = _draw_values(f"{definition.name} {sentence}", pools, attempt)
        try:
            values = {gap: values_of(definition.name, gap, drawn, Draw().rng)[0] for gap in used}
        except InputError as error:
            fault = error
            continue
        return tuple(substitute(text, values) for text in template.texts)
    assert fault is not None
    raise fault


def _pool(reference: str, load: Load) -> Slot:
    if reference == TERMS:
        return Slot(reference, ("your term", "another term"), "the user's own")
    return load(reference.replace(MATCHED, ""))


def _draw_values(name: str, pools: Mapping[str, Slot], attempt: int) -> dict[str, Slot]:
    """Draw one value for each gap, no value twice."""
    rng = named_stream(name, "example", str(attempt))
    drawn: dict[str, Slot] = {}
    for gap, pool in pools.items():
        order = (
            rng.permutation(min(len(pool), EXAMPLE_ATTEMPTS))
            if len(pool) < EXAMPLE_ATTEMPTS
            else rng.integers(len(pool), size=EXAMPLE_ATTEMPTS)
        )
        taken = {slot.values[0] for slot in drawn.values()}
        fit = (index for index in map(int, order) if _may_be_drawn(pool, index, taken))
        row = next(fit, int(order[0]))
        drawn[gap] = pool.take([row])
    return drawn


def _may_be_drawn(pool: Slot, row: int, taken: Collection[str]) -> bool:
    """Return whether a value may be an example, and is none already."""
    return pool.values[row] not in taken and may_be_shown(pool.name, pool.values[row])
