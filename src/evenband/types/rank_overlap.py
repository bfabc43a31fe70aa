"""Overlap: how much of a query's first documents stays when the query is written in another way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

from evenband.types.arrays import Scores, Texts
from evenband.types.details import Details, Tables
from evenband.types.measurement import Measurement, Metric
from evenband.types.specs import ProbeSpec


def overlap_metric(k: int) -> Metric:
    """Return the metric: the share of the first k documents that two lists have in common.

    Which direction is better depends on the operator, so the metric does not say.
    """
    return Metric(f"overlap@{k}", "proportion", "neither")


@dataclass(frozen=True)
class OperatorFacts:
    """A change to a query that was made.

    Attributes:
        name: of the condition, such as ``typo``.
        effect: what it does to the meaning: ``keeps`` or ``changes``.
        why: what a user loses, one sentence.
    """

    name: str
    effect: str
    why: str


@dataclass(frozen=True)
class OverlapDetails(Details):
    """The first k documents of n queries, and of the same queries changed by t operators.

    The measurement's score is overlap@k: the share of the first k documents that both lists have. Where an
    operator leaves a query as it is, the score is 1 and ``applied`` 0: such cells count nowhere.

    Attributes:
        changed: the query after the operator. Shape: (n, t).
        applied: 1 where the operator changes the query, else 0. Shape: (n, t).
        rank_biased: rank-biased overlap (Webber, Moffat and Zobel 2010) of the two lists with p = 0.9,
            extrapolated from depth k, in [0, 1]. Shape: (n, t).
        first_rank: rank of the query's first document in the other list; NaN if it is not among the k.
            Shape: (n, t).
        other_overlap: overlap@k of the query's list with that of another query, drawn at random: what a
            change must be compared with. Shape: (n, t), the same in each column.
        lost: id of the best document that left the first k; empty where none did. Shape: (n, t).
        k: length of the lists.
        documents: number of documents.
        corpus: digest of the documents.
        pipeline: index that was searched.
        operators: one for each condition.
        remarks: what a reader must know of how the queries were read.
    """

    kind: ClassVar[str] = "overlap"
    item: ClassVar[str] = "query"
    condition: ClassVar[str] = "operator"
    roles: ClassVar[tuple[str, ...]] = ("query", "document")

    changed: Texts
    applied: Scores
    rank_biased: Scores
    first_rank: Scores
    other_overlap: Scores
    lost: Texts
    k: int = 10
    documents: int = 0
    corpus: str = ""
    pipeline: str = "exact"
    operators: tuple[OperatorFacts, ...] = ()
    remarks: tuple[str, ...] = ()

    def to_tables(self) -> Tables:
        """Return the changed queries, the lost documents and all numbers, (n, t) each."""
        return {
            "changed": self.changed,
            "lost": self.lost,
            "applied": self.applied,
            "rank_biased": self.rank_biased,
            "first_rank": self.first_rank,
            "other_overlap": self.other_overlap,
        }

    def to_facts(self) -> dict[str, Any]:
        """Return sizes, the pipeline and the operators."""
        return {
            "k": self.k,
            "documents": self.documents,
            "corpus": self.corpus,
            "pipeline": self.pipeline,
            "operators": [[one.name, one.effect, one.why] for one in self.operators],
            "remarks": list(self.remarks),
        }

    @classmethod
    def rebuild(cls, tables: Tables, facts: Mapping[str, Any]) -> OverlapDetails:
        """Return the details of these tables and facts."""
        return cls(
            changed=tables["changed"],
            applied=tables["applied"],
            rank_biased=tables["rank_biased"],
            first_rank=tables["first_rank"],
            other_overlap=tables["other_overlap"],
            lost=tables["lost"],
            k=int(facts["k"]),
            documents=int(facts["documents"]),
            corpus=str(facts["corpus"]),
            pipeline=str(facts["pipeline"]),
            operators=tuple(
                OperatorFacts(str(name), str(effect), str(why)) for name, effect, why in facts["operators"]
            ),
            remarks=tuple(map(str, facts["remarks"])),
        )

    def take(self, rows: list[int], columns: list[int]) -> Details:
        """As :meth:`Details.take`, with the facts of the chosen operators only."""
        tables = {name: table[rows][:, columns] for name, table in self.to_tables().items()}
        chosen = [self.operators[column] for column in columns] if self.operators else []
        facts = [[one.name, one.effect, one.why] for one in chosen]
        return type(self).rebuild(tables, {**self.to_facts(), "operators": facts})


OverlapMeasurement: TypeAlias = Measurement[ProbeSpec, OverlapDetails]
"""A measurement of overlap."""
