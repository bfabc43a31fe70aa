"""Figures held against what is expected of them."""

from __future__ import annotations

from typing import Any

import pytest

from evenband import api
from evenband.analysis import Results
from evenband.errors import InputError
from evenband.running import plan as plans
from evenband.running.reproductions.claims import Expected
from evenband.running.reproductions.expectations import Found
from evenband.running.reproductions.figure_paths import look_up


@pytest.fixture(scope="module")
def results() -> Results:
    plan = plans.build(models=("toy:words", "toy:chars"), probes=("comma",), sample=40)
    return api.perform(plan)


def expect(**fields: Any) -> Expected:
    return Expected.model_validate({"claim": "c", **fields})


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a.b", 1),
        ("c[1]", 3),
        ("rows[name=x].v", 7),
        ("rows[name=y].v[0]", 8),
        ("none", None),
    ],
)
def test_a_path_leads_to_its_figure(path: str, found: object) -> None:
    data = {
        "a": {"b": 1},
        "c": [2, 3],
        "rows": [{"name": "x", "v": 7}, {"name": "y", "v": [8]}],
        "none": None,
    }
    assert look_up(data, path) == found


@pytest.mark.parametrize("path", ["b", "a.c", "c[2]", "c[x=1]", "a[0]"])
def test_a_path_that_leads_nowhere_is_named(path: str) -> None:
    """A figure that is misspelt must not count as one that was not computed."""
    with pytest.raises(InputError, match="nothing is at"):
        look_up({"a": {"b": 1}, "c": [2, 3]}, path)


@pytest.mark.parametrize(("off", "passed"), [(0.0, True), (0.0099, True), (0.0101, False), (-0.0101, False)])
def test_a_number_passes_within_its_tolerance(results: Results, off: float, passed: bool) -> None:
    value = results.pairs[1].summary.median.value
    assert value is not None
    found = Found(results)
    expected = expect(figure="median", model="toy:chars", value=value + off, tolerance=0.01)
    assert found.check(expected).passed is passed


def test_a_labels_score_and_bounds_from_another_figure(results: Results) -> None:
    """The farthest noun is below the 5% quantile of its own model, and not above it."""
    audit = results.pairs[1]
    far = audit.outliers[0].label
    place = {"model": "toy:chars", "labels": (far,)}
    band = {"model": "toy:chars", "figure": "quantiles.q05"}
    found = Found(results)
    below = found.check(expect(**place, below=band))
    assert below.passed
    assert below.found == audit.outliers[0].score
    assert below.below == audit.summary.quantiles["q05"]
    assert not found.check(expect(**place, above=band)).passed


def test_lowest_and_highest_of_several_labels(results: Results) -> None:
    scores = dict(
        zip(results.pairs[1].measurement.items, results.pairs[1].measurement.scores[:, 0], strict=True)
    )
    labels = tuple(scores)[:7]
    found = Found(results)
    for figure, of in (("lowest", min), ("highest", max)):
        expected = expect(model="toy:chars", labels=labels, figure=figure, value=0.0)
        assert found.check(expected).found == of(scores[label] for label in labels)


def test_a_score_is_rounded_to_the_grid_of_its_source(results: Results) -> None:
    """Of bfloat16, whose step in [.5, 1) is 1/256: as the article's dot products were."""
    label = results.pairs[1].measurement.items[0]
    score = float(results.pairs[1].measurement.scores[0, 0])
    expected = expect(model="toy:chars", labels=(label,), value=round(score * 256) / 256, grid="bfloat16")
    assert 0.5 < score < 1
    assert Found(results).check(expected).passed


def test_a_figure_that_was_not_computed_is_not_as_expected(results: Results) -> None:
    """A bag of words does not see a comma: no Phi, so a claim about Phi has not been reproduced."""
    found = Found(results)
    assert not found.check(expect(figure="phi", model="toy:words", value=1.0, tolerance=9.0)).passed
    assert not found.check(
        expect(figure="phi", model="toy:chars", above={"figure": "phi", "model": "toy:words"})
    ).passed


def test_an_ambiguous_place_or_an_unknown_label_is_refused(results: Results) -> None:
    found = Found(results)
    with pytest.raises(InputError, match="got 2 measurements, expected one"):
        found.check(expect(figure="median", value=0.5))
    with pytest.raises(InputError, match="no label 'zzz'"):
        found.check(expect(model="toy:chars", labels=("zzz",), value=0.5))


def test_words_and_scores_of_an_arithmetic() -> None:
    """The first entries of a list are compared, each within the tolerance."""
    nearest = [{"convention": "raw", "words": ["king", "queen", "boy"], "scores": [0.9, 0.8, 0.1]}]
    found = Found(None, [{"expression": "king - man + woman", "model": "m", "nearest": nearest}])
    path = "nearest[convention=raw]"
    assert found.check(expect(figure=f"{path}.words", value=["king", "queen"])).passed
    assert not found.check(expect(figure=f"{path}.words", value=["queen", "king"])).passed
    assert found.check(expect(figure=f"{path}.scores", value=[0.9, 0.8001], tolerance=0.001)).passed
    assert not found.check(expect(figure=f"{path}.scores", value=[0.9, 0.802], tolerance=0.001)).passed
    with pytest.raises(InputError, match="got 0 expressions"):
        found.check(expect(figure=path, expression="a - b", value="x"))


def test_a_bound_may_be_so_many_bands_away(results: Results) -> None:
    """Below the 1% quantile by the width from the 5% to the 95% quantile, and above the median likewise."""
    summary = results.pairs[1].summary
    quantiles = summary.quantiles
    width = quantiles["q95"] - quantiles["q05"]
    assert width > 0
    bound = {"model": "toy:chars", "figure": "quantiles.q01", "bands": 1.5}
    found = Found(results).check(expect(model="toy:chars", figure="min", below=bound, above=bound))
    assert found.below == pytest.approx(quantiles["q01"] - 1.5 * width)
    assert found.above == pytest.approx(quantiles["q01"] + 1.5 * width)


ARITHMETIC = {
    "expression": "a - b",
    "model": "m",
    "words": ["a", "b"],
    "scores": [0.5, None],
    "size": 3,
    "exact": True,
    "table": {"x": 1},
}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"figure": "size", "value": [0.5]}, "'size' is a number, but its value here is a list"),
        ({"figure": "scores", "value": 0.5}, "'scores' is a list, but its value here is a number"),
        ({"figure": "words", "value": [0.5]}, "'words' is a text, but its value here is a number"),
        ({"figure": "size", "value": "3"}, "'size' is a number, but its value here is a text"),
        ({"figure": "exact", "value": 1}, "'exact' is true or false, but its value here is a number"),
        ({"figure": "words", "above": 0.5}, "'words' is a list, expected a number beside above or below"),
        ({"figure": "table", "below": 0.5}, "'table' is a table, expected a number beside above or below"),
        ({"figure": "size", "above": {"figure": "words"}}, "'words' is a list, expected a number"),
    ],
)
def test_kinds_that_differ_are_one_line(fields: dict[str, Any], message: str) -> None:
    """A claim that is written wrong is neither as expected nor not."""
    with pytest.raises(InputError, match=message):
        Found(None, [ARITHMETIC]).check(expect(**fields))


def test_an_entry_that_was_not_computed_is_not_as_expected() -> None:
    """Within a list it has no kind."""
    found = Found(None, [ARITHMETIC])
    assert not found.check(expect(figure="scores", value=[0.5, 0.5])).passed
    assert found.check(expect(figure="scores", value=[0.5])).passed


def test_a_name_that_several_entries_have_leads_nowhere() -> None:
    """The first of them would be silently taken for all."""
    data = {"rows": [{"name": "x", "v": 7}, {"name": "x", "v": 8}, {"name": "y", "v": 9}]}
    with pytest.raises(InputError, match=r"'rows\[name=x\].v': got 2 entries at \[name=x\], expected one"):
        look_up(data, "rows[name=x].v")
    assert look_up(data, "rows[name=y].v") == 9
