from __future__ import annotations

from dataclasses import replace
from types import ModuleType

from evenband.report.blocks.pairs.score_charts import distribution_figure, letters_figure, scatter_figure
from evenband.report.charts.series import series_of


def test_matched_words_are_called_matched_in_what_they_are(planted: ModuleType) -> None:
    """Without wordfreq there is no ``zipf`` column, and no frequency was matched."""
    audit = planted.letters()
    without = letters_figure("f", series_of([audit])[0])
    assert "matched by length only" in without.reads[-1]
    zipf = tuple([None] * 26 + [3.0] * (len(audit.measurement.items) - 26))
    columns = {**audit.measurement.columns, "zipf": zipf}
    known = replace(audit, measurement=replace(audit.measurement, columns=columns))
    assert "matched by length and frequency" in letters_figure("f", series_of([known])[0]).reads[-1]


def test_the_text_alternative_speaks_of_every_template(planted: ModuleType) -> None:
    figure = scatter_figure("f", series_of([planted.audit(templates=tuple("abcdefgh"))])[0])
    assert figure.alt.count("nine in ten between") == 8
    many = [planted.audit(templates=tuple("abcdefgh"), model=f"m{k}", seed=k) for k in range(3)]
    alt = scatter_figure("f", [one for group in series_of(many) for one in group]).alt
    assert alt.count("nine in ten between") == 3
    assert "24 series with medians between" in alt
    lowest = min(many, key=lambda audit: float(audit.measurement.scores.min())).measurement
    assert f"{lowest.subject.name} ·" in alt


def test_the_logarithm_of_the_axis_is_named(planted: ModuleType) -> None:
    figure = distribution_figure("f", series_of([planted.audit()])[0])
    assert any("log10(1 − s)" in text and "2.303 times" in text for text in figure.reads)
