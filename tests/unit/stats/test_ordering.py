"""What must hold of a DIFF and of an ORDER probe, with encoders whose answers are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from evenband.errors import InputError
from evenband.probes.pairs.minimal_pairs import MinimalPairs, Template
from evenband.stats.ordering import passes
from evenband.types import ModelSpec, PairsMeasurement, ProbeType, Role, Slot, Vectors

SLOT = Slot("list:", ("ash", "elm", "oak"), "test")


@dataclass
class Angled:
    """A text's angle is the number at its end, in degrees; remembers which role each text had."""

    spec: ModelSpec = field(default_factory=lambda: ModelSpec("a", "a", "test", "1", "float32", 2))
    roles: dict[str, Role] = field(default_factory=dict)

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        self.roles |= dict.fromkeys(texts, role)
        angles = np.radians([self._angle(text) for text in texts])
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)

    def _angle(self, text: str) -> float:
        last = text.split()[-1]
        return float(last) if last.lstrip("-").replace(".", "").isdigit() else 45.0


def _probe(type_: ProbeType, template: Template, roles: tuple[Role, ...] = ()) -> MinimalPairs:
    return MinimalPairs("p", type_, "changes", "", SLOT, (template,), roles=roles)


def passes_in(made: PairsMeasurement) -> list[float]:
    assert made.details.passes is not None
    return [float(one) for one in made.details.passes.ravel()]


@pytest.mark.parametrize(
    ("changed", "same", "rate"),
    [
        (20, (10, 10), 1.0),
        (20, (10, 30), 0.5),
        (20, (30, 40), 0.0),
        (20, (20, 10), 0.75),
        (20, (-20, 20), 0.5),
    ],
)
def test_a_diff_cell_passes_by_the_share_of_paraphrases_that_are_nearer(
    changed: int, same: tuple[int, int], rate: float
) -> None:
    """Nearer than the changed text; a tie counts one half."""
    template = Template(
        "t", "{x} 0", f"{{x}} {changed}", tuple(f"{{x}} again {k}: {angle}" for k, angle in enumerate(same))
    )
    made = _probe("DIFF", template).measure(Angled())
    assert passes_in(made) == [rate] * 3
    np.testing.assert_allclose(made.scores, np.cos(np.radians(changed)), atol=1e-6)
    np.testing.assert_allclose(made.details.similar[1], np.cos(np.radians(same[1])), atol=1e-6)
    assert len(made.details.texts) == 4


@pytest.mark.parametrize(("relevant", "irrelevant", "rate"), [(10, 20, 1.0), (20, 10, 0.0), (-20, 20, 0.5)])
def test_an_order_cell_passes_if_the_relevant_text_is_nearer(
    relevant: int, irrelevant: int, rate: float
) -> None:
    """A tie counts one half."""
    template = Template("t", "q {x} 0", f"d {{x}} {relevant}", (f"d not {{x}} {irrelevant}",))
    made = _probe("ORDER", template).measure(Angled())
    assert passes_in(made) == [rate] * 3


def test_each_text_has_its_role_in_the_noise_floor_too() -> None:
    """A query is embedded as a query, its documents as documents."""
    encoder = Angled()
    template = Template("t", "q {x} 0", "d {x} 10", ("d not {x} 20",))
    made = _probe("ORDER", template, (Role.QUERY, Role.DOCUMENT, Role.DOCUMENT)).measure(encoder)
    assert encoder.roles["q ash 0"] is Role.QUERY
    assert {encoder.roles[text] for text in ("d ash 10", "d not ash 20")} == {Role.DOCUMENT}
    assert made.probe.roles == ("query", "document", "document")


def test_the_type_decides_how_many_texts_there_are() -> None:
    """A DIFF probe without a paraphrase has nothing to compare with."""
    with pytest.raises(InputError, match="got templates of 2 texts, expected three or more"):
        _probe("DIFF", Template("t", "{x}", "{x} b"))
    with pytest.raises(InputError, match="got templates of 3 texts, expected two texts each"):
        _probe("INV", Template("t", "{x}", "{x} b", ("{x} c",)))


def test_passing_is_an_ordering() -> None:
    """Any rising function of the similarities gives the same passes."""
    rng = np.random.default_rng(5)
    scores = [rng.uniform(-1, 1, 200) for _ in range(3)]
    types: tuple[ProbeType, ...] = ("DIFF", "ORDER")
    for type_ in types:
        plain = passes(type_, scores, 0.0)
        bent = passes(type_, [np.exp(3 * s) for s in scores], 0.0)
        np.testing.assert_array_equal(plain, bent)


@dataclass
class Spelled:
    """Sums one fixed direction for each word, so that a swap's distance can be computed by hand."""

    spec: ModelSpec = field(default_factory=lambda: ModelSpec("s", "s", "test", "1", "float32", 64))

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        return np.array([self.sum(text) for text in texts], dtype=np.float32).reshape(len(texts), 64)

    def sum(self, text: str) -> np.ndarray:
        directions = [np.random.default_rng(list(word.encode())).normal(size=64) for word in text.split()]
        weights = [3.0 if word.startswith("big") else 1.0 for word in text.split()]
        return np.average(directions, axis=0, weights=weights)


def test_the_swap_baseline_of_several_slots_exchanges_one_of_them() -> None:
    """A slot whose words weigh more moves the text farther, and swap is the mean of the two."""
    n = 30
    parts = {"x": tuple(f"big{i}" for i in range(n)), "y": tuple(f"small{i}" for i in range(n))}
    slot = Slot("", tuple(f"{x} + {y}" for x, y in zip(*parts.values(), strict=True)), "test")
    templates = (Template("t", "from {x} to {y}", "to {x} from {y}", ("{x} via {y}",)),)
    made = MinimalPairs("p", "DIFF", "changes", "", slot, templates, parts=parts).measure(Spelled())
    big, small = (np.nanmedian(made.details.exchange[slot]) for slot in "xy")
    assert big > 2 * small
    assert made.details.swap is not None
    np.testing.assert_allclose(made.details.swap, (big + small) / 2)
    unit = [v / np.linalg.norm(v) for v in map(Spelled().sum, ("from big0 to small0", "from big1 to small0"))]
    assert made.details.exchange["x"][0, 0] == pytest.approx(1 - unit[0] @ unit[1], abs=1e-6)
    assert made.columns["x"] == parts["x"]
