"""What the report shows of retrieval and of changed queries."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import numpy as np
import pytest
import vl_convert

from evenband.analysis import Circumstances, OverlapAudit, Results, RetrievalAudit, analyse
from evenband.report import render
from evenband.report.blocks.dataset_curves import dataset_curve_sections, family_curves
from evenband.report.blocks.kinds import kind_answers, kind_sections
from evenband.report.blocks.rank_change_tables import overlap_blocks
from evenband.report.blocks.retrieval_tables import figures_table, retrieval_blocks
from evenband.report.charts.frame import SIZES
from evenband.report.charts.precision_recall import depth_lines, precision_chart
from evenband.report.charts.recall_curve import curves_of, recall_curve
from evenband.report.charts.size_points import size_chart, size_points_of
from evenband.report.theme import LIGHT, vega_config
from evenband.report.views import Figure, Points, Table
from evenband.types import RetrievalMeasurement
from unit.analysis.rank_overlap.test_overlap_analysis import planted as planted_overlap
from unit.analysis.retrieval.test_retrieval_analysis import planted

PROBED = ("exact", "ivf:64?probes=1", "ivf:64?probes=4", "hnsw?ef=8")


def audit(measurement: RetrievalMeasurement) -> RetrievalAudit:
    result = analyse(measurement, Circumstances(np.random.default_rng(0)))
    assert isinstance(result, RetrievalAudit)
    return result


def test_an_index_with_several_efforts_has_a_curve() -> None:
    """One with a single effort has none, and every width is a chart that can be drawn."""
    [curve] = curves_of([audit(planted(names=PROBED))])
    assert (curve.name, curve.efforts, curve.shares) == ("one ivf:64", (1, 4), (1.0, 1.0))
    for size in SIZES:
        named = [curve, replace(curve, name="a model with a long name ivf:4096?kind=flat")]
        svg = vl_convert.vegalite_to_svg(recall_curve(named, size), config=vega_config(LIGHT))
        assert float(svg.partition('width="')[2].partition('"')[0]) <= size.total + 2
    blocks = list(retrieval_blocks("p", [audit(planted(names=PROBED))]))
    assert any(isinstance(block, Figure) for block in blocks)
    plain = list(retrieval_blocks("p", [audit(planted(names=("exact", "ivf")))]))
    assert not any(isinstance(block, Figure) for block in plain)


def test_smaller_vectors_are_drawn_by_their_bytes() -> None:
    """Exact search and each smaller index is a point; whole vectors alone, and further steps, are none."""
    names = ("exact", "exact?quantize=int8", "ivf:64?probes=4", "exact?quantize=int8+rerank")
    one = planted(names=names)
    sizes = (1536, 384, 1600, 384)
    facts = tuple(
        replace(fact, nbytes=size * 500) for fact, size in zip(one.details.pipelines, sizes, strict=True)
    )
    result = audit(replace(one, details=replace(one.details, pipelines=facts)))
    points = size_points_of([result])
    assert [(point.name, point.nbytes, point.share) for point in points] == [
        ("exact", 1536, 1.0),
        ("exact?quantize=int8", 384, 1.0),
    ]
    for size in SIZES:
        svg = vl_convert.vegalite_to_svg(size_chart(points, "recall", size), config=vega_config(LIGHT))
        assert float(svg.partition('width="')[2].partition('"')[0]) <= size.total + 2
        assert "quantize=int8" in svg
    figures = [one for one in retrieval_blocks("p", [result]) if isinstance(one, Figure)]
    assert "p-sizes" in [figure.id for figure in figures]
    assert not size_points_of([audit(planted())])


def test_precision_and_recall_are_drawn_before_and_after_a_reranker() -> None:
    """Exact search and its reranked self, at depth 1 and at each cutoff; nothing without a reranker."""
    before, after = depth_lines([audit(planted())])
    assert (before.name, after.name, after.is_reranked) == ("one exact", "one exact+rerank", True)
    assert before.depths == after.depths == (1, 10, 100)
    assert (before.precision[0], after.precision[0], after.recall[0]) == (0.0, 1.0, 1.0)
    assert before.recall[1] == 1.0
    assert before.precision[1] == pytest.approx(0.1)
    for size in SIZES:
        svg = vl_convert.vegalite_to_svg(precision_chart([before, after], size), config=vega_config(LIGHT))
        assert float(svg.partition('width="')[2].partition('"')[0]) <= size.total + 2
    assert not depth_lines([audit(planted(names=("exact", "ivf")))])


def test_every_pipeline_has_a_row_and_lost_queries_stay_off_the_terminal() -> None:
    table = figures_table("t", [audit(planted()), audit(planted("two"))])
    assert [row.cells[0].text for row in table.rows] == [
        f"{model} {name}" for model in ("one", "two") for name in ("exact", "ivf", "exact+rerank")
    ]
    assert [cell.text for cell in table.rows[1].cells[1:3]] == [".667", "1.000"]
    lost = [
        block
        for block in retrieval_blocks("p", [audit(planted())])
        if isinstance(block, Table) and block.caption.startswith("Lost by")
    ]
    assert [(block.caption, block.printed) for block in lost] == [
        ("Lost by ivf, in place of exact: one.", False)
    ]
    assert lost[0].rows[0].cells[3].text == "not found"


def test_a_family_of_three_sizes_has_a_section_with_the_random_order_beside() -> None:
    audits = []
    for documents in (20, 50, 100):
        one = planted()
        one = replace(
            one,
            probe=replace(one.probe, name=f"shop-{documents}", family="shop"),
            details=replace(one.details, documents=documents),
        )
        audits.append(audit(one))
    [section] = dataset_curve_sections(audits)
    assert section.title == "Recall at 10 over the size of shop"
    random = family_curves(audits)[-1]
    assert (random.name, random.shares) == ("random order", (0.5, 0.2, 0.1))
    assert not list(dataset_curve_sections(audits[:2]))


def test_the_setting_that_varies_is_the_axis() -> None:
    """Objects of generated sets, or numbers of a vector; where the interval first lies below .5 is named."""
    audits = []
    for objects, recall in ((200, 0.9), (800, 0.2), (1600, 0.1)):
        one = planted(names=("exact",))
        settings: dict[str, int | str] = {
            "n": 46,
            "k": 2,
            "pattern": "dense",
            "objects": objects,
            "leak": True,
        }
        details = replace(one.details, recall={10: np.full((60, 1), recall)}, settings=settings)
        name = f"limit-objects{objects}"
        audits.append(audit(replace(one, probe=replace(one.probe, name=name, family=name), details=details)))
    [section] = dataset_curve_sections(audits)
    assert section.title.startswith("Recall at 10 over things in all lists: k 2, leak on, n 46")
    [points, figure] = section.blocks
    assert isinstance(points, Points)
    assert isinstance(figure, Figure)
    assert points.sentences == (
        "one: recall@10 is .900 with 200 things in all lists and .100 with 1,600.",
        "one: with 800 things in all lists, the whole interval of recall@10 lies below .500 for the first "
        "time.",
    )
    cut = planted(names=("exact", "exact?dim=4", "exact?dim=2"))
    table = np.tile([0.9, 0.6, 0.3], (60, 1))
    [section] = dataset_curve_sections(
        [audit(replace(cut, details=replace(cut.details, recall={10: table})))]
    )
    assert section.title == "Recall at 10 over numbers of a vector: toy:one"
    [points, _] = section.blocks
    assert isinstance(points, Points)
    assert points.sentences == (
        "shop: recall@10 is .300 with 2 numbers of a vector and .900 with 8.",
        "shop: with 2 numbers of a vector, the whole interval of recall@10 lies below .500 for the first "
        "time.",
    )
    assert not list(dataset_curve_sections([audit(planted(names=("exact",)))]))


def test_changes_of_meaning_are_marked_and_the_worst_queries_are_for_the_report() -> None:
    result = analyse(planted_overlap(), Circumstances(np.random.default_rng(0)))
    assert isinstance(result, OverlapAudit)
    tables = [block for block in overlap_blocks("p", [result]) if isinstance(block, Table)]
    names = [row.cells[0].text for row in tables[0].rows]
    assert names == ["one comma", "one negation (reverses)", "one another query"]
    assert [table.printed for table in tables] == [True, False, False]
    assert tables[1].rows[0].cells[4].text == "gone"


def test_texts_of_users_are_escaped() -> None:
    """A query may hold anything."""
    odd = planted()
    odd = replace(odd, columns={**odd.columns, "text": ("<script>x</script>",) * len(odd.items)})
    page = render(Results(audits=(audit(odd),)))
    assert "<script>x" not in page
    assert "&lt;script&gt;x" in page


def test_subjects_with_other_pipelines_share_a_section_and_are_compared() -> None:
    """A model with an index and one without: one table, tests between both, and an answer that opens."""
    audits = [audit(planted()), audit(planted("two", 0.05, ("exact",)))]
    [section] = kind_sections(audits)
    assert section.title == "Probe shop"
    tables = {block.caption.partition(".")[0]: block for block in section.blocks if isinstance(block, Table)}
    rows = tables["What is found"].rows
    assert [row.cells[0].text for row in rows] == ["one exact", "one ivf", "one exact+rerank", "two exact"]
    tested = tables["Is a difference more than chance? Paired over queries"].rows[0].cells
    assert [cell.text for cell in tested[:3]] == ["one", "two", "exact"]
    [sentence] = kind_answers(audits)
    assert re.fullmatch(
        r"two finds more than one: nDCG@10 is 0\.0\d\d higher, 90% interval 0\.0\d\d to 0\.0\d\d "
        r"\(exact, 60 queries, q < 0\.001\)\.",
        sentence,
    )
    results = Results(audits=tuple(audits))
    assert f'<p class="answer"><bdi>{html.escape(sentence)}</bdi></p>' in render(results)
    other = replace(audits[1].measurement, details=replace(audits[1].measurement.details, corpus="other"))
    assert len(list(kind_sections([audits[0], audit(other)]))) == 2
    assert kind_answers(audits[:1]) == ()


def test_the_answer_is_the_same_from_either_side_and_says_what_may_be_chance() -> None:
    """The better one comes first, with an interval of the same sign; equal ones are not ranked."""
    low, high = audit(planted("low", 0.0, ("exact",))), audit(planted("high", 0.05, ("exact",)))
    said = [kind_answers([high, low])[0], kind_answers([low, high])[0]]
    assert all(sentence.startswith("high finds more than low: nDCG@10 is 0.0") for sentence in said)
    assert not any("−" in sentence for sentence in said)
    [equal] = kind_answers([low, audit(planted("same", 0.0, ("exact",)))])
    assert "find about as much: nDCG@10 differs by 0.000" in equal
    [most] = kind_answers([low, high, audit(planted("higher", 0.1, ("exact",)))])
    assert most.startswith("higher finds most of 3, more than high, the next: ")


def test_datasets_of_one_size_do_not_overwrite_each_other() -> None:
    """A point of the curve is the mean of the datasets of its size."""
    audits = []
    for name, documents, recall in (("a", 20, 1.0), ("b", 20, 0.5), ("c", 50, 0.25)):
        one = planted(names=("exact",))
        details = replace(one.details, documents=documents, recall={10: np.full((60, 1), recall)})
        audits.append(
            audit(replace(one, probe=replace(one.probe, name=name, family="shop"), details=details))
        )
    assert family_curves(audits)[0].shares == (0.75, 0.25)


def test_the_depth_of_reciprocal_ranks_stands_in_the_table() -> None:
    table = figures_table("t", [audit(planted())])
    assert "MRR@100" in [column.name for column in table.columns]
