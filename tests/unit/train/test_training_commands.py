"""The commands that train, as a user types them, on small models."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

import small_models
from evenband.cli import main

pytest.importorskip("datasets")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model, and examples of each kind."""
    folder = tmp_path_factory.mktemp("training")
    small_models.save(folder)
    names = {"pairs": "anchor,positive", "scored": "text1,text2,score", "triplets": "query,positive,negative"}
    for kind, header in names.items():
        last = {"pairs": "", "scored": ",{n}", "triplets": ",stop {a}"}[kind]
        rows = [f"eat {a},please {a}" + last.format(n=n % 6, a=a) for n, a in enumerate("abcdefghij")]
        (folder / f"{kind}.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return folder


def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: object
) -> tuple[int, str, str]:
    """Run a command; returns exit code, output and errors."""
    monkeypatch.setattr(sys, "argv", ["evenband", "train", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def test_tune_says_what_it_did_and_what_comes_next(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A table of losses within 80 columns; as JSON for a program; the same command again does nothing."""
    out = tmp_path / "out"
    words = ("tune", folder / "model", folder / "pairs.csv", "-o", out, "--batch", 4, "--eval", 0.2, "-q")
    code, text, err = run(monkeypatch, capsys, *words)
    assert (code, err) == (0, "")
    assert "held out" in text
    assert "2 steps of infonce on 8 examples" in text
    assert text.endswith(f"next: evenband audit {out}\n")
    code, text, _ = run(monkeypatch, capsys, *words, "--json")
    fields = json.loads(text)
    assert (fields["was_finished"], fields["steps"], fields["transfer"]) == (True, 2, None)


def test_rerank_trains_a_cross_encoder(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of an embedding model, with a new head."""
    words = ("rerank", folder / "model", folder / "triplets.csv", "-o", tmp_path / "out", "--batch", 10, "-q")
    code, text, _ = run(monkeypatch, capsys, *words)
    assert code == 0
    assert "2 steps of binary cross-entropy on 20 examples" in text


def test_a_watched_training_in_the_folder_one_is_in(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """``-o .`` is watched into the folder beside it; a watch that fails is told after the model is saved."""
    from evenband.train.step_watch import StepWatch

    def fail(self: StepWatch) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr(StepWatch, "close", fail)
    words = ("tune", folder / "model", folder / "pairs.csv", "-o", ".", "--steps", 1, "-q")
    code, text, err = run(monkeypatch, capsys, *words, "--watch", "negation")
    assert code == 2
    assert "1 step of infonce on 10 examples" in text
    assert "is trained and saved, but watching the training failed at step 1: " in err
    assert (tmp_path / "here/modules.json").is_file()
    assert (tmp_path / "here-watched/manifest.json").is_file()
    code, text, err = run(monkeypatch, capsys, *words, "--watch", "negation")
    assert (code, err) == (0, "")
    assert "this training has ended before" in text


@pytest.mark.parametrize("command", ["tune", "rerank"])
@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--epochs", "--epochs: got 0, expected a number above 0"),
        ("--steps", "--steps: got 0, expected a whole number of 1 or more"),
        ("--batch", "--batch: got 0, expected a whole number of 1 or more"),
        ("--learning-rate", "--learning-rate: got 0, expected a number above 0"),
        ("--every", "--every: got 0, expected a whole number of 1 or more"),
        ("--warmup", ""),
    ],
)
def test_a_zero_counts(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
    option: str,
    message: str,
) -> None:
    """It is refused, or it is what the training does."""
    words = (command, folder / "model", folder / "triplets.csv", "-o", tmp_path / "out", option, 0, "-q")
    code, _, err = run(monkeypatch, capsys, *words)
    assert (code, err.count("\n")) == ((2, 1) if message else (0, 0))
    assert message in err
    if not message:
        record = json.loads((tmp_path / "out/evenband-training/record.json").read_text(encoding="utf-8"))
        assert record["decides"]["warmup"] == 0


def test_a_folder_that_is_called_like_a_model(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """``-o minilm`` is the folder, also when the command is repeated, and the next command names it so."""
    from evenband.train import tune

    monkeypatch.chdir(tmp_path)
    words = ("tune", folder / "model", folder / "pairs.csv", "-o", "minilm", "--steps", 1, "-q")
    for _ in range(2):
        code, text, _ = run(monkeypatch, capsys, *words)
        assert code == 0
        assert text.endswith("next: evenband audit ./minilm\n")
    again = tune(folder / "model", folder / "pairs.csv", out="minilm", steps=1)
    assert again.was_finished
    assert again.model.get_embedding_dimension() == 32


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["{f}/scored.csv"],
            "'score' of line 4 is '2', expected a number from 0 to 1; another range is given",
        ),
        (["{f}/scored.csv", "--score-range", "0"], "--score-range: got '0', expected numbers such as 0,5"),
        (["{f}/pairs.csv", "--columns", "anchor"], "--columns: got 'anchor', expected such as anchor=title"),
        (["{f}/pairs.csv", "--columns", "anchor=anchor,anchor=positive"], "--columns: got anchor twice"),
        (["{f}/pairs.csv", "--loss", "triplet"], "mine negatives with --hard-negatives CORPUS"),
        (["{f}/none.csv"], "no such file"),
        ([], "got no DATA, expected a file of examples, or --from-probe FAMILY --generate N"),
        (["--from-probe", "negation"], "--from-probe FAMILY and --generate N go together"),
        (["{f}/pairs.csv", "--retrieval", "x"], "--retrieval goes with --from-probe"),
        (["{f}/pairs.csv", "--batch", "0"], "--batch: got 0, expected a whole number of 1 or more"),
        (["{f}/pairs.csv", "--negatives", "2"], "--negatives goes with --hard-negatives CORPUS; give both"),
        (
            ["--from-probe", "negation", "--generate", "9", "--columns", "anchor=x"],
            "--columns goes with DATA",
        ),
        (["{f}/pairs.csv", "--steps", "2", "--epochs", "3"], "--steps and --epochs: got both, expected one"),
        (["{f}/scored.csv", "--score-range", "1,1"], "--score-range: got 1,1, expected the lower end first"),
        (["{f}/pairs.csv", "--matryoshka", "nan"], "--matryoshka: got 'nan', expected whole numbers"),
        (["{f}/pairs.csv", "--matryoshka", "inf"], "--matryoshka: got 'inf', expected whole numbers"),
        (["{f}/pairs.csv", "--matryoshka", "16.7,8"], "--matryoshka: got '16.7,8', expected whole numbers"),
        (["{f}/pairs.csv", "--watch", "negatoin"], "no probe is called 'negatoin'"),
        (["{f}/pairs.csv", "--watch", "quik"], "no probe or suite is called 'quik'; did you mean 'quick'?"),
        (["{f}/pairs.csv", "--watch", "quick,typo"], "expected a suite alone, or probes such as typo"),
        (["{f}/pairs.csv", "--eval", "0.001"], "--eval: got 0.001 of 10 examples, which keeps 0 apart"),
        (["{f}/pairs.csv", "--prompts"], "--prompts: the model has no prompts"),
        (["{f}/pairs.csv", "--matryoshka", "a"], "--matryoshka: got 'a', expected numbers such as 256,128"),
    ],
)
def test_bad_input_is_one_line(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    message: str,
) -> None:
    """With exit code 2, before anything is written."""
    given = [word.format(f=folder) for word in words]
    code, out, err = run(monkeypatch, capsys, "tune", folder / "model", *given, "-o", tmp_path / "out", "-q")
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
    assert not (tmp_path / "out").exists()
