"""What a Python user meets: attributes, paths, live models, names, and how values print."""

from __future__ import annotations

import builtins
import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import evenband
import small_models
from conftest import Finished
from evenband import encoders
from evenband.analysis import PairsAudit
from evenband.errors import EvenbandError, InputError, MissingExtraError
from evenband.types import ModelSpec, Role, Vectors


def test_everything_named_is_there_before_it_is_used() -> None:
    """``dir`` and attributes need no import of a submodule, and give what ``__all__`` names."""
    code = (
        "import evenband, sys\n"
        "assert 'evenband.api' not in sys.modules\n"
        "assert set(evenband.__all__) <= set(dir(evenband))\n"
        "assert len(evenband.slots.load('list:tea,mate')) == 2\n"
        "assert all(hasattr(evenband, name) for name in evenband.__all__)\n"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr


def test_the_package_says_that_it_is_typed() -> None:
    """A type checker reads the types of an installed evenband only beside this file."""
    assert (Path(evenband.__file__).parent / "py.typed").is_file()


@pytest.mark.slow
def test_a_type_checker_reads_the_installed_types(tmp_path: Path) -> None:
    """mypy knows what a small script gets, and finds its mistake."""
    script = tmp_path / "script.py"
    script.write_text(
        "import evenband\n\n"
        "[audit] = evenband.audit('toy:words', 'comma')\n"
        "reveal_type(audit.summary.consistency.value)\n"
        "evenband.slots.load('list:a,b').values.append('c')\n",
        encoding="utf-8",
    )
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
    [site] = (tmp_path / "env").glob("lib/python*/site-packages")
    (site / "evenband").symlink_to(Path(evenband.__file__).parent)
    command = [sys.executable, "-m", "mypy", "--python-executable", str(tmp_path / "env/bin/python")]
    finished = subprocess.run(
        [*command, "script.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert 'Revealed type is "float | None"' in finished.stdout.replace("Union[float, None]", "float | None")
    assert '"tuple[str, ...]" has no attribute "append"' in finished.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("models")
    return small_models.save(root).rename(root / "final")


def test_paths_may_be_paths(folder: Path, tmp_path: Path) -> None:
    """Wherever a model, a probe, terms, texts or a run is named, and the figures are those of the text."""
    table = tmp_path / "own.csv"
    table.write_text("type,a,b\nINV,one tea,one tea please\nINV,a mate,a mate please\n", encoding="utf-8")
    terms = tmp_path / "terms.csv"
    terms.write_text("name\ntea\nmate\ncocoa\nwater\n", encoding="utf-8")
    [by_path] = evenband.audit(folder, table, out=tmp_path / "run")
    [by_text] = evenband.audit(str(folder), str(table))
    assert (by_path.measurement.scores == by_text.measurement.scores).all()
    both = evenband.audit([folder, "toy:words"], [table], reference=folder)
    assert [audit.measurement.subject.name for audit in both] == ["final", "toy-words"]
    assert evenband.audit("toy:words", "kit-typo", terms=terms)
    assert evenband.parity(folder, folder, texts=terms)[0].largest.value is not None
    assert evenband.load(folder).spec.digest == by_path.measurement.subject.digest
    assert evenband.ablate("toy:chars", "gr?y", probe="comma").measurement.items
    for run in (tmp_path / "run", str(tmp_path / "run")):
        assert evenband.read(run)[0].key == evenband.read_audits(run)[0].measurement.key
        assert evenband.read_summary(run).models
        assert evenband.write_report(run, out=tmp_path / "again").exists()
        assert evenband.explain(run, by_path.measurement.items[0], look_inside=False).label


def test_a_live_model_is_taken_or_named(folder: Path) -> None:
    """Where a model is expected it is wrapped; elsewhere the message says what to call."""
    from sentence_transformers import SentenceTransformer

    live = SentenceTransformer(str(folder), device="cpu")
    [audit] = evenband.audit(live, "comma", sample=20)
    [named, words] = evenband.audit({"mine": live, "words": "toy:words"}, "comma", sample=20)
    [_, against] = evenband.audit("toy:words", "comma", sample=20, reference=live)
    assert (named.measurement.scores == audit.measurement.scores).all()
    assert [one.measurement.subject.name for one in (named, words)] == ["mine", "words"]
    assert against.measurement.subject.name == "toy-words"
    assert evenband.parity(live, {"plain": live}, sample=20)[0].largest.value == pytest.approx(0, abs=1e-6)
    for call, hint in (
        (lambda: evenband.load(live), "evenband.wrap"),  # type: ignore[arg-type]
        (lambda: evenband.compare(live, live), "evenband.audit"),  # type: ignore[arg-type]
        (lambda: evenband.score(live), "evenband.audit"),  # type: ignore[arg-type]
        (lambda: evenband.score([live]), "evenband.audit"),  # type: ignore[list-item]
    ):
        with pytest.raises(InputError, match=hint) as caught:
            call()
        assert "SentenceTransformer" in str(caught.value)
    with pytest.raises(InputError, match=r"evenband\.load"):
        evenband.wrap("minilm")


def test_models_have_the_names_of_a_mapping(tmp_path: Path) -> None:
    """In files and tables, for encoders of one's own as well, and one by one."""
    given: Mapping[str, Any] = {"base": "toy:words", "new": evenband.load("toy:chars")}
    audits = evenband.audit(given, "comma", sample=20, out=tmp_path)
    assert [audit.measurement.subject.name for audit in audits] == ["base", "new"]
    assert sorted(path.name for path in (tmp_path / "measurements").iterdir()) == ["base", "new"]
    assert evenband.ablate({"one": "toy:words"}, "gr?y").measurement.subject.name == "one"
    for wrong in ({"a/b": "toy:words"}, {"": "toy:words"}, {"a/b": evenband.load("toy:words")}):
        with pytest.raises(InputError, match="name"):
            evenband.audit(wrong, "comma", sample=20)


@cache
def values() -> list[Any]:
    audits = evenband.audit(["toy:words", "toy:chars"], ["negation", "typo", "and-or"], sample=20)
    agreement = evenband.parity("toy:words", "toy:chars", sample=20)
    comparison = evenband.compare(audits[0], audits[3])
    slot = evenband.slots.load("wordnet:person.n.01")
    return [audits[0], audits[0].measurement, *evenband.score(audits), comparison, *agreement, slot]


def test_values_print_as_a_line() -> None:
    """Audits, measurements, scorecards, comparisons, agreements and slots name themselves; no array does."""
    for value in values():
        line = repr(value)
        assert "\n" not in line
        assert len(line) < 400
        assert line.startswith(f"{type(value).__name__}(")
        assert "array" not in line
    audit = values()[0]
    assert "probe='negation', model='toy-words', labels=20" in repr(audit)
    assert f"pass_rate={audit.summary.pass_rate.value:.4g} [" in repr(audit)


def test_a_notebook_shows_a_small_table(tmp_path: Path) -> None:
    """With the same figures, and nothing of a name is markup."""
    table = tmp_path / "own.csv"
    table.write_text("type,a,b\nINV,one tea,one tea please\nINV,a mate,a mate please\n", encoding="utf-8")
    [audit] = evenband.audit("toy:words", table)
    assert isinstance(audit, PairsAudit)
    page = evenband.slots.load("list:<b>tea</b>,mate & co")._repr_html_()
    assert "&lt;b&gt;tea&lt;/b&gt;" in page
    assert "<b>" not in page
    assert 1 < audit._repr_html_().count("<tr>") < 15
    assert len(audit._repr_html_()) < 2000


@pytest.mark.parametrize("library", ["polars", "pandas"])
def test_a_missing_frame_library_names_its_extra(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to install."""
    [audit] = evenband.audit("toy:words", "comma", sample=20)
    real = builtins.__import__

    def without(name: str, *rest: Any, **options: Any) -> Any:
        if name == library:
            raise ImportError(name)
        return real(name, *rest, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    convert: Callable[[], object] = getattr(audit.measurement, f"to_{library}")
    with pytest.raises(MissingExtraError, match=r"evenband\[frames\]"):
        convert()


def test_a_run_finds_its_model_from_any_directory(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, evenband: Callable[..., Finished]
) -> None:
    """``explain`` and the same run find a relative folder again, after the project was moved too."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "models").mkdir()
    (project / "models" / "final").symlink_to(folder)
    monkeypatch.chdir(project)
    assert evenband("audit", "base=models/final", "-p", "comma", "--sample", "20", "-o", "run").code == 0
    text = (project / "run" / "manifest.json").read_text(encoding="utf-8")
    assert str(tmp_path) not in text
    assert json.loads(text)["models"][0]["base"] == ".."
    project.rename(tmp_path / "elsewhere")
    monkeypatch.chdir(tmp_path)
    label = json.loads((tmp_path / "elsewhere/run/summary.json").read_text(encoding="utf-8"))["results"][0][
        "outliers"
    ][0]["label"]
    explained = evenband("explain", tmp_path / "elsewhere" / "run", label)
    assert "layer by layer" in explained.out, explained.err
    again = "elsewhere/run", "base=elsewhere/models/final"
    before = (tmp_path / "elsewhere/run/measurements/base/comma.parquet").stat().st_mtime_ns
    assert evenband("audit", again[1], "-p", "comma", "--sample", "20", "-o", again[0]).code == 0
    assert (tmp_path / "elsewhere/run/measurements/base/comma.parquet").stat().st_mtime_ns == before
    assert evenband("report", "elsewhere/run").code == 0


def test_a_plan_names_models_beside_it(
    folder: Path, tmp_path: Path, evenband: Callable[..., Finished]
) -> None:
    """A relative folder in a plan file starts at the file, as other paths in it do."""
    (tmp_path / "final").symlink_to(folder)
    plan = tmp_path / "plan.toml"
    plan.write_text('models = ["base=./final"]\nprobes = ["comma"]\nsample = 20\nout = "run"\n', "utf-8")
    finished = evenband("run", plan)
    assert finished.code == 0, finished.err
    assert (tmp_path / "run" / "measurements" / "base" / "comma.parquet").exists()


def test_two_runs_are_compared_under_given_names(tmp_path: Path, evenband: Callable[..., Finished]) -> None:
    """``before=DIR after=DIR`` are the sides' names."""
    for name in ("one", "two"):
        assert evenband("audit", "toy:words", "-p", "typo", "--sample", "20", "-o", tmp_path / name).code == 0
    compared = evenband("compare", f"before={tmp_path / 'one'}", f"after={tmp_path / 'two'}")
    assert "before -> after" in compared.out, compared.err


def test_errors_are_one_family() -> None:
    """Every error that evenband raises on purpose can be caught as one."""
    with pytest.raises(EvenbandError):
        evenband.audit("toy:wrds", "comma")


def test_a_reference_may_be_an_encoder_that_no_reference_loads() -> None:
    """Two encoders of one reference, as two live models of one name, are told apart by identity."""

    class Own:
        def __init__(self, seed: int) -> None:
            self._inner = encoders.load(f"toy:chars?seed={seed}")

        @property
        def spec(self) -> ModelSpec:
            return replace(self._inner.spec, ref="tfidf:base", name="base")

        def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
            return self._inner.encode(texts, role)

    base, new = evenband.audit({"new": Own(1)}, "comma", sample=60, reference={"base": Own(2)})
    assert [one.measurement.subject.name for one in (base, new)] == ["base", "new"]
    assert base.contrast is None
    assert new.contrast is not None
    own = Own(3)
    [alone] = evenband.audit(own, "comma", sample=60, reference=own)
    assert alone.measurement.subject.name == "base"
