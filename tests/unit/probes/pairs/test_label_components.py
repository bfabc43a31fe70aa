"""What labels mean to a model, kept in a measurement: principal components of their texts a."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from evenband import encoders
from evenband.probes.pairs.budget_size import is_searched
from evenband.probes.pairs.label_components import principal_components
from evenband.probes.pairs.minimal_pairs import MinimalPairs, Template
from evenband.running.budgets import measure_within
from evenband.slots import wordnet
from evenband.types import PairsMeasurement

LABELS = 220
PROBE = MinimalPairs(
    name="comma",
    type="INV",
    effect="keeps",
    why="",
    slot=wordnet.load("person.n.01").take(range(0, 4_400, 20)),
    templates=tuple(
        Template(verb, f"let's {verb}, {{x}}", f"let's {verb} {{x}}")
        for verb in ("eat", "go", "cook", "sing")
    ),
)


def components(probe: MinimalPairs) -> NDArray[np.float16] | None:
    """Measure with bags of characters, and return the components."""
    made: PairsMeasurement = probe.measure(encoders.load("toy:chars"))
    return made.details.components


def test_components_keep_what_singular_values_say() -> None:
    """numpy's singular value decomposition has the same coordinates, up to their signs."""
    rows = np.random.default_rng(0).normal(size=(90, 12)) * np.geomspace(3, 0.1, 12)
    u, s, _ = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)
    found = principal_components(rows, 5)
    np.testing.assert_allclose(np.abs(found), np.abs(u * s)[:, :5], atol=1e-10)
    assert (found[np.abs(found).argmax(axis=0), range(5)] > 0).all(), "signs do not depend on the machine"
    assert principal_components(rows, 50).shape == (90, 12)


def test_cosines_of_components_are_those_of_the_texts() -> None:
    """Two labels are as alike as the means of their texts a, beside what all have in common."""
    found = components(PROBE)
    assert found is not None
    assert found.shape == (LABELS, 64)
    assert found.dtype == np.float16
    encoder = encoders.load("toy:chars")
    vectors = np.mean([encoder.encode(PROBE.texts(one)[0]) for one in PROBE.templates], axis=0)
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    centred = vectors - vectors.mean(axis=0)
    kept = found.astype(np.float64)
    share = (kept**2).sum() / (centred**2).sum()
    assert 0.5 < share <= 1.001
    whole, part = (x @ x.T / np.outer(*[np.linalg.norm(x, axis=1)] * 2) for x in (centred, kept))
    upper = np.triu_indices(LABELS, 1)
    assert np.corrcoef(whole[upper], part[upper])[0, 1] > 0.8


@pytest.mark.parametrize(
    "probe",
    [
        replace(PROBE, templates=PROBE.templates[:2]),
        PROBE.take(range(199)),
        replace(PROBE, of="comma"),
    ],
    ids=["two templates", "199 labels", "controls"],
)
def test_nothing_is_kept_where_no_cell_is_tested(probe: MinimalPairs) -> None:
    """A measurement that no detector reads stays as small as it was."""
    assert components(probe) is None


def test_chosen_labels_keep_their_own() -> None:
    """Taking labels out of a measurement takes their components."""
    made = PROBE.measure(encoders.load("toy:chars"))
    taken = made.take([5, 3])
    assert made.details.components is not None
    assert taken.details.components is not None
    np.testing.assert_array_equal(taken.details.components, made.details.components[[5, 3]])


def test_a_budget_that_pays_for_all_labels_changes_nothing() -> None:
    """Their cells are tested as without it."""
    np.testing.assert_array_equal(components(replace(PROBE, budget=10 * LABELS)), components(PROBE))


def test_labels_that_were_searched_for_keep_none() -> None:
    """They are no sample, and no cell of theirs is tested."""
    people = wordnet.load("person.n.01")
    probe = replace(PROBE, slot=people.take(range(0, len(people), 6)), budget=8 * 850)
    assert is_searched(probe, 850)
    encoder = encoders.load("toy:chars")
    made = measure_within(probe, encoder, encoder, np.random.default_rng(0))
    assert made.details.design is not None
    assert made.details.components is None
