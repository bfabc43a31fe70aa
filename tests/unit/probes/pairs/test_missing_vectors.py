"""Labels without a vector: left out, listed and said; the others are measured as if they were alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evenband
from capable_encoders import UNCOVERED, Covering, Plain
from evenband import analysis, api
from evenband.analysis import Circumstances, PairsAudit
from evenband.errors import MissingVectorsError
from evenband.probes.pairs.minimal_pairs import MinimalPairs, Template
from evenband.randomness import stream
from evenband.records import RunDirectory, parquet
from evenband.report import output
from evenband.running.subjects import Subject, measure
from evenband.types import Encoder, ModelSpec, PairsMeasurement, Role, Slot, Vectors

COVERED = tuple(
    f"{a}{b}{c}" for a in ("ba", "de", "fi") for b in ("go", "lu", "mar") for c in ("ne", "pol", "ri")
)
LABELS = (UNCOVERED, *COVERED[:9], f"{UNCOVERED}e", *COVERED[9:], f"a{UNCOVERED}")
TEMPLATES = (
    Template("eat", "let's eat, {x}", "let's eat {x}"),
    Template("help", "please help, {x}", "please help {x}"),
    Template("wash", "time to wash, {x}", "time to wash {x}"),
    Template("follow", "we can follow, {x}", "we can follow {x}"),
)
PROBE = MinimalPairs(
    name="four",
    type="INV",
    effect="keeps",
    why="",
    slot=Slot("list:", LABELS, "test", {"place": tuple(range(len(LABELS)))}),
    templates=TEMPLATES,
)
REST = PROBE.take([row for row, label in enumerate(LABELS) if label in COVERED])


class Zeros(Plain):
    """Answers texts that hold one of some words with zeros, as some models of word vectors do."""

    def __init__(self, *words: str, name: str = "toy-chars") -> None:
        super().__init__()
        self.words = words or (UNCOVERED,)
        self.name = name

    @property
    def spec(self) -> ModelSpec:
        return replace(super().spec, name=self.name, ref=f"test:{self.name}")

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        vectors = super().encode(texts, role)
        vectors[[any(word in text for word in self.words) for text in texts]] = 0
        return vectors


@pytest.fixture(autouse=True)
def _no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "draw_pictures", lambda *_: None)


def audited(measurement: PairsMeasurement, reference: PairsMeasurement | None = None) -> PairsAudit:
    audit = analysis.analyse(measurement, Circumstances(stream(0, "analysis"), reference=reference))
    assert isinstance(audit, PairsAudit)
    return audit


def assert_same_numbers(one: PairsMeasurement, other: PairsMeasurement) -> None:
    assert (one.items, one.conditions, one.noise) == (other.items, other.conditions, other.noise)
    assert one.columns == other.columns
    np.testing.assert_array_equal(one.scores, other.scores)
    tables = one.details.to_tables(), other.details.to_tables()
    assert list(tables[0]) == list(tables[1])
    for name, table in tables[0].items():
        np.testing.assert_array_equal(table, tables[1][name], err_msg=name)
    assert one.details.calibration == other.details.calibration
    assert one.details.baselines == other.details.baselines


def assert_same_statistics(one: PairsAudit, other: PairsAudit) -> None:
    """Everything that an audit says, but for the probe's own size and what is missing."""
    assert_same_numbers(one.measurement, other.measurement)
    np.testing.assert_array_equal(one.z, other.z)
    np.testing.assert_array_equal(one.q, other.q)
    assert one.summary == other.summary
    assert one.outliers == other.outliers
    assert one.discoveries == other.discoveries
    first, second = (analysis.KINDS.get("pairs")().summarise(audit) for audit in (one, other))
    assert {**first, "missing": second["missing"]} == second


@pytest.mark.parametrize("make", [Zeros, Covering])
class TestLabels:
    """With an encoder that answers zeros, and with one that says what it covers."""

    def test_they_are_left_out_and_listed(self, make: Callable[[], Encoder]) -> None:
        """Each template's text with its label; the spec stays that of the whole probe."""
        measurement = PROBE.measure(make())
        assert measurement.items == COVERED
        assert measurement.conditions == tuple(template.name for template in TEMPLATES)
        assert sorted(measurement.details.missing) == sorted(
            (label, template.a.replace("{x}", label))
            for template in TEMPLATES
            for label in set(LABELS) - {*COVERED}
        )
        assert measurement.probe == PROBE.spec
        assert measurement.probe.items == len(LABELS)
        assert not any(
            UNCOVERED in str(text) for table in measurement.details.texts for text in table.ravel()
        )

    def test_the_others_are_measured_as_if_they_were_alone(self, make: Callable[[], Encoder]) -> None:
        """Swap, hit and auc, the noise floor and the encoders that understand nothing among it."""
        whole, alone = (measure(probe, Subject(make(), make())) for probe in (PROBE, REST))
        assert_same_numbers(whole, alone)
        assert set(whole.details.baselines) == {"words", "chars", "random"}
        assert_same_statistics(audited(whole), audited(alone))

    def test_a_note_says_how_many_and_which(self, make: Callable[[], Encoder]) -> None:
        whole, alone = (audited(probe.measure(make())) for probe in (PROBE, REST))
        [note] = [note for note in whole.notes if note.startswith("missing: ")]
        assert note == (
            f"missing: 3 of {len(LABELS)} labels have a text without a vector ({UNCOVERED}, {UNCOVERED}e "
            f"and a{UNCOVERED}); the figures are those of the other {len(COVERED)}"
        )
        assert [one for one in whole.notes if one != note] == list(alone.notes)

    def test_a_file_keeps_what_is_missing(self, make: Callable[[], Encoder], tmp_path: Path) -> None:
        """So that a report written elsewhere says the same, and a second run finds the measurement."""
        measurement = PROBE.measure(make())
        run = RunDirectory(tmp_path)
        run.write_measurement(measurement)
        found: Any = run.find(measurement.subject, PROBE.spec)
        assert found.details.missing == measurement.details.missing
        assert_same_numbers(found, measurement)
        assert audited(found).notes == audited(measurement).notes
        assert parquet.to_bytes(found) == parquet.to_bytes(measurement)

    def test_where_nothing_has_a_vector_there_is_nothing_to_measure(
        self, make: Callable[[], Encoder]
    ) -> None:
        none = PROBE.take([row for row, label in enumerate(LABELS) if label not in COVERED])
        with pytest.raises(
            MissingVectorsError, match='no vector for 12 of its texts, such as "let\'s eat, zxqj"'
        ):
            none.measure(make())


def test_more_labels_than_a_note_has_room_for() -> None:
    """The first three are named."""
    labels = (*(f"{UNCOVERED}{letter}" for letter in "abcde"), *COVERED)
    made = replace(PROBE, slot=Slot("list:", labels, "test")).measure(Covering())
    [note] = [note for note in audited(made).notes if note.startswith("missing: ")]
    assert f"5 of {len(labels)} labels" in note
    assert f"({UNCOVERED}a, {UNCOVERED}b, {UNCOVERED}c and 2 more)" in note


@pytest.mark.parametrize("gap", ["{x}, now", "{x} now"])
def test_a_label_is_left_out_whichever_of_its_texts_is_missing(gap: str) -> None:
    """Text a or text b, in one template of several."""
    word = COVERED[4]
    templates = (*TEMPLATES, Template("now", "{x}, now", "{x} now"))
    probe = replace(REST, templates=templates)
    lacking = gap.replace("{x}", word)
    made = probe.measure(Zeros(lacking))
    assert made.items == tuple(label for label in COVERED if label != word)
    assert made.conditions == tuple(template.name for template in templates)
    assert made.details.missing == ((word, lacking),)
    rest = probe.take([row for row, label in enumerate(COVERED) if label != word])
    assert_same_statistics(audited(made), audited(rest.measure(Zeros(lacking))))


def test_a_template_of_which_most_texts_are_missing_is_left_out_instead_of_the_labels() -> None:
    """A sentence that the model has no word for costs that sentence; its labels stay."""
    made, rest = (
        replace(REST, templates=templates).measure(Zeros("wash"))
        for templates in (TEMPLATES, (*TEMPLATES[:2], TEMPLATES[3]))
    )
    assert made.items == COVERED
    assert made.conditions == ("eat", "help", "follow")
    assert {label for label, _ in made.details.missing} == {*COVERED}
    assert_same_statistics(audited(made), audited(rest))
    notes = [note for note in audited(made).notes if note.startswith("missing: ")]
    assert notes == [
        "missing: 1 of 4 templates have no vector for most labels; the figures are those of the other 3"
    ]


def test_labels_and_templates_may_be_missing_at_once() -> None:
    made = PROBE.measure(Zeros("wash", UNCOVERED))
    assert (made.items, len(made.conditions)) == (COVERED, 3)
    labels, templates = [note for note in audited(made).notes if note.startswith("missing: ")]
    assert labels.startswith(f"missing: 3 of {len(LABELS)} labels")
    assert templates.startswith("missing: 1 of 4 templates")


def test_a_model_is_held_against_a_reference_that_has_more() -> None:
    """On the labels that it has itself, as if the reference had been asked about these only."""
    model, reference = Zeros(UNCOVERED, name="model"), Zeros("none of it", name="reference")
    whole = audited(PROBE.measure(model), PROBE.measure(reference))
    alone = audited(REST.measure(model), REST.measure(reference))
    assert whole.contrast is not None
    assert alone.contrast is not None
    np.testing.assert_array_equal(whole.contrast.shifts.z, alone.contrast.shifts.z)
    np.testing.assert_array_equal(whole.contrast.moved, alone.contrast.moved)


def test_a_label_that_the_reference_lacks_is_not_held_against_it() -> None:
    """The others are, as if the model had been asked about these only; the label has no move and no test."""
    model, reference = Zeros("none of it", name="model"), Zeros(UNCOVERED, name="reference")
    whole = audited(PROBE.measure(model), PROBE.measure(reference))
    alone = audited(REST.measure(model), REST.measure(reference))
    assert whole.contrast is not None
    assert alone.contrast is not None
    known = np.array([label in COVERED for label in LABELS])
    np.testing.assert_array_equal(whole.contrast.shifts.z[known], alone.contrast.shifts.z)
    np.testing.assert_array_equal(whole.contrast.moved, alone.contrast.moved)
    assert not whole.contrast.shifts.z[~known].any()
    assert np.isnan(whole.contrast.shifts.q[~known]).all()
    assert any("the reference reference did not measure" in note for note in whole.notes)


def test_two_models_are_compared_on_the_labels_that_both_have() -> None:
    left, right = Zeros(UNCOVERED, name="left"), Zeros(COVERED[3], COVERED[5], name="right")
    compared = api.compare(PROBE.measure(left), PROBE.measure(right))
    shared = tuple(label for label in COVERED if label not in (COVERED[3], COVERED[5]))
    assert compared.left.items == compared.right.items == shared


OWN = """[[probe]]
name = "unknown"
slot = "list:tea,mate,cocoa,water"
templates = [{ a = "ZXQJ, {x}", b = "ZXQJ {x}" }]

[[probe]]
name = "half"
slot = "list:tea,ZXQJ,mate,cocoa,water,coffee,ZXQJs,milk"
templates = [{ a = "drink, {x}", b = "drink {x}" }, { a = "more, {x}", b = "more {x}" }]
""".replace("ZXQJ", UNCOVERED)


@pytest.fixture
def own(tmp_path: Path) -> str:
    (tmp_path / "own.toml").write_text(OWN, encoding="utf-8")
    return str(tmp_path / "own.toml")


@pytest.mark.parametrize("make", [Zeros, Covering])
@pytest.mark.parametrize("in_directory", [False, True])
def test_a_probe_without_any_vector_is_left_out_and_the_run_goes_on(
    own: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    make: Callable[[], Encoder],
    in_directory: bool,
) -> None:
    """With a warning that names the probe, the model and a text; the others are measured."""
    out = tmp_path / "run" if in_directory else None
    for _ in range(2):  # the second time, the directory has what was measured
        caplog.clear()
        audits = evenband.audit(make(), [own, "comma"], sample=6, out=out)
        assert [audit.measurement.probe.name for audit in audits] == ["half", "comma"]
        [warning] = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
        assert warning.startswith("left out: probe 'unknown': ")
        assert f"such as '{UNCOVERED}, tea'" in warning
        assert len(audits[0].measurement.items) + len(audits[0].measurement.details.missing) // 2 == 6
        assert audits[0].measurement.details.missing
        assert any(note.startswith("missing: ") for note in audits[0].notes)
    if out is not None:
        summary = evenband.read_summary(out)
        assert [(one.probe, one.n) for one in summary.results] == [
            ("half", len(audits[0].measurement.items)),
            ("comma", 6),
        ]
        assert any(note.startswith("missing: ") for note in summary.results[0].notes)
        assert "missing: " in (out / "report.html").read_text(encoding="utf-8")


def test_a_run_of_which_nothing_has_a_vector_says_nothing_but_ends(own: str) -> None:
    """No figures, no error."""
    assert evenband.audit(Zeros(",", "drink"), own) == []


@pytest.mark.parametrize("reverse", [False, True])
def test_models_with_different_words_are_reported_together(own: str, tmp_path: Path, reverse: bool) -> None:
    """Each with what it has; compared on what both have, in either order."""
    knowing, lacking = Zeros("none of it", name="knowing"), Zeros(UNCOVERED, name="lacking")
    models = [lacking, knowing][:: -1 if reverse else 1]
    audits = {audit.measurement.key: audit for audit in evenband.audit(models, own, out=tmp_path / "run")}
    assert len(audits["knowing", "half"].measurement.items) == 8
    assert len(audits["lacking", "half"].measurement.items) == 6
    assert ("lacking", "unknown") not in audits
    assert ("knowing", "unknown") in audits
