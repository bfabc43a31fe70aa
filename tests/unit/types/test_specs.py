"""Identities: what a digest depends on, and what survives JSON."""

from dataclasses import replace
from typing import Any

import pytest

from evenband.types import ModelSpec, PairsSpec, ProbeSpec

SPEC = ModelSpec(ref="toy:x", name="toy-x", source="toy", revision="1", dtype="float32", dim=4)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("source", "other"),
        ("revision", "2"),
        ("dtype", "bfloat16"),
        ("dim", 8),
        ("max_tokens", 16),
        ("pooling", "cls"),
        ("normalize", True),
        ("prompts", {"query": "q: "}),
        ("trust_remote_code", True),
        ("options", {"engine": "plain"}),
    ],
)
def test_the_digest_changes_with_everything_that_changes_a_vector(field: str, value: Any) -> None:
    """Each field but the name is part of the identity."""
    assert replace(SPEC, **{field: value}).digest != SPEC.digest


def test_the_digest_does_not_depend_on_how_the_user_called_the_model() -> None:
    """Two references to one model share their vectors."""
    assert replace(SPEC, ref="other", name="other").digest == SPEC.digest


def test_a_spec_survives_json() -> None:
    """from_dict inverts to_dict."""
    spec = replace(SPEC, prompts={"query": "q: "}, options={"engine": "plain"})
    assert ModelSpec.from_dict(spec.to_dict()) == spec


@pytest.mark.parametrize(
    "spec",
    [
        ProbeSpec("p", why="It matters.", digest="0", items=2, conditions=1, of="q", draw="fresh 7"),
        PairsSpec("p", type="ORDER", effect="reverses", slot="letters:c?t", roles=("query",), letters=True),
    ],
)
def test_a_probe_survives_json_and_drops_fields_of_a_newer_version(spec: ProbeSpec) -> None:
    """from_dict inverts to_dict, of a subclass too."""
    assert type(spec).from_dict({**spec.to_dict(), "from the future": 1}) == spec


def test_a_probe_of_its_own_is_its_own_family() -> None:
    """Unless it was drawn from a definition of another name."""
    assert ProbeSpec("p").family == "p"
    assert ProbeSpec("p~fresh", family="p").family == "p"


@pytest.mark.parametrize(("slot", "letters"), [("letters:c?t", True), ("list:a,b", False)])
def test_the_first_edition_counted_labels_and_templates(slot: str, letters: bool) -> None:
    """Old files are read; whether the labels are letters followed from the slot."""
    spec = PairsSpec.from_dict({"name": "p", "slot": slot, "labels": 26, "templates": 4})
    assert (spec.items, spec.conditions, spec.letters) == (26, 4, letters)


def test_notes_are_no_part_of_the_identity_and_survive_json() -> None:
    """A spec written before there were notes is the same model."""
    noted = replace(SPEC, notes=("batch-dependent: padding changes a vector",))
    assert noted.digest == SPEC.digest
    assert ModelSpec.from_dict(noted.to_dict()) == noted
    old = {key: value for key, value in SPEC.to_dict().items() if key != "notes"}
    assert ModelSpec.from_dict(old) == SPEC
