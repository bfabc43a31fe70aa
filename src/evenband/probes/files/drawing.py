"""Draws: which values, combinations, forms and fillers a probe gets.

The *standard* draw of a probe depends on the probe's name only. It is the same everywhere, so that two
people's figures are comparable. A *fresh* draw depends on a seed: it takes values that the standard draw does
not have, as far as there are enough, other combinations, other random forms and other fillers. Its sentences
are in no published file and yet equally hard.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from evenband import slots
from evenband.errors import InputError, UnfitValuesError, UnknownReferenceError
from evenband.probes.files.combinations import combine, combined_slot
from evenband.probes.files.gap_values import allowed_values, forms_first, values_of
from evenband.probes.pairs.templates import Template, gaps, substitute
from evenband.randomness import named_stream
from evenband.types import Slot
from evenband.unshown_words import VALUE_SEPARATOR

Size = Literal["quick", "standard", "full"]

QUICK = 32
"""Number of labels of a quick draw; a whole suite of them takes two cores less than a minute."""

STANDARD_SENTENCES = 4
"""Number of templates of a quick or standard draw, unless the definition says otherwise."""


@dataclass(frozen=True)
class Draw:
    """Size and seed of a draw.

    Attributes:
        size: ``quick`` takes 32 labels of any probe, ``standard`` as many as the definition says, ``full``
            all that there are.
        fresh: seed of a fresh draw; ``None`` for the standard one.
        skip_bad: whether rows of the user's files of which nothing can be measured are left out.
        allowed: whether a fresh draw may take a value or filler; all of them if not given. Single letters are
            never divided.
    """

    size: Size = "standard"
    fresh: int | None = None
    skip_bad: bool = False
    allowed: Callable[[str], bool] | None = None

    @property
    def name(self) -> str:
        """Name for tables; empty for the standard draw."""
        return "" if self.fresh is None else f"fresh {self.fresh}"

    def count(self, size: int | None, available: int) -> int:
        """Return the number of labels to take.

        Args:
            size: number of labels of the standard draw; ``None`` for all.
            available: number of labels that there are.
        """
        wanted = available if size is None or self.size == "full" else min(available, size)
        return min(wanted, QUICK) if self.size == "quick" else wanted

    def sentences(self, size: int | None, wanted: int, available: int) -> int:
        """Return the number of templates to take.

        Args:
            size: number of labels of the standard draw; a probe without one takes all its templates.
            wanted: number of templates of the quick and the standard draw.
            available: number of templates that there are.
        """
        return available if size is None or self.size == "full" else min(wanted, available)

    def rng(self, *names: str) -> np.random.Generator:
        """Return the random numbers of one use; those of the standard draw depend on no seed."""
        return named_stream(*names, "standard" if self.fresh is None else f"fresh {self.fresh}")


@dataclass(frozen=True)
class Drawn:
    """The labels of a probe.

    Attributes:
        slot: n labels.
        parts: n strings for each gap other than ``{x}``; of several slots, for all gaps.
        novel: share of the values that the standard draw does not have, in [0, 1]; ``None`` for the
            standard draw.
    """

    slot: Slot
    parts: Mapping[str, tuple[str, ...]]
    novel: float | None


def draw_labels(
    name: str,
    references: Mapping[str, str],
    size: int | None,
    templates: Sequence[Template],
    draw: Draw,
    own: Collection[str] = (),
) -> Drawn:
    """Draw the labels of a probe, and the forms of them that its templates use.

    Args:
        name: of the probe.
        references: slot reference of each slot, by the name of its gap.
        size: number of labels of the standard draw; ``None`` for all that there are.
        templates: with their gaps.
        draw: which draw.
        own: slots with the user's own values; values that lack a needed form are left out of these.

    Raises:
        InputError: if a slot cannot be loaded or a gap is no form or column of its slot.
    """
    used = _used_gaps(templates)
    needed = {slot: [gap for gap in used if gap.partition(".")[0] == slot] for slot in own}
    drawn = {
        slot: _draw_slot(name, slot, reference, size, draw, needed.get(slot, ()))
        for slot, reference in references.items()
    }
    chosen = {slot: values for slot, (values, _) in drawn.items()}
    read = {slot: forms_first(values) if slot in own else values for slot, values in chosen.items()}
    novel = None if draw.fresh is None else float(np.mean([share for _, share in drawn.values()]))
    if list(chosen) == ["x"]:
        parts = {gap: values_of(name, gap, read, draw.rng) for gap in used if gap != "x"}
        return Drawn(chosen["x"], parts, novel)
    rows = _combined_rows(name, chosen, size, draw)
    parts = {
        gap: tuple(strings[row] for row in rows[gap.partition(".")[0]])
        for gap in dict.fromkeys([*chosen, *used])
        if (strings := values_of(name, gap, read, draw.rng))
    }
    labels = tuple(
        VALUE_SEPARATOR.join(label) for label in zip(*(parts[slot] for slot in chosen), strict=True)
    )
    slot = combined_slot(" x ".join(references.values()), labels, chosen)
    return Drawn(slot, parts, novel)


def draw_fillers(
    name: str, references: Mapping[str, str], templates: Sequence[Template], draw: Draw
) -> tuple[Template, ...]:
    """Fill the fillers' gaps of the templates, with another value for each template.

    Args:
        name: of the probe.
        references: slot reference of each filler, by the name of its gap.
        templates: with their gaps.
        draw: which draw.

    Raises:
        InputError: if a filler's slot cannot be loaded.
    """
    pools = {
        filler: _draw_filler(name, filler, reference, len(templates), draw)
        for filler, reference in references.items()
    }
    filled = []
    for row, template in enumerate(templates):
        values = {
            gap: values_of(name, gap, pools, draw.rng)[row % len(pools[filler])]
            for gap in _used_gaps([template])
            if (filler := gap.partition(".")[0]) in pools
        }
        a, b, *others = (substitute(text, values) for text in template.texts)
        filled.append(Template(substitute(template.name, values), a, b, tuple(others)))
    return tuple(filled)


def _used_gaps(templates: Sequence[Template]) -> list[str]:
    """Return the gaps of some templates, in order, without repeats."""
    return list(dict.fromkeys(gap for template in templates for text in template.texts for gap in gaps(text)))


def _combined_rows(
    name: str, chosen: Mapping[str, Slot], size: int | None, draw: Draw
) -> dict[str, list[int]]:
    """Return the row of each slot for every label of several slots.

    Raises:
        UnfitValuesError: if there are too few values for one label.
    """
    longest = max(len(values) for values in chosen.values())
    wanted = longest if draw.size == "full" or size is None else size
    try:
        return combine(chosen, draw.count(size, wanted), lambda: draw.rng(name, "combinations"))
    except InputError as error:
        raise UnfitValuesError(f"probe {name!r}: {error}") from None


def _draw_filler(name: str, filler: str, reference: str, count: int, draw: Draw) -> Slot:
    """Draw ``count`` values of a filler, or all if there are fewer, in random order."""
    pool = allowed_values(name, filler, slots.load(reference, draw.rng(name, "filler", filler)), draw.allowed)
    order = draw.rng(name, "filler order", filler).permutation(len(pool))
    return pool.take(order[:count].tolist())


def _draw_slot(
    name: str, slot: str, reference: str, size: int | None, draw: Draw, needed: Sequence[str]
) -> tuple[Slot, float]:
    """Draw the values of one slot, kept in their own order.

    Returns:
        The values, and the share of them that the standard draw does not have.
    """
    standard = slots.load(reference, named_stream(name, "pool", slot, "standard"))
    if needed:
        standard = _with_forms(name, slot, standard, needed, draw)
    if standard.letters:
        return standard, 0.0
    order = named_stream(name, "values", slot, "standard").permutation(len(standard)).tolist()
    if draw.fresh is None:
        return standard.take(sorted(order[: draw.count(size, len(standard))])), 0.0
    published = {standard.values[row] for row in order[: len(standard) if size is None else size]}
    pool = standard if needed else slots.load(reference, draw.rng(name, "pool", slot))
    pool = allowed_values(name, slot, pool, draw.allowed)
    fresh_order = draw.rng(name, "values", slot).permutation(len(pool)).tolist()
    fresh_order.sort(key=lambda row: pool.values[row] in published)
    rows = sorted(fresh_order[: draw.count(size, len(pool))])
    return pool.take(rows), sum(pool.values[row] not in published for row in rows) / len(rows)


def _with_forms(name: str, slot: str, values: Slot, needed: Sequence[str], draw: Draw) -> Slot:
    """Return the values that have every form that is needed.

    Raises:
        UnfitValuesError: if none has.
    """
    rows: list[int] = []
    fault: InputError | None = None
    for row in range(len(values)):
        try:
            for gap in needed:
                values_of(name, gap, {slot: forms_first(values.take([row]))}, draw.rng)
            rows.append(row)
        except UnknownReferenceError:
            raise
        except InputError as error:
            fault = error
    if not rows and fault is not None:
        raise UnfitValuesError(str(fault))
    return values.take(rows)
