"""The waist validates itself once, and its tables hold the same rows."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from evenband.errors import InputError
from evenband.types import (
    COSINE,
    Estimate,
    Measurement,
    ModelSpec,
    NoiseFloor,
    PairsDetails,
    PairsMeasurement,
    PairsSpec,
)

SPEC = ModelSpec(ref="toy:x", name="toy-x", source="toy", revision="1", dtype="float32", dim=4)
PROBE = PairsSpec("p", type="INV", effect="keeps", slot="list:a,b", items=2, conditions=1, digest="0")


def measurement(scores: object = ((0.5,), (0.25,)), **fields: Any) -> PairsMeasurement:
    made = Measurement(
        probe=PROBE,
        subject=SPEC,
        metric=COSINE,
        items=("a", "b"),
        conditions=("t",),
        scores=np.array(scores),
        noise=NoiseFloor(1e-9, 1e-8, 2),
        details=PairsDetails(texts=(np.array([["a"], ["b"]], dtype=object),)),
        columns={"sense": (1, None)},
    )
    return replace(made, **fields)


def test_a_score_that_is_not_finite_is_refused_by_item_and_condition() -> None:
    """NaN never passes the waist."""
    with pytest.raises(InputError, match=r"score of 'b' in 't' is nan"):
        measurement(((0.5,), (float("nan"),)))


def test_scores_of_another_shape_are_refused() -> None:
    """The shape is items by conditions."""
    with pytest.raises(InputError, match=r"got scores \(1, 1\) float64, expected \(2, 1\) float64"):
        measurement(((0.5,),))


def test_a_measurement_cannot_be_changed() -> None:
    """Arrays inside are read-only."""
    with pytest.raises(ValueError, match="read-only"):
        measurement().scores[0, 0] = 1.0


def test_the_three_tables_hold_the_same_rows() -> None:
    """Arrow, polars and pandas agree, with the slot's columns."""
    made = measurement()
    expected = {"label": ["a", "b"], "template": ["t", "t"], "text_a": ["a", "b"], "score": [0.5, 0.25]}
    arrow = made.to_arrow().to_pydict()
    assert {key: arrow[key] for key in expected} == expected
    assert arrow["sense"] == [1, None]
    assert made.to_polars().to_dict(as_series=False) == arrow
    assert made.to_pandas()["score"].tolist() == expected["score"]


def test_an_estimate_is_finite_or_nothing() -> None:
    """No value is None, never NaN."""
    with pytest.raises(InputError, match="finite or None"):
        Estimate(float("nan"))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"details": PairsDetails(swap=np.ones((1, 1)))}, r"got swap \(1, 1\), expected \(2, 1\)"),
        ({"columns": {"sense": (1,)}}, "column 'sense' has 1 rows, expected 2"),
    ],
)
def test_details_and_columns_of_another_shape_are_refused(fields: dict[str, Any], message: str) -> None:
    """A detail has the scores' shape, a column a cell for each item."""
    with pytest.raises(InputError, match=message):
        measurement(**fields)


def test_a_subject_that_cannot_be_asked_twice_has_a_noise_floor_of_zero() -> None:
    """Nothing is known of its noise: None in the record, 0 in arithmetic."""
    assert (measurement().noise_floor, measurement().score_noise) == (1e-9, 1e-8)
    silent = measurement(noise=None)
    assert (silent.noise_floor, silent.score_noise) == (0.0, 0.0)


def test_taking_items_and_conditions_keeps_all_tables_together() -> None:
    """Scores, texts and columns of the items taken, in their order; the probe stays what it was."""
    scores = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]])
    texts = np.array([["a0", "a1", "a2"], ["b0", "b1", "b2"]], dtype=object)
    details = PairsDetails(texts=(texts,), swap=scores / 2)
    made = replace(measurement(), scores=scores, conditions=("t", "u", "v"), details=details)
    taken = made.take([1, 0], [2, 0])
    assert (taken.items, taken.conditions) == (("b", "a"), ("v", "t"))
    np.testing.assert_array_equal(taken.scores, [[0.6, 0.4], [0.3, 0.1]])
    assert taken.details.swap is not None
    np.testing.assert_array_equal(taken.details.swap, taken.scores / 2)
    assert taken.details.texts[0].tolist() == [["b2", "b0"], ["a2", "a0"]]
    assert taken.columns["sense"] == (None, 1)
    assert (taken.probe, taken.key, taken.kind) == (made.probe, ("toy-x", "p"), "pairs")
    assert made.take([0]).conditions == made.conditions
