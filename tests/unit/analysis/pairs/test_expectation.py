"""What is expected of a label: planted reasons are named, and the parts add up to the whole."""

import math

import numpy as np
import pytest

from evenband.analysis.pairs.expectation import Expectations, expect
from evenband.errors import InputError
from evenband.types import PairsDetails, PairsMeasurement
from unit.analysis.pairs.labelled import animals, measurement

LABELS = animals()


def short_words_move(templates: int = 2, seed: int = 0) -> PairsMeasurement:
    """Short words and those with a weak pull lie farther apart; the first label does for no reason."""
    rng = np.random.default_rng(seed)
    length = np.array([len(label) for label in LABELS], dtype=float)
    pull = np.exp(rng.normal(-0.7, 0.2, len(LABELS)))
    y = -3.5 + 4 / length - 2 * np.log(pull) + 0.1 * rng.standard_normal(len(LABELS))
    y[0] += 1.5
    table = np.tile(y[:, None], templates) - 2 + 0.05 * rng.standard_normal((len(LABELS), templates))
    return measurement(LABELS, table, PairsDetails(swap=np.tile(pull[:, None], templates)))


def found(made: PairsMeasurement, template: str | None = None, geometry: bool = True) -> Expectations:
    expectations = expect(made, np.random.default_rng(0), template, geometry)
    assert expectations is not None
    return expectations


def test_the_planted_reasons_are_the_largest_contributions() -> None:
    expectations = found(short_words_move())
    told = expectations.of("cat")
    assert {part.name for part in told.contributions[:2]} == {"characters", "pull"}
    characters = next(part for part in told.contributions if part.name == "characters")
    assert characters.reading == "3"
    assert characters.factor > 1.5
    assert not told.surprising


def test_factors_multiply_to_the_expected_distance() -> None:
    """Usual distance x listed factors x the rest is the expected distance, for however many are listed."""
    expectations = found(short_words_move())
    for largest in (0, 1, 3, 50):
        told = expectations.of(LABELS[5], largest)
        product = told.usual * math.prod(part.factor for part in told.contributions) * told.rest
        assert product == pytest.approx(told.expected)
        sizes = [abs(math.log(part.factor)) for part in told.contributions]
        assert sizes == sorted(sizes, reverse=True)


def test_a_label_without_a_reason_is_surprising() -> None:
    made = short_words_move()
    told = found(made).of(LABELS[0])
    assert told.surprising
    assert told.beyond == 1 / len(LABELS)
    assert told.observed == pytest.approx(math.exp(np.log(1 - made.scores[0]).mean()))
    assert told.low < told.expected < told.high < told.observed


def test_geometry_is_left_out_on_request() -> None:
    made = short_words_move()
    assert "pull" not in found(made, geometry=False).covariates.names
    y = np.log(1 - made.scores).mean(axis=1)
    errors = [((y - found(made, geometry=which).fit.expected) ** 2).mean() for which in (True, False)]
    assert errors[1] - errors[0] > 0.2 * y.var()


def test_one_template_is_explained_on_its_own() -> None:
    made = short_words_move()
    assert found(made, "template 1").of(LABELS[3]).observed == pytest.approx(1 - made.scores[3, 1])


def test_blind_probes_and_few_labels_have_no_expectation() -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(-16, 0.1, 300)
    assert expect(measurement(LABELS[:300], noise, floor=1e-6), rng) is None
    assert expect(measurement(LABELS[:20], noise[:20] + 12), rng) is None


def test_unknown_names_are_refused() -> None:
    made = short_words_move()
    with pytest.raises(InputError, match="did you mean 'template 1'"):
        expect(made, np.random.default_rng(0), "templat 1")
    with pytest.raises(InputError, match="no label is called 'xyzzy'"):
        found(made).of("xyzzy")
