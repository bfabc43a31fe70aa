"""Every kind of measurement: details, analysis, summary, report block and file belong together."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from evenband import analysis, encoders, probes, report
from evenband.analysis import Circumstances, Results
from evenband.probes.analogy import Analogies, Question
from evenband.probes.retrieval.limit_sets import make_limit, read_limit
from evenband.probes.retrieval.rank_changes import RankChanges, dense_search
from evenband.probes.retrieval.retrievers import DenseRetriever
from evenband.probes.retrieval.retrieving import Retrieval
from evenband.probes.retrieval.text_operators import load_operators
from evenband.randomness import stream
from evenband.records import RunDirectory
from evenband.report.blocks.kinds import BLOCKS
from evenband.types import Measurement, details_class
from planted_sides import measured, texts


def pairs() -> Measurement:
    probe = probes.find("comma").load().sample(30, np.random.default_rng(0))
    return probe.measure(encoders.load("toy:chars"))


def agreement() -> Measurement:
    return measured({texts(40)[0]: 0.3})


def analogy() -> Measurement:
    words = ("king", "man", "woman", "queen", "kingdom", "mankind", "womanly")
    questions = (
        Question("plain", ("man", "king", "woman"), "queen"),
        Question("<b>", ("king", "kingdom", "man"), "mankind"),
        Question("plain", ("woman", "queen", "man"), "king"),
    )
    return Analogies("kin", questions, words).measure(encoders.load("toy:chars"))


def retrieval() -> Measurement:
    dataset = make_limit(read_limit("n=4"))
    encoder = encoders.load("toy:chars")
    return Retrieval(dataset, cutoffs=(2, 4)).measure(DenseRetriever(encoder, dataset)).measurement


def overlap() -> Measurement:
    dataset = make_limit(read_limit("n=20,queries=12"))
    names = dataset.name, dataset.corpus_digest, dataset.ids, dataset.texts
    search = dense_search(encoders.load("toy:chars"), *names, "exact")
    return RankChanges(dataset.queries, load_operators(), k=5).measure(search)


MADE: dict[str, Callable[[], Measurement]] = {
    "pairs": pairs,
    "agreement": agreement,
    "analogy": analogy,
    "retrieval": retrieval,
    "overlap": overlap,
}


def test_every_kind_is_tested_here_and_has_a_block() -> None:
    """Minimal pairs have sections of their own."""
    assert set(analysis.KINDS) == set(MADE)
    assert set(analysis.KINDS) - {"pairs"} <= set(BLOCKS)


@pytest.mark.parametrize("kind", MADE)
def test_a_kind_goes_all_the_way(kind: str, tmp_path: Path) -> None:
    """Measured, written, read back, analysed, summed up and rendered; twice the same."""
    measurement = MADE[kind]()
    assert measurement.kind == kind == details_class(kind).kind
    run = RunDirectory(tmp_path)
    run.write_measurement(measurement)
    pages = []
    for one in (measurement, run.read(*measurement.key)):
        results = Results(audits=(analysis.analyse(one, Circumstances(stream(0, "analysis"))),))
        summary = json.dumps(analysis.summarise(results), allow_nan=False)
        assert json.loads(summary)["results"][0]["kind"] == kind
        pages.append((summary, report.render(results)))
    assert pages[0] == pages[1]
    assert measurement.probe.name in pages[0][1]


@pytest.mark.parametrize("kind", MADE)
def test_a_kind_compares_with_itself_without_a_difference(kind: str) -> None:
    """And keeps its details when items are taken."""
    measurement = MADE[kind]()
    compared = analysis.compare(measurement, measurement, stream(0, "analysis"))
    assert compared.left is compared.right
    part = measurement.take([2, 0])
    assert part.items == (measurement.items[2], measurement.items[0])
    assert part.details.to_facts() == measurement.details.to_facts()
