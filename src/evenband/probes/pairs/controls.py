"""Control perturbations: does a label that reacts to the probe's change react to any change?

Small changes that are not the probe's own are made to its first texts, for the labels that stood
out and for a random baseline of labels that did not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from evenband.probes.pairs.minimal_pairs import PLACEHOLDER, MinimalPairs, Template
from evenband.types.details import FOLLOWED, UNREMARKABLE

BASELINE = 100
"""Unremarkable labels that say how far a control perturbation moves a text as a rule."""

SENTENCES = 3
"""At most so many of the probe's sentences are perturbed."""


def controls_of(
    probe: MinimalPairs, labels: Sequence[str], templates: Sequence[str], rng: np.random.Generator
) -> MinimalPairs:
    """A probe that perturbs the given labels, and others beside them, in three ways.

    Args:
        probe: whose outliers are followed up.
        labels: those that stood out.
        templates: names of the templates in which they did, most important first.
        rng: draws the baseline.
    """
    chosen = set(labels)
    rows = [row for row, value in enumerate(probe.slot.values) if value in chosen]
    others = [row for row, value in enumerate(probe.slot.values) if value not in chosen]
    drawn = sorted(rng.choice(others, min(BASELINE, len(others)), replace=False).tolist()) if others else []
    kept = probe.take([*rows, *drawn])
    groups = (FOLLOWED,) * len(rows) + (UNREMARKABLE,) * len(drawn)
    known = {template.name: template for template in probe.templates}
    names = dict.fromkeys([*templates, *known])
    sentences: dict[str, Template] = {}
    for name in names:
        if name in known:
            sentences.setdefault(known[name].a, known[name])
    return replace(
        kept,
        name=f"{probe.name}~controls",
        type="INV",
        effect="keeps",
        why="A label that moves under these changes, too, is fragile: nothing special to the probe.",
        slot=replace(kept.slot, columns={**kept.slot.columns, "group": groups}),
        templates=tuple(
            changed for sentence in list(sentences.values())[:SENTENCES] for changed in perturb(sentence)
        ),
        of=probe.name,
        roles=(probe.role(0),) * 2 if probe.roles else (),
    )


def perturb(template: Template) -> tuple[Template, ...]:
    """A full stop, a trailing "now", and the article put in or exchanged, where there is a place for it."""
    text = template.a
    stop = text[:-1] + "!" if text.endswith(".") else text + "."
    changes = {"full stop": stop, "now": f"{text.rstrip('.!?')} now", "article": _with_article(text)}
    return tuple(
        Template(f"{name}: {text}", text, changed) for name, changed in changes.items() if changed != text
    )


def _with_article(text: str) -> str:
    """The article exchanged, a -> the, the -> a, or "the" put in where there is none."""
    swapped = re.sub(rf"\b(an?|the) {re.escape(PLACEHOLDER)}", _other_article, text, flags=re.IGNORECASE)
    return swapped if swapped != text else text.replace(PLACEHOLDER, f"the {PLACEHOLDER}")


def _other_article(match: re.Match[str]) -> str:
    other = "a" if match[1].lower() == "the" else "the"
    return f"{other.capitalize() if match[1][0].isupper() else other} {PLACEHOLDER}"
