"""Frozen values validate themselves once."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenband.errors import InputError
from evenband.types import COSINE, Estimate, Measurement, ModelSpec, NoiseFloor, ProbeSpec, Slot

SPEC = ModelSpec(ref="toy:x", name="toy-x", source="toy", revision="1", dtype="float32", dim=4)
PROBE = ProbeSpec("p", "INV", "keeps", "", "list:a,b", 2, 1, "0")


def measurement(scores: object = ((0.5,), (0.25,))) -> Measurement:
    return Measurement(
        probe=PROBE,
        model=SPEC,
        metric=COSINE,
        labels=("a", "b"),
        templates=("t",),
        scores=np.array(scores),
        texts={"text_a": np.array([["a"], ["b"]], dtype=object)},
        noise=NoiseFloor(0.0, 0.0, 2),
        columns={"sense": (1, None)},
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("source", "other"),
        ("revision", "2"),
        ("dtype", "bfloat16"),
        ("dim", 8),
        ("max_tokens", 16),
        ("pooling", "cls"),
        ("normalize", True),
        ("prompts", {"query": "q: "}),
        ("trust_remote_code", True),
        ("options", {"engine": "plain"}),
    ],
)
def test_the_digest_changes_with_everything_that_changes_a_vector(field: str, value: Any) -> None:
    """Each field but the name is part of the identity."""
    assert replace(SPEC, **{field: value}).digest != SPEC.digest


def test_the_digest_does_not_depend_on_how_the_user_called_the_model() -> None:
    """Two references to one model share their vectors."""
    assert replace(SPEC, ref="other", name="other").digest == SPEC.digest


def test_a_spec_survives_json() -> None:
    """from_dict inverts to_dict."""
    spec = replace(SPEC, prompts={"query": "q: "}, options={"engine": "plain"})
    assert ModelSpec.from_dict(spec.to_dict()) == spec


@pytest.mark.parametrize(
    ("values", "message"), [((), "no values"), (("a", "a"), "'a' twice"), (("a", " "), "value 1 is empty")]
)
def test_a_slot_refuses_what_cannot_fill_a_template(values: tuple[str, ...], message: str) -> None:
    """No values, a value twice and an empty value are named."""
    with pytest.raises(InputError, match=message):
        Slot("list:", values, "test")


@given(st.lists(st.text(min_size=1).filter(str.strip), min_size=1, unique=True), st.data())
def test_taking_rows_keeps_values_and_columns_together(values: list[str], data: st.DataObject) -> None:
    """Row i of a column stays with value i."""
    slot = Slot("list:", tuple(values), "test", {"length": tuple(map(len, values))})
    rows = data.draw(st.lists(st.integers(0, len(values) - 1), min_size=1, unique=True))
    taken = slot.take(rows)
    assert taken.columns["length"] == tuple(len(value) for value in taken.values)


def test_a_score_that_is_not_finite_is_refused_by_label_and_template() -> None:
    """NaN never passes the waist."""
    with pytest.raises(InputError, match=r"score of 'b' in 't' is nan"):
        measurement(((0.5,), (float("nan"),)))


def test_scores_of_another_shape_are_refused() -> None:
    """The shape is labels by templates."""
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
