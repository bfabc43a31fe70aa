from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import vl_convert
from hypothesis import given
from hypothesis import strategies as st

from evenband.report.charts.alphabet import ablation
from evenband.report.charts.detectability import power_chart
from evenband.report.charts.distribution import distribution, skewness
from evenband.report.charts.frame import SIZES, Frame, Size, domain, spread
from evenband.report.charts.heat import heat
from evenband.report.charts.lettering import text_width
from evenband.report.charts.scatter import scatter, side_by_side
from evenband.report.charts.series import points, records, series_of
from evenband.report.charts.shift import shift
from evenband.report.theme import DARK, LIGHT, vega_config

HOSTILE = "zz'\"]);alert(1)//{{7*7}}<img src=x onerror=alert(2)>"


def charts(planted: ModuleType, size: Size, label: str = "zz") -> Iterator[tuple[dict[str, Any], list[Any]]]:
    labels = sorted([*planted.words(60), label])
    scores = [0.5 if x == label else 0.97 + 0.01 * (k % 7) / 7 for k, x in enumerate(labels)]
    audits = [
        planted.audit(labels, model=model, scores=scores) for model in (label[:16].replace("/", ""), "b")
    ]
    groups = series_of(audits)
    both = [group[0] for group in groups]
    yield scatter(both[0], size), both[:1]
    yield side_by_side(both, size), both
    yield distribution(both[0], size), both[:1]
    yield ablation(series_of([planted.letters()])[0][0], size), []
    told = planted.structured(reference=True, model=label[:16].replace("/", ""))
    renamed = tuple(label if x == "grandma" else x for x in told.measurement.items)
    told = replace(
        told,
        measurement=replace(told.measurement, items=renamed),
        contrast=replace(told.contrast, reference=replace(told.contrast.reference, items=renamed)),
        outliers=tuple(replace(one, label=label) if one.label == "grandma" else one for one in told.outliers),
    )
    yield heat(told, size), []
    moved = series_of([told])[0][3]
    yield shift(moved, told.contrast, size), [moved]


def test_the_power_figure_compiles_within_its_size(planted: ModuleType) -> None:
    for size in SIZES:
        svg = vl_convert.vegalite_to_svg(
            power_chart(planted.structured().structure.power, size), config=vega_config(LIGHT)
        )
        assert float(svg.partition('width="')[2].partition('"')[0]) <= size.total + 2


def walk(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from walk(item, (*path, str(key)))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size.name))
def test_every_chart_compiles_and_is_no_wider_than_its_size(planted: ModuleType, size: Size) -> None:
    for spec, drawn in charts(planted, size):
        data = {one.key: records(points(one)) for one in drawn}
        svg = vl_convert.vegalite_to_svg({**spec, "datasets": data}, config=vega_config(LIGHT))
        width = float(svg.partition('width="')[2].partition('"')[0])
        assert 0.9 * size.total < width <= size.total + 2


@pytest.mark.parametrize("width", [0.0, 1e-15, 1e-8, 3e-6, 1e-4])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size.name))
def test_a_band_of_any_width_fits_its_size(planted: ModuleType, size: Size, width: float) -> None:
    (one,) = series_of([planted.audit(scores=1 - width * np.linspace(0, 1, 300), few=True)])[0]
    data = {one.key: records(points(one))}
    for spec in (scatter(one, size), distribution(one, size)):
        svg = vl_convert.vegalite_to_svg({**spec, "datasets": data}, config=vega_config(LIGHT))
        assert float(svg.partition('width="')[2].partition('"')[0]) <= size.total + 2


@pytest.mark.parametrize("score", [0.0, 1e-9, 0.97, 1.0])
@pytest.mark.parametrize("labels", [("a",), ("a", "b"), tuple(f"w{k}" for k in range(250))], ids=len)
def test_a_constant_score_has_a_histogram_within_its_axis(
    planted: ModuleType, labels: tuple[str, ...], score: float
) -> None:
    """Bars outside of a narrow axis once kept the renderer busy for ever."""
    (one,) = series_of([planted.audit(labels, scores=[score] * len(labels), few=True)])[0]
    for plot in distribution(one, SIZES[0])["concat"]:
        bars = plot["layer"][0]
        low, high = bars["encoding"]["x"]["scale"]["domain"]
        rows = bars["data"]["values"]
        assert sum(bar["n"] for bar in rows) == len(labels)
        assert all(low <= bar["x"] < bar["x2"] <= high for bar in rows)
        assert bars["encoding"]["y"]["axis"]["tickMinStep"] == 1


@pytest.mark.parametrize("score", [0.0, 0.97, 1.0])
def test_a_single_constant_value_is_drawn_in_time(planted: ModuleType, score: float, tmp_path: Path) -> None:
    """In a process of its own, since the renderer cannot be interrupted."""
    (one,) = series_of([planted.audit(("a",), scores=[score], few=True)])[0]
    data = {one.key: records(points(one))}
    specs = [{**draw(one, size), "datasets": data} for draw in (scatter, distribution) for size in SIZES]
    (tmp_path / "specs.json").write_text(json.dumps(specs), encoding="utf-8")
    code = (
        "import json, sys, vl_convert\n"
        "for spec in json.load(open(sys.argv[1])): assert '<svg' in vl_convert.vegalite_to_svg(spec)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "specs.json")], check=True, timeout=60)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size.name))
def test_rounded_scores_leave_room_for_whole_dots_and_tags(planted: ModuleType, size: Size) -> None:
    """The highest and lowest level lie inside the plot, the longest tag inside the picture."""
    scores = np.tile([0.97265625, 0.9765625, 0.98046875], 100)
    (one,) = series_of([planted.audit(scores=scores, grid="bfloat16")])[0]
    spec = scatter(one, size)
    low, high = spec["layer"][0]["encoding"]["y"]["scale"]["domain"]
    pixels = spec["height"] / (high - low)
    assert (high - scores.max()) * pixels >= 8
    assert (scores.min() - low) * pixels >= 8
    tags = spec["layer"][-1]["data"]["values"]
    assert len(tags) == 3
    axis = spec["layer"][0]["encoding"]["y"]["axis"]["minExtent"]
    for tag in tags:
        assert axis + tag["px"] + text_width(tag["text"], 11) <= size.total


def test_a_label_never_becomes_an_expression(planted: ModuleType) -> None:
    """Compiled to Vega, a hostile label is found in data values and in nothing that is evaluated."""
    seen = 0
    for spec, drawn in charts(planted, SIZES[0], HOSTILE):
        data = {one.key: records(points(one)) for one in drawn}
        vega = vl_convert.vegalite_to_vega({**spec, "datasets": data}, config=vega_config(LIGHT))
        for path, value in walk(vega):
            if isinstance(value, str) and "alert(1)" in value:
                seen += 1
                assert path[0] == "data"
                assert "values" in path
    assert seen >= 3


def test_every_style_of_a_chart_has_a_look_in_both_themes(planted: ModuleType) -> None:
    for spec, _ in charts(planted, SIZES[0]):
        used = {value for path, value in walk(spec) if path and path[-1] == "style"}
        assert used <= set(vega_config(LIGHT)["style"])
        assert used <= set(vega_config(DARK)["style"])
        assert not [path for path, value in walk(spec) if isinstance(value, str) and value.startswith("#")]


def test_the_band_and_the_median_are_the_scores_own(planted: ModuleType) -> None:
    audit = planted.audit()
    (one,) = series_of([audit])[0]
    spec = scatter(one, SIZES[0])
    low, middle, high = np.quantile(audit.measurement.scores[:, 0], (0.05, 0.5, 0.95))
    assert spec["layer"][0]["data"]["values"] == [{"s": pytest.approx(low), "s2": pytest.approx(high)}]
    assert spec["layer"][1]["data"]["values"] == [{"s": pytest.approx(middle)}]


def test_histograms_count_every_score(planted: ModuleType) -> None:
    (one,) = series_of([planted.audit()])[0]
    for plot in distribution(one, SIZES[0])["concat"]:
        assert sum(bar["n"] for bar in plot["layer"][0]["data"]["values"]) == 300


def test_models_side_by_side_share_one_scale(planted: ModuleType) -> None:
    groups = series_of([planted.audit(), planted.audit(model="b", seed=9)])
    panels = side_by_side([group[0] for group in groups], SIZES[0])["concat"]
    domains = {json.dumps(panel["layer"][2]["encoding"]["y"]["scale"]["domain"]) for panel in panels}
    assert len(domains) == 1


@given(st.floats(-5, 5), st.floats(-5, 5))
def test_pixels_count_from_the_top_left(x: float, y: float) -> None:
    frame = Frame(300, 200, (-5, 5), (-5, 5))
    assert frame.to_pixels(x, y) == pytest.approx((30 * (x + 5), 20 * (5 - y)), abs=1e-9)


@given(st.lists(st.floats(0, 400), min_size=1, max_size=5))
def test_tags_keep_their_order_and_their_distance(positions: list[float]) -> None:
    moved = spread(positions, 14, 400)
    order = sorted(range(len(positions)), key=lambda k: positions[k])
    assert all(moved[b] - moved[a] >= 13.9 for a, b in pairwise(order))
    assert all(-1e-9 <= one <= 400 + 1e-9 for one in moved)
    apart = all(positions[b] - positions[a] >= 14 for a, b in pairwise(order))
    assert not apart or moved == pytest.approx(positions)


def test_a_domain_is_never_empty() -> None:
    low, high = domain([0.5, 0.5])
    assert low < 0.5 < high


def test_skewness_agrees_with_scipy() -> None:
    from scipy.stats import skew

    sample = np.random.default_rng(0).gamma(2.0, size=500)
    assert skewness(sample) == pytest.approx(float(skew(sample)))
    assert skewness(np.ones(5)) is None
