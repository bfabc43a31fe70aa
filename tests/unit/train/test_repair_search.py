"""The search for a repair's map, on vectors with planted displacements."""

from __future__ import annotations

from typing import Literal

import numpy as np

from evenband.stats.linear_repair import mapped
from evenband.train.repair_search import search
from evenband.train.repair_vectors import FamilyVectors, GuardVectors

DIM, LABELS, SENTENCES = 48, 60, 4
AXES = np.eye(DIM)


def unit(rows: np.ndarray) -> np.ndarray:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def family(
    seed: int, displacement: Literal["common", "random", "meaning"], name: str = "planted"
) -> FamilyVectors:
    """A family whose change adds a common direction (axis 0), random ones, or one of meaning (axis 1)."""
    rng = np.random.default_rng(seed)
    templates: list[tuple[np.ndarray, ...]] = []
    for _ in range(SENTENCES):
        first = rng.normal(size=DIM) + 0.5 * rng.normal(size=(LABELS, DIM))
        if displacement == "common":
            templates.append((unit(first), unit(first + 8 * AXES[0])))
        elif displacement == "random":
            templates.append((unit(first), unit(first + rng.normal(size=(LABELS, DIM)))))
        else:
            changed = first + 2 * AXES[1]
            reworded = first + 0.1 * rng.normal(size=(LABELS, DIM))
            templates.append((unit(first), unit(changed), unit(reworded)))
    return FamilyVectors(name, "DIFF" if displacement == "meaning" else "INV", tuple(templates))


def guard(seed: int = 9) -> GuardVectors:
    rng = np.random.default_rng(seed)
    queries = rng.normal(size=(200, DIM))
    return GuardVectors(unit(queries), unit(queries + 0.4 * rng.normal(size=(200, DIM))))


def test_a_planted_direction_is_found_and_meaning_is_kept() -> None:
    """Pairs that a common direction moves pass on fresh vectors; a change of meaning stays long."""
    kept = family(2, "meaning", "kept")
    found = search([family(1, "common")], [kept], guard())
    assert found.matrix is not None
    assert found.chosen is not None
    fresh = family(3, "common")
    assert fresh.passing().mean() < 0.2
    assert fresh.passing(found.matrix).mean() > 0.95
    assert kept.passing(found.matrix).mean() >= kept.passing().mean() - 0.02
    assert np.linalg.norm(AXES[0] @ found.matrix) < 0.3
    assert np.linalg.norm(AXES[1] @ found.matrix) > 0.9
    assert found.chosen.guard >= -0.01


def test_random_displacements_are_not_repaired() -> None:
    """Where every pair moves its own way there is no map, or one without a gain on fresh vectors."""
    found = search([family(4, "random")], [], guard())
    if found.matrix is not None:
        fresh = family(5, "random")
        assert fresh.passing(found.matrix).mean() < fresh.passing().mean() + 0.05


def test_a_guard_that_needs_the_direction_forbids_its_removal() -> None:
    """Where the search lives on the very direction, removing it costs too much and is not chosen."""
    rng = np.random.default_rng(6)
    line = np.linspace(-12, 12, 200)[:, None] * AXES[0]
    noise = 0.05 * rng.normal(size=(2, 200, DIM))
    needed = GuardVectors(unit(line + AXES[2] + noise[0]), unit(line + AXES[2] + noise[1]))
    found = search([family(1, "common")], [], needed, most_cost=0.01)
    if found.matrix is not None:
        assert needed.recall(found.matrix) >= needed.recall() - 0.02
    free = search([family(1, "common")], [], needed, most_cost=1.0)
    assert free.matrix is not None
    assert needed.recall(free.matrix) < needed.recall() - 0.05


def test_halves_share_no_label_and_no_sentence() -> None:
    """What chooses the strength was not learned from: other sentences and other labels."""
    whole = family(7, "common")
    first, second = whole.halves()
    rows = [{row.tobytes() for texts in part.templates for row in texts[0]} for part in (first, second)]
    assert not rows[0] & rows[1]
    assert len(first.templates) == len(second.templates) == SENTENCES // 2
    assert len(first.templates[0][0]) + len(second.templates[0][0]) == LABELS


def test_passing_agrees_with_the_definition() -> None:
    """INV passes where b is nearer to a than any other label is, DIFF by its nearer paraphrases."""
    inv, diff = family(8, "random"), family(8, "meaning")
    for one in (inv, diff):
        matrix = np.diag(np.linspace(0.5, 2, DIM))
        table = one.passing(matrix)
        for j, texts in enumerate(one.templates):
            a, b, *others = (mapped(text, matrix) for text in texts)
            for i in range(LABELS):
                own = a[i] @ b[i]
                if one.type == "INV":
                    assert table[i, j] == (own > max(a[i] @ a[k] for k in range(LABELS) if k != i))
                else:
                    assert table[i, j] == np.mean([a[i] @ other[i] > own for other in others])
