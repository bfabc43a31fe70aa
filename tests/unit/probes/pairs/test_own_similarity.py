"""A model that is made for another similarity than the cosine is measured as its users measure it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pytest

from evenband.analysis.pairs.violations import margins_of, violations_of
from evenband.errors import InputError, RunError
from evenband.probes.pairs.minimal_pairs import MinimalPairs, Template
from evenband.records import RunDirectory
from evenband.records.parquet import read, to_bytes
from evenband.similarity import paired_own, paired_similarity
from evenband.types import ModelSpec, PairsMeasurement, ProbeType, Role, Similarity, Slot, Vectors
from unit.analysis.pairs.labelled import audit

WORDS = tuple(f"word{k}" for k in range(30))
OTHERS: dict[ProbeType, tuple[str, ...]] = {"INV": (), "DIFF": ("not {x}",), "ORDER": ("not {x}",)}


def _probe(type_: ProbeType) -> MinimalPairs:
    return MinimalPairs(
        "made", type_, "keeps", "", Slot("list:", WORDS, "test", {}),
        (Template("t", "{x}", "{x}, please", OTHERS[type_]),),
    )  # fmt: skip


class Long:
    """A vector of its own for every text, of a length of its own; embedded again it is a little longer."""

    def __init__(self, similarity: Similarity, scale: float = 1.0, noise: float = 0.0) -> None:
        self.spec = ModelSpec("long", "long", "test", "1", "float32", 8, similarity=similarity)
        self._scale, self._noise, self._calls = scale, noise, 0

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        self._calls += 1
        longer = 1 + self._noise * (self._calls > 1)
        return np.stack([self.vector(text) for text in texts]) * np.float32(longer)

    def vector(self, text: str) -> Vectors:
        seeds = [crc32(part.encode()) for part in (text.partition(",")[0], text)]
        base, own = (np.random.default_rng(seed).standard_normal(8) for seed in seeds)
        length = np.exp(np.random.default_rng(seeds[1] + 7).uniform(-1, 1))
        return np.asarray((base + 0.5 * own) * length * self._scale, np.float32)


@pytest.mark.parametrize("similarity", ["dot", "euclidean", "manhattan"])
@pytest.mark.parametrize("type_", ["DIFF", "ORDER"])
def test_what_passes_is_what_the_own_similarity_orders(type_: ProbeType, similarity: Similarity) -> None:
    """The pass rate is the brute-force one; scores stay cosine, and the own ones stand beside them."""
    encoder = Long(similarity)
    made: Any = _probe(type_).measure(encoder)
    a, b, c = (encoder.encode([*texts]) for texts in (column[:, 0] for column in made.details.texts))
    own = [paired_own(similarity, a, other) for other in (b, c)]
    expected = own[1] > own[0] if type_ == "DIFF" else own[0] > own[1]
    assert np.array_equal(made.details.passes[:, 0] == 1, expected)
    assert made.scores[:, 0] == pytest.approx(paired_similarity(a, b))
    assert [table[:, 0] for table in made.details.own] == [pytest.approx(table) for table in own]
    by_cosine: Any = _probe(type_).measure(Long("cosine")).details.passes
    assert not np.array_equal(by_cosine, made.details.passes), "the case tells the two apart"
    assert np.array_equal(margins_of(made)[:, 0] > 0, expected)
    assert all(one.scores[0] in made.details.own[0] for one in violations_of(made))


def test_invariance_counts_rivals_by_the_own_similarity() -> None:
    """Of 29 other words, those that are nearer by dot product; medians and spread stay cosine."""
    encoder = Long("dot")
    made: Any = _probe("INV").measure(encoder)
    cosine: Any = _probe("INV").measure(Long("cosine"))
    a, b = (encoder.encode([*column[:, 0]]).astype(float) for column in made.details.texts)
    table = a @ a.T
    np.fill_diagonal(table, -np.inf)
    nearer = (table > (a * b).sum(axis=1)[:, None]).sum(axis=1)
    assert made.details.nearer[:, 0].tolist() == nearer.tolist()
    assert made.details.passes[:, 0].tolist() == (nearer == 0).astype(float).tolist()
    assert made.details.passes.mean() != cosine.details.passes.mean()
    assert made.details.swap == pytest.approx(cosine.details.swap)
    assert np.array_equal(made.scores, cosine.scores)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_what_noise_can_turn_round_is_a_tie_in_the_unit_of_the_similarity(scale: float) -> None:
    """A model whose vectors are 1% longer the next time leaves close orderings open, at any scale."""
    exact: Any = _probe("ORDER").measure(Long("dot", scale, 0.0))
    noisy: Any = _probe("ORDER").measure(Long("dot", scale, 0.05))
    margin = np.abs(margins_of(exact))
    assert noisy.noise is not None
    assert 0 < noisy.noise.own <= (1.05**2 - 1) * np.abs(exact.details.own[0]).max() * 1.0001
    assert np.array_equal(noisy.details.passes == 0.5, margin <= noisy.noise.own)
    assert not (exact.details.passes == 0.5).any()
    assert exact.noise.own == 0.0


def test_a_cosine_model_is_measured_as_before() -> None:
    """No table and no noise of its own, and a digest without the field that older versions lacked."""
    made: Any = _probe("ORDER").measure(Long("cosine"))
    assert made.details.own == ()
    assert made.noise.own is None
    assert "own_score" not in made.to_arrow().column_names
    old = {key: value for key, value in made.subject.to_dict().items() if key != "similarity"}
    assert ModelSpec.from_dict(old).digest == made.subject.digest


def test_the_similarity_is_part_of_a_measurement_and_not_of_the_vectors(tmp_path: Path) -> None:
    """Vectors in the cache stay valid; a run by cosine is not continued by dot without a word."""
    cosine, dot = (Long(one).spec for one in ("cosine", "dot"))
    assert cosine.vector_digest == dot.vector_digest == cosine.digest
    assert cosine.digest != dot.digest
    run = RunDirectory(tmp_path)
    run.write_measurement(_probe("INV").measure(Long("cosine")))
    with pytest.raises(RunError, match="was measured with model similarity = cosine, now it is dot"):
        run.find(dot, _probe("INV").spec)
    with pytest.raises(InputError, match="got similarity 'maxsim', expected one of cosine, dot"):
        replace(cosine, similarity="maxsim")  # type: ignore[arg-type]


def test_a_file_keeps_the_own_similarities(tmp_path: Path) -> None:
    """What was written is read again, own scores, counts and noise included."""
    for type_ in ("INV", "ORDER"):
        made: PairsMeasurement = _probe(type_).measure(Long("dot"))
        file = tmp_path / f"{type_}.parquet"
        file.write_bytes(to_bytes(made))
        again = read(file)
        assert again.noise == made.noise
        assert again.details.to_tables().keys() == made.details.to_tables().keys()
        for name, table in made.details.to_tables().items():
            assert np.array_equal(again.details.to_tables()[name], table), name


def test_the_audit_says_by_what_it_is() -> None:
    """A note names both similarities."""
    notes = audit(_probe("ORDER").measure(Long("dot"))).notes
    assert any(note.startswith("similarity: this model is made for dot, so pass rate") for note in notes)
