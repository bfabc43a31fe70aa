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
from evenband.types import ModelSpec, Role

LABELS = 40

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


@pytest.fixture
def noted(tmp_path: Path) -> Path:
    """A family whose change puts a note before each sentence."""
    file = tmp_path / "noted.toml"
    file.write_text(NOTED)
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
    record = json.loads((tmp_path / "r" / "repair.json").read_text())
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
    texts = ["The cat sleeps.", "The cat sleeps. This message was written on Monday."]
    before, after = (evenband.load(ref).encode(texts) for ref in ("minilm", str(done.model)))
    assert after[0] @ after[1] > before[0] @ before[1] + 0.1
    np.testing.assert_allclose(evenband.train.apply_repair(before, tmp_path / "r"), after, atol=2e-6)
