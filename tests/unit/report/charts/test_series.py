from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from evenband.report.charts import series
from evenband.report.charts.series import NAMED_WORD, OUTLIER, label_lists, points, records, series_of


def test_columns_give_back_every_score_and_text(planted: ModuleType) -> None:
    audit = planted.audit(n=50, templates=("one", "two"))
    for column, one in enumerate(series_of([audit])[0]):
        made = points(one)
        np.testing.assert_allclose(made["s"], audit.measurement.scores[:, column], atol=5e-8)
        pieces = made["a"]
        assert isinstance(pieces, dict)
        texts = [pieces["before"] + label + pieces["after"] for label in audit.measurement.items]
        assert texts == list(audit.measurement.details.texts[0][:, column])
        assert "x" not in made


def test_texts_that_do_not_follow_the_template_are_kept_whole(planted: ModuleType) -> None:
    audit = planted.audit(["a", "an", "ana"], texts=("{x}{x}", "the {x}"), few=True)
    made = points(series_of([audit])[0][0])
    assert made["a"] == ["aa", "anan", "anaana"]
    assert made["b"] == {"before": "the ", "after": ""}


def test_the_farthest_and_the_articles_words_are_marked(planted: ModuleType) -> None:
    audit = planted.audit()
    (one,) = series_of([audit])[0]
    labels = audit.measurement.items
    assert one.marks[labels.index("grandma")] == NAMED_WORD
    assert one.marks[int(np.argmin(audit.measurement.scores))] == OUTLIER
    drawn = {row["x"]: row["k"] for row in records(points(one))}
    assert {x for x, mark in drawn.items() if mark} == set(one.marks)


def test_a_large_page_is_thinned_but_keeps_the_farthest(
    planted: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(series, "POINTS_ON_A_PAGE", 2000)
    audit = planted.audit(n=3000, templates=("one", "two"))
    groups = series_of([audit])
    for column, one in enumerate(groups[0]):
        assert len(one.rows) <= 1100
        worst = np.argsort(-audit.z[:, column])[:90]
        assert set(worst) <= set(one.rows)
        made = points(one)
        assert made["x"] == list(one.rows)
        shared = label_lists(groups)[one.list_key]
        names = dict(zip(shared["x"], shared["label"], strict=True))
        ends = [names[made["x"][0]], names[made["x"][-1]]]
        assert ends == [one.labels[one.rows[0]], one.labels[one.rows[-1]]]


def test_scores_without_width_draw_without_a_division_by_zero(planted: ModuleType) -> None:
    audit = planted.audit(scores=np.ones(300), few=True)
    (one,) = series_of([audit])[0]
    assert one.distances.min() == pytest.approx(2e-7)
    assert all(mark == NAMED_WORD for mark in one.marks.values())


def test_series_of_one_list_share_its_labels(planted: ModuleType) -> None:
    groups = series_of([planted.audit(), planted.audit(model="other", seed=8), planted.letters()])
    assert [group[0].list_key for group in groups] == ["l0", "l0", "l1"]
    shared = label_lists(groups)
    assert shared["l0"] == {"label": list(groups[0][0].labels)}
    assert len(shared["l1"]["label"]) == 50
