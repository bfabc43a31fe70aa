"""Audits to report on: seeded scores, hand-made figures, nothing measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from evenband.analysis import Audit, Comparison, Results
from evenband.analysis.pairs.comparison import Change, PairsComparison
from evenband.analysis.pairs.draws import Fresh
from evenband.analysis.pairs.expectation import Contribution, Expected
from evenband.analysis.pairs.explanation import ControlCell, Explanation, RowCell
from evenband.analysis.pairs.matched import Match, Standing
from evenband.analysis.pairs.scorecard import Grade, Line, Scorecard, Ungraded
from evenband.analysis.pairs.spillover import ALONE
from evenband.analysis.pairs.values import (
    Contrast,
    Outlier,
    PairsAudit,
    Structure,
    Summary,
    Verdict,
)
from evenband.analysis.pairs.violations import Violation
from evenband.records import Manifest
from evenband.stats.contrast import Shifts
from evenband.stats.detection import Detection
from evenband.stats.power import Power
from evenband.stats.variance import Decomposition
from evenband.types import (
    COSINE,
    Attribution,
    Divergence,
    Estimate,
    Insight,
    Inspection,
    Layer,
    Measurement,
    ModelSpec,
    NoiseFloor,
    PairsDetails,
    PairsMeasurement,
    PairsSpec,
    ProbeType,
    TokenPart,
    Tokens,
)

NOTHING = Estimate(None)
RECORDED = {
    "evenband": "0.0",
    "command": ["evenband", "audit", "minilm"],
    "seed": 0,
    "libraries": {"numpy": "2.0", "torch": None},
    "models": [
        {
            "ref": "minilm",
            "name": "minilm",
            "dtype": "float32",
            "inputs": [{"text": "let's eat, grandma", "ids": [101, 2292], "pieces": ["[CLS]", "let"]}],
        }
    ],
    "measurements": [{"model": "minilm", "probe": "comma", "seconds": 1.25}],
}
"""Fields of a manifest."""

SYLLABLES = ("ba", "der", "go", "lin", "mo", "nar", "pe", "ri", "sto", "ta", "ver", "zu")


def words(n: int) -> tuple[str, ...]:
    """So many different words in alphabetical order, grandma and grandpa among them."""
    made = {f"{a}{b}{c}{d}" for a in SYLLABLES for b in SYLLABLES for c in SYLLABLES for d in SYLLABLES}
    return tuple(sorted([*sorted(made)[:: max(1, len(made) // n)][: n - 2], "grandma", "grandpa"]))


def audit(
    labels: Sequence[str] | None = None,
    *,
    n: int = 300,
    seed: int = 7,
    model: str = "minilm",
    probe: str = "comma",
    slot: str = "wordnet:person.n.01",
    templates: Sequence[str] = ("let's eat",),
    scores: Any = None,
    texts: tuple[str, str] = ("{t}, {x}", "{t} {x}"),
    low_q: Sequence[str] = (),
    few: bool = False,
    blind: bool = False,
    grid: str | None = None,
    r_at_1: float = 0.99,
    auc: float = 0.99,
    notes: Sequence[str] = (),
    columns: Mapping[str, tuple[Any, ...]] | None = None,
    calibration: Mapping[str, tuple[float, ...]] | None = None,
    why: str = "A comma should move everyone alike.",
    detailed: bool = True,
) -> PairsAudit:
    """An audit whose numbers hang together as those of a real one do."""
    labels = words(n) if labels is None else tuple(labels)
    shape = (len(labels), len(templates))
    rng = np.random.default_rng(seed)
    if scores is None:
        scores = 1 - np.exp(rng.normal(-3.5, 0.4, shape))
    scores = np.asarray(scores, float).reshape(shape)
    pairs = tuple(
        np.array([[form.format(t=t, x=x) for t in templates] for x in labels], dtype=object).reshape(shape)
        for form in texts
    )
    measurement = Measurement(
        probe=PairsSpec(
            name=probe,
            why=why,
            digest="d" * 32,
            items=shape[0],
            conditions=shape[1],
            type="INV",
            effect="keeps",
            slot=slot,
            letters=slot.startswith("letters:"),
        ),
        subject=ModelSpec(model, model, "toy", "revision-1", "float32", 8, 256, "mean", True),
        metric=COSINE,
        items=labels,
        conditions=tuple(templates),
        scores=scores,
        noise=NoiseFloor(2e-7, 3e-7, 16),
        details=PairsDetails(texts=pairs, calibration=calibration or {}),
        columns=columns or {},
    )
    y = np.log(np.maximum(1 - scores, 2e-7))
    centred = y - np.median(y, axis=0)
    z = centred / np.maximum(1.4826 * np.median(np.abs(centred), axis=0), 1e-9)
    q = np.full(shape, np.nan if few else 0.8)
    q[[labels.index(label) for label in low_q], 0] = 0.0002
    cells = sorted(np.ndindex(*shape), key=lambda cell: -z[cell])[:30]
    outliers = tuple(
        Outlier(
            labels[row],
            templates[column],
            str(pairs[0][row, column]),
            str(pairs[1][row, column]),
            float(scores[row, column]),
            float(z[row, column]),
            None if few else float(q[row, column]),
        )
        for row, column in cells
    )
    summary = _summary(scores, few=few, blind=blind, grid=grid, r_at_1=r_at_1, auc=auc)
    return PairsAudit(
        measurement=measurement,
        summary=summary,
        outliers=outliers,
        level=0.05,
        z=z,
        q=q,
        notes=tuple(notes),
        detailed=detailed,
    )


def _summary(scores: Any, *, few: bool, blind: bool, grid: str | None, r_at_1: float, auc: float) -> Summary:
    levels = {"q01": 0.01, "q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95, "q99": 0.99}
    n = len(scores)

    def near(value: float) -> Estimate:
        return Estimate(value, value - 0.01, value + 0.01, n)

    return Summary(
        n=n,
        templates=scores.shape[1],
        quantiles={name: float(np.quantile(scores, level)) for name, level in levels.items()},
        minimum=near(float(scores.min())),
        median=near(float(np.median(scores))),
        phi=NOTHING if few or blind else near(1.43),
        consistency=NOTHING if few or blind else near(0.7),
        t99=NOTHING if few else near(2.4),
        r50=near(0.055),
        pass_rate=near(0.98),
        uniformity=near(0.92),
        r_at_1=Estimate(r_at_1, None, None, n),
        auc=near(auc),
        noise_floor=2e-7,
        score_noise=3e-7,
        levels=len(np.unique(scores)),
        grid=grid,
        mad=0.004,
        blind=blind,
    )


def letters(model: str = "minilm", matched: int = 24) -> PairsAudit:
    """An ablation of grand?a with matched words."""
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    labels = (*(f"grand{letter}a" for letter in alphabet), *words(matched + 2)[2:][:matched])
    labels = tuple(dict.fromkeys(label if k < 26 else f"{label}o" for k, label in enumerate(labels)))
    rng = np.random.default_rng(3)
    scores = rng.normal(0.965, 0.005, len(labels))
    scores[[12, 15]] = 0.956, 0.951
    more = len(labels) - 26
    columns = {
        "letter": (*alphabet, *[None] * more),
        "is_word": (*(letter in "mp" for letter in alphabet), *[True] * more),
        "group": (*["letter"] * 26, *["matched"] * more),
    }
    return audit(
        labels, scores=scores, model=model, probe="letters", slot="letters:grand?a", few=True, columns=columns
    )


def comparison(left: PairsAudit, right: PairsAudit) -> PairsComparison:
    """Two audits side by side, with made-up figures."""
    a, b = left.measurement, right.measurement
    changes = tuple(
        Change(label, a.conditions[0], float(a.scores[row, 0]), float(b.scores[row, 0]), 2.0 - row / 10)
        for row, label in enumerate(a.items[:12])
    )
    return PairsComparison(
        a, b, Estimate(0.01, 0.0, 0.02, 9), Estimate(1.1, 1.0, 1.2, 9), NOTHING, 0.4, changes
    )


def results(
    audits: Sequence[Audit] = (),
    *,
    comparisons: Sequence[Comparison] = (),
    explanations: Sequence[Explanation] = (),
    scorecards: Sequence[Scorecard] = (),
    manifests: Sequence[Manifest] = (),
) -> Results:
    """Results of these parts; nothing is computed."""
    return Results(
        audits=tuple(audits),
        comparisons=tuple(comparisons),
        explanations=tuple(explanations),
        scorecards=tuple(scorecards),
        manifests=tuple(manifests),
    )


def manifest(more: Mapping[str, Any] | None = None) -> Manifest:
    """What a run would have recorded, and fields of a newer version."""
    return Manifest.model_validate({**RECORDED, **(more or {})})


SENTENCES = (
    "let's eat, {x}",
    "stop hitting, {x}",
    "please help, {x}",
    "don't shoot, {x}",
    "we can follow, {x}",
)


def structured(
    n: int = 60,
    *,
    reference: bool = False,
    power: float | None = 4.3,
    memorised: bool = True,
    model: str = "minilm",
) -> PairsAudit:
    """Five sentences: the first word is odd in all of them, grandma is memorised in "don't shoot"."""
    rng = np.random.default_rng(11)
    labels = words(n)
    odd, cell = 0, (labels.index("grandma"), 3)
    base = -3.4 + rng.normal(0, 0.25, 5) + rng.normal(0, 0.25, (n, 1)) + rng.normal(0, 0.15, (n, 5))
    base[odd] += 1.4
    y = base.copy()
    if memorised:
        y[cell] += 2.0
    plain = audit(labels, templates=SENTENCES, scores=1 - np.exp(y), texts=("{t}", "{t} {x}"), model=model)
    texts = tuple(
        np.array([[t.format(x=x) for t in sentences] for x in labels], dtype=object)
        for sentences in (SENTENCES, [t.replace(",", "") for t in SENTENCES])
    )
    probe = replace(plain.measurement.probe, name="comma5", digest="e" * 32)
    measurement = replace(plain.measurement, details=PairsDetails(texts=texts), probe=probe)
    q = np.full((n, 5), 0.9)
    if memorised:
        q[cell] = 0.001
    cells = _detection(y, q)
    word = 8.0 * (np.arange(n) == odd)
    alone = np.full(y.shape, ALONE)
    structure = Structure(_variance(y), cells, alone, word, _power(power))
    contrast = None
    if reference:
        other = replace(
            measurement, scores=1 - np.exp(base - 0.2), subject=replace(measurement.subject, name="base")
        )
        contrast = _contrast(other, y - base + 0.2, q)
    outliers = tuple(_judged(measurement, y, q, odd, cell if memorised else None))
    return replace(
        plain,
        measurement=measurement,
        outliers=outliers,
        q=q,
        structure=structure,
        contrast=contrast,
    )


def _judged(
    measurement: PairsMeasurement, y: Any, q: Any, odd: int, cell: tuple[int, int] | None
) -> list[Outlier]:
    cells: list[tuple[int, int, Verdict | None, tuple[str, ...]]] = [
        *((odd, column, "odd word", ("noun effect over 5 templates z 8.0",)) for column in range(5)),
        (5, 1, "unexplained", ("cell effect z 2.0",)),
        (6, 2, None, ()),
    ]
    if cell is not None:
        cells.insert(0, (*cell, "memorisation-like", ("cell effect z 9.1, q 0.001", "base lacks the effect")))
    return [
        Outlier(
            measurement.items[row],
            measurement.conditions[column],
            str(measurement.details.texts[0][row, column]),
            str(measurement.details.texts[1][row, column]),
            float(measurement.scores[row, column]),
            float((y[row, column] - np.median(y[:, column])) / 0.3),
            float(q[row, column]),
            verdict,
            evidence,
        )
        for row, column, verdict, evidence in cells
    ]


def _variance(y: Any) -> Decomposition:
    return Decomposition(float(y.mean()), y.mean(0) - y.mean(), y.mean(1) - y.mean(), 3.0, 4.0, 3.0, 0.004)


def _detection(y: Any, q: Any) -> Detection:
    expected = y.mean(axis=0) + y.mean(axis=1, keepdims=True) - y.mean()
    scale = np.full(y.shape, 0.2)
    z = (y - expected) / scale
    return Detection(expected, scale, z, np.full(y.shape, 0.5), q, z, np.zeros((5, 5)), 0)


def _power(minimum: float | None) -> Power:
    recall = np.array([0.02, 0.3, 0.6, 0.85, 0.97, 1.0]) * (1 if minimum else 0.5)
    return Power(np.array([2.0, 2.7, 3.5, 4.5, 5.8, 8.2]), recall, np.full(6, 0.02), minimum, 96)


def _contrast(reference: PairsMeasurement, shift: Any, q: Any) -> Contrast:
    z, move = (shift - np.median(shift, axis=0)) / 0.2, np.expm1(shift)
    n = len(z)
    shifts = Shifts(shift, z, move, q, np.zeros(n), np.full(n, 0.9), np.full(n, 0.1), _detection(shift, q))
    alone = np.full(q.shape, ALONE)
    moved = np.exp(np.median(shift, axis=0))
    return Contrast(reference, moved, shifts, 0.05, np.zeros(n, dtype=bool), alone[:, 0], alone)


def explanation(label: str = "grandma", *, looked: bool = True, model: str = "minilm") -> Explanation:
    """Why the memorised word of :func:`structured` lies where it lies; made up, but it hangs together."""
    told = structured(reference=True, model=model)
    outlier = replace(told.outliers[0], label=label)
    contributions = (Contribution("characters", "number of characters", "7", 1.5),)
    row = tuple(
        RowCell(name, float(s), float(1 - s), 1.0, 0.03, 0.97)
        for name, s in zip(told.measurement.conditions, told.measurement.scores[40], strict=True)
    )
    found = Explanation(
        measurement=told.measurement,
        outlier=outlier,
        expected=Expected(label, 0.12, 0.06, 0.04, 0.09, 0.9, 0.04, 0.002, contributions, 1.0),
        row=row,
        controls=(ControlCell("full stop: let's eat, {x}", 0.4), ControlCell("now: let's eat, {x}", -0.2)),
        matches=(Match("pebamo", 3, 0.2, {"characters": 2.0, "tokens": 0.0, "frequency": -0.12}, 0.05),),
        standing=Standing(1, 2, 2.4),
        insight=Insight(_inspection(label), Divergence((0.02, 0.03), (1.1, 4.0), (0.1, 0.9), 1)),
        reference="base",
    )
    if looked:
        return found
    return replace(found, expected=None, controls=(), matches=(), standing=None, insight=None, reference=None)


def _inspection(label: str) -> Inspection:
    a, b = Tokens("a", (1, 2, 3), ("eat", ",", label)), Tokens("b", (1, 3), ("eat", label))
    parts = (
        TokenPart("eat", (0,), (0,), 0.03, 0.02),
        TokenPart(",", (1,), (), 0.06, None),
        TokenPart(label, (2,), (1,), 0.03, 0.03),
    )
    layers = (Layer(0, 0.02, 0.2), Layer(1, 0.12, 0.8))
    return Inspection(a, b, ((0, 0), (2, 1)), layers, Attribution("pooled states", 0.12, parts), 0.25)


def line(
    name: str,
    rate: float,
    *,
    grade: Grade | None = None,
    ungraded: Ungraded | None = None,
    certain: bool = True,
    harmless: bool = False,
    why: str = "It matters.",
    type_: ProbeType = "INV",
    fresh: Fresh | None = None,
    violation: Violation | None = None,
) -> Line:
    """A line of a scorecard; its grade follows from the pass rate unless given, or why there is none."""
    told: Grade = "reliable" if rate >= 0.9 else "fails" if rate <= 0.1 else "inconsistent"
    found = NOTHING if grade == "blind" or type_ == "ORDER" else Estimate(0.8, 0.75, 0.85, 40)
    whole = Estimate(rate, max(0.0, rate - 0.05), min(1.0, rate + 0.05), 40)
    is_measured = ungraded in (None, "few labels")
    return Line(
        probe=name,
        type=type_,
        effect="keeps",
        why=why,
        n=40,
        templates=8,
        grade=None if ungraded else grade or told,
        certain=certain,
        harmless=harmless,
        pass_rate=whole if is_measured else NOTHING,
        uniformity=Estimate(1 - 4 * rate * (1 - rate)),
        consistency=found,
        r50=Estimate(0.4, 0.3, 0.5, 40),
        median=Estimate(0.93, 0.92, 0.94, 40),
        baselines={"words": 0.1, "chars": 0.2, "random": 0.03},
        violation=violation,
        fresh=fresh,
        ungraded=ungraded,
    )


def fresh(rate: float, *, gap: float, q: float, sentences: float = 1.0) -> Fresh:
    """The same family on a fresh draw."""
    again = Estimate(rate, rate - 0.05, rate + 0.05, 40)
    return Fresh("fresh 7", 0.9, sentences, again, Estimate(gap, gap, gap, 40), q)


def card(*lines: Line, model: str = "minilm", total: float | None = 0.7) -> Scorecard:
    """A scorecard of those lines."""
    whole = NOTHING if total is None else Estimate(total, total - 0.05, total + 0.05, len(lines))
    return Scorecard(model, lines, whole, 0 if total is None else len(lines))
