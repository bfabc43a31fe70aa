"""Why one value lies where it lies: nine parts, each with the numbers that it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from evenband.analysis.pairs.explanation import Explanation
from evenband.narrative.formats import MISSING, NOT_COMPUTED, factor, fixed, significant
from evenband.narrative.pairs.reasons import sentences_of
from evenband.narrative.pairs.verdicts import MEANINGS
from evenband.report.blocks.pairs.summary_tables import difference
from evenband.report.views import Cell, Column, Part, Piece, Row, Table, Why
from evenband.types import Divergence, Inspection


def explanation_card(number: int, found: Explanation) -> Why:
    """An explanation as a card that unfolds."""
    outlier, made = found.outlier, found.measurement
    verdict = outlier.verdict
    return Why(
        id=f"why-{number}",
        label=found.label,
        where=f"{outlier.template} on {made.subject.name}",
        verdict=verdict or "no outlier",
        meaning=MEANINGS[verdict] if verdict else "within what the band’s own tail does",
        pair=difference(outlier.text_a, outlier.text_b),
        sentences=tuple(sentences_of(found)),
        parts=tuple(_parts(f"why-{number}", found)),
        opened=number == 0,
    )


def _parts(id_: str, found: Explanation) -> Iterator[Part]:
    """Parts 2 to 9; the verdict is the card's head. What is not known is said."""
    yield _expectation(f"{id_}-expected", found)
    yield Part("In every sentence", (), (_row_table(f"{id_}-row", found),))
    yield _controls(f"{id_}-controls", found)
    yield _matches(f"{id_}-matches", found)
    yield from _inside(id_, found)
    yield Part("The reference model", (_reference(found),))
    yield _tokens(found)
    yield Part("What stays unexplained", (_left_over(found),))


def _expectation(id_: str, found: Explanation) -> Part:
    expected = found.expected
    title = "Observed and expected"
    if expected is None:
        return Part(title, ("No expectation could be fitted to so few values.",))
    rows = [
        _line("Usual distance of all values", significant(expected.usual), ""),
        *(_line(one.description, factor(one.factor), one.reading) for one in expected.contributions),
        _line("Everything else that is known of it", factor(expected.rest), ""),
        _line(
            "Expected distance",
            significant(expected.expected),
            f"90 % of such values: {significant(expected.low)} to {significant(expected.high)}",
        ),
        _line("Observed distance", significant(expected.observed), "the geometric mean over sentences"),
    ]
    columns = (Column("What is known"), Column("Distance", True), Column("Its own value"))
    return Part(
        title, (), (Table(id_, "From the usual distance to the expected one.", columns, tuple(rows)),)
    )


def _line(name: str, value: str, note: str) -> Row:
    return Row((Cell(value), Cell(note, user=bool(note))), name)


def _row_table(id_: str, found: Explanation) -> Table:
    against = found.reference is not None
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
        for cell in found.row
    )
    columns = (
        Column("Sentence"),
        Column("s", True),
        Column("z", True, "log-MAD z within the sentence"),
        Column("Distance", True, "1 − s"),
        Column("Expected", True, "from the value’s other sentences"),
        Column("Times it", True, "a cell effect is far from 1, a word effect is near 1"),
        *([Column(f"s in {found.reference}", True, user=True)] * against),
    )
    return Table(id_, "The same value in every sentence.", columns, rows)


def _or_dash(text: str) -> Cell:
    return Cell(text, title=NOT_COMPUTED if text == MISSING else "")


def _controls(id_: str, found: Explanation) -> Part:
    title = "Under changes that mean nothing"
    if not found.controls:
        return Part(title, ("The control perturbations were not run for this value.",))
    rows = tuple(Row((Cell(one.name, user=True), Cell(fixed(one.z, 2)))) for one in found.controls)
    columns = (Column("Change: sentence"), Column("z", True, "against values that do not stand out"))
    return Part(title, (), (Table(id_, "Control perturbations.", columns, rows),))


def _matches(id_: str, found: Explanation) -> Part:
    title = "Words most like it"
    if found.standing is None:
        return Part(title, ("No matched words are known.",))
    told = (
        f"Rank {found.standing.rank} of {found.standing.n} by distance (1 is the farthest), "
        f"{fixed(found.standing.factor, 1)} times as far as their median."
    )
    rows = tuple(
        Row(
            (
                Cell(match.label, user=True),
                Cell(significant(match.d)),
                Cell(_gaps(match.gaps)),
            )
        )
        for match in found.matches
    )
    columns = (Column("Word"), Column("Distance", True), Column("Differs from it by"))
    return Part(title, (told,), (Table(id_, "Matched in what is known of words.", columns, rows),))


def _gaps(gaps: Mapping[str, float]) -> str:
    """What is not the same, such as ``characters +2``."""
    told = [f"{name} {gap:+.3g}".replace("-", "−") for name, gap in gaps.items() if gap != 0]
    return ", ".join(told) or "nothing that was matched"


def _inside(id_: str, found: Explanation) -> Iterator[Part]:
    title = "Inside the model"
    if found.insight is None:
        yield Part(title, ("Nobody looked: a remote model, or one that could not be loaded here.",))
        return
    inspection, divergence = found.insight.inspection, found.insight.divergence
    told = []
    if divergence is not None and divergence.split is not None:
        told.append(
            f"It parts from ordinary pairs at layer {divergence.split} of {len(inspection.layers) - 1}."
        )
    if inspection.pooling_share is not None:
        share = fixed(100 * inspection.pooling_share, 0)
        told.append(f"Pooling the token that only one text has accounts for {share} % of the distance.")
    tables = (_layers(f"{id_}-layers", inspection, divergence), _attribution(f"{id_}-tokens", inspection))
    yield Part(title, tuple(told), tables)


def _layers(id_: str, inspection: Inspection, divergence: Divergence | None) -> Table:
    rows = []
    for place, layer in enumerate(inspection.layers):
        known = divergence is not None and place < len(divergence.typical)
        typical = divergence.typical[place] if known and divergence is not None else None
        ratio = divergence.ratios[place] if known and divergence is not None else None
        share = None if layer.share is None else 100 * layer.share
        cells = (significant(layer.distance), significant(typical), factor(ratio), fixed(share, 0))
        name = "embeddings" if layer.index == 0 else f"layer {layer.index}"
        rows.append(Row(tuple(_or_dash(cell) for cell in cells), name))
    columns = (
        Column("After"),
        Column("Distance", True),
        Column("Of ordinary pairs", True, "median of other values in the same sentence"),
        Column("Times it", True),
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


def _reference(found: Explanation) -> str:
    if found.reference is None:
        return "No reference model was run; one would tell what this model learned from what words do anyway."
    known = [cell for cell in found.row if cell.reference is not None]
    if not known:
        return f"{found.reference} has no vectors for these texts, so that it says nothing of them."
    near = sum(1 for cell in known if cell.reference is not None and cell.score < cell.reference)
    return (
        f"{found.reference} has seen the same texts; this model moves the value farther apart in {near} of "
        f"{len(known)} sentences. Its similarities stand in the table above."
    )


def _tokens(found: Explanation) -> Part:
    title = "What the model sees of the two texts"
    if found.insight is None:
        return Part(title, ("No tokenizer is at hand.",))
    inspection = found.insight.inspection
    sides = (
        _pieces(inspection.a.pieces, {i for i, _ in inspection.common}),
        _pieces(inspection.b.pieces, {j for _, j in inspection.common}),
    )
    return Part(title, (), (), sides)


def _pieces(pieces: Sequence[str], common: set[int]) -> tuple[Piece, ...]:
    return tuple(Piece(piece, place not in common) for place, piece in enumerate(pieces))


def _left_over(found: Explanation) -> str:
    if found.outlier.verdict == "unexplained":
        return "All of it: the value is far out, and nothing that was looked at says why."
    if found.expected is not None and found.expected.surprising:
        return (
            f"The distance is above what 90 % of such values show; "
            f"{fixed(100 * found.expected.beyond, 1)} % of all lie as far above what is expected of them."
        )
    return "Nothing that the numbers above would ask for."
