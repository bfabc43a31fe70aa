"""docs/running.md runs as printed, and names what there is."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

import small_models
from conftest import Finished
from evenband import encoders
from evenband.encoders.local import loading as local
from evenband.encoders.references import POST_OPTIONS
from evenband.running.plan import Plan

PAGE = (Path(__file__).parents[2] / "docs" / "running.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, flags=re.S | re.M)


@pytest.mark.parametrize("code", blocks("python"), ids=["encoder", "live", "summary", "tests"])
def test_python_runs_as_printed(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An encoder of one's own, a live model, the typed summary, and tests of a model."""
    monkeypatch.chdir(tmp_path)
    if "./my-model" in code:
        small_models.save(tmp_path / "saved").rename(tmp_path / "my-model")
    scope: dict[str, object] = {"__name__": "page"}
    exec(compile(code, "docs/running.md", "exec"), scope)
    for name, made in list(scope.items()):
        if name.startswith("test_") and callable(made):
            made()


def test_the_plan_runs(evenband: Callable[..., Finished], tmp_path: Path) -> None:
    """Into the folder that it names, beside the file."""
    (tmp_path / "plan.toml").write_text(blocks("toml")[0], encoding="utf-8")
    assert evenband("run", tmp_path / "plan.toml").code == 0
    assert (tmp_path / "runs" / "first" / "summary.json").exists()


def test_every_key_of_a_plan_and_every_option_of_a_model_is_named() -> None:
    """And none that does not exist."""
    keys = set(re.findall(r"^\| `(\w+)` \|", PAGE.partition("## A plan file")[2].partition("\n## ")[0], re.M))
    assert keys | set(tomllib.loads(blocks("toml")[0])) == set(Plan.model_fields)
    options = re.findall(r"^\| `(\w+)=", PAGE, flags=re.M)
    assert set(options) == set(local.LOCAL_OPTIONS) | set(POST_OPTIONS)
    for engine in re.findall(r"`engine` \| `\"(\w+)\"`", PAGE):
        assert engine in encoders.ENGINES
