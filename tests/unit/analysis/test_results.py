"""Results of runs: which measurement is analysed how, held against what, and in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from evenband import analysis
from evenband.analysis import Circumstances, PairsAudit, Results, Run, assemble, audits_of
from evenband.errors import InputError
from evenband.randomness import stream
from evenband.records import Manifest
from evenband.types import Attribution, Insight, Inspection, Layer, PairsMeasurement, Tokens
from evenband.types.details import FOLLOWED, UNREMARKABLE
from unit.analysis.pairs.labelled import additive_table, of_animals

N = 60
Y = additive_table(5)[:N]
ENOUGH_FOR_POWER = 240
FARTHEST = (17, 23, 31, 40)
"""Rows of labels that lie far out in every sentence, the farthest last."""


def measured(
    subject: str, probe: str = "p", *, y: np.ndarray = Y, digest: str = "", of: str = ""
) -> PairsMeasurement:
    """Animals on a subject of that name; equal probe names have equal digests unless one is given."""
    made = of_animals(y)
    spec = replace(made.probe, name=probe, digest=digest or probe, family=probe, of=of)
    return replace(made, probe=spec, subject=replace(made.subject, name=subject, ref=f"toy:{subject}"))


def with_outliers(subject: str, probe: str = "p", n: int = N) -> PairsMeasurement:
    y = additive_table(5)[:n]
    y[list(FARTHEST)] = y.max() + np.arange(1.0, 5.0)[:, None] + np.linspace(0, 0.1, 5)
    return measured(subject, probe, y=y)


def run_of(
    measurements: Sequence[PairsMeasurement],
    entries: Mapping[tuple[str, str], Mapping[str, Any]] | None = None,
    **fields: Any,
) -> Run:
    """A run whose manifest has an entry for each measurement: not detailed unless it says so."""
    listed = []
    for measurement in measurements:
        subject, probe = measurement.key
        said = (entries or {}).get(measurement.key, {})
        listed.append({"model": subject, "probe": probe, "detailed": False, **said})
    return Run(tuple(measurements), Manifest.model_validate({"measurements": listed, **fields}))


def keys(results: Results) -> list[tuple[str, str]]:
    return [audit.measurement.key for audit in results.audits]


def by_key(results: Results) -> dict[tuple[str, str], PairsAudit]:
    return {audit.measurement.key: audit for audit in results.pairs}


def test_audits_stand_in_the_order_of_measurement_run_by_run() -> None:
    """Neither subjects nor probes are sorted; every manifest is kept."""
    first = run_of([measured("b", "q"), measured("b", "p"), measured("a", "q")], seed=3)
    second = run_of([measured("c"), measured("a", "o")], seed=4)
    found = assemble([first, second])
    assert keys(found) == [("b", "q"), ("b", "p"), ("a", "q"), ("c", "p"), ("a", "o")]
    assert found.manifests == (first.manifest, second.manifest)
    assert found.manifest is first.manifest
    assert found.audits == found.pairs


def test_no_run_has_no_results_and_an_empty_manifest() -> None:
    """Nothing is made up."""
    assert assemble([]) == Results()
    assert Results().manifest == Manifest()


def test_one_probe_on_one_subject_in_two_runs_is_refused() -> None:
    """They would count twice; the message says what else can be done with them."""
    run = run_of([measured("a")])
    with pytest.raises(InputError, match=r"two of the runs hold a on p, .* `evenband compare`"):
        assemble([run, run])


def test_each_measurement_has_the_seed_of_its_own_entry() -> None:
    """Its audit is the one that the analysis gives with that seed; without one the manifest's counts."""
    run = run_of(
        [measured("a"), measured("b"), measured("c"), measured("d")],
        {("a", "p"): {"seed": 1}, ("b", "p"): {"seed": 2}, ("c", "p"): {"seed": 1}},
        seed=5,
    )
    found = by_key(assemble([run]))
    phi = {subject: found[subject, "p"].summary.phi for subject in "abcd"}
    assert phi["a"] == phi["c"] != phi["b"]
    for subject, seed in (("a", 1), ("b", 2), ("d", 5)):
        alone = analysis.analyse(measured(subject), Circumstances(stream(seed, "analysis"), detailed=False))
        assert isinstance(alone, PairsAudit)
        assert phi[subject] == alone.summary.phi


def test_each_measurement_is_looked_into_as_its_entry_says() -> None:
    """Only a detailed one has power, controls, comparisons and explanations of its outliers."""
    controls = replace(of_animals(Y[:20, :1]), columns={"group": (FOLLOWED,) * 4 + (UNREMARKABLE,) * 16})
    follow_ups = [
        replace(
            controls, probe=replace(controls.probe, name="p~controls", of="p"), subject=measured(name).subject
        )
        for name in "abc"
    ]
    run = run_of(
        [*(with_outliers(name, n=ENOUGH_FOR_POWER) for name in "abc"), *follow_ups],
        {(name, "p"): {"detailed": True} for name in "ab"},
    )
    results = assemble([run])
    assert keys(results) == [("a", "p"), ("b", "p"), ("c", "p")], "controls are no measurements of their own"
    found = by_key(results)
    assert [found[name, "p"].detailed for name in "abc"] == [True, True, False]
    structures = [found[name, "p"].structure for name in "abc"]
    powers = [structure.power for structure in structures if structure is not None]
    assert [power is not None for power in powers] == [True, True, False]
    assert [found[name, "p"].controls for name in "abc"] == [follow_ups[0], follow_ups[1], None]
    assert [(one.left.key, one.right.key) for one in results.comparisons] == [(("a", "p"), ("b", "p"))]
    explained = [(*one.measurement.key, one.label) for one in results.explanations]
    labels = [measured("a").items[row] for row in reversed(FARTHEST)][:3]
    assert explained == [(name, "p", label) for name in "ab" for label in labels]


def test_a_manifest_of_the_first_edition_speaks_for_the_whole_run() -> None:
    """Entries do not say whether they are detailed: a run of nine probes was a suite."""
    for count, detailed in ((8, True), (9, False)):
        measurements = [measured("a", f"p{k}") for k in range(count)]
        said = {one.key: {"detailed": None} for one in measurements}
        audits = list(audits_of(run_of(measurements, said, seed=2)))
        assert {audit.detailed for audit in audits} == {detailed}


def test_a_label_asked_about_is_explained_although_nothing_is_looked_into() -> None:
    """With what was seen inside the model, after the outliers."""
    tokens = Tokens("", (), ())
    inside = Inspection(
        tokens, tokens, (), (Layer(0, 0.1, None),), Attribution("pooled states", 0.1, ()), None
    )
    insight = Insight(inside, None)
    label = measured("a").items[5]
    for detailed, before in ((False, 0), (True, 3)):
        run = run_of([with_outliers("a")], {("a", "p"): {"detailed": detailed}})
        *others, asked = assemble([replace(run, insights={("a", "p", label): insight})]).explanations
        assert len(others) == before
        assert (asked.label, asked.insight) == (label, insight)


def test_each_measurement_is_held_against_the_reference_of_its_entry() -> None:
    """By name and on the same texts; other texts under the probe's name are held against none."""
    shifted = Y + np.random.default_rng(1).normal(0, 0.1, Y.shape)
    run = run_of(
        [measured("base"), measured("base", "q"), measured("a", y=shifted), measured("b", y=shifted),
         measured("a", "q", digest="other texts", y=shifted)],
        {("a", "p"): {"reference": "base"}, ("a", "q"): {"reference": "base"}},
    )  # fmt: skip
    found = by_key(assemble([run]))
    contrast = found["a", "p"].contrast
    assert contrast is not None
    assert contrast.reference is run.measurements[0]
    assert [found[key].contrast for key in (("base", "p"), ("b", "p"), ("a", "q"))] == [None] * 3
    assert not any("reference" in note for audit in found.values() for note in audit.notes)


@pytest.mark.parametrize(
    ("entry", "fields"),
    [({"reference": "base"}, {}), ({"detailed": None}, {"reference": "base"})],
    ids=["the entry says so", "the first edition said it of the whole run"],
)
def test_a_run_of_the_reference_alone_says_so(entry: dict[str, Any], fields: dict[str, Any]) -> None:
    """In a note: a reference was asked for, and nothing is held against it."""
    [audit] = assemble([run_of([measured("base")], {("base", "p"): entry}, **fields)]).pairs
    assert audit.contrast is None
    assert "the reference is the model itself: nothing is held against it" in audit.notes


def test_the_first_edition_named_one_reference_for_the_whole_run() -> None:
    """All other subjects are held against it; of itself nothing is said."""
    shifted = Y + np.random.default_rng(1).normal(0, 0.1, Y.shape)
    measurements = [measured("base"), measured("a", y=shifted)]
    said = {one.key: {"detailed": None} for one in measurements}
    base, other = assemble([run_of(measurements, said, reference="base")]).pairs
    assert base.contrast is None
    assert not any("reference" in note for note in base.notes)
    assert other.contrast is not None
    assert other.contrast.reference is measurements[0]


def test_subjects_that_measured_the_same_are_compared_with_the_lefts_seed() -> None:
    """Every two of them, across runs; not where they share no label."""
    left, right = measured("a"), measured("b", y=Y + np.random.default_rng(1).normal(0, 0.1, Y.shape))
    rest, other = measured("c").take(range(30)), measured("d").take(range(30, N))
    said = {(name, "p"): {"detailed": True, "seed": seed} for seed, name in enumerate("abcd")}
    results = assemble([run_of([left, rest], said), run_of([right, other, measured("a", "q")], said)])
    pairs = {(one.left.subject.name, one.right.subject.name): one for one in results.comparisons}
    assert list(pairs) == [("a", "c"), ("a", "b"), ("a", "d"), ("c", "b"), ("b", "d")]
    expected = analysis.compare(left, right, stream(0, "analysis"))
    assert isinstance(expected, analysis.PairsComparison)
    found = pairs["a", "b"]
    assert isinstance(found, analysis.PairsComparison)
    assert (found.phi_ratio, found.changes) == (expected.phi_ratio, expected.changes)


def test_only_keeps_what_is_said_of_the_measurements_named() -> None:
    """In the order given, each once, unknown ones left out: as if nothing else had been measured."""
    entries = {(name, probe): {"detailed": True} for name in "ab" for probe in "pqr"}
    run = run_of([with_outliers(name, probe) for name in "ab" for probe in "pqr"], entries)
    whole = assemble([run])
    assert [(card.model, len(card.lines)) for card in whole.scorecards] == [("a", 3), ("b", 3)]
    assert len(whole.comparisons) == 3
    wanted = [("b", "r"), ("a", "p"), ("b", "r"), ("b", "p"), ("c", "p"), ("b", "q")]
    part = whole.only(wanted)
    assert keys(part) == [("b", "r"), ("a", "p"), ("b", "p"), ("b", "q")]
    assert [(one.left.key, one.right.key) for one in part.comparisons] == [(("a", "p"), ("b", "p"))]
    assert {one.measurement.key for one in part.explanations} == set(keys(part))
    assert [(card.model, len(card.lines)) for card in part.scorecards] == [("b", 3)]
    assert part.manifests == whole.manifests
    assert whole.only([]) == Results(manifests=whole.manifests)
    [turned] = whole.only([("b", "p"), ("a", "p")]).comparisons
    assert (turned.left.key, turned.right.key) == (("b", "p"), ("a", "p"))
