"""What an audit of training data found, as typed values with a verdict each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from evenband.train.training_examples import ExampleKind
from evenband.types import Estimate


@dataclass(frozen=True)
class Quotation:
    """A row that shows what was found.

    Attributes:
        place: where it stands, such as ``line 7``.
        texts: what it says.
    """

    place: str
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Shortcut:
    """How well the right text or label can be told without reading for meaning.

    Attributes:
        name: ``length``, ``overlap``, ``form`` or ``words``.
        auc: of a predictor fitted on other rows, with a 90% interval; ``None`` for too few rows.
        chance: 95th percentile of the same with exchanged texts or shuffled labels.
        p: of a permutation test, adjusted by Holm over the shortcuts.
        is_flagged: whether it is beyond chance, and large enough to learn from.
        how: what differs, in words.
        quotations: rows that show it best.
    """

    name: str
    auc: Estimate | None
    chance: float | None
    p: float | None
    is_flagged: bool
    how: str
    quotations: tuple[Quotation, ...] = ()


@dataclass(frozen=True)
class Tally:
    """Rows of which something is true.

    Attributes:
        name: what is true of them.
        count: how many there are.
        of: number of rows that were looked at.
        quotations: some of them.
        is_fault: whether rows of this sort harm a training.
    """

    name: str
    count: int
    of: int
    quotations: tuple[Quotation, ...] = ()
    is_fault: bool = True


@dataclass(frozen=True)
class Coverage:
    """How well training data covers a corpus.

    Attributes:
        corpus: its path.
        documents: that were compared.
        vocabulary: share of the corpus's running words that the data has.
        missing: most frequent words of the corpus that it lacks, with their numbers.
        nearest: median similarity of a document to the nearest training text.
        within: the same to the nearest other document of the corpus.
        measure: of similarity: ``tf-idf`` or a model's reference.
        far: share of documents that are farther from all training texts than 95% are from each other.
        quotations: the farthest documents.
    """

    corpus: Path
    documents: int
    vocabulary: float
    missing: tuple[tuple[str, int], ...]
    nearest: float
    within: float
    measure: str
    far: float
    quotations: tuple[Quotation, ...] = ()


@dataclass(frozen=True)
class DataAudit:
    """What an audit of training data found.

    Attributes:
        source: of the data.
        kind: of the examples.
        rows: number of examples.
        texts: number of different texts.
        shortcuts: by which a model could do without meaning.
        duplicates: equal and nearly equal rows, contradictions.
        leaks: texts of probes and data sets.
        coverage: of the user's corpus; ``None`` without one.
        famous: well-known minimal pairs.
        remarks: what was sampled or left out.
        seconds: that it took.
    """

    source: str
    kind: ExampleKind
    rows: int
    texts: int
    shortcuts: tuple[Shortcut, ...]
    duplicates: tuple[Tally, ...]
    leaks: tuple[Tally, ...]
    coverage: Coverage | None
    famous: tuple[Tally, ...]
    remarks: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def flagged(self) -> tuple[str, ...]:
        """Names of the shortcuts beyond chance."""
        return tuple(one.name for one in self.shortcuts if one.is_flagged)
