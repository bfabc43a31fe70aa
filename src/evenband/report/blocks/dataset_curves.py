"""Recall over the sizes of several datasets of one family, such as generated sets of rising size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import fmean

from evenband.analysis.retrieval.retrieval_audit import RetrievalAudit
from evenband.narrative.formats import count
from evenband.narrative.searches import curve_sentence, failure_sentence, share_words
from evenband.report.blocks.retrieval_tables import share_cell
from evenband.report.blocks.setting_curves import setting_curve_sections
from evenband.report.charts.frame import SIZES
from evenband.report.charts.recall_curve import Curve, recall_curve
from evenband.report.views import Cell, Column, Figure, Option, Points, Row, Section, Table
from evenband.types import Estimate

FEWEST_DATASETS = 3
"""Datasets of a family, of different sizes, from which on there is a curve."""

DATASETS_READ = (
    "Each line is one model by exact search, each point one dataset of the family, placed by its number of "
    "documents; of several datasets of one size it is the mean.",
    "The line of a random order shows what is left where a model has failed.",
)


def dataset_curve_sections(audits: Sequence[RetrievalAudit]) -> Iterator[Section]:
    """Yield a section for each family of which three datasets or more of different sizes were searched.

    Then one for each other setting that varies.
    """
    by_family: dict[str, list[RetrievalAudit]] = {}
    for audit in (one for one in audits if one.measurement.details.is_judged):
        by_family.setdefault(audit.measurement.probe.family, []).append(audit)
    for number, (family, members) in enumerate(by_family.items()):
        sizes = {audit.measurement.details.documents for audit in members}
        if len(sizes) >= FEWEST_DATASETS:
            yield _section(f"datasets-{number}", family, members)
    yield from setting_curve_sections(audits)


def family_curves(audits: Sequence[RetrievalAudit]) -> list[Curve]:
    """Return recall at the cutoff over the number of documents, of each model and of a random order."""
    shares: dict[str, dict[int, list[float]]] = {}
    chances: dict[int, list[float]] = {}
    for audit in audits:
        documents, recall = audit.measurement.details.documents, _recall(audit)
        chances[documents] = [audit.chance or 0.0]
        if recall.value is not None:
            sizes = shares.setdefault(audit.measurement.subject.name, {})
            sizes.setdefault(documents, []).append(recall.value)
    shares["random order"] = chances
    return [
        Curve(name, tuple(sorted(found)), tuple(fmean(found[size]) for size in sorted(found)))
        for name, found in shares.items()
    ]


def _section(id_: str, family: str, audits: Sequence[RetrievalAudit]) -> Section:
    curves = family_curves(audits)
    k = audits[0].measurement.details.cutoff
    sentences = (
        *(curve_sentence(one.name, one.efforts, one.shares, k) for one in curves),
        *_failures(audits, k),
    )
    title = f"Recall at {k} over the size of {family}"
    specs = tuple((size.total, recall_curve(curves, size)) for size in SIZES)
    figure = Figure(
        f"{id_}-curve", title, " ".join(sentences), DATASETS_READ, (Option("all", specs, (), title),)
    )
    return Section(
        id_, title, (Points("From the smallest to the largest", sentences), figure, _table(id_, audits, k))
    )


def _failures(audits: Sequence[RetrievalAudit], k: int) -> Iterator[str]:
    """Yield at which size each model begins to fail."""
    lines: dict[str, dict[int, list[Estimate]]] = {}
    for audit in audits:
        sizes = lines.setdefault(audit.measurement.subject.name, {})
        sizes.setdefault(audit.measurement.details.documents, []).append(_recall(audit))
    for name, sizes in lines.items():
        yield from failure_sentence(name, "documents", sizes, k)


def _table(id_: str, audits: Sequence[RetrievalAudit], k: int) -> Table:
    """Return recall of every model on every dataset."""
    models = list(dict.fromkeys(audit.measurement.subject.name for audit in audits))
    by_dataset: dict[str, dict[str, RetrievalAudit]] = {}
    for audit in audits:
        by_dataset.setdefault(audit.measurement.probe.name, {})[audit.measurement.subject.name] = audit
    rows = []
    for name, found in by_dataset.items():
        first = next(iter(found.values()))
        documents, queries = first.measurement.details.documents, len(first.measurement.items)
        rows.append(
            Row(
                (
                    Cell(name, user=True),
                    Cell(count(documents), sort=documents),
                    Cell(count(queries), sort=queries),
                    *(share_cell(_recall(found[one]) if one in found else Estimate(None)) for one in models),
                    Cell(share_words(first.chance), sort=first.chance),
                )
            )
        )
    columns = (
        Column("Dataset", user=True),
        Column("Documents", True),
        Column("Queries", True),
        *(Column(one, True, user=True) for one in models),
        Column("random", True, "recall of a random order of the documents"),
    )
    return Table(f"{id_}-table", f"Recall at {k} by exact search.", columns, tuple(rows))


def _recall(audit: RetrievalAudit) -> Estimate:
    """Return recall at the cutoff of the first pipeline."""
    return audit.pipelines[0].recall.get(audit.measurement.details.cutoff, Estimate(None))
