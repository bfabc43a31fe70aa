"""Explanations of single labels in nine parts, each with the numbers behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from evenband.analysis.pairs.explanation import Explanation
from evenband.narrative.formats import MISSING, NOT_COMPUTED, factor, fixed, percent, significant
from evenband.narrative.pairs.reasons import how_to_look, sentences_of
from evenband.narrative.pairs.verdicts import MEANINGS
from evenband.narrative.reticence import is_shown
from evenband.report.blocks.pairs.pair_views import Part, Piece, Why
from evenband.report.blocks.pairs.summary_tables import difference, label_cell
from evenband.report.views import Cell, Column, Row, Table
from evenband.types import Divergence, Inspection
from evenband.wording import signed_as_read

NO_CONTROLS = "There are none of this label: only labels that stand out get control perturbations."


def explanation_card(number: int, explanation: Explanation) -> Why:
    """Return an explanation as a card that unfolds; the first one is open."""
    outlier = explanation.outlier
    verdict = outlier.verdict
    return Why(
        id=f"why-{number}",
        label=explanation.label,
        where=f"{outlier.template} on {explanation.measurement.subject.name}",
        verdict=verdict or "no outlier",
        meaning=MEANINGS[verdict] if verdict else "within the tail of the band",
        pair=difference(outlier.text_a, outlier.text_b),
        sentences=tuple(sentences_of(explanation)),
        parts=tuple(_parts(f"why-{number}", explanation)),
        opened=number == 0,
    )


def _parts(id_: str, explanation: Explanation) -> Iterator[Part]:
    """Yield all parts but the verdict, which is the card's head. Unknown parts say so."""
    yield _expectation(f"{id_}-expected", explanation)
    yield Part("In every sentence", (), (_row_table(f"{id_}-row", explanation),))
    yield _controls(f"{id_}-controls", explanation)
    yield _matches(f"{id_}-matches", explanation)
    yield from _inside(id_, explanation)
    yield Part("The reference model", (_reference(explanation),))
    yield _tokens(explanation)
    yield Part("What stays unexplained", (_remainder(explanation),))


def _expectation(id_: str, explanation: Explanation) -> Part:
    expected = explanation.expected
    title = "Observed and expected"
    if expected is None:
        return Part(title, ("No expectation could be fitted to so few labels.",))
    rows = [
        _line("Usual distance of all labels", significant(expected.usual), ""),
        *(_line(one.description, factor(one.factor), one.reading) for one in expected.contributions),
        _line("Everything else that is known about it", factor(expected.rest), ""),
        _line(
            "Expected distance",
            significant(expected.expected),
            f"90% of such labels: {significant(expected.low)} to {significant(expected.high)}",
        ),
        _line("Observed distance", significant(expected.observed), "the geometric mean over sentences"),
    ]
    columns = (Column("What is known"), Column("Distance", True), Column("Its own value"))
    return Part(
        title, (), (Table(id_, "From the usual distance to the expected one.", columns, tuple(rows)),)
    )


def _line(name: str, value: str, note: str) -> Row:
    return Row((Cell(value), Cell(note, user=bool(note))), name)


def _row_table(id_: str, explanation: Explanation) -> Table:
    against = explanation.reference is not None
    rows = tuple(
        Row(
            (
                Cell(cell.template, user=True),
                Cell(fixed(cell.score, 4)),
                Cell(fixed(cell.z, 2)),
                Cell(significant(cell.d)),
                _or_dash(significant(cell.expected)),
                _or_dash(factor(None if cell.expected is None else cell.d / cell.expected)),
                *([_or_dash(fixed(cell.reference, 4))] * against),
            )
        )
        for cell in explanation.row
    )
    columns = (
        Column("Sentence"),
        Column("s", True),
        Column("z", True, "robust z-score of log(1 − s) within the sentence"),
        Column("Distance", True, "1 − s"),
        Column("Expected", True, "from the label’s other sentences"),
        Column("Ratio", True, "distance over expected distance: near 1 if the label is odd everywhere"),
        *([Column(f"s in {explanation.reference}", True, user=True)] * against),
    )
    return Table(id_, "The same label in every sentence.", columns, rows)


def _or_dash(text: str) -> Cell:
    return Cell(text, title=NOT_COMPUTED if text == MISSING else "")


def _controls(id_: str, explanation: Explanation) -> Part:
    title = "Under changes that mean nothing"
    if not explanation.controls:
        return Part(title, (NO_CONTROLS,))
    rows = tuple(Row((Cell(one.name, user=True), Cell(fixed(one.z, 2)))) for one in explanation.controls)
    columns = (Column("Change: sentence"), Column("z", True, "against labels that do not stand out"))
    return Part(title, (), (Table(id_, "Control perturbations.", columns, rows),))


def _matches(id_: str, explanation: Explanation) -> Part:
    title = "Labels most like it"
    if explanation.standing is None:
        return Part(title, ("There are no labels to match it with.",))
    rank = (
        f"Rank {explanation.standing.rank} of {explanation.standing.n} by distance (1 is the farthest), "
        f"{fixed(explanation.standing.factor, 1)} times as far as their median."
    )
    rows = tuple(
        Row(
            (
                label_cell(match.label),
                Cell(significant(match.d)),
                Cell(_gaps(match.gaps)),
            )
        )
        for match in explanation.matches
        if is_shown(explanation.measurement, match.label)
    )
    columns = (Column("Label"), Column("Distance", True), Column("Differs from it by"))
    return Part(title, (rank,), (Table(id_, "Matched by what is known about the labels.", columns, rows),))


def _gaps(gaps: Mapping[str, float]) -> str:
    """Format the differences: ``characters +2, frequency −0.12``."""
    differences = [f"{name} {signed_as_read(f'{gap:+.3g}')}" for name, gap in gaps.items() if gap != 0]
    return ", ".join(differences) or "nothing that was matched"


def _inside(id_: str, explanation: Explanation) -> Iterator[Part]:
    title = "Inside the model"
    if explanation.insight is None:
        yield Part(title, (f"For the layers, {how_to_look(explanation)}",))
        return
    inspection, divergence = explanation.insight.inspection, explanation.insight.divergence
    sentences = []
    if divergence is not None and divergence.split is not None:
        sentences.append(
            f"It parts from ordinary pairs at layer {divergence.split} of {len(inspection.layers) - 1}."
        )
    if inspection.pooling_share is not None:
        share = percent(inspection.pooling_share)
        sentences.append(f"Pooling the token that only one text has accounts for {share} of the distance.")
    tables = (_layers(f"{id_}-layers", inspection, divergence), _attribution(f"{id_}-tokens", inspection))
    yield Part(title, tuple(sentences), tables)


def _layers(id_: str, inspection: Inspection, divergence: Divergence | None) -> Table:
    rows = []
    for place, layer in enumerate(inspection.layers):
        is_compared = divergence is not None and place < len(divergence.typical)
        typical = divergence.typical[place] if is_compared and divergence is not None else None
        ratio = divergence.ratios[place] if is_compared and divergence is not None else None
        share = None if layer.share is None else 100 * layer.share
        cells = (significant(layer.distance), significant(typical), factor(ratio), fixed(share, 0))
        name = "embeddings" if layer.index == 0 else f"layer {layer.index}"
        rows.append(Row(tuple(_or_dash(cell) for cell in cells), name))
    columns = (
        Column("After"),
        Column("Distance", True),
        Column("Of ordinary pairs", True, "median of other labels in the same sentence"),
        Column("Ratio", True),
        Column("Adds, %", True, "of the final distance"),
    )
    return Table(id_, "Layer by layer.", columns, tuple(rows))


def _attribution(id_: str, inspection: Inspection) -> Table:
    attribution = inspection.attribution
    total = attribution.total or 1.0
    rows = []
    for part in attribution.parts:
        moved = None if part.moved is None else 100 * part.moved / total
        rows.append(
            Row(
                (
                    Cell(part.piece, user=True),
                    Cell(fixed(100 * part.contribution / total, 0)),
                    _or_dash(fixed(moved, 0)),
                )
            )
        )
    columns = (
        Column("Token"),
        Column("Share, %", True, "of the distance; negative: it holds the texts together"),
        Column("By its own move, %", True, "the rest is the weight that pooling gives it"),
    )
    return Table(id_, f"Which tokens carry the distance ({attribution.method}).", columns, tuple(rows))


def _reference(explanation: Explanation) -> str:
    if explanation.reference is None:
        return (
            "No reference model was run. A reference would separate what this model learned "
            "from what any model does with these words."
        )
    cells = [cell for cell in explanation.row if cell.reference is not None]
    if not cells:
        return f"{explanation.reference} did not measure these texts."
    farther = sum(1 for cell in cells if cell.reference is not None and cell.score < cell.reference)
    return (
        f"Compared with {explanation.reference}, this model moves the label farther apart in {farther} of "
        f"{len(cells)} sentences. The similarities are in the table above."
    )


def _tokens(explanation: Explanation) -> Part:
    title = "What the model sees of the two texts"
    if explanation.insight is None:
        return Part(title, (f"For the tokens of both texts, {how_to_look(explanation)}",))
    inspection = explanation.insight.inspection
    sides = (
        _pieces(inspection.a.pieces, {i for i, _ in inspection.common}),
        _pieces(inspection.b.pieces, {j for _, j in inspection.common}),
    )
    return Part(title, (), (), sides)


def _pieces(pieces: Sequence[str], common: set[int]) -> tuple[Piece, ...]:
    return tuple(Piece(piece, place not in common) for place, piece in enumerate(pieces))


def _remainder(explanation: Explanation) -> str:
    if explanation.outlier.verdict == "unexplained":
        return "All of it: the label is far, and nothing that was tried explains it."
    if explanation.expected is not None and explanation.expected.surprising:
        return (
            "The distance is above that of 90% of such labels; "
            f"{percent(explanation.expected.beyond, 1)} of all labels are as far above what is expected."
        )
    return "Nothing: the numbers above account for it."
