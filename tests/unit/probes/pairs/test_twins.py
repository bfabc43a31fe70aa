"""Labels that a model cannot tell apart are not each other's rivals; what it cuts is counted, not judged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import evenband
from capable_encoders import Plain
from evenband import analysis, encoders
from evenband.analysis import Circumstances, PairsAudit
from evenband.cli.printing.overview import print_results
from evenband.encoders import CachedEncoder, VectorStore
from evenband.errors import UndecidableError
from evenband.probes.pairs.minimal_pairs import MinimalPairs, Template
from evenband.randomness import stream
from evenband.records import parquet
from evenband.report import output
from evenband.running import plan as plans
from evenband.running.session import Session
from evenband.running.sinks import DirectorySink
from evenband.types import (
    Encoder,
    ModelSpec,
    PairsDetails,
    PairsMeasurement,
    ProbeType,
    Readings,
    Role,
    Slot,
    Vectors,
)

LIMIT = 40


class Short(Plain):
    """Reads the first characters of a text in lower case, and nothing else."""

    def __init__(self, limit: int = LIMIT, name: str = "short") -> None:
        super().__init__()
        self.limit, self.name = limit, name

    @property
    def spec(self) -> ModelSpec:
        return replace(super().spec, name=self.name, ref=f"test:{self.name}", max_tokens=self.limit)

    def read(self, texts: Sequence[str], role: Role = Role.NONE) -> Readings | None:
        ids = [[ord(letter) for letter in text.lower()] for text in texts]
        return Readings.of_ids([own[: self.limit] for own in ids], [own[self.limit :] for own in ids])

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        return super().encode([text.lower()[: self.limit] for text in texts], role)


class Blurred(Plain):
    """Reads texts in lower case and does not say so."""

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        return super().encode([text.lower() for text in texts], role)


def probe_of(*rows: Sequence[str], type_: ProbeType = "INV", name: str = "rows") -> MinimalPairs:
    """Return a probe of rows of texts a, b ...; the labels are their numbers."""
    gaps = [f"x.t{k}" for k in range(len(rows[0]))]
    texts = [f"{{{gap}}}" for gap in gaps]
    return MinimalPairs(
        name=name,
        type=type_,
        effect="keeps",
        why="",
        slot=Slot("list:", tuple(f"row {i}" for i in range(len(rows))), "test"),
        templates=(Template("pair", texts[0], texts[1], tuple(texts[2:])),),
        parts={gap: tuple(row[k] for row in rows) for k, gap in enumerate(gaps)},
    )


def audited(measurement: PairsMeasurement) -> PairsAudit:
    audit = analysis.analyse(measurement, Circumstances(stream(0, "analysis")))
    assert isinstance(audit, PairsAudit)
    return audit


ANCHORS = ("the door was shut", "a ship came in", "we lost the key", "all of it is gone", "rain fell at noon")
VARIANTS = ("{}, in fact", "so {}", "{} then", "well, {}")
ROWS = [(anchor, variant.format(anchor)) for anchor in ANCHORS for variant in VARIANTS]


@pytest.mark.parametrize("make", [Short, Blurred])
def test_variants_of_one_text_compete_with_other_texts_only(make: Callable[[], Encoder]) -> None:
    """R@1, AUC, swap and pass rate of repeated texts a are those of a plain loop over different texts a."""
    encoder = make()
    measurement = probe_of(*ROWS).measure(encoder)
    tables = {name: table[:, 0] for name, table in measurement.details.to_tables().items()}
    a, b = (encoder.encode(texts).astype(float) for texts in zip(*ROWS, strict=True))
    d = 1 - a @ a.T, 1 - a @ b.T
    for i, (anchor, _) in enumerate(ROWS):
        others = [j for j, (other, _) in enumerate(ROWS) if other != anchor]
        assert tables["hit"][i] == float(all(d[1][i, j] > d[1][i, i] for j in others))
        assert tables["auc"][i] == pytest.approx(np.mean([d[1][i, j] > d[1][i, i] for j in others]))
        assert tables["pass"][i] == float(all(d[0][i, j] > d[1][i, i] for j in others))
        assert tables["swap"][i] == pytest.approx(np.median([d[0][i, j] for j in others]), abs=1e-6)
        assert tables["rivals"][i] == len(ANCHORS) - 1
    assert tables["drawn_with"].tolist() == [4 * (i // 4) for i in range(len(ROWS))]


def test_twins_in_text_b_alone_are_told_like_others(tmp_path: Path) -> None:
    """Texts b that differ by their case only, behind different texts a; the file keeps which they are."""
    rows = [("tea", "Hot drink"), ("coffee", "hot drink"), ("milk", "cold drink"), ("Milk", "Cold drink")]
    measurement = probe_of(*rows).measure(Short())
    assert measurement.details.twin_of_b is not None
    assert measurement.details.twin_of_b[:, 0].tolist() == [0, 0, 2, 3]
    told = [note for note in audited(measurement).notes if note.startswith("twins")]
    assert told == [
        "twins: 2 labels have a twin that is the same tokens to the model, such as row 2 and row 3; they are "
        "not each other's neighbours",
        "twins: 2 labels have a twin in text b alone that is the same tokens to the model, such as row 0 and "
        "row 1; they are not each other's neighbours",
    ]
    (tmp_path / "m.parquet").write_bytes(parquet.to_bytes(measurement))
    kept = parquet.read(tmp_path / "m.parquet").details
    assert isinstance(kept, PairsDetails)
    assert kept.twin_of_b is not None
    assert kept.twin_of_b[:, 0].tolist() == [0, 0, 2, 3]
    same = probe_of(("tea", "hot drink"), ("coffee", "hot drink")).measure(Short())
    assert not [note for note in audited(same).notes if note.startswith("twins")]  # "shared" tells of it


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=6))
def test_a_twin_label_changes_no_other(rows: list[int]) -> None:
    """A label that differs from another in what the model does not read leaves all other numbers alone."""
    labels = [(anchor, f"so {anchor}") for anchor in ANCHORS]
    twins = [(labels[i][0].upper(), labels[i][1].upper()) for i in dict.fromkeys(rows)]
    alone, with_twins = (probe_of(*texts).measure(Short()).details for texts in (labels, [*labels, *twins]))
    for name in ("hit", "auc", "passes", "swap", "rivals"):
        assert getattr(with_twins, name)[:5] == pytest.approx(getattr(alone, name), abs=1e-6), name
    assert alone.twin_of is None
    assert with_twins.twin_of is not None
    assert with_twins.twin_of[5:, 0].tolist() == list(dict.fromkeys(rows))


@pytest.mark.parametrize(
    ("make", "why"), [(Short, "is the same tokens to"), (Blurred, "has the same vector in")]
)
def test_a_note_names_twins(make: Callable[[], Encoder], why: str) -> None:
    """How many labels have a twin, with an example; shared texts likewise."""
    rows = [("Apache", "Apache!"), ("tea", "tea!"), ("apache", "apache!"), ("tea", "tea, too")]
    notes = audited(probe_of(*rows).measure(make())).notes
    expected = (
        f"twins: 2 labels have a twin that {why} the model, such as row 0 and row 2; they are not each "
    )
    assert any(note.startswith(expected) for note in notes)
    assert any(note.startswith("shared: 2 labels share 1 text a; ") for note in notes)


def test_a_note_says_that_all_rows_have_one_text_b() -> None:
    """R@1 and AUC have no value then, and all rows are one draw: that is said, too."""
    audit = audited(probe_of(*((anchor, "the same") for anchor in ANCHORS)).measure(Short()))
    assert audit.summary.r_at_1.value is audit.summary.auc.value is None
    assert any(note.startswith("shared: 5 labels share 1 text b; ") for note in audit.notes)


def test_one_text_for_all_labels_has_no_pass_rate() -> None:
    """Without another text a there is no pass rate, R@1 or AUC: no value, not 0 and not 1."""
    summary = audited(probe_of(*ROWS[:4]).measure(Short())).summary
    assert summary.pass_rate.value is summary.r_at_1.value is summary.auc.value is summary.r50.value is None
    assert summary.median.value is not None
    assert summary.median.low is None


def test_four_variants_of_each_text_are_as_many_draws_as_texts() -> None:
    """Repeating every row leaves the intervals as wide as they were."""
    rows = [(f"{anchor} {i}", f"so {anchor} {i}") for anchor in ANCHORS for i in ("up", "in", "on", "by")]
    once, often = (audited(probe_of(*(rows * k)).measure(Short())).summary for k in (1, 4))
    for name in ("pass_rate", "r_at_1", "median"):
        one, four = getattr(once, name), getattr(often, name)
        assert (four.value, four.low, four.high) == pytest.approx((one.value, one.low, one.high), abs=0.02)


LONG = "a report of the council that goes on and on and on "
CUT: dict[ProbeType, tuple[tuple[str, ...], ...]] = {
    "INV": ((f"{LONG}up", f"{LONG}down"),),
    "DIFF": (
        (f"{LONG}up", f"{LONG}down", "the council reports"),
        (f"{LONG}up", "a report", f"{LONG}high"),
        ("the council reports", f"{LONG}up", f"{LONG}down"),
    ),
    "ORDER": (("what does it say?", f"{LONG}up", f"{LONG}down"),),
}
READ: dict[ProbeType, tuple[tuple[str, ...], ...]] = {
    "INV": (
        ("tea, please", "tea please"),
        ("a cup", "one cup"),
        ("Apache", "apache"),
        (LONG, f"so {LONG}"),
        (LONG, LONG.upper()),
    ),
    "DIFF": (("tea", "no tea", "some tea"), ("a", f"{LONG}up", "b"), ("tea", "Tea", "some tea")),
    "ORDER": (("tea?", "a tea shop", "a shoe shop"), ("up?", f"up {LONG}", f"down {LONG}")),
}


@pytest.mark.parametrize("type_", ["INV", "DIFF", "ORDER"])
def test_labels_that_differ_behind_the_cut_are_left_out(type_: ProbeType) -> None:
    """They are listed; the figures are those of the other labels, and what a model is blind to stays."""
    cut, read = CUT[type_], READ[type_]
    measurement = probe_of(*read, *cut, type_=type_).measure(Short())
    alone = probe_of(*read, type_=type_).measure(Short())
    assert measurement.items == alone.items
    np.testing.assert_array_equal(measurement.scores, alone.scores)
    tables, expected = measurement.details.to_tables(), alone.details.to_tables()
    assert list(tables) == list(expected)
    for name, table in tables.items():
        np.testing.assert_array_equal(table, expected[name], err_msg=name)
    truncation = measurement.details.truncation
    assert truncation is not None
    assert truncation.undecidable == tuple((f"row {len(read) + i}", "pair") for i in range(len(cut)))
    assert (truncation.limit, truncation.total) == (LIMIT, len(read) + len(cut))
    is_cut = np.array([[len(text) > LIMIT for text in row] for row in (*read, *cut)])
    assert truncation.sides == tuple(is_cut.sum(axis=0).tolist())
    assert truncation.labels == is_cut.any(axis=1).sum()
    assert measurement.probe.items == truncation.total


def test_the_notes_count_what_is_cut_and_left_out() -> None:
    """Both numbers, by side, with names, in the audit's notes; nothing is called blind."""
    audit = audited(probe_of(*READ["INV"], *CUT["INV"]).measure(Short()))
    joined = "\n".join(audit.notes)
    assert "undecidable: 1 of 6 labels has texts that differ only behind the cut" in joined
    assert "(row 5); the figures are those of the other 5" in joined
    assert (
        "cut: 3 of 6 labels have a text longer than the model's 40 tokens (text a of 3, text b of 3)"
        in joined
    )
    assert "blind" not in joined


def test_a_probe_that_is_cut_everywhere_is_not_measured() -> None:
    """An error of its own that says how many labels are cut, and where."""
    rows = [(f"{LONG}{i}", f"{LONG}{i}!") for i in range(3)]
    with pytest.raises(UndecidableError, match="not measured: all 3 labels are cut at 40 tokens"):
        probe_of(*rows).measure(Short())


def test_an_encoder_that_does_not_tell_cuts_nothing() -> None:
    """Without the tokens, equal vectors of a pair are the model's result."""
    measurement = probe_of(*READ["INV"]).measure(Blurred())
    assert measurement.details.truncation is None
    assert len(measurement.items) == len(READ["INV"])


def test_the_figures_do_not_depend_on_the_cache(tmp_path: Path) -> None:
    """A measurement from cached vectors is the one of fresh vectors."""
    probe, store = probe_of(*ROWS, *CUT["INV"], ("TEA", "TEA!"), ("tea", "tea!")), VectorStore(tmp_path)
    made = [probe.measure(CachedEncoder(Short(), store=store), fresh=Short()) for _ in range(2)]
    assert parquet.to_bytes(made[0]) == parquet.to_bytes(made[1])
    np.testing.assert_array_equal(made[0].scores, probe.measure(Short()).scores)


def test_a_file_keeps_twins_and_cuts_and_an_older_one_has_none(tmp_path: Path) -> None:
    """What is written is read; without it each row stands for itself and nothing is known to be cut."""
    measurement = probe_of(*ROWS, *CUT["INV"]).measure(Short())
    path = tmp_path / "rows.parquet"
    path.write_bytes(parquet.to_bytes(measurement))
    details = parquet.read(path).details
    assert details.to_facts() == measurement.details.to_facts()
    for name, table in measurement.details.to_tables().items():
        np.testing.assert_array_equal(details.to_tables()[name], table)
    older = type(details).rebuild({"pass": measurement.scores}, {"calibration": {}})
    assert older.to_facts()["truncation"] is None
    assert list(older.to_tables()) == ["pass"]


@pytest.fixture
def _no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "draw_pictures", lambda *_: None)


@pytest.mark.usefixtures("_no_pictures")
def test_two_models_that_cut_differently_are_compared_on_what_both_read(tmp_path: Path) -> None:
    """With one model as the reference of the other; a resumed run says the same."""
    table = tmp_path / "rows.csv"
    lines = [f'"{a}","{b}"' for a, b in (*ROWS, *CUT["INV"])]
    table.write_text("\n".join(["a,b", *lines]), encoding="utf-8")
    models = [Short(name="short"), Short(400, name="long")]
    for _ in range(2):
        audits = evenband.audit(models, str(table), out=tmp_path / "run")
        sizes = {audit.measurement.subject.name: len(audit.measurement.items) for audit in audits}
        assert sizes == {"short": len(ROWS), "long": len(ROWS) + 1}
        comparison = evenband.compare(*audits)
        assert len(comparison.left.items) == len(ROWS)
    summary = evenband.read_summary(tmp_path / "run")
    assert any(note.startswith("undecidable: 1 of 21") for note in summary.results[0].notes)
    assert "undecidable: 1 of 21" in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")


def test_baselines_take_labels_with_the_same_words_for_one() -> None:
    """``toy:words`` folds case: a probe whose labels differ in case only has no value, and no error."""
    rows = [(word, f"{word} now") for word in ("Tea", "tea", "TEA")]
    [cells] = probe_of(*rows).cells(encoders.load("toy:words"))
    assert np.isnan(cells["pass"]).all()


@pytest.mark.usefixtures("_no_pictures")
def test_a_run_goes_on_without_a_probe_that_is_cut_everywhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Terminal, report and summary say that it was not measured and why; it gets no grade and no figure."""
    table = tmp_path / "long.csv"
    rows = [f'"{LONG}{i}","{LONG}{i}!"' for i in range(3)]
    table.write_text("\n".join(["a,b", *rows]), encoding="utf-8")
    out = tmp_path / "run"
    plan = plans.build(models=("toy:chars",), probes=(str(table), "comma"), sample=6)
    for _ in range(2):  # the second time, the directory holds what was measured
        results = Session(plan, DirectorySink(out)).run([Short()])
        assert [audit.measurement.probe.name for audit in results.audits] == ["comma"]
    reason = "probe 'long': not measured: all 3 labels are cut at 40 tokens before their texts differ"
    [unmeasured] = evenband.read_summary(out).unmeasured
    assert (unmeasured.model, unmeasured.probe) == ("short", "long")
    assert unmeasured.reason.startswith(reason)
    assert "all 3 labels are cut at 40 tokens" in (out / "report.html").read_text(encoding="utf-8")
    print_results(results)
    assert "! short: probe 'long': not measured: all 3 labels" in capsys.readouterr().out
