"""The manifest: typed, kept whole by an older evenband, and what it says of each measurement's analysis."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from evenband.errors import RunError
from evenband.records import Manifest, RunDirectory, Settings
from evenband.records.manifest import MOST_DETAILED, read_manifest

MODEL = {"ref": "toy:words", "name": "toy-words", "digest": "d"}
ENTRY = {"model": "toy-words", "probe": "comma", "probe_digest": "p", "texts": 4, "seconds": 0.5}
SAID = {"suite": None, "detailed": True, "reference": "base", "seed": 3}


def read(**fields: Any) -> Manifest:
    return read_manifest(json.dumps({"format": 1, **fields}), "DIR/manifest.json")


def entries(*keys: tuple[str, str], **said: Any) -> list[dict[str, Any]]:
    return [{"model": model, "probe": probe, **said} for model, probe in keys]


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"seed": "one"}, r"seed: got 'one': .*integer"),
        ({"models": [{**MODEL, "dim": "many"}]}, r"models\.0\.dim: got 'many'"),
        ({"models": [MODEL, {"ref": "m"}]}, r"models\.1\.name: got .*: Field required"),
        (
            {"measurements": [ENTRY, {**ENTRY, "detailed": "perhaps"}]},
            r"measurements\.1\.detailed: got 'perhaps'",
        ),
        ({"measurements": [{**ENTRY, "suite": 7}]}, r"measurements\.0\.suite: got 7: .*string"),
        ({"commands": [{"command": "evenband audit"}]}, r"commands\.0\.command: got 'evenband audit'"),
        ({"models": [{**MODEL, "inputs": [{"ids": [1]}]}]}, r"models\.0\.inputs\.0\.text: .*Field required"),
    ],
)
def test_what_is_wrong_is_named_by_its_field(fields: dict[str, Any], named: str) -> None:
    """One line: the file, the field, what was found, and the way out."""
    with pytest.raises(
        RunError, match=f"^DIR/manifest.json: damaged: {named}.*; delete it to start again$"
    ) as error:
        read(**fields)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"text"'])
def test_what_is_no_json_object_is_damaged(text: str) -> None:
    with pytest.raises(RunError, match=r"^DIR/manifest.json: damaged: .*; delete it to start again$"):
        read_manifest(text, "DIR/manifest.json")


@pytest.mark.parametrize("found", [2, None, "1"])
def test_another_format_is_refused_whatever_else_is_in_it(found: object) -> None:
    with pytest.raises(
        RunError, match=f"got format {found}, expected 1; update evenband or choose another folder"
    ):
        read_manifest(json.dumps({"format": found, "models": "all"}), "DIR/manifest.json")


def test_a_manifest_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        read(seed=1).seed = 2


def test_what_a_newer_version_wrote_survives_reading_merging_and_writing(tmp_path: Path) -> None:
    """Fields of every level, of entries that are touched and of those that are not."""
    newer = {"of_tomorrow": {"deep": [1, {"more": None}]}}
    written: dict[str, Any] = {
        "format": 1,
        **newer,
        "models": [{**MODEL, **newer}, {"ref": "m", "name": "m", **newer}],
        "measurements": [{**ENTRY, **SAID, **newer}, {**ENTRY, "probe": "other", **SAID, **newer}],
        "commands": [{"command": ["a"], "sample": 5, "seed": 0, "started": "then", **newer}],
    }
    run = RunDirectory(tmp_path)
    run.write_json("manifest.json", written)
    run.update_manifest({}, measurements=[{"model": "toy-words", "probe": "comma", "seed": 9}])
    found = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    changed = {**written["measurements"][0], "seed": 9}
    assert found == {**written, "measurements": [changed, written["measurements"][1]]}


def test_a_suite_of_a_newer_version_is_read() -> None:
    """Names may be added; what is analysed does not depend on them."""
    manifest = read(measurements=[{**ENTRY, **SAID, "suite": "nightly"}])
    assert manifest.settings_of(("toy-words", "comma")) == Settings(3, True, "base", "nightly", True)


def test_only_what_was_set_is_written() -> None:
    """Defaults of this version do not look like facts of that run."""
    fields = {"format": 1, "seed": 4, "models": [MODEL], "measurements": [{**ENTRY, **SAID}]}
    assert read(**fields).to_json() == fields


def test_entries_are_found_by_name() -> None:
    manifest = read(models=[MODEL], measurements=[ENTRY])
    model, entry = manifest.model_of("toy-words"), manifest.entry_of(("toy-words", "comma"))
    assert model is not None
    assert model.ref == "toy:words"
    assert entry is not None
    assert entry.texts == 4
    assert manifest.model_of("toy:words") is None
    assert manifest.entry_of(("toy-words", "other")) is None


def test_models_go_by_name_and_measurements_by_model_and_probe() -> None:
    """A model is described anew; a measurement keeps what is not said again; both keep their place."""
    first = read(
        models=[{**MODEL, "dtype": "float32"}, {"ref": "m", "name": "m"}],
        measurements=[{**ENTRY, **SAID}, {**ENTRY, **SAID, "model": "m"}],
    )
    merged = first.merged(
        {"seed": 1},
        models=[MODEL, {"ref": "n", "name": "n"}],
        measurements=[{"model": "toy-words", "probe": "comma", "reference": "m", "suite": "quick"}],
    )
    assert [entry.name for entry in merged.models] == ["toy-words", "m", "n"]
    assert merged.models[0].dtype is None
    assert [(entry.model, entry.probe) for entry in merged.measurements] == [
        ("toy-words", "comma"),
        ("m", "comma"),
    ]
    assert merged.measurements[0].model_dump(exclude_unset=True) == {
        **ENTRY,
        **SAID,
        "reference": "m",
        "suite": "quick",
    }
    assert merged.seed == 1
    assert first.seed == 0


def test_commands_follow_one_another_each_once() -> None:
    """With the time at which each was first started; the size of the sample and the seed count."""

    def command(name: str, started: str, **fields: Any) -> dict[str, Any]:
        return {"command": [name], "sample": None, "seed": 0, "started": started, **fields}

    manifest = Manifest()
    given = [command("a", "1"), command("b", "2"), command("a", "3"), command("a", "4", seed=1)]
    for one in given:
        manifest = manifest.merged({}, commands=[one])
    assert manifest.to_json()["commands"] == [given[0], given[1], given[3]]
    assert manifest.merged({}, commands=given).to_json()["commands"] == [given[0], given[1], given[3]]


def test_each_measurement_is_analysed_as_its_own_entry_says() -> None:
    """Whatever the manifest's own fields say, which are the last command's."""
    manifest = read(
        seed=8,
        reference="another",
        measurements=[
            {**ENTRY, **SAID},
            {**ENTRY, "probe": "suite", "suite": "quick", "detailed": False, "reference": None, "seed": 0},
        ],
    )
    assert manifest.settings_of(("toy-words", "comma")) == Settings(3, True, "base", None, True)
    assert manifest.settings_of(("toy-words", "suite")) == Settings(0, False, None, "quick", False)


class TestManifestsOfTheOldVersion:
    """They said for the whole directory how it is analysed: a suite by the number of its probes."""

    PROBES = tuple(f"probe{k}" for k in range(MOST_DETAILED))

    def old(self, *keys: tuple[str, str], **fields: Any) -> Manifest:
        return read(seed=5, reference="base", measurements=entries(*keys), **fields)

    @pytest.mark.parametrize(("more", "detailed"), [(0, True), (1, False)])
    def test_more_than_eight_probes_were_a_suite(self, more: int, detailed: bool) -> None:
        keys = [("m", f"probe{k}") for k in range(MOST_DETAILED + more)]
        manifest = self.old(*keys, *((model, f"{probe}~controls") for model, probe in keys))
        assert MOST_DETAILED == 8
        for key in keys:
            assert manifest.settings_of(key) == Settings(5, detailed, "base", None, True)

    def test_the_reference_is_held_against_itself_only_where_it_is_alone(self) -> None:
        alone, beside = self.old(("base", "comma")), self.old(("base", "comma"), ("m", "comma"))
        assert alone.settings_of(("base", "comma")).reference == "base"
        assert beside.settings_of(("base", "comma")).reference is None
        assert beside.settings_of(("m", "comma")).reference == "base"

    def test_a_measurement_that_the_manifest_lost_is_analysed_like_the_others(self) -> None:
        assert self.old(("m", "comma")).settings_of(("m", "lost")) == Settings(5, True, "base", None, True)
        assert Manifest().settings_of(("m", "lost")) == Settings()

    @pytest.mark.parametrize("probes", [2, MOST_DETAILED + 1])
    def test_a_new_command_changes_nothing_of_what_it_does_not_ask_for(self, probes: int) -> None:
        """Its fields replace the old ones, and its probes make the directory a larger one."""
        keys = [(model, f"probe{k}") for model in ("base", "m") for k in range(probes)]
        manifest = self.old(*keys)
        before = [manifest.settings_of(key) for key in keys]
        merged = manifest.merged({"seed": 1, "reference": None}, models=[MODEL])
        for name in self.PROBES:
            merged = merged.merged(
                {}, measurements=entries(("toy-words", name), **{**SAID, "suite": "quick"})
            )
        after = [merged.settings_of(key) for key in keys]
        assert [(one.seed, one.detailed, one.reference) for one in after] == [
            (one.seed, one.detailed, one.reference) for one in before
        ]
        assert merged.settings_of(("toy-words", "probe0")) == Settings(3, True, "base", "quick", True)
