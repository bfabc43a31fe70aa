"""The record of a training in its folder."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest

from evenband.errors import InputError, RunError
from evenband.train.training_records import TrainingFolder

DECIDES = {"task": "tune", "model": "9f3d9ecf6f9d", "data": "79cc57aa254e", "batch": 4}
ABOUT = {"base": "minilm", "source": "pairs.csv", "rows": 32}


@pytest.mark.parametrize(
    ("decides", "about", "difference"),
    [
        (
            {"data": "0f"},
            {"source": "triplets.jsonl", "rows": 1},
            r"set of examples \(pairs.csv, 32 rows, now triplets.jsonl, 1 row\)",
        ),
        ({"data": "0f"}, {"rows": 40}, r"set of examples \(pairs.csv, 32 rows, now pairs.csv, 40 rows\)"),
        ({"data": "0f"}, {}, r"set of examples \(pairs.csv, 32 rows: its content has changed\)"),
        ({"model": "0f"}, {"base": "mpnet"}, r"base model \(minilm, now mpnet\)"),
        ({"batch": 8}, {}, r"batch \(4, now 8\)"),
    ],
)
def test_what_differs_is_told_by_name(
    decides: dict[str, Any], about: dict[str, Any], difference: str, tmp_path: Path
) -> None:
    """A digest tells a user nothing; looking before the training tells the same."""
    folder = TrainingFolder(tmp_path / "out")
    assert folder.begin(DECIDES, ABOUT) is None
    for find in (folder.begin, folder.look):
        with pytest.raises(InputError, match=difference):
            find({**DECIDES, **decides}, {**ABOUT, **about})


def test_a_record_without_rows_is_read(tmp_path: Path) -> None:
    """As an earlier version wrote it."""
    folder = TrainingFolder(tmp_path / "out")
    folder.begin(DECIDES, {"base": "minilm", "source": "pairs.csv"})
    with pytest.raises(InputError, match=r"\(pairs.csv, now pairs.csv, 32 rows\)"):
        folder.begin({**DECIDES, "data": "0f"}, ABOUT)


def test_two_trainings_do_not_share_a_folder(tmp_path: Path) -> None:
    """While one goes on, another is refused before and after it has loaded its model; then it goes on."""
    first, second = TrainingFolder(tmp_path / "out"), TrainingFolder(tmp_path / "out")
    with first.held():
        first.begin(DECIDES, ABOUT)
        for find in (second.look, second.begin):
            with pytest.raises(RunError, match=r"out: another process is training into this folder; wait"):
                find(DECIDES, ABOUT)
        assert first.look(DECIDES, ABOUT) is None  # its own lock is no obstacle
    with second.held():
        assert second.begin(DECIDES, ABOUT) is None


def test_a_training_that_fails_lets_others_in(tmp_path: Path) -> None:
    """In a notebook, the folder of a training that was interrupted can be trained into at once."""
    failed = TrainingFolder(tmp_path / "out")
    with contextlib.suppress(KeyboardInterrupt), failed.held():
        failed.begin(DECIDES, ABOUT)
        raise KeyboardInterrupt
    assert TrainingFolder(tmp_path / "out").begin(DECIDES, ABOUT) is None


def test_looking_writes_nothing(tmp_path: Path) -> None:
    """A training that is refused later leaves no record."""
    folder = TrainingFolder(tmp_path / "out")
    assert folder.look(DECIDES, ABOUT) is None
    assert not (tmp_path / "out").exists()
    folder.begin(DECIDES, ABOUT)
    folder.finish({"steps": 3})
    assert folder.look(DECIDES, ABOUT) == {"steps": 3}
