"""A note on a model itself, from its spec to everything that a user reads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

import evenband
from evenband import api, encoders
from evenband.cli.printing.overview import print_results
from evenband.cli.printing.pairs.comparisons import print_comparisons
from evenband.records import RunDirectory
from evenband.running import plan as plans
from evenband.types import ModelSpec, Role, Vectors

NOTE = "borrowed: this model's vectors are those of another"


class Noted:
    """``toy:words`` with a note on itself."""

    def __init__(self) -> None:
        self._toy = encoders.load("toy:words", name="noted")

    @property
    def spec(self) -> ModelSpec:
        return replace(self._toy.spec, notes=(NOTE,))

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        return self._toy.encode(texts, role)


def _flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("suite", [None, "quick"])
def test_a_note_on_a_model_reaches_terminal_report_summary_and_manifest(
    suite: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of single probes and of a suite; the model without a note has none."""
    models = [Noted(), encoders.load("toy:chars")]
    families = "negation,and-or" + (",with-without,role-swap,question-mark,magnitude" if suite else "")
    chosen = plans.build(
        models=["noted", "toy:chars"],
        probes=(families,),
        sample=8,
        **({"suite": suite} if suite else {}),
    )
    results = api.perform(chosen, tmp_path / "run", models=models)
    print_results(results)
    printed = _flat(capsys.readouterr().out)
    assert printed.count(f"! noted: {NOTE}") == (1 if suite else 2)
    assert "! toy-chars: borrowed" not in printed
    for audit in results.audits:
        is_noted = audit.measurement.subject.name == "noted"
        assert (audit.notes[:1] == (NOTE,)) == is_noted
    assert NOTE in unescape((tmp_path / "run/report.html").read_text(encoding="utf-8"))
    summary = evenband.read_summary(tmp_path / "run")
    assert {model.name: model.notes for model in summary.models} == {"noted": (NOTE,), "toy-chars": ()}
    assert {NOTE in one.notes for one in summary.results if one.model == "noted"} == {True}
    manifest = RunDirectory(tmp_path / "run").manifest()
    assert [entry.notes for entry in manifest.models] == [(NOTE,), ()]
    if suite:
        assert NOTE in (tmp_path / "run/scorecard.md").read_text(encoding="utf-8")
    print_comparisons(api.compare_runs([tmp_path / "run"]), as_json=False)
    assert (suite is not None) or f"! noted: {NOTE}" in _flat(capsys.readouterr().out)


def test_an_older_measurement_has_no_notes(tmp_path: Path) -> None:
    """A manifest and a spec from before notes are read as they were."""
    api.audit("toy:chars", "comma8", sample=8, out=tmp_path / "run")
    path = tmp_path / "run/manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    for model in manifest["models"]:
        del model["notes"]
    path.write_text(json.dumps(manifest), encoding="utf-8")
    [entry] = RunDirectory(tmp_path / "run").manifest().models
    assert entry.notes == ()
