"""Pass criteria of DIFF and ORDER probes, with encoders whose answers are computed by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from evenband.errors import InputError
from evenband.probes.pairs.minimal_pairs import MinimalPairs, Template
from evenband.stats.ordering import passes
from evenband.types import ModelSpec, ProbeType, Role, Slot, Vectors

SLOT = Slot("list:", ("ash", "elm", "oak"), "test")


@dataclass
class Angled:
    """Encoder of the angle that stands at a text's end, in degrees; it remembers each text's role."""

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
    """Return a probe of one template."""
    return MinimalPairs("p", type_, "changes", "", SLOT, (template,), roles=roles)


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
    """A DIFF cell passes by the share of paraphrases nearer than the changed text, ties one half."""
    template = Template(
        "t", "{x} 0", f"{{x}} {changed}", tuple(f"{{x}} again {k}: {angle}" for k, angle in enumerate(same))
    )
    measurement = _probe("DIFF", template).measure(Angled())
    assert measurement.details["pass"].ravel().tolist() == [rate] * 3
    np.testing.assert_allclose(measurement.scores, np.cos(np.radians(changed)), atol=1e-6)
    np.testing.assert_allclose(measurement.details["score_d"], np.cos(np.radians(same[1])), atol=1e-6)
    assert list(measurement.texts) == ["text_a", "text_b", "text_c", "text_d"]


@pytest.mark.parametrize(("relevant", "irrelevant", "rate"), [(10, 20, 1.0), (20, 10, 0.0), (-20, 20, 0.5)])
def test_an_order_cell_passes_if_the_relevant_text_is_nearer(
    relevant: int, irrelevant: int, rate: float
) -> None:
    """An ORDER cell passes if the relevant text is nearer than the irrelevant one, ties one half."""
    template = Template("t", "q {x} 0", f"d {{x}} {relevant}", (f"d not {{x}} {irrelevant}",))
    measurement = _probe("ORDER", template).measure(Angled())
    assert measurement.details["pass"].ravel().tolist() == [rate] * 3


def test_each_text_has_its_role_in_the_noise_floor_too() -> None:
    """Queries are embedded as queries and documents as documents."""
    encoder = Angled()
    template = Template("t", "q {x} 0", "d {x} 10", ("d not {x} 20",))
    measurement = _probe("ORDER", template, (Role.QUERY, Role.DOCUMENT, Role.DOCUMENT)).measure(encoder)
    assert encoder.roles["q ash 0"] is Role.QUERY
    assert {encoder.roles[text] for text in ("d ash 10", "d not ash 20")} == {Role.DOCUMENT}
    assert measurement.probe.roles == ("query", "document", "document")


def test_the_type_decides_how_many_texts_there_are() -> None:
    """A DIFF probe without a paraphrase and an INV probe with three texts are refused."""
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
    """Encoder that sums one fixed direction per word, so that a swap's distance can be computed by hand."""

    spec: ModelSpec = field(default_factory=lambda: ModelSpec("s", "s", "test", "1", "float32", 64))

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        return np.array([self.sum(text) for text in texts], dtype=np.float32).reshape(len(texts), 64)

    def sum(self, text: str) -> np.ndarray:
        directions = [np.random.default_rng(list(word.encode())).normal(size=64) for word in text.split()]
        weights = [3.0 if word.startswith("big") else 1.0 for word in text.split()]
        return np.average(directions, axis=0, weights=weights)


def test_the_swap_baseline_of_several_slots_exchanges_one_of_them() -> None:
    """Swap is the mean over slots of the distance that exchanging one slot makes."""
    n = 30
    parts = {"x": tuple(f"big{i}" for i in range(n)), "y": tuple(f"small{i}" for i in range(n))}
    slot = Slot("", tuple(f"{x} + {y}" for x, y in zip(*parts.values(), strict=True)), "test")
    templates = (Template("t", "from {x} to {y}", "to {x} from {y}", ("{x} via {y}",)),)
    measurement = MinimalPairs("p", "DIFF", "changes", "", slot, templates, parts=parts).measure(Spelled())
    big, small = (np.nanmedian(measurement.details[f"swap_{slot}"]) for slot in "xy")
    assert big > 2 * small
    np.testing.assert_allclose(measurement.details["swap"], (big + small) / 2)
    unit = [v / np.linalg.norm(v) for v in map(Spelled().sum, ("from big0 to small0", "from big1 to small0"))]
    assert measurement.details["swap_x"][0, 0] == pytest.approx(1 - unit[0] @ unit[1], abs=1e-6)
    assert measurement.columns["x"] == parts["x"]
