"""Whole commands, as a user types them, on toy models."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]

QUICK = ("--sample", "300")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, command_line: Command) -> Path:
    """A finished run of two toy models, made once."""
    out = tmp_path_factory.mktemp("finished") / "run"
    models = ("toy:chars", "toy:words")
    result = command_line("audit", *models, "-p", "comma", "-p", "ablation", *QUICK, "-o", out)
    assert result.code == 0, result.err
    return out


@pytest.fixture
def done(finished: Path, tmp_path: Path) -> Path:
    """A copy of it, to do with what a test likes."""
    return Path(shutil.copytree(finished, tmp_path / "run"))


def test_audit_writes_the_run_directory(done: Path) -> None:
    """The files of the contract are there and say what was asked for."""
    manifest = json.loads((done / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["format"] == 1
    assert manifest["seed"] == 0
    assert {model["ref"] for model in manifest["models"]} == {"toy:chars", "toy:words"}
    summary = json.loads((done / "summary.json").read_text(encoding="utf-8"))
    assert summary["format"] == 1
    assert len(summary["results"]) == 4
    first = summary["results"][0]
    assert first["n"] == 300
    assert set(first["quantiles"]) == {"q01", "q05", "q25", "q50", "q75", "q95", "q99"}
    figures = {
        "min",
        "median",
        "phi",
        "consistency",
        "t99",
        "r50",
        "r_at_1",
        "auc",
        "pass_rate",
        "uniformity",
    }
    assert figures | {"noise_floor", "levels", "intervals", "outliers"} <= set(first)
    assert set(first["intervals"]) == figures
    assert (done / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    files = {str(file.relative_to(done / "measurements")) for file in done.rglob("*.parquet")}
    probes = {
        f"{model}/{probe}.parquet" for model in ("toy-chars", "toy-words") for probe in ("comma", "ablation")
    }
    assert files == {*probes, "toy-chars/comma~controls.parquet"}, (
        "a blind model has no outliers to follow up"
    )
    assert list((done / "figures").glob("*.png"))


def test_audit_ends_with_a_table_and_the_path_of_the_report(evenband: Command, tmp_path: Path) -> None:
    """stdout holds results of at most 80 columns; nothing else is printed there."""
    result = evenband("audit", "toy:chars", "-p", "comma", *QUICK, "-o", tmp_path / "r")
    lines = result.out.splitlines()
    assert lines[-1] == f"report: {tmp_path / 'r' / 'report.html'}"
    assert "consistency C" in result.out
    assert max(map(len, lines[:-1])) <= 80


def test_a_second_run_measures_nothing(
    evenband: Command, done: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same command finds its measurements, even if no model could encode any more."""
    from evenband.running import session as run

    def refuse(*_: object) -> None:
        raise AssertionError("measured again")

    before = {file: file.stat().st_mtime_ns for file in done.rglob("*.parquet")}
    monkeypatch.setattr(run, "measure", refuse)
    result = evenband("audit", "toy:chars", "toy:words", "-p", "comma", "-p", "ablation", *QUICK, "-o", done)
    assert result.code == 0
    assert before == {file: file.stat().st_mtime_ns for file in done.rglob("*.parquet")}


def test_another_sample_into_the_same_directory_is_refused(evenband: Command, done: Path) -> None:
    """Incomparable measurements never mix; the field is named."""
    result = evenband("audit", "toy:chars", "-p", "comma", "--sample", "250", "-o", done)
    assert result.code == 2
    assert "probe labels = 300, now it is 250" in result.err


def test_json_is_the_summary(evenband: Command, done: Path) -> None:
    """--json prints summary.json and nothing else."""
    result = evenband(
        "audit", "toy:chars", "toy:words", "-p", "comma", "-p", "ablation", *QUICK, "-o", done, "--json"
    )
    assert json.loads(result.out) == json.loads((done / "summary.json").read_text(encoding="utf-8"))


def test_report_is_written_again_without_torch(done: Path) -> None:
    """`evenband report` renders the same summary in a process where no model library can be imported."""
    before = (done / "summary.json").read_text(encoding="utf-8")
    (done / "report.html").unlink()
    code = (
        "import sys\n"
        "class Refuse:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in ('torch', 'transformers', 'sentence_transformers'):\n"
        "            raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Refuse())\n"
        f"sys.argv = ['evenband', 'report', {str(done)!r}]\n"
        "from evenband.cli import main\nmain()\n"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=False
    )
    assert finished.returncode == 0, finished.stderr
    assert (done / "report.html").exists()
    assert (done / "summary.json").read_text(encoding="utf-8") == before


def test_compare_sets_the_models_of_a_run_side_by_side(evenband: Command, done: Path) -> None:
    """Both models and the labels that moved most are named."""
    result = evenband("compare", done)
    assert result.code == 0
    assert "toy-chars -> toy-words" in result.out
    rows = json.loads(evenband("compare", done, "--json").out)
    assert {row["probe"] for row in rows} == {"comma", "ablation"}


def test_comparing_a_run_with_itself_shows_no_change(evenband: Command, done: Path) -> None:
    """Paired arithmetic on equal measurements: ratio 1, difference 0."""
    rows = json.loads(evenband("compare", done, done, "--json").out)
    assert len(rows) == 4
    assert {row["median"]["value"] for row in rows} == {0.0}
    seen = {row["left"]: row["phi_ratio"]["value"] for row in rows}
    assert seen == {"toy:chars": 1.0, "toy:words": None}, "a blind model has no Phi to compare"


def test_two_runs_make_one_report(evenband: Command, tmp_path: Path) -> None:
    """`report A B -o C` holds the models of both."""
    for name in ("chars", "words"):
        evenband("audit", f"toy:{name}", "-p", "comma", *QUICK, "-o", tmp_path / name)
    result = evenband("report", tmp_path / "chars", tmp_path / "words", "-o", tmp_path / "both")
    assert result.code == 0, result.err
    summary = json.loads((tmp_path / "both" / "summary.json").read_text(encoding="utf-8"))
    assert [model["ref"] for model in summary["models"]] == ["toy:chars", "toy:words"]
    for command in ("compare", "report"):
        refused = evenband(command, tmp_path / "both")
        assert refused.code == 2
        assert "the report of several runs, without measurements; name those runs" in refused.err


def test_ablate_shows_26_strings_with_real_words_marked(evenband: Command) -> None:
    """grandma and grandpa are marked, the other 24 are not; matched words stand beside them."""
    rows = json.loads(evenband("ablate", "toy:chars", "grand?a", "--json").out)["rows"]
    letters = [row for row in rows if row["group"] == "letter"]
    assert len(letters) == 26
    assert [row["label"] for row in letters if row["is_word"]] == ["grandma", "grandpa"]
    assert len(rows) > 26
    table = evenband("ablate", "toy:chars", "grand?a").out
    assert "grandma *" in table
    assert max(map(len, table.splitlines())) <= 80


def test_a_plan_file_is_carried_out(evenband: Command, tmp_path: Path) -> None:
    """`evenband run` reads models, probes and the folder from TOML, relative to the file."""
    (tmp_path / "plan.toml").write_text(
        'models = ["toy:chars"]\nprobes = ["comma"]\nsample = 250\nout = "here"\n',
        encoding="utf-8",
    )
    result = evenband("run", tmp_path / "plan.toml")
    assert result.code == 0, result.err
    assert (tmp_path / "here" / "report.html").exists()


@pytest.mark.parametrize("kind", ["models", "probes", "slots"])
def test_list_shows_what_there_is(evenband: Command, kind: str) -> None:
    """Every kind has rows, as a table and as JSON."""
    expected = {"models": "minilm", "probes": "comma8", "slots": "wordnet"}[kind]
    assert expected in evenband("list", kind).out
    assert json.loads(evenband("list", kind, "--json").out)


def test_doctor_checks_the_weights(evenband: Command) -> None:
    """The embedded model's digest is verified, or its absence said."""
    rows = {row["what"]: row for row in json.loads(evenband("doctor", "--json").out)}
    assert rows["minilm"]["state"] in ("ok", "missing")
    assert "found" in rows["vector cache"]["finding"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("audit", "toy:chrs"), "did you mean"),
        (("audit", "toy:chars", "-p", "coma"), "did you mean 'comma'"),
        (("audit", "toy:chars", "-p", "none.toml"), "none.toml: no such file"),
        (("audit", "toy:chars", "--sample", "0"), "0 is not in the range"),
        (("audit", "nowhere/no-such-model"), "nowhere/no-such-model"),
        (("report", "nowhere"), "nowhere: not a run directory"),
        (("compare", "nowhere"), "nowhere: not a run directory"),
        (("ablate", "toy:chars", "grandma"), "?"),
        (("run", "nowhere.toml"), "nowhere.toml: no such file"),
        (("list", "model"), "'model'"),
        (("audit",), "Missing argument 'MODEL...'; see evenband audit --help"),
        (("audit", "toy:chars", "--sampel", "3"), "'--sample'? See evenband audit --help"),
        (("audt", "toy:chars"), "Did you mean 'audit'? See evenband --help"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    evenband: Command,
    arguments: tuple[str, ...],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was wrong is named; there is no traceback."""
    monkeypatch.chdir(tmp_path)
    result = evenband(*arguments)
    assert result.code == 2
    assert message in result.err
    assert "Traceback" not in result.err
    [line] = result.err.splitlines()
    assert line.startswith("error: ")


def test_help_needs_no_heavy_import() -> None:
    """`evenband --help` imports none of the libraries that make commands slow to start."""
    code = (
        "import sys; from evenband.cli import evenband; evenband(['--help'], standalone_mode=False); "
        "heavy = ('numpy', 'scipy', 'pyarrow', 'torch', 'rich', 'pydantic', 'jinja2'); "
        "print([name for name in heavy if name in sys.modules])"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert finished.stdout.splitlines()[-1] == "[]"
