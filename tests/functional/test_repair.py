"""``evenband repair`` and ``evenband.train.repair`` from end to end, on encoders with planted changes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import evenband.train
from evenband.cli import main
from evenband.encoders.references import Reference, Settings
from evenband.encoders.toy import chars
from evenband.errors import InputError
from evenband.report import output
from evenband.types import ModelSpec, Role

LABELS = 30

NOTED = """
[[probe]]
name = "noted"
slot = "table:city"
size = 200
templates = [
    { a = "hotels in {x}", b = "note: hotels in {x}" },
    { a = "the road to {x}", b = "note: the road to {x}" },
    { a = "who lives in {x}", b = "note: who lives in {x}" },
    { a = "{x} in winter", b = "note: {x} in winter" },
]
"""


@pytest.fixture(autouse=True)
def _no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures of the report take most of the time, and are tested elsewhere."""
    monkeypatch.setattr(output, "draw_pictures", lambda *_: None)


@pytest.fixture
def noted(tmp_path: Path) -> Path:
    """A family whose change puts a note before each sentence."""
    file = tmp_path / "noted.toml"
    file.write_text(NOTED, encoding="utf-8")
    return file


class Noting:
    """An encoder whose vectors move far along one direction where a text begins with a note."""

    def __init__(self, *, is_random: bool = False) -> None:
        self._inner = chars(Reference("toy:chars", "toy:chars", ""), Settings())
        self._is_random = is_random
        self.spec = ModelSpec(
            "planted", "planted", "test", "1", "float32", self._inner.spec.dim, normalize=True
        )

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> np.ndarray:
        """Return vectors; the note adds one direction to all, or another one to each text."""
        plain = [text.removeprefix("note: ") for text in texts]
        vectors = self._inner.encode(plain, role).astype(np.float64)
        for row, text in enumerate(texts):
            if text != plain[row]:
                seed = sum(text.encode()) if self._is_random else 0
                direction = np.random.default_rng(seed).normal(size=vectors.shape[1])
                vectors[row] += 2 * direction / np.linalg.norm(direction)
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return np.ascontiguousarray(vectors, dtype=np.float32)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["evenband", *arguments])
    with pytest.raises(SystemExit) as exit_:
        main()
    return int(exit_.value.code or 0)


def test_a_planted_change_is_repaired_and_claimed(noted: Path, tmp_path: Path) -> None:
    """A change along one direction passes after the repair on fresh texts, and the interval confirms it."""
    done = evenband.train.repair(
        Noting(), noted, "negation", others="none", sample=LABELS, out=tmp_path / "r"
    )
    assert done.judgement is not None
    assert done.matrix is not None
    line, kept = done.judgement.lines
    assert (line.family, line.part, line.outcome) == ("noted", "repaired", "gained")
    assert line.before.value is not None
    assert line.after.value is not None
    assert line.before.value < 0.5 < 0.9 < line.after.value
    assert kept.part == "kept"
    assert kept.outcome != "lost"
    record = json.loads((tmp_path / "r" / "repair.json").read_text("utf-8"))
    assert record["judgement"]["families"][0]["outcome"] == "gained"
    assert (tmp_path / "r" / "audit" / "report.html").is_file()
    vectors = Noting().encode(["cheap hotels in Paris", "note: cheap hotels in Paris"])
    mapped = evenband.train.apply_repair(vectors, tmp_path / "r")
    assert mapped[0] @ mapped[1] > vectors[0] @ vectors[1] + 0.3
    expected = vectors.astype(np.float64) @ done.matrix.astype(np.float64)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(mapped, expected, atol=1e-6)


def test_no_gain_is_claimed_where_nothing_can_be_repaired(noted: Path, tmp_path: Path) -> None:
    """Where each text moves its own way, there is no map, or its fresh draw confirms no gain."""
    done = evenband.train.repair(
        Noting(is_random=True), noted, others="none", sample=LABELS, out=tmp_path / "r"
    )
    if done.judgement is None:
        assert not (tmp_path / "r" / "matrix.npy").exists()
        with pytest.raises(InputError, match="holds no map"):
            evenband.train.apply_repair(np.ones((1, 4)), tmp_path / "r")
    else:
        assert done.judgement.of("repaired", "gained") == ()


def test_a_repeated_command_measures_nothing_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same command goes on with what is there; another one is refused by what differs."""
    arguments = ("repair", "toy:chars", "-p", "length", "--others", "none", "--sample", "25", "-q")
    out = str(tmp_path / "r")
    assert run(monkeypatch, *arguments, "-o", out) == 0
    printed = capsys.readouterr().out
    assert "no gain is claimed" in printed or "length is repaired" in printed or "No linear map" in printed
    files = sorted((tmp_path / "r" / "audit" / "measurements").rglob("*.parquet"))
    times = [file.stat().st_mtime_ns for file in files]
    assert run(monkeypatch, *arguments, "-o", out) == 0
    assert capsys.readouterr().out == printed
    assert [file.stat().st_mtime_ns for file in files] == times
    assert run(monkeypatch, *arguments, "--seed", "3", "-o", out) == 2
    assert "holds the repair of another plan" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("toy:chars", "-p", "lenght"), "no probe is called 'lenght'"),
        (("toy:chars", "-p", "length", "--keep", "length"), "'length' twice"),
        (("toy:chars", "-p", "with-without"), "of type ORDER"),
        (("toy:chars", "-p", "length", "--most-cost", "2"), "expected a share from 0 to 1"),
        (("toy:chars?project=m.npy", "-p", "length"), "leave that option out"),
        (("toy:char", "-p", "length"), "toy:chars"),
        (("toy:chars", "-p", "length", "--retrieval", "no-such-set"), "no-such-set"),
    ],
)
def test_bad_input_is_one_line(
    arguments: tuple[str, ...],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What cannot be repaired is refused in one line that names it, with exit code 2."""
    assert run(monkeypatch, "repair", *arguments, "--others", "none", "-o", str(tmp_path / "r"), "-q") == 2
    error = capsys.readouterr().err.strip()
    assert said in error
    assert "\n" not in error


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize("is_live", [False, True])
def test_a_folder_of_the_users_is_left_alone(is_live: bool, noted: Path, tmp_path: Path) -> None:
    """A folder with files and no repair is refused before anything is loaded; not a byte of it changes."""
    for name in ("model/weights.safetensors", "matrix.npy", "train.py"):
        (tmp_path / "p" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "p" / name).write_text(name, encoding="utf-8")
    before = contents(tmp_path / "p")
    model = Noting() if is_live else "toy:chars"
    with pytest.raises(InputError, match="is not empty and holds no repair"):
        evenband.train.repair(model, noted, others="none", sample=LABELS, out=tmp_path / "p")
    assert contents(tmp_path / "p") == before


@pytest.mark.parametrize(
    ("model", "out"), [("work/model", "work"), ("work/model", "work/model"), ("work/model", "work/model/r")]
)
def test_the_model_itself_is_never_the_place(
    model: str, out: str, noted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The model to repair neither holds the repair's folder nor lies in it, even in an earlier repair's."""
    monkeypatch.chdir(tmp_path)
    Path(model).mkdir(parents=True)
    Path(model, "config.json").write_text("{}", encoding="utf-8")
    Path("work/repair.json").write_text('{"normalize": true}', encoding="utf-8")
    before = contents(tmp_path / "work")
    with pytest.raises(InputError, match="holds the model to repair, or lies in it"):
        evenband.train.repair(f"./{model}", noted, others="none", out=out)
    assert contents(tmp_path / "work") == before


def test_a_model_beside_a_record_is_not_replaced(noted: Path, tmp_path: Path) -> None:
    """What stands in the place of the repaired model and was not written by a repair is not deleted."""
    (tmp_path / "r" / "model").mkdir(parents=True)
    (tmp_path / "r" / "repair.json").write_text('{"normalize": true}', encoding="utf-8")
    (tmp_path / "r" / "model" / "README.md").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="move it away"):
        evenband.train.repair("toy:chars", noted, others="none", out=tmp_path / "r")


@pytest.mark.slow
def test_minilm_is_repaired_on_length(tmp_path: Path) -> None:
    """One row of docs/repair.md: added sentences no longer move MiniLM's vector farther than a word."""
    pytest.importorskip("sentence_transformers")
    done = evenband.train.repair("minilm", "length", others="none", sample=25, out=tmp_path / "r")
    assert done.judgement is not None
    [line] = done.judgement.lines
    assert line.outcome == "gained"
    assert line.change.value is not None
    assert line.change.value > 0.25
    assert done.model is not None
    texts = ["The cat sleeps.", "A dog barks at the moon."]
    before, after = (evenband.load(ref).encode(texts) for ref in ("minilm", str(done.model)))
    np.testing.assert_allclose(evenband.train.apply_repair(before, tmp_path / "r"), after, atol=2e-6)
