"""Names of lines in charts: each stands at its own line."""

from __future__ import annotations

from itertools import combinations
from types import ModuleType

import numpy as np
import pytest

from evenband.report.charts.distribution import distribution
from evenband.report.charts.frame import SIZES, Size
from evenband.report.charts.lettering import text_width
from evenband.report.charts.scatter import scatter
from evenband.report.charts.series import series_of


@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size.name))
@pytest.mark.parametrize("middle", [0.02, 0.3, 0.9, 0.985])
def test_the_median_is_named_over_its_own_line(planted: ModuleType, size: Size, middle: float) -> None:
    """However narrow the band and wherever it lies, the text stands over the line, and no tag on another."""
    rng = np.random.default_rng(0)
    scores = np.concatenate([[0.0, 1.0], np.clip(rng.normal(middle, 0.002, 298), 0.0, 1.0)])
    (one,) = series_of([planted.audit(scores=scores)])[0]
    for plot in distribution(one, size)["concat"]:
        tags = plot["layer"][-1]["data"]["values"]
        low, high = plot["layer"][1]["encoding"]["x"]["scale"]["domain"]
        lines = [row["x"] for row in plot["layer"][1]["data"]["values"]]
        at = (lines[1] - low) / (high - low) * plot["width"]
        half = text_width(tags[1]["text"], 11) / 2
        assert tags[1]["px"] - half - 2.5 <= at <= tags[1]["px"] + half + 2.5
        assert [tag["px"] for tag in tags[::2]] == sorted(tag["px"] for tag in tags[::2])
        assert all(half / 2 <= tag["px"] <= plot["width"] for tag in tags)
        for a, b in combinations(tags, 2):
            is_apart = abs(a["px"] - b["px"]) >= (text_width(a["text"], 11) + text_width(b["text"], 11)) / 2
            assert is_apart or abs(a["py"] - b["py"]) >= 11


def test_the_median_of_a_scatter_plot_is_named_at_its_own_line(planted: ModuleType) -> None:
    """The other two names give way."""
    scores = np.concatenate([[0.0, 1.0], np.linspace(0.9, 0.902, 298)])
    (one,) = series_of([planted.audit(scores=scores)])[0]
    spec = scatter(one, SIZES[0])
    tags = spec["layer"][-1]["data"]["values"]
    low, high = spec["layer"][1]["encoding"]["y"]["scale"]["domain"]
    at = (high - spec["layer"][1]["data"]["values"][0]["s"]) / (high - low) * spec["height"]
    assert tags[1]["text"].startswith("median")
    assert tags[1]["py"] == pytest.approx(at, abs=0.1)
    assert tags[0]["py"] <= tags[1]["py"] - 14
    assert tags[2]["py"] >= tags[1]["py"] + 14
