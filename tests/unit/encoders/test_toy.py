"""The hashing encoders do what their names say."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenband import encoders
from evenband.similarity import paired_similarity


def score(name: str, left: str, right: str) -> float:
    model = encoders.load(name)
    return float(paired_similarity(model.encode([left]), model.encode([right]))[0])


def test_words_sees_neither_order_nor_punctuation_nor_case() -> None:
    assert score("toy:words", "Let's eat, grandma", "grandma, let's EAT!") == pytest.approx(1, abs=1e-6)
    assert score("toy:words", "let's eat, grandma", "let's eat, grandpa") < 0.95


def test_chars_sees_the_comma_as_a_small_change() -> None:
    comma = score("toy:chars", "let's eat, grandma", "let's eat grandma")
    other = score("toy:chars", "let's eat, grandma", "stop hitting, people")
    assert 0.98 > comma > 0.7 > other


def test_random_finds_no_two_texts_alike() -> None:
    vectors = encoders.load("toy:random?dim=512").encode([f"text {i}" for i in range(300)]).astype(float)
    cosines = (vectors @ vectors.T)[np.triu_indices(300, 1)]
    # Independent directions in d dimensions: mean 0, standard deviation d ** -1/2.
    assert abs(cosines.mean()) < 5e-3
    assert cosines.std() == pytest.approx(512**-0.5, rel=0.05)


def test_a_seed_gives_other_vectors_and_another_identity() -> None:
    """Bags stay bags; a pair's similarity under two seeds differs, and without a seed nothing has changed."""
    plain, one, two = (encoders.load(f"toy:words{options}") for options in ("", "?seed=1", "?seed=2"))
    vectors = [model.encode(["let's eat"])[0] for model in (plain, one, two)]
    assert all(abs(float(a @ b)) < 0.5 for a, b in ((vectors[0], vectors[1]), (vectors[1], vectors[2])))
    assert len({model.spec.digest for model in (plain, one, two)}) == 3
    assert score("toy:words?seed=1", "eat, grandma", "Grandma eat") == pytest.approx(1, abs=1e-6)


@given(st.lists(st.text(), max_size=5), st.sampled_from(["toy:words", "toy:chars", "toy:random"]))
def test_any_text_has_a_unit_vector(texts: list[str], name: str) -> None:
    vectors = encoders.load(name).encode(texts)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_another_process_gets_the_same_vectors_without_any_model_library() -> None:
    code = (
        "import sys; from evenband import encoders\n"
        "for n in ('words', 'chars', 'random'):\n"
        "    print(encoders.load('toy:' + n).encode(['a b'])[0].tobytes().hex())\n"
        "assert not {'torch', 'transformers'} & set(sys.modules), sorted(sys.modules)"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    ).stdout.split()
    here = [
        encoders.load(f"toy:{n}").encode(["a b"])[0].tobytes().hex() for n in ("words", "chars", "random")
    ]
    assert found == here
