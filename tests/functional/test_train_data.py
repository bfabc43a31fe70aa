"""``evenband train pretrain``, ``embed`` and ``data``, as a user types them; the pages run as printed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from conftest import Finished

Command = Callable[..., Finished]
DOCS = Path(__file__).parents[2] / "docs"
NOUNS = ("engine", "river", "teacher", "castle", "violin", "orchard", "lantern", "harbour")
VERBS = ("needs", "follows", "hides", "carries", "paints", "forgets")
PLACES = ("behind the old mill", "in winter", "near the bridge over the canal", "again", "after the long war")


def sentence(rng: np.random.Generator) -> str:
    """A sentence of a small language."""
    a, b = rng.choice(NOUNS, 2, replace=False)
    return f"the {a} {rng.choice(VERBS)} the {b} {rng.choice(PLACES)}"


def write(path: Path, rows: Sequence[dict[str, str]]) -> Path:
    """JSON lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def triplets(tmp_path: Path) -> Path:
    """Triplets whose negatives are all short: the example of the page."""
    rng = np.random.default_rng(0)
    rows = [
        {"anchor": sentence(rng), "positive": sentence(rng), "negative": " ".join(sentence(rng).split()[:3])}
        for _ in range(200)
    ]
    grandma = {
        "anchor": "let's eat, grandma",
        "positive": "grandma, let's eat",
        "negative": "let's eat grandma",
    }
    return write(tmp_path / "triplets.jsonl", [*rows, grandma, rows[3]])


def test_a_planted_length_shortcut_is_told_as_on_the_page(
    evenband: Command, triplets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page shows what the command prints for this file, but for the seconds."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(triplets.parent)
    finished = evenband("train", "data", triplets.name, "-p", "comma", "-q")
    assert finished.code == 0, finished.err
    page = (DOCS / "training-data.md").read_text(encoding="utf-8")
    [shown] = re.findall(r"```text\n(.*?)```", page, re.DOTALL)

    def lines(text: str) -> list[str]:
        return [re.sub(r"· \d+ s$", "· 0 s", line.rstrip()) for line in text.strip().splitlines()]

    assert lines(finished.out) == lines(shown)


def test_json_has_every_finding_and_verdict(evenband: Command, triplets: Path) -> None:
    """A program finds the flagged shortcut, its figures, and the repeated row by its line."""
    finished = evenband("train", "data", triplets, "-p", "comma", "-q", "--json")
    audit = json.loads(finished.out)
    shortcuts = {one["name"]: one for one in audit["shortcuts"]}
    assert shortcuts["length"]["is_flagged"]
    assert shortcuts["length"]["auc"]["value"] > 0.95
    assert audit["verdicts"]["shortcuts"].startswith("length alone tells right from wrong (AUC 1.00)")
    [repeated] = [one for one in audit["duplicates"] if one["name"] == "repeat an earlier row"]
    assert (repeated["count"], repeated["quotations"][0]["place"]) == (1, "line 202, line 4")
    assert [one["name"] for one in audit["famous"]] == ["let's eat, grandma"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["data", "missing.jsonl"], "missing.jsonl"),
        (["data", "{data}", "-m", "toy:words"], "--corpus"),
        (["data", "{data}", "-p", "nonsense"], "nonsense"),
        (["data", "{data}", "--against", "nonsense"], "nonsense"),
        (["pretrain", "missing", "-o", "{out}"], "missing"),
        (["pretrain", "{data}", "-o", "{out}", "--base", "x", "--layers", "2"], "--base and --layers"),
        (["pretrain", "{data}", "-o", "{out}", "--width", "10"], "--width"),
        (["embed", "{out}", "-o", "{out}2"], "{out}"),
    ],
)
def test_mistakes_are_one_line(
    evenband: Command, triplets: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    """Exit code 2 and the name of what was wrong."""
    pytest.importorskip("accelerate")
    places = {"data": str(triplets), "out": str(tmp_path / "out")}
    finished = evenband("train", *(one.format(**places) for one in arguments), "-q")
    assert finished.code == 2
    assert finished.err.count("\n") == 1
    assert message.format(**places) in finished.err


def test_from_texts_to_vectors(evenband: Command, tmp_path: Path) -> None:
    """pretrain, then embed: losses fall, the card is printed, and the vectors have length one."""
    pytest.importorskip("accelerate")
    rng = np.random.default_rng(1)
    texts = write(tmp_path / "texts.jsonl", [{"text": sentence(rng)} for _ in range(400)])
    shape = "--layers=1 --width=16 --heads=2 --vocabulary=300 --context=16 --batch=8 --steps=40 --rate=.01"
    finished = evenband("train", "pretrain", texts, "-o", tmp_path / "lm", *shape.split(), "-q", "--json")
    assert finished.code == 0, finished.err
    result = json.loads(finished.out)
    assert result["held_loss"] < result["unigram_loss"] < result["first_loss"]
    printed = evenband("train", "pretrain", texts, "-o", tmp_path / "lm", *shape.split(), "-q")
    assert f"held-out loss: {result['held_loss']:.3f} nats a token" in printed.out
    made = evenband("train", "embed", tmp_path / "lm", "-o", tmp_path / "model", "--dim", "8", "-q")
    assert "8 dimensions, projected from 16, last pooling, every text ended by <|endoftext|>" in made.out
    import evenband as package

    vectors = package.load(str(tmp_path / "model")).encode(["the engine needs the river", "again"])
    assert vectors.shape == (2, 8)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_pages_name_every_option(evenband: Command) -> None:
    """Each option of the three commands stands on its page."""
    for command, name in (("pretrain", "pretraining"), ("embed", "pretraining"), ("data", "training-data")):
        page = (DOCS / f"{name}.md").read_text(encoding="utf-8")
        options = set(re.findall(r"--[a-z][a-z-]+", evenband("train", command, "--help").out))
        unnamed = options - {"--out", "--quiet", "--help", "--json", "--probe", "--model", "--seed"}
        assert [one for one in sorted(unnamed) if f"`{one}" not in page] == []
