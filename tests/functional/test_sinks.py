"""One loop, several sinks: Python in memory, Python into a directory and the command line say the same."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import evenband as library
import small_models
from evenband import api
from evenband.analysis import PairsAudit, Results, assemble, summarise
from evenband.analysis.pairs import structure
from evenband.records import RunDirectory
from evenband.report import output
from evenband.running import plan as plans
from evenband.running import sinks, subjects
from evenband.running.reading import read_run
from evenband.stats import power

Command = Callable[..., Any]

MEASURED = ("audits", "comparisons", "explanations", "scorecards", "head_to_heads")
"""What results say; manifests differ in times."""

CASES: dict[str, dict[str, Any]] = {
    "one model": {"models": ["toy:chars"], "probes": ["comma8"], "sample": 24},
    "another model as reference": {
        "models": ["toy:chars"],
        "probes": ["comma8"],
        "sample": 24,
        "reference": "toy:chars?dim=512",
    },
    "the model itself as reference": {
        "models": ["toy:chars"],
        "probes": ["comma8"],
        "sample": 24,
        "reference": "toy:chars",
    },
    "one of several models as reference": {
        "models": ["toy:chars", "toy:words", "toy:random"],
        "probes": ["negation", "comma"],
        "sample": 16,
        "reference": "toy:random",
    },
    "several models, default probes, a seed": {
        "models": ["toy:words", "toy:chars"],
        "sample": 20,
        "seed": 3,
    },
    "the size of a suite": {
        "models": ["toy:chars"],
        "probes": ["comma8", "negation", "question-mark"],
        "suite": "quick",
        "reference": "toy:words",
    },
    "a fresh draw": {"models": ["toy:chars", "toy:words"], "probes": ["negation"], "fresh": 7, "sample": 16},
    "both roles": {"models": ["toy:chars"], "probes": ["negation", "comma"], "roles": "both", "sample": 12},
    "one label": {"models": ["toy:chars"], "probes": ["comma8", "negation"], "sample": 1},
    "a letter ablation": {"models": ["toy:chars"], "probes": ["ablation"], "reference": "toy:words"},
    "terms of one's own": {
        "models": ["toy:words"],
        "terms": "list:Aspirin,Ibuprofen,Naproxen,Warfarin,Heparin",
    },
}

SYLLABLES = ("ba", "de", "fi", "go", "lu", "mar", "ne", "pol", "ri", "sto", "tu", "vek")
ODD = ("q", "xy")
WORDS = [a + b + c for a in SYLLABLES[:4] for b in SYLLABLES for c in SYLLABLES[:5]]
LABELS = (*WORDS[:204], *ODD)
OWN = f"""[[probe]]
name = "four"
slot = "list:{",".join(LABELS)}"
templates = [
  {{ a = "let's eat, {{x}}", b = "let's eat {{x}}" }},
  {{ a = "please help, {{x}}", b = "please help {{x}}" }},
  {{ a = "time to wash, {{x}}", b = "time to wash {{x}}" }},
  {{ a = "we can follow, {{x}}", b = "we can follow {{x}}" }},
]
"""
"""A probe with labels enough for controls and power, two of them odd enough to be explained."""

PLANT_ONCE = partial(power.estimate_power, repeats=1)

MODEL, MODEL_NAME, REFERENCE = "toy:chars?dim=512", "toy-chars-dim-512", "toy:chars"


@pytest.fixture(autouse=True)
def _fast(no_pages: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """No page, whose figures are those of the summary, and effects planted once, not 8 times."""
    monkeypatch.setattr(structure, "estimate_power", PLANT_ONCE)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("own") / "own.toml"
    file.write_text(OWN, encoding="utf-8")
    return str(file)


def plain(value: Any) -> Any:
    """A value as nested tuples that compare by content: arrays by every number, NaN equal to NaN."""
    if is_dataclass(value) and not isinstance(value, type):
        return (
            type(value).__name__,
            *((field.name, plain(getattr(value, field.name))) for field in fields(value)),
        )
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "f":  # one text for every NaN, and one for both signs of zero
            numbers = value.astype(np.float64)
            return (value.shape, "f", (np.where(np.isnan(numbers), np.nan, numbers) + 0.0).tobytes())
        return (value.shape, value.dtype.kind, *(plain(one) for one in value.ravel().tolist()))
    if isinstance(value, str | int | bytes | type(None)):
        return value
    if isinstance(value, Mapping):
        return tuple((key, plain(one)) for key, one in value.items())
    if isinstance(value, list | tuple):
        return tuple(plain(one) for one in value)
    return "NaN" if isinstance(value, float) and np.isnan(value) else value


def by_key(results: Results) -> dict[tuple[str, str], PairsAudit]:
    return {audit.measurement.key: audit for audit in results.pairs}


def assert_equal(first: Results, second: Results) -> None:
    """First what is most easily read, at last everything."""
    assert summarise(first) == summarise(second)
    for left, right in zip(first.pairs, second.pairs, strict=True):
        assert left.measurement.key == right.measurement.key
        np.testing.assert_array_equal(left.z, right.z)
        np.testing.assert_array_equal(left.q, right.q)
    for name in MEASURED:
        assert plain(getattr(first, name)) == plain(getattr(second, name)), name


def perform(case: Mapping[str, Any], out: Path | None = None) -> Results:
    return api.perform(plans.build(**case), out)


def stored(directory: Path) -> Results:
    return assemble([read_run(RunDirectory.open(directory))])


def words(case: Mapping[str, Any], out: Path) -> list[str]:
    """The command line that means the same."""
    listed = [*case["models"]]
    for probe in case.get("probes", ()):
        listed += ["-p", probe]
    for name in ("reference", "sample", "seed", "suite", "fresh", "roles", "terms"):
        if name in case:
            listed += [f"--{name}", str(case[name])]
    listed += ["--screen"] if "screen" in case else []
    return ["audit", *listed, "-o", str(out)]


def assert_every_way_agrees(evenband: Command, case: Mapping[str, Any], folder: Path) -> Results:
    """Memory, a directory, the same directory read again and started again, and the command line."""
    memory = perform(case)
    directory = perform(case, folder / "python")
    assert_equal(memory, directory)
    shown = json.loads((folder / "python" / "summary.json").read_text(encoding="utf-8"))
    assert shown == json.loads(json.dumps(summarise(memory)))
    finished = evenband(*words(case, folder / "typed"))
    assert finished.code == 0, finished.err
    assert json.loads((folder / "typed" / "summary.json").read_text(encoding="utf-8")) == shown
    assert_equal(memory, perform(case, folder / "typed"))  # read again: all is there
    assert json.loads((folder / "typed" / "summary.json").read_text(encoding="utf-8")) == shown
    api.write_report(folder / "typed")
    assert json.loads((folder / "typed" / "summary.json").read_text(encoding="utf-8")) == shown
    return memory


@pytest.mark.parametrize("name", CASES)
def test_python_and_the_command_line_agree(evenband: Command, tmp_path: Path, name: str) -> None:
    """To the last digit of every array, comparison, explanation and scorecard."""
    results = assert_every_way_agrees(evenband, CASES[name], tmp_path)
    assert results.pairs
    alone = [
        "the reference is the model itself: nothing is held against it" in audit.notes
        for audit in results.pairs
    ]
    assert alone == [name == "the model itself as reference"] * len(alone)


def test_controls_power_and_explanations_agree(evenband: Command, own: str, tmp_path: Path) -> None:
    """With 200 labels or more outliers are followed up, effects are planted and words explained."""
    case = {"models": [MODEL], "probes": [own], "reference": REFERENCE}
    results = assert_every_way_agrees(evenband, case, tmp_path)
    assert_is_full(results)


def assert_is_full(results: Results) -> None:
    audit = by_key(results)[MODEL_NAME, "four"]
    assert audit.structure is not None
    assert audit.structure.power is not None
    assert audit.contrast is not None
    assert audit.controls is not None
    assert {one.label for one in results.explanations} & {*ODD}


def test_a_screened_run_agrees(
    evenband: Command, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    """A model that was saved by the tests, in a fast number format and its own."""
    folder = small_models.save(tmp_path_factory.mktemp("bert"))
    case = {"models": [str(folder)], "probes": ["comma"], "sample": 400, "screen": "bfloat16"}
    results = assert_every_way_agrees(evenband, case, tmp_path)
    assert results.pairs[0].screening is not None


def test_audit_is_what_a_directory_holds(tmp_path: Path) -> None:
    """``evenband.audit`` without a directory, with one, and ``api.read_audits`` of it."""
    call: Callable[..., list[PairsAudit]] = library.audit
    fields_of_plan: dict[str, Any] = {"reference": "toy:words", "sample": 24, "seed": 1}
    memory = call(["toy:chars"], "comma8", **fields_of_plan)
    directory = call(["toy:chars"], "comma8", out=tmp_path / "run", **fields_of_plan)
    assert plain(memory) == plain(directory) == plain(api.read_audits(tmp_path / "run"))


def test_an_encoder_of_ones_own_agrees_with_its_reference(tmp_path: Path) -> None:
    """An object in place of a reference: the same vectors, the same results."""
    own = library.load("toy:chars")
    assert plain(library.audit(own, "comma8", sample=24)) == plain(
        library.audit("toy:chars", "comma8", sample=24)
    )
    assert plain(library.audit(own, "comma8", sample=24, out=tmp_path / "run")) == plain(
        library.audit("toy:chars", "comma8", sample=24)
    )


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    models=st.permutations(["toy:chars", "toy:words", "toy:chars?dim=32"]).map(lambda names: names[:2]),
    probes=st.lists(st.sampled_from(["comma", "negation", "ablation"]), min_size=1, max_size=2, unique=True),
    reference=st.sampled_from([None, "toy:chars", "toy:words", "toy:random"]),
    sample=st.sampled_from([1, 2, 9]),
    suite=st.sampled_from([None, "quick"]),
    fresh=st.sampled_from([None, 7]),
    roles=st.sampled_from(["probe", "both"]),
    seed=st.sampled_from([0, 5]),
)
def test_whatever_is_asked_for_a_directory_holds_what_memory_does(
    tmp_path_factory: pytest.TempPathFactory, **case: Any
) -> None:
    """Any combination of what a plan may say; started again it is the same once more."""
    if "ablation" in case["probes"]:
        case["fresh"] = None  # its labels are fixed
    folder = tmp_path_factory.mktemp("any") / "run"
    memory = perform(case)
    assert_equal(memory, perform(case, folder))
    assert_equal(memory, perform(case, folder))
    shutil.rmtree(folder)


LATER: dict[str, list[dict[str, Any]]] = {
    "a suite": [{"models": [MODEL], "suite": "quick", "probes": ["negation", "and-or", "with-without"]}],
    "another model": [{"models": ["toy:words"], "probes": ["own"]}],
    "another model and reference": [{"models": ["toy:words"], "probes": ["own"], "reference": "toy:random"}],
    "the model as reference of another": [{"models": ["toy:words"], "probes": ["own"], "reference": MODEL}],
    "another probe and seed, a fresh draw": [
        {"models": [MODEL], "probes": ["negation"], "fresh": 2, "seed": 9, "sample": 12}
    ],
    "many probes": [
        {
            "models": [MODEL],
            "probes": ["negation,and-or,with-without,role-swap,magnitude,typo,date,tense"],
            "sample": 4,
        }
    ],
}
"""Commands into the directory of an earlier one; ``own`` is the earlier one's probe."""


@pytest.fixture(scope="module")
def first_run(
    own: str, tmp_path_factory: pytest.TempPathFactory, session_cache: Path
) -> tuple[Path, Results]:
    """A run with power, contrast, controls and explanations, made once."""
    folder = tmp_path_factory.mktemp("first") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVENBAND_CACHE", str(session_cache))
        patch.setattr(output, "draw_pictures", lambda *_: None)
        patch.setattr(structure, "estimate_power", PLANT_ONCE)
        return folder, perform({"models": [MODEL], "probes": [own], "reference": REFERENCE}, folder)


@pytest.mark.parametrize("later", LATER)
def test_a_later_command_does_not_change_what_an_earlier_one_showed(
    own: str, first_run: tuple[Path, Results], tmp_path: Path, later: str
) -> None:
    """Power, contrast, controls, verdicts, comparisons and explanations stay as they were."""
    folder, first = Path(shutil.copytree(first_run[0], tmp_path / "run")), first_run[1]
    assert_is_full(first)
    for command in LATER[later]:
        probes = [own if name == "own" else name for name in command["probes"]]
        case = {**command, "probes": probes}
        again = perform(case, folder)
        if case.get("reference") == MODEL:  # it keeps its own reference
            assert [one.measurement.key for one in again.audits] == [
                (MODEL_NAME, "four"),
                ("toy-words", "four"),
            ]
        else:
            assert_equal(perform(case), again)
    now = stored(folder)
    assert len(now.audits) > len(first.audits)
    for key, audit in by_key(first).items():
        assert plain(by_key(now)[key]) == plain(audit)
    kept = [one for one in now.explanations if one.measurement.key in by_key(first)]
    assert plain(kept) == plain(first.explanations)
    pairs = {(one.left.key, one.right.key) for one in first.comparisons}
    compared = [one for one in now.comparisons if (one.left.key, one.right.key) in pairs]
    assert plain(compared) == plain(first.comparisons)


def test_a_reference_of_a_later_command_keeps_its_own(tmp_path: Path) -> None:
    """Each checkpoint against the one before: the middle one stays held against the first."""
    chain = ["toy:chars?dim=32", "toy:chars?dim=128", "toy:chars"]
    case = {"probes": ["comma"], "sample": 30}
    for reference, model in pairwise(chain):
        perform({**case, "models": [model], "reference": reference}, tmp_path / "run")
    held = {audit.measurement.subject.ref: audit.contrast for audit in stored(tmp_path / "run").pairs}
    against = [None if one is None else one.reference.subject.ref for one in map(held.__getitem__, chain)]
    assert against == [None, *chain[:2]]


def test_models_in_another_order_are_compared_as_if_alone(tmp_path: Path) -> None:
    """A directory that knows them the other way round gives the terminal what a new one would."""
    case: dict[str, Any] = {"models": ["toy:words", "toy:chars"], "probes": ["negation"], "sample": 12}
    perform({**case, "models": case["models"][::-1]}, tmp_path / "run")
    assert_equal(perform(case), perform(case, tmp_path / "run"))


@pytest.mark.parametrize("finished", [1, 2, 3])
def test_a_resumed_run_gives_what_a_fresh_one_does(
    own: str, first_run: tuple[Path, Results], tmp_path: Path, finished: int
) -> None:
    """Stopped after the reference, the model or the controls, before anything is said; started again."""
    case = {"models": [MODEL], "probes": [own], "reference": REFERENCE}
    measure, done = subjects.measure, 0

    def stopping(*arguments: Any) -> Any:
        nonlocal done
        if done == finished:
            raise KeyboardInterrupt
        done += 1
        return measure(*arguments)

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("evenband.running.session.measure", stopping)
        patch.setattr(sinks, "assemble", stopped)
        with pytest.raises(KeyboardInterrupt):
            perform(case, tmp_path / "run")
    files = sorted((tmp_path / "run").rglob("*.parquet"))
    times = [file.stat().st_mtime_ns for file in files]
    assert len(files) == finished
    assert_equal(first_run[1], perform(case, tmp_path / "run"))
    assert [file.stat().st_mtime_ns for file in files] == times
