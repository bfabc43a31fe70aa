"""Agreement: the same texts through two references that should be one model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, TypeAlias

from evenband.types.arrays import Scores
from evenband.types.details import Details, Tables
from evenband.types.insight import Tokens
from evenband.types.measurement import Measurement
from evenband.types.specs import ModelSpec, ProbeSpec


@dataclass(frozen=True)
class SentInput:
    """One text as each side sent it to its model; ``None`` for a side that cannot tell.

    Attributes:
        text: before a prompt is put in front of it.
        left: final text and token ids of the first side.
        right: of the second.
    """

    text: str
    left: Tokens | None
    right: Tokens | None

    @property
    def differs(self) -> bool | None:
        """Whether the sides send different texts or token ids; ``None`` where one cannot tell."""
        if self.left is None or self.right is None:
            return None
        return (self.left.text, self.left.ids) != (self.right.text, self.right.ids)


@dataclass(frozen=True)
class VerdictChange:
    """A cell whose verdict or claim differs between the sides, left before right.

    Attributes:
        label: the slot's value.
        template: name of the sentence.
        scores: cosine of the cell's two texts.
        claimed: whether the cell is claimed as an outlier.
        verdicts: why it is far; ``None`` where it is not among the cells that a side looked into.
    """

    label: str
    template: str
    scores: tuple[float, float]
    claimed: tuple[bool, bool]
    verdicts: tuple[str | None, str | None]


@dataclass(frozen=True)
class VerdictAgreement:
    """What the two sides say of one probe of minimal pairs, left before right.

    Attributes:
        probe: its name.
        cells: number of label-template pairs that both sides measured.
        largest: largest difference of a cell's cosine.
        median: median difference of a cell's cosine.
        blind: whether the side does not see the probe's change.
        claims: number of cells that the side claims as outliers; ``None`` where it could test none.
        changed: number of cells whose verdict or claim differs.
        changes: of these the cells whose cosine differs most.
    """

    probe: str
    cells: int
    largest: float
    median: float
    blind: tuple[bool, bool]
    claims: tuple[int | None, int | None]
    changed: int
    changes: tuple[VerdictChange, ...]


@dataclass(frozen=True)
class AgreementDetails(Details):
    """Two sides on the same n texts; the measurement's score is 1 - cosine of a text's two vectors.

    A pair similarity is the cosine of two of the texts on one side. Per text and in float64:

    Attributes:
        left: the first side; the second one is the measurement's subject.
        component: (n, 1) largest difference of a component of the two unit vectors, in [0, 2].
        overlap: (n, 1) share of the text's nearest neighbours that both sides have, in [0, 1]; NaN for
            a single text.
        pair_largest: (n, 1) largest difference of its pair similarities, in [0, 2]; NaN likewise.
        pair_median: (n, 1) median difference of its pair similarities; NaN likewise.
        neighbours: number of nearest neighbours that are compared: ten, or all there are.
        inputs: the texts that differ most, the worst first, as each side sent them.
        missing: side and text of every text without a vector; these texts have no row.
        verdicts: both sides on the probe whose texts these are; ``None`` for texts of a file.
        slot: reference of the slot that fills the texts; empty where it is not known.
    """

    kind: ClassVar[str] = "agreement"
    item: ClassVar[str] = "text"
    condition: ClassVar[str] = "comparison"

    left: ModelSpec
    component: Scores
    overlap: Scores
    pair_largest: Scores
    pair_median: Scores
    neighbours: int
    inputs: tuple[SentInput, ...] = ()
    missing: tuple[tuple[str, str], ...] = ()
    verdicts: VerdictAgreement | None = None
    slot: str = ""

    @property
    def others(self) -> tuple[ModelSpec, ...]:
        """The first side."""
        return (self.left,)

    def to_tables(self) -> Tables:
        """Return the numbers per text, (n, 1) each."""
        return {
            "component": self.component,
            "overlap": self.overlap,
            "pair_largest": self.pair_largest,
            "pair_median": self.pair_median,
        }

    def to_facts(self) -> dict[str, Any]:
        """Return everything else as plain data for JSON."""
        return {
            "left": self.left.to_dict(),
            "neighbours": self.neighbours,
            "inputs": [asdict(sent) for sent in self.inputs],
            "missing": [list(pair) for pair in self.missing],
            "verdicts": None if self.verdicts is None else asdict(self.verdicts),
            "slot": self.slot,
        }

    @classmethod
    def rebuild(cls, tables: Tables, facts: Mapping[str, Any]) -> AgreementDetails:
        """Return the details of these tables and facts."""
        verdicts = facts["verdicts"]
        return cls(
            left=ModelSpec.from_dict(facts["left"]),
            component=tables["component"],
            overlap=tables["overlap"],
            pair_largest=tables["pair_largest"],
            pair_median=tables["pair_median"],
            neighbours=int(facts["neighbours"]),
            inputs=tuple(
                SentInput(sent["text"], _tokens(sent["left"]), _tokens(sent["right"]))
                for sent in facts["inputs"]
            ),
            missing=tuple((str(side), str(text)) for side, text in facts["missing"]),
            verdicts=None if verdicts is None else _verdicts(verdicts),
            slot=str(facts.get("slot", "")),
        )


AgreementMeasurement: TypeAlias = Measurement[ProbeSpec, AgreementDetails]
"""A measurement of agreement."""


def _tokens(data: Mapping[str, Any] | None) -> Tokens | None:
    return None if data is None else Tokens(data["text"], tuple(data["ids"]), tuple(data["pieces"]))


def _verdicts(data: Mapping[str, Any]) -> VerdictAgreement:
    changes = tuple(VerdictChange(**_paired(change)) for change in data["changes"])
    return VerdictAgreement(**{**_paired(data), "changes": changes})


def _paired(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a mapping whose lists, as JSON has them, are tuples."""
    return {key: tuple(value) if _is_list(value) else value for key, value in data.items()}


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)
