"""`evenband canary`: pinned texts, and a model that drifts."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.cells import cell_len

import evenband as package
from capable_encoders import UNCOVERED, Covering, Plain
from conftest import Finished
from evenband import encoders
from evenband.errors import EvenbandError, InputError, ModelError
from evenband.records.canary_files import read_canary
from evenband.running.canary_texts import CANARY_TEXTS
from evenband.types import Role, Vectors
from fake_server import be_quick, serve

Command = Callable[..., Finished]


class Drifting(Plain):
    """``toy:chars`` whose vectors of texts with a word turn by an angle, or change in length."""

    def __init__(self, word: str = "quick", angle: float = 0.0, length: float = 1.0) -> None:
        super().__init__()
        self.word, self.angle, self.length = word, angle, length

    def encode(self, texts: Any, role: Role = Role.NONE) -> Vectors:
        vectors = super().encode(texts, role)
        for row, text in enumerate(texts):
            if self.word in text:
                side = np.roll(vectors[row], 1).astype(np.float64)
                side -= vectors[row] * (side @ vectors[row])
                side /= np.linalg.norm(side)
                turned = np.cos(self.angle) * vectors[row] + np.sin(self.angle) * side
                vectors[row] = self.length * turned
        return vectors


class Prompted(Plain):
    """Queries get a prompt."""

    prompt = "find: "

    def encode(self, texts: Any, role: Role = Role.NONE) -> Vectors:
        return super().encode([self.prompt + t if role == Role.QUERY else t for t in texts], role)


@pytest.mark.parametrize("suffix", ["json", "parquet"])
def test_a_model_that_stays_passes_and_one_that_moves_fails(
    evenband: Command, tmp_path: Path, suffix: str
) -> None:
    """Exit codes 0 and 1, with a row for each text that moved."""
    file = tmp_path / f"canary.{suffix}"
    saved = evenband("canary", "save", "toy:chars", "-o", file)
    assert saved.code == 0, saved.err
    assert "25 vectors of toy:chars" in saved.out
    for arguments in ((file,), (file, "toy:chars"), (file, "--tolerance", "0")):
        result = evenband("canary", "check", *arguments)
        assert result.code == 0, result.out
        assert "25 vectors as on" in result.out
    moved = evenband("canary", "check", file, "toy:chars?seed=2")
    assert moved.code == 1
    assert "of 25 vectors 25 moved" in moved.out
    assert "let's eat, grandma" in moved.out
    assert max(map(cell_len, moved.out.splitlines()[1:])) <= 80
    shown = json.loads(evenband("canary", "check", file, "toy:chars?seed=2", "--json").out)
    assert len(shown["moved"]) == shown["texts"] == 25
    assert shown["changes"]["options"]["now"] == {"kind": "chars", "seed": "2"}


@pytest.mark.parametrize("suffix", ["json", "parquet"])
def test_the_file_holds_the_vectors_to_the_last_bit(tmp_path: Path, suffix: str) -> None:
    """And the texts as they are, space and line breaks included."""
    rng = np.random.default_rng(1)

    class Wild(Plain):
        def encode(self, texts: Any, role: Role = Role.NONE) -> Vectors:
            return (rng.normal(size=(len(texts), 64)) * 10.0 ** rng.integers(-30, 30, 64)).astype(np.float32)

    made = package.canary_save(Wild(), tmp_path / f"c.{suffix}")
    read = read_canary(tmp_path / f"c.{suffix}")
    np.testing.assert_array_equal(read.vectors, made.vectors)
    assert (read.texts, read.roles, read.spec) == (made.texts, made.roles, made.spec)
    assert set(read.texts) == set(CANARY_TEXTS)


@pytest.mark.parametrize(("angle", "moves"), [(0.0, False), (0.01, False), (0.02, True)])
def test_a_planted_turn_is_measured_and_told(tmp_path: Path, angle: float, moves: bool) -> None:
    """1 - cosine is 1 - cos(angle): 5.0e-5 passes under 1e-4, 2.0e-4 does not, and only those texts moved."""
    file = tmp_path / "c.json"
    package.canary_save(Plain(), file, ["a quick one", "a slow one", "quick"])
    check = package.canary_check(file, Drifting(angle=angle))
    assert {drift.text for drift in check.moved} == ({"a quick one", "quick"} if moves else set())
    turned = [drift for drift in check.drifts if "quick" in drift.text]
    for drift in turned:
        assert drift.distance == pytest.approx(1 - np.cos(angle), abs=1e-9)
    [still] = [drift for drift in check.drifts if "slow" in drift.text]
    assert (still.distance, still.largest, still.length) == (0, 0, 1)


def test_a_planted_change_of_length_is_told(tmp_path: Path) -> None:
    """A model that stops normalising keeps its directions; at 1e-4 a length may change by 1.4%."""
    file = tmp_path / "c.json"
    package.canary_save(Plain(), file, ["a quick one", "a slow one"])
    assert not package.canary_check(file, Drifting(length=1.01)).moved
    for length in (1.02, 0.98, 7.0):
        [drift] = package.canary_check(file, Drifting(length=length)).moved
        assert drift.text == "a quick one"
        assert drift.length == pytest.approx(length, rel=1e-6)
        assert drift.distance == pytest.approx(0, abs=1e-12)


def test_the_cache_is_not_asked(tmp_path: Path) -> None:
    """Every text goes to the model, both times, whatever was embedded before."""
    file, model = tmp_path / "c.json", Plain()
    package.canary_save(model, file)
    model.asked.clear()
    package.canary_check(file, model)
    assert set(model.asked) == set(CANARY_TEXTS)


def test_a_prompt_that_changes_is_noticed(tmp_path: Path) -> None:
    """Where a role changes vectors it is pinned as well; documents, which get no prompt here, are not."""
    file, model = tmp_path / "c.json", Prompted()
    saved = package.canary_save(model, file)
    assert set(saved.roles) == {Role.NONE, Role.QUERY}
    assert not package.canary_check(file, model).moved
    model.prompt = "search: "
    moved = package.canary_check(file, model).moved
    assert {drift.role for drift in moved} == {Role.QUERY}
    assert len(moved) == len(CANARY_TEXTS) - 1  # of the long one a prompt is too small a part


def test_texts_without_a_vector_are_left_out_and_one_that_loses_it_has_moved(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """No zero vector stands for a missing one."""
    file = tmp_path / "c.json"
    saved = package.canary_save(Covering(), file, ["fine", f"not {UNCOVERED}"])
    assert saved.texts == ("fine",)
    [said] = [message for message in caplog.messages if message.startswith("not pinned: ")]
    assert said.endswith("has no vector for 1 of 2 texts")
    package.canary_save(Plain(), file, ["fine", f"not {UNCOVERED}"], force=True)
    [drift] = package.canary_check(file, Covering()).moved
    assert (drift.text, drift.distance) == (f"not {UNCOVERED}", None)
    with pytest.raises(ModelError, match="no vector for any of the 1 texts"):
        package.canary_save(Covering(), tmp_path / "d.json", [UNCOVERED])


def test_own_texts_come_from_a_file(evenband: Command, tmp_path: Path) -> None:
    """And a Parquet canary can be read as precomputed vectors."""
    (tmp_path / "own.txt").write_text("one\ntwo\n", encoding="utf-8")
    file = tmp_path / "c.parquet"
    assert evenband("canary", "save", "toy:chars", "--texts", tmp_path / "own.txt", "-o", file).code == 0
    assert read_canary(file).texts == ("one", "two")
    assert evenband("canary", "check", file, f"vectors:{file}").code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("check", "none.json"), "cannot read the canary none.json"),
        (("check", "none.parquet"), "cannot read the canary none.parquet"),
        (("check", "c.json", "toy:chars?dim=32"), "vectors of 32 numbers, c.json pins 64 of 'toy:chars'"),
        (("check", "c.json", "--tolerance", "nan"), "tolerance: got nan"),
        (("check", "c.json", "--tolerance", "-1"), "tolerance: got -1"),
        (("check", "bad.json"), "bad.json is no canary, or damaged"),
        (("check", "newer.json"), "its format is 2, this evenband reads 1"),
        (("check", "bad.parquet"), "bad.parquet is no canary, or damaged"),
        (("check", "c.txt"), "ends in '.txt', expected one of .json, .parquet"),
        (("check", "secret.json"), "hides a secret"),
        (("save", "toy:chars", "-o", "c.json"), "c.json exists"),
        (("save", "toy:chars", "-o", "c.npy"), "ends in '.npy'"),
        (("save", "toy:chrs", "-o", "d.json"), "did you mean"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    evenband: Command,
    arguments: tuple[str, ...],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An error is never taken for drift, nor for its absence."""
    monkeypatch.chdir(tmp_path)
    package.canary_save("toy:chars", "c.json", ["a"])
    content = Path("c.json").read_text(encoding="utf-8")
    Path("newer.json").write_text(content.replace('"format": 1', '"format": 2'), encoding="utf-8")
    Path("secret.json").write_text(content.replace("toy:chars", "https://***@h/v1"), encoding="utf-8")
    Path("bad.json").write_text(content[:-20], encoding="utf-8")
    Path("bad.parquet").write_bytes(b"PAR1")
    result = evenband("canary", *arguments, "-q")
    assert result.code == 2
    assert message in result.err
    assert len(result.err.splitlines()) == 1
    assert result.out == ""


def test_a_file_is_not_replaced_unless_asked(tmp_path: Path) -> None:
    """What it pins would be forgotten."""
    package.canary_save("toy:chars", tmp_path / "c.json", ["a"])
    with pytest.raises(InputError, match="--force"):
        package.canary_save("toy:words", tmp_path / "c.json", ["a"])
    package.canary_save("toy:words", tmp_path / "c.json", ["a"], force=True)
    assert read_canary(tmp_path / "c.json").spec.ref == "toy:words"


def test_a_damaged_vector_is_refused(tmp_path: Path) -> None:
    """NaN would compare as no drift."""
    file = tmp_path / "c.json"
    package.canary_save("toy:chars", file, ["a"])
    data = json.loads(file.read_text(encoding="utf-8"))
    for vector in ([float("nan")] * 64, [0.0] * 64, [1.0] * 63):
        data["texts"][0]["vector"] = vector
        file.write_text(json.dumps(data), encoding="utf-8")
        with pytest.raises(EvenbandError, match="no canary, or damaged"):
            package.canary_check(file)


needs_httpx = pytest.mark.skipif(
    find_spec("httpx") is None, reason="the library that asks servers is missing"
)


@needs_httpx
def test_a_server_that_changed_is_reported_and_one_that_is_gone_is_an_error(
    evenband: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loading it for an audit is refused then and stays so: the cached vectors are the old ones."""
    be_quick(monkeypatch)
    file = tmp_path / "c.json"
    with serve() as server:
        assert evenband("canary", "save", server.url, "-o", file, "-q").code == 0
        encoders.load(server.url)
        assert evenband("canary", "check", file, "-q").code == 0
        server.toy = encoders.load("toy:chars?seed=2")
        for _ in range(2):
            result = evenband("canary", "check", file, "-q")
            assert result.code == 1, result.err
            assert "of 25 vectors 25 moved" in result.out
        with pytest.raises(ModelError, match="is not what it was"):
            encoders.load(server.url)
    gone = evenband("canary", "check", file, "-q")
    assert gone.code == 2
    assert gone.out == ""


@needs_httpx
@pytest.mark.parametrize("suffix", ["json", "parquet"])
def test_no_secret_of_an_address_is_written_or_shown(
    evenband: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    """The file alone cannot find the server then, and the message says what to add."""
    be_quick(monkeypatch)
    file = tmp_path / f"c.{suffix}"
    with serve() as server:
        address = server.url.replace("http://", "http://user:hunter22@")
        saved = evenband("canary", "save", address, "-o", file)
        alone = evenband("canary", "check", file)
        checked = evenband("canary", "check", file, address)
        server.toy = encoders.load("toy:chars?seed=2")
        moved = evenband("canary", "check", file, address, "--json")
    assert [one.code for one in (saved, alone, checked, moved)] == [0, 2, 0, 1]
    assert "name the model" in alone.err
    assert b"hunter22" not in file.read_bytes()
    assert not any("hunter22" in one.out + one.err for one in (saved, alone, checked, moved))
