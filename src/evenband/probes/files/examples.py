"""How large a probe is and what it looks like, found without filling all of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from evenband.errors import InputError
from evenband.probes.files.definition import TERMS, Definition
from evenband.probes.files.drawing import Draw, form_of
from evenband.probes.pairs.templates import gaps, substitute
from evenband.randomness import named_stream
from evenband.types import Slot

Load = Callable[[str], Slot]
"""The slot of a reference, such as :func:`evenband.slots.load`."""

MATCHED = "@matched"
"""Matched real words take a second to find, and an example does without them."""

TRIES = 20
"""Values that are tried until one has every form that is needed."""


def count_labels(definition: Definition, draw: Draw, load: Load) -> int | None:
    """How many labels a draw has; ``None`` where the user's own terms or the matched words decide it."""
    if definition.needs_terms or any(MATCHED in reference for reference in definition.slots.values()):
        return None
    longest = max(len(load(reference)) for reference in definition.slots.values())
    several = len(definition.slots) > 1
    if several and draw.size != "full" and definition.size is not None:
        longest = definition.size
    return draw.count(definition.size, longest)


def count_sentences(definition: Definition, draw: Draw) -> int:
    """How many templates a draw has."""
    return draw.sentences(definition.size, definition.sentences, len(definition.templates))


def example_of(definition: Definition, load: Load, sentence: int = 0) -> tuple[str, ...]:
    """The texts of a template for one value of each slot, drawn for the probe's name.

    Args:
        definition: of the probe.
        load: makes slots.
        sentence: which template.

    Raises:
        InputError: if no value fits.
    """
    template = definition.templates[sentence].template(definition.type)
    wanted = dict.fromkeys(gap for text in template.texts for gap in gaps(text))
    pools = {
        gap: _pool(reference, load) for gap, reference in (definition.slots | definition.fillers).items()
    }
    fault: InputError | None = None
    for turn in range(TRIES):
        chosen = _chosen(f"{definition.name} {sentence}", pools, turn)
        try:
            values = {gap: form_of(definition.name, gap, chosen, Draw())[0] for gap in wanted}
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


def _chosen(name: str, pools: Mapping[str, Slot], turn: int) -> dict[str, Slot]:
    """One value for each gap, no value twice."""
    rows = named_stream(name, "example", str(turn))
    chosen: dict[str, Slot] = {}
    for gap, pool in pools.items():
        order = (
            rows.permutation(min(len(pool), TRIES))
            if len(pool) < TRIES
            else rows.integers(len(pool), size=TRIES)
        )
        taken = {slot.values[0] for slot in chosen.values()}
        row = next((int(one) for one in order if pool.values[int(one)] not in taken), int(order[0]))
        chosen[gap] = pool.take([row])
    return chosen
