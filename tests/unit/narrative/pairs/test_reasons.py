"""An explanation in plain words: the verdict first, every figure one of the explanation's own."""

from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from evenband.analysis.pairs.explanation import Explanation, explain
from evenband.narrative.pairs.reasons import layers_sentence, sentences_of
from evenband.types import Divergence
from unit.analysis.pairs import labelled

LABELS = labelled.animals(400)


@pytest.fixture(scope="module")
def odd() -> Explanation:
    """Why a word that is far in all six sentences lies where it lies."""
    return explained(17, 2.5)


def explained(row: int, effect: float) -> Explanation:
    rng = np.random.default_rng(0)
    y = -3.5 + rng.normal(0, 0.35, (400, 1)) + rng.normal(0, 0.3, (1, 6)) + rng.normal(0, 0.2, (400, 6))
    y[row] += effect
    audit = labelled.audit(labelled.of_animals(y), seed=1)
    return explain(audit, LABELS[row], np.random.default_rng(2))


def test_the_verdict_comes_first_with_its_meaning_and_evidence(odd: Explanation) -> None:
    """Verdict, what the word means, and the figures it rests on."""
    first = next(sentences_of(odd))
    assert first.startswith(f"{LABELS[17]}: odd word. That is, it is far in every sentence")
    assert "Evidence: " in first
    assert f"word effect over all 6 sentences z {odd.outlier.word:.1f}" in first


def test_observed_and_expected_distance_are_the_expectations(odd: Explanation) -> None:
    """The distance is the geometric mean over the sentences: anybody can work it out from the table."""
    expected = odd.expected
    assert expected is not None
    mean = float(np.exp(np.mean(np.log([cell.d for cell in odd.row]))))
    _, second, *_ = sentences_of(odd)
    assert second.startswith(f"Its distance 1 − s is {mean:.4f} (geometric mean of its 6 sentences)")
    assert f"{expected.expected:.4f} is expected" in second


def test_what_is_left_over_is_named_with_its_size(odd: Explanation) -> None:
    """Beyond the interval: observed over expected distance is unexplained, and said so."""
    expected = odd.expected
    assert expected is not None
    assert expected.surprising
    factor = expected.observed / expected.expected
    *_, last = sentences_of(odd)
    assert last == (f"What is left, a factor of {factor:.1f} beyond the expected distance, is unexplained.")


def test_an_ordinary_word_is_said_to_be_none() -> None:
    """No verdict, and nothing left to explain."""
    sentences = list(sentences_of(explained(18, 0.0)))
    assert sentences[0].startswith(f"{LABELS[18]} is no outlier: s ")
    assert not any("unexplained" in sentence for sentence in sentences)


def test_too_few_labels_are_not_called_ordinary() -> None:
    """No q was computed, so that nothing is said of outliers."""
    y = np.random.default_rng(0).normal(-3.5, 0.3, (60, 4))
    audit = labelled.audit(labelled.of_animals(y), seed=1)
    explanation = explain(audit, LABELS[3], np.random.default_rng(2))
    start = f"{LABELS[3]}: not tested: 60 of the 200 labels that a test needs. Its farthest text has s "
    assert next(sentences_of(explanation)).startswith(start)


def test_the_layers_of_the_sentence_are_those_of_the_table() -> None:
    """Where the pair is first odd, with its ratio, and where most of the excess is added, with that."""
    shares = (0.0, 0.0, 0.15, 0.05, 0.6, 0.1, 0.1)
    divergence = Divergence((0.1,) * 7, (1.0, 1.1, 1.34, 1.5, 2.84, 2.9, 3.0), shares, 2)
    sentence = layers_sentence(divergence, 6)
    assert "from layer 2 of 6 (x1.34 the ordinary distance) on" in sentence
    assert "layer 4 of 6 (x2.84 the ordinary distance) adds the largest part" in sentence
    assert sentence.endswith("60%.")


def test_similar_words_are_counted_in_words(planted: ModuleType) -> None:
    """One alone is no group to rank in."""
    alone = planted.explanation()
    assert "The label most like it is pebamo; it is 2.4 times as far as that." in " ".join(
        sentences_of(alone)
    )
    matches = (*alone.matches, replace(alone.matches[0], label="tebamo"))
    several = replace(alone, matches=matches, standing=replace(alone.standing, n=3))
    assert "Among itself and the 2 labels most like it (pebamo and tebamo) it ranks 1 of 3" in " ".join(
        sentences_of(several)
    )
