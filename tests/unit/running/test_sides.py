"""Parity from plan to results: names, engines, resumption, live encoders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import evenband
from evenband import encoders
from evenband.errors import InputError
from evenband.records import RunDirectory
from evenband.running.sides import build_parity, load_sides, name_sides, run_parity
from evenband.running.sinks import DirectorySink, MemorySink
from evenband.types import ModelSpec, Role, Vectors
from planted_sides import Turned


class Counting:
    """A bag of words that counts the texts it was asked for."""

    def __init__(self, name: str = "counting") -> None:
        self._encoder = encoders.load("toy:words")
        self.name, self.asked = name, 0

    @property
    def spec(self) -> ModelSpec:
        return replace(self._encoder.spec, name=self.name, ref=self.name)

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        self.asked += len(texts)
        return self._encoder.encode(texts, role)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"tolerance": float("nan")}, "tolerance: got nan, expected a number of 0 or more"),
        ({"tolerance": -1.0}, "tolerance: got -1.0"),
        ({"tolerance": float("inf")}, "tolerance: got inf"),
        ({"engines": ("auto",)}, "engines: got 1, expected one for each side"),
        ({"engines": ("auto", "plane")}, "no engine is called 'plane'; did you mean 'plain'"),
        ({"texts": "a.txt", "probes": ("comma",)}, "expected one of the two; leave out --probe or --texts"),
        ({"sample": 0}, "sample"),
        ({"roles": "nobody"}, "roles"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(fields: dict[str, Any], message: str) -> None:
    """In one line that names the key."""
    with pytest.raises(InputError, match=message) as refused:
        build_parity("toy:words", "toy:chars", **fields)
    assert "\n" not in str(refused.value)


def test_two_sides_of_one_name_get_names_that_differ() -> None:
    """By their engines where these differ, else as left and right; others keep theirs."""
    spec = encoders.load("toy:words").spec
    packed, plain = (replace(spec, options={"engine": name}) for name in ("packed", "plain"))
    assert [one.name for one in name_sides(packed, plain)] == ["toy-words-packed", "toy-words-plain"]
    assert [one.name for one in name_sides(packed, packed)] == ["toy-words-left", "toy-words-right"]
    assert [one.name for one in name_sides(spec, spec)] == ["toy-words-left", "toy-words-right"]
    other = replace(spec, name="other")
    assert name_sides(spec, other) == (spec, other)
    assert name_sides(packed, plain)[0].digest == packed.digest


def test_the_texts_are_those_of_comma_if_nobody_says() -> None:
    """One set for each probe, and for each role that was asked for."""
    [comma] = build_parity("toy:words", "toy:chars", sample=5).text_sets()
    assert comma.name == "comma"
    assert len(comma.texts) == 10
    both = build_parity("toy:words", "toy:chars", sample=5, roles="both").text_sets()
    assert [one.name for one in both] == ["comma@query", "comma@document"]
    assert both[0].roles == (Role.QUERY,) * 10
    own = build_parity("toy:words", "toy:chars", texts="list:a,b", roles="both").text_sets()
    assert [one.roles for one in own] == [(Role.QUERY,) * 2, (Role.DOCUMENT,) * 2]
    assert own[0].name != own[1].name
    two = build_parity("toy:words", "toy:chars", ["comma", "negation"], sample=5).text_sets()
    assert [one.name for one in two] == ["comma", "negation"]


def test_a_second_side_of_one_identity_computes_its_own_vectors() -> None:
    """Reading the first side's from the cache would compare them with themselves."""
    left, right = load_sides(build_parity("toy:words", "toy:words"))
    assert left.encoder is not left.fresh
    assert right.encoder is right.fresh
    _, other = load_sides(build_parity("toy:words", "toy:words?seed=1"))
    assert other.encoder is not other.fresh


def test_live_encoders_are_compared_in_memory() -> None:
    """With verdicts of the probe; nothing is written."""
    encoder = evenband.load("toy:chars")
    [audit] = evenband.parity(encoder, Turned(encoder, {}), sample=30)
    assert audit.largest.value == 0
    assert audit.measurement.subject.name == "turned"
    verdicts = audit.measurement.details.verdicts
    assert verdicts is not None
    assert (verdicts.probe, verdicts.cells, verdicts.changed) == ("comma", 30, 0)


def test_a_finished_comparison_is_not_measured_again(tmp_path: Path) -> None:
    """Its tolerance is the last one that was asked for."""
    left, right = Counting("left"), Counting("right")
    for tolerance, is_new in ((0.5, True), (None, False)):
        left.asked = right.asked = 0
        todo = build_parity("left", "right", sample=10, tolerance=tolerance)
        results = run_parity(todo, DirectorySink(tmp_path), [left, right], command=["evenband"])
        assert bool(right.asked) is is_new
        [audit] = results.of_kind("agreement")
        assert getattr(audit, "tolerance") == tolerance  # noqa: B009 (an Audit has none)
    manifest = RunDirectory(tmp_path).manifest()
    assert [model.name for model in manifest.models] == ["left", "right"]
    assert manifest.plan["engines"] == ["auto", "auto"]
    assert manifest.measurements[0].texts == 20
    assert (tmp_path / "report.html").exists()


def test_a_directory_renders_again_without_models(tmp_path: Path) -> None:
    """Summary and report say the same."""
    evenband.parity("toy:words", "toy:chars", texts="list:a b,b c,c d", out=tmp_path, tolerance=0.25)
    before = {name: (tmp_path / name).read_bytes() for name in ("summary.json", "report.html")}
    evenband.write_report(tmp_path)
    assert before == {name: (tmp_path / name).read_bytes() for name in before}


def test_texts_of_which_one_side_has_no_probe_vectors_have_no_verdicts() -> None:
    """The comparison is there all the same."""
    encoder = evenband.load("toy:chars")
    todo = build_parity("toy:chars", "turned", sample=2)
    seconds = [text for text in todo.text_sets()[0].texts if "," not in text]
    results = run_parity(todo, MemorySink(), [encoder, Turned(encoder, {}, missing=seconds)])
    [audit] = results.audits
    assert len(audit.measurement.items) == 2
    assert getattr(audit.measurement.details, "verdicts") is None  # noqa: B009


def test_sides_of_other_dimension_write_nothing(tmp_path: Path) -> None:
    """They are refused before the directory is made."""
    with pytest.raises(InputError, match="expected equally many"):
        evenband.parity("toy:words", "toy:words?dim=8", out=tmp_path / "run", sample=5)
    assert not (tmp_path / "run").exists()
