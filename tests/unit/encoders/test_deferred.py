"""A model is loaded when it must embed something, and not before."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import small_models
from evenband import encoders
from evenband.encoders.deferred import DeferredEncoder
from evenband.encoders.local import loading as local
from evenband.errors import ModelError

pytest.importorskip("sentence_transformers")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_models.save(tmp_path / "model")


def test_a_model_loaded_before_has_its_spec_without_being_loaded(folder: Path) -> None:
    """The second load answers with an equal spec and touches no weights until it embeds."""
    first = encoders.load(str(folder))
    second = encoders.load(str(folder))
    assert isinstance(second, DeferredEncoder)
    assert second._loaded is None
    assert second.spec == first.spec
    np.testing.assert_array_equal(second.encode(["a", "b c"]), first.encode(["a", "b c"]))
    assert second._loaded is not None


@pytest.mark.parametrize("change", ["file", "engine", "option", "library"])
def test_whatever_decides_the_spec_makes_it_load_again(
    folder: Path, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other files, another engine, another option or another library version are another model."""
    encoders.load(str(folder))
    if change == "file":
        config = folder / "config_sentence_transformers.json"
        config.write_text(
            json.dumps({**json.loads(config.read_text(encoding="utf-8")), "prompts": {"query": "new: "}}),
            encoding="utf-8",
        )
    if change == "library":
        versions = {**local.libraries(), "torch": "0"}
        monkeypatch.setattr(local, "libraries", lambda: versions)
    reference = f"{folder}?dim=8" if change == "option" else str(folder)
    engine = encoders.load(reference, engine="plain") if change == "engine" else encoders.load(reference)
    assert not isinstance(engine, DeferredEncoder)


def test_a_damaged_record_is_not_believed(folder: Path, tmp_path: Path) -> None:
    """A record that cannot be read costs a load, nothing else."""
    first = encoders.load(str(folder))
    for record in (tmp_path / "empty cache" / "specs").iterdir():
        record.write_text('{"spec": 1}', encoding="utf-8")
    assert replace(encoders.load(str(folder)).spec, ref="") == replace(first.spec, ref="")


def test_a_model_that_became_another_is_refused_once_and_forgotten(folder: Path, tmp_path: Path) -> None:
    """A record that no longer fits is found out when the model is loaded; the next start is right."""
    first = encoders.load(str(folder))
    [record] = (tmp_path / "empty cache" / "specs").iterdir()
    kept = json.loads(record.read_text(encoding="utf-8"))
    kept["spec"]["options"]["engine"] = "another"
    record.write_text(json.dumps(kept), encoding="utf-8")
    with pytest.raises(ModelError, match="start the same command again"):
        encoders.load(str(folder)).encode(["a"])
    assert encoders.load(str(folder)).spec == first.spec
