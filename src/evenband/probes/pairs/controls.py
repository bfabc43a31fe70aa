"""Control perturbations: does a label that reacts to the probe's change react to any change?

Small changes other than the probe's own are made to its first texts, for the labels that stood out and for
random labels that did not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from evenband.probes.pairs.minimal_pairs import PLACEHOLDER, MinimalPairs, Template
from evenband.types.details import CONTROLS_SUFFIX, FOLLOWED, UNREMARKABLE

UNREMARKABLE_LABELS = 100
"""Number of unremarkable labels; they show how far a control perturbation moves an ordinary text."""

MOST_CONTROL_SENTENCES = 3
"""Largest number of the probe's sentences that are perturbed."""


def controls_of(
    probe: MinimalPairs, labels: Sequence[str], templates: Sequence[str], rng: np.random.Generator
) -> MinimalPairs:
    """Return a probe that perturbs outliers, and unremarkable labels beside them, in three ways.

    Args:
        probe: the probe whose outliers are followed up.
        labels: the labels that stood out.
        templates: names of the templates in which they did, most important first.
        rng: draws the unremarkable labels.
    """
    outliers = set(labels)
    rows = [row for row, value in enumerate(probe.slot.values) if value in outliers]
    others = [row for row, value in enumerate(probe.slot.values) if value not in outliers]
    size = min(UNREMARKABLE_LABELS, len(others))
    drawn = sorted(rng.choice(others, size, replace=False).tolist()) if others else []
    followed = probe.take([*rows, *drawn])
    groups = (FOLLOWED,) * len(rows) + (UNREMARKABLE,) * len(drawn)
    return replace(
        followed,
        name=f"{probe.name}{CONTROLS_SUFFIX}",
        type="INV",
        effect="keeps",
        why="A label that moves under these changes, too, is fragile: nothing special to the probe.",
        slot=replace(
            followed.slot,
            columns={**followed.slot.columns, "group": groups},
            own=followed.slot.own | {"group"},
        ),
        templates=_control_templates(probe, templates),
        of=probe.name,
        roles=(probe.role(0),) * 2 if probe.roles else (),
    )


def _control_templates(probe: MinimalPairs, first: Sequence[str]) -> tuple[Template, ...]:
    """Return the perturbations of a few different sentences, those of the templates ``first`` first."""
    by_name = {template.name: template for template in probe.templates}
    sentences: dict[str, Template] = {}
    for name in dict.fromkeys([*first, *by_name]):
        if name in by_name:
            sentences.setdefault(by_name[name].a, by_name[name])
    perturbed = list(sentences.values())[:MOST_CONTROL_SENTENCES]
    return tuple(control for template in perturbed for control in perturb(template))


def perturb(template: Template) -> tuple[Template, ...]:
    """Return a template for each small change of text a.

    The changes are a full stop, a trailing "now", and an article inserted or exchanged. One that would
    leave the text as it is, is left out.
    """
    text = template.a
    stop = text[:-1] + "!" if text.endswith(".") else text + "."
    changes = {"full stop": stop, "now": f"{text.rstrip('.!?')} now", "article": _with_article(text)}
    return tuple(
        Template(f"{name}: {text}", text, changed) for name, changed in changes.items() if changed != text
    )


def _with_article(text: str) -> str:
    """Exchange the article before the gap (a -> the, the -> a), or insert "the" where there is none."""
    exchanged = re.sub(rf"\b(an?|the) {re.escape(PLACEHOLDER)}", _other_article, text, flags=re.IGNORECASE)
    return exchanged if exchanged != text else text.replace(PLACEHOLDER, f"the {PLACEHOLDER}")


def _other_article(match: re.Match[str]) -> str:
    other = "a" if match[1].lower() == "the" else "the"
    return f"{other.capitalize() if match[1][0].isupper() else other} {PLACEHOLDER}"
