"""The run directory: written whole, read back equal, never mixed."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from evenband.errors import RunError
from evenband.records import RunDirectory
from evenband.types import (
    COSINE,
    Measurement,
    ModelSpec,
    NoiseFloor,
    PairsDetails,
    PairsSpec,
    ProbeSpec,
)

MADE = Measurement(
    probe=PairsSpec(
        name="p", type="INV", effect="keeps", why="why", slot="list:a,b", items=2, conditions=2, digest="0"
    ),
    subject=ModelSpec("org/m", "m", "test", "1", "float32", 4, prompts={"query": "q"}),
    metric=COSINE,
    items=("a", "é\u2028<"),
    conditions=("t", "u"),
    scores=np.array([[0.1, 0.2], [0.3, 1 / 3]]),
    noise=NoiseFloor(1e-12, 1e-9, 4),
    details=PairsDetails(
        texts=(np.array([["a", "b"], ["c", "d"]], dtype=object),),
        swap=np.array([[1.0, np.nan], [0.5, 0.25]]),
        calibration={"unrelated": (0.0, 0.5)},
    ),
    columns={"sense": (1, None), "synset": ("x.n.01", "y.n.01")},
)


def assert_equal(left: Measurement, right: Measurement) -> None:
    for name in ("probe", "subject", "metric", "items", "conditions", "noise", "columns", "kind"):
        assert getattr(left, name) == getattr(right, name)
    np.testing.assert_array_equal(left.scores, right.scores)
    first, second = left.details.to_tables(), right.details.to_tables()
    assert list(first) == list(second)
    for name, table in first.items():
        assert table.dtype == second[name].dtype
        np.testing.assert_array_equal(table, second[name])
    assert left.details.to_facts() == right.details.to_facts()
    assert left.details.to_bytes() == right.details.to_bytes()


def test_a_measurement_is_read_back_equal(tmp_path: Path) -> None:
    """Parquet keeps every number, text and column, bit for bit."""
    run = RunDirectory(tmp_path)
    run.write_measurement(MADE)
    found = run.find(MADE.subject, MADE.probe)
    assert found is not None
    assert_equal(found, MADE)


def test_a_measurement_file_has_a_row_per_label_and_template(tmp_path: Path) -> None:
    """Anyone's Parquet reader sees the contract's columns."""
    file = RunDirectory(tmp_path).write_measurement(MADE)
    assert file == tmp_path / "measurements" / "m" / "p.parquet"
    rows = pq.read_table(file).to_pylist()
    texts = {"label": "a", "template": "u", "text_a": "b"}
    assert rows[1] == {**texts, "score": 0.2, "swap": None, "sense": 1, "synset": "x.n.01"}


def test_components_stand_in_the_first_row_of_a_label(tmp_path: Path) -> None:
    """In bytes; a user's own column of that name keeps its cells."""
    components = np.array([[0.5, -0.25, 1e-4], [1.0, 0.0, -2.0]], dtype=np.float16)
    details = replace(MADE.details, components=components)
    made = replace(MADE, details=details, columns={**MADE.columns, "components": ("sugar", "salt")})
    run = RunDirectory(tmp_path)
    rows = pq.read_table(run.write_measurement(made)).to_pylist()
    assert [row["components"] for row in rows] == ["sugar", "sugar", "salt", "salt"]
    first = components.astype("<f2").tobytes()
    assert [row["slot_components"] for row in rows] == [first[:6], None, first[6:], None]
    found = run.find(MADE.subject, MADE.probe)
    assert found is not None
    assert_equal(found, made)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda m: (replace(m.subject, dtype="bfloat16"), m.probe),
            "model dtype = float32, now it is bfloat16",
        ),
        (lambda m: (replace(m.subject, revision="2"), m.probe), "model revision = 1, now it is 2"),
        (lambda m: (m.subject, replace(m.probe, items=3, digest="1")), "probe labels = 2, now it is 3"),
        (
            lambda m: (m.subject, replace(m.probe, digest="1")),
            "sentences or slot values of probe 'p' have changed since .*; give another folder with -o, or",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused_by_the_field(
    tmp_path: Path, change: Callable[[Measurement], tuple[ModelSpec, ProbeSpec]], message: str
) -> None:
    """A second run into the directory never mixes with the first."""
    run = RunDirectory(tmp_path)
    run.write_measurement(MADE)
    with pytest.raises(RunError, match=message):
        run.find(*change(MADE))


def test_the_same_model_by_another_reference_is_found(tmp_path: Path) -> None:
    """Identity is the digest, not the spelling."""
    run = RunDirectory(tmp_path)
    run.write_measurement(MADE)
    assert run.find(replace(MADE.subject, ref="./copy"), MADE.probe) is not None


@pytest.mark.parametrize("content", [b"", b"PAR1 half a file", b"{}"])
def test_a_damaged_measurement_is_named(tmp_path: Path, content: bytes) -> None:
    """A truncated or foreign file is one clear line."""
    run = RunDirectory(tmp_path)
    run.write_measurement(MADE).write_bytes(content)
    with pytest.raises(RunError, match=r"p.parquet: not a measurement file of evenband"):
        run.find(MADE.subject, MADE.probe)


def test_a_parquet_file_of_somebody_else_is_refused(tmp_path: Path) -> None:
    """Valid Parquet without our header is not a measurement."""
    run = RunDirectory(tmp_path)
    file = run.write_measurement(MADE)
    pq.write_table(MADE.to_arrow(), file)
    with pytest.raises(RunError, match="not a measurement file"):
        run.find(MADE.subject, MADE.probe)


def test_writing_leaves_no_temporary_file(tmp_path: Path) -> None:
    """Rename, not copy."""
    RunDirectory(tmp_path).write_json("summary.json", {"a": 1})
    assert [file.name for file in tmp_path.iterdir()] == ["summary.json"]


def test_a_failed_write_keeps_the_old_file(tmp_path: Path) -> None:
    """What cannot be serialised never replaces what was there."""
    run = RunDirectory(tmp_path)
    run.write_json("summary.json", {"a": 1})
    with pytest.raises(ValueError, match="not JSON compliant"):
        run.write_json("summary.json", {"a": float("nan")})
    assert json.loads((tmp_path / "summary.json").read_text(encoding="utf-8")) == {"a": 1}


def test_a_file_where_a_folder_must_be_is_one_line(tmp_path: Path) -> None:
    """The system's refusal is passed on with the path."""
    (tmp_path / "measurements").write_text("", encoding="utf-8")
    with pytest.raises(RunError, match="cannot be written"):
        RunDirectory(tmp_path).write_measurement(MADE)


def test_a_later_format_is_refused(tmp_path: Path) -> None:
    """An old evenband does not misread a new directory."""
    (tmp_path / "manifest.json").write_text('{"format": 99}', encoding="utf-8")
    with pytest.raises(RunError, match="got format 99, expected 1"):
        RunDirectory(tmp_path).manifest()


def test_a_folder_that_is_no_run_is_named(tmp_path: Path) -> None:
    """Opening asks for a manifest."""
    with pytest.raises(RunError, match="not a run directory"):
        RunDirectory.open(tmp_path)


def test_a_baseline_that_is_not_a_number_is_no_baseline(tmp_path: Path) -> None:
    """Directories of an earlier evenband may hold one; their reports can be written again."""
    run = RunDirectory(tmp_path)
    details = replace(MADE.details, baselines={"words": float("nan"), "chars": 0.5})
    run.write_measurement(replace(MADE, details=details))
    found = run.find(MADE.subject, MADE.probe)
    assert found is not None
    assert isinstance(found.details, PairsDetails)
    assert dict(found.details.baselines) == {"chars": 0.5}


def test_every_command_into_a_directory_is_kept(tmp_path: Path) -> None:
    """Each once, with its first time; the manifest's own fields stay those of the last."""
    run = RunDirectory(tmp_path)
    entries = [
        {"command": ["a"], "sample": size, "seed": 0, "started": f"{at}"} for at, size in enumerate([5, 6, 5])
    ]
    for entry in entries:
        run.update_manifest({"sample": entry["sample"]}, commands=[entry])
    run.write_measurement(MADE)
    assert run.manifest().to_json()["commands"] == entries[:2]
    assert run.manifest().sample == 5


def test_the_command_of_an_earlier_manifest_is_kept(tmp_path: Path) -> None:
    """One that has a single command becomes the first of the list."""
    run = RunDirectory(tmp_path)
    old = {"command": ["old"], "sample": 300, "seed": 1}
    run.write_json("manifest.json", {"format": 1, **old, "written": "before"})
    new = {"command": ["new"], "sample": None, "seed": 0, "started": "now"}
    run.update_manifest({key: new[key] for key in old}, commands=[new])
    assert run.manifest().to_json()["commands"] == [{**old, "started": "before"}, new]
