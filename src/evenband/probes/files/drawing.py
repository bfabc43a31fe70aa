"""Draws: which values, combinations, forms and fillers a probe gets.

The *standard* draw of a probe is one and the same everywhere: it depends on the probe's name only,
so that two people's figures are comparable. A *fresh* draw depends on a seed: values that the
standard draw does not have, as far as there are enough, other combinations, other random forms
and other fillers, so that its sentences are in no published file and yet equally hard.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from evenband import slots
from evenband.errors import InputError, UnknownReferenceError
from evenband.probes.files.combinations import combine
from evenband.probes.pairs.templates import Template, gaps, substitute
from evenband.randomness import named_stream
from evenband.registry import nearest
from evenband.slots import forms
from evenband.types import Slot

Size = Literal["quick", "standard", "full"]

QUICK = 32
"""Labels of a quick draw: over a suite they take two cores less than a minute."""

SENTENCES = 4
"""Templates of a quick or standard draw, unless the definition says otherwise."""

JOINED = " + "
"""Between the values of a label of several slots."""


@dataclass(frozen=True)
class Draw:
    """Which draw.

    Attributes:
        size: quick takes 32 labels of any probe, standard as many as the definition says, full all there are.
        fresh: seed of a fresh draw; ``None`` for the standard one.
    """

    size: Size = "standard"
    fresh: int | None = None

    @property
    def name(self) -> str:
        """For tables; empty for the standard draw."""
        return "" if self.fresh is None else f"fresh {self.fresh}"

    def count(self, size: int | None, available: int) -> int:
        """How many labels of those available; ``size`` is the standard draw's, ``None`` takes all."""
        wanted = available if size is None or self.size == "full" else min(available, size)
        return min(wanted, QUICK) if self.size == "quick" else wanted

    def sentences(self, size: int | None, wanted: int, available: int) -> int:
        """How many templates of those available."""
        return available if size is None or self.size == "full" else min(wanted, available)

    def rng(self, *names: str) -> np.random.Generator:
        """The random numbers of one use; the standard draw's do not depend on any seed."""
        return named_stream(*names, "standard" if self.fresh is None else f"fresh {self.fresh}")


@dataclass(frozen=True)
class Drawn:
    """The labels of a probe.

    Attributes:
        slot: n labels.
        parts: what fills the gaps besides ``{x}``, n strings each; all gaps of several slots.
        novel: share of the values that the standard draw does not have; ``None`` for that one.
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
    """The labels of a probe, and the forms of them that its templates use.

    Args:
        name: of the probe.
        references: slot reference of each slot, by the name of its gap.
        size: labels of the standard draw; all there are if ``None``.
        templates: with their gaps.
        draw: which draw.
        own: slots with values of the user's, of which those are left out that lack a form.

    Raises:
        InputError: if a slot cannot be loaded or a gap is no form or column of its slot.
    """
    used = dict.fromkeys(gap for template in templates for text in template.texts for gap in gaps(text))
    needed = {slot: [gap for gap in used if gap.partition(".")[0] == slot] for slot in own}
    found = {
        slot: _choose(name, slot, ref, size, draw, needed.get(slot, ())) for slot, ref in references.items()
    }
    chosen = {slot: values for slot, (values, _) in found.items()}
    novel = None if draw.fresh is None else float(np.mean([share for _, share in found.values()]))
    if list(chosen) == ["x"]:
        parts = {gap: form_of(name, gap, chosen, draw) for gap in used if gap != "x"}
        return Drawn(chosen["x"], parts, novel)
    longest = max(len(values) for values in chosen.values())
    wanted = longest if draw.size == "full" or size is None else size
    try:
        rows = combine(chosen, draw.count(size, wanted), lambda: draw.rng(name, "combinations"))
    except InputError as error:
        raise InputError(f"probe {name!r}: {error}") from None
    columns = {
        gap: tuple(strings[row] for row in rows[gap.partition(".")[0]])
        for gap in dict.fromkeys([*chosen, *used])
        if (strings := form_of(name, gap, chosen, draw))
    }
    labels = tuple(JOINED.join(label) for label in zip(*(columns[slot] for slot in chosen), strict=True))
    origin = "; ".join(f"{slot}: {values.origin}" for slot, values in chosen.items())
    return Drawn(Slot(" x ".join(references.values()), labels, origin), columns, novel)


def draw_fillers(
    name: str, references: Mapping[str, str], templates: Sequence[Template], draw: Draw
) -> tuple[Template, ...]:
    """The templates with their fillers filled in: a value of its own for each template.

    Raises:
        InputError: if a filler's slot cannot be loaded.
    """
    pools = {
        filler: _fillers(name, filler, reference, len(templates), draw)
        for filler, reference in references.items()
    }
    filled = []
    for row, template in enumerate(templates):
        wanted = dict.fromkeys(gap for text in template.texts for gap in gaps(text))
        values = {
            gap: form_of(name, gap, pools, draw)[row % len(pools[filler])]
            for gap in wanted
            if (filler := gap.partition(".")[0]) in pools
        }
        a, b, *others = (substitute(text, values) for text in template.texts)
        filled.append(Template(substitute(template.name, values), a, b, tuple(others)))
    return tuple(filled)


def _fillers(name: str, filler: str, reference: str, count: int, draw: Draw) -> Slot:
    """As many values of a filler as there are templates, or all, in random order."""
    pool = slots.load(reference, draw.rng(name, "filler", filler))
    order = draw.rng(name, "filler order", filler).permutation(len(pool))
    return pool.take(order[:count].tolist())


def _choose(
    name: str, slot: str, reference: str, size: int | None, draw: Draw, needed: Sequence[str]
) -> tuple[Slot, float]:
    """The values of one slot, in their own order, and the share that is not in the standard draw."""
    standard = slots.load(reference, named_stream(name, "pool", slot, "standard"))
    if needed:
        standard = _usable(name, slot, standard, needed, draw)
    if standard.letters:
        return standard, 0.0
    order = named_stream(name, "values", slot, "standard").permutation(len(standard)).tolist()
    if draw.fresh is None:
        return standard.take(sorted(order[: draw.count(size, len(standard))])), 0.0
    published = {standard.values[row] for row in order[: len(standard) if size is None else size]}
    pool = standard if needed else slots.load(reference, draw.rng(name, "pool", slot))
    again = draw.rng(name, "values", slot).permutation(len(pool)).tolist()
    again.sort(key=lambda row: pool.values[row] in published)
    rows = sorted(again[: draw.count(size, len(pool))])
    return pool.take(rows), sum(pool.values[row] not in published for row in rows) / len(rows)


def _usable(name: str, slot: str, values: Slot, needed: Sequence[str], draw: Draw) -> Slot:
    """The values that have every form that is needed.

    Raises:
        InputError: if none has.
    """
    kept, fault = [], None
    for row in range(len(values)):
        try:
            for gap in needed:
                form_of(name, gap, {slot: values.take([row])}, draw)
            kept.append(row)
        except UnknownReferenceError:
            raise
        except InputError as error:
            fault = error
    if not kept and fault is not None:
        raise fault
    return values.take(kept)


def form_of(name: str, gap: str, chosen: Mapping[str, Slot], draw: Draw) -> tuple[str, ...]:
    """What a gap such as ``x.plural.cap`` is for each value of its slot.

    The first step is a column of the slot, if it has one of that name, else a form; the others
    are forms.

    Raises:
        InputError: if there is no such slot, column or form.
    """
    slot, *steps = gap.split(".")
    if slot not in chosen:
        raise InputError(
            f"probe {name!r}: nothing fills {{{gap}}}{nearest(slot, list(chosen))} "
            f"(there are: {', '.join(chosen)})"
        )
    values, columns = chosen[slot].values, chosen[slot].columns
    for step, form in enumerate(steps):
        if step == 0 and form in columns:
            values = _strings(name, gap, chosen[slot].values, columns[form])
        else:
            path = ".".join((slot, *steps[: step + 1]))
            values = _apply(name, path, form, values, list(columns), draw)
    return values


def _strings(name: str, gap: str, labels: Sequence[str], column: Sequence[object]) -> tuple[str, ...]:
    """A column, if every cell has text."""
    for label, cell in zip(labels, column, strict=True):
        if not isinstance(cell, str) or not cell.strip():
            raise InputError(f"probe {name!r}: {{{gap}}} of {label!r} is {cell!r}, expected text")
    return tuple(str(cell) for cell in column)


def _apply(
    name: str, gap: str, form: str, values: tuple[str, ...], columns: Sequence[str], draw: Draw
) -> tuple[str, ...]:
    try:
        return forms.apply(form, values, draw.rng(name, "form", gap))
    except UnknownReferenceError as error:
        listed = f"; its columns are: {', '.join(columns)}" if columns else ""
        raise UnknownReferenceError(f"probe {name!r}: {{{gap}}}: {error}{listed}") from None
    except InputError as error:
        raise InputError(f"probe {name!r}: {{{gap}}}: {error}") from None
