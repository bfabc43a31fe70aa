"""What a training keeps in its folder: what it is made of, and the checkpoints from which it goes on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from evenband.encoders.local.folder_contents import TRAINING_FOLDER
from evenband.errors import InputError, RunError
from evenband.storage import replace_file
from evenband.train.training_locks import TrainingLock
from evenband.wording import counted

CHECKPOINTS_KEPT = 2
"""Checkpoints that are kept: the second is whole where a kill hits the writing of the first."""

TRAINING_FORMAT = 1
"""Format of a training's record. Fields are added and never renamed."""

TRAINING_RECORD, CHECKPOINTS, STATE_FILE = "record.json", "checkpoints", "trainer_state.json"
"""The record; the folder of checkpoints; the file that the trainer writes last into a checkpoint."""

_CALLED = {
    "held_out": "eval",
    "model": "base model",
    "model_settings": "set of settings of the base model",
    "data": "set of examples",
}
"""How messages call what decides a training, where it is no option of that name."""


class TrainingFolder:
    """The folder of a trained model, with the record and the checkpoints of its training.

    Args:
        out: where the model is saved when the training ends.
    """

    def __init__(self, out: Path) -> None:
        self.out = out
        self.folder = out / TRAINING_FOLDER
        self.checkpoints = self.folder / CHECKPOINTS
        self._lock = TrainingLock(out, self.folder)

    def read(self) -> dict[str, Any] | None:
        """Return the record; ``None`` without one.

        Raises:
            RunError: if it cannot be read.
        """
        path = self.folder / TRAINING_RECORD
        if not path.is_file():
            return None
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            if record["format"] > TRAINING_FORMAT:
                raise RunError(f"{path} was written by a newer evenband; update this one")
            return dict(record)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RunError(f"{path} cannot be read: {error}; choose another folder with -o") from error

    def begin(self, decides: Mapping[str, Any], about: Mapping[str, Any]) -> dict[str, Any] | None:
        """Write the record of a training that begins, or find that of the same training, which goes on.

        From here on no other process may train into the folder, until :meth:`held` ends.

        Args:
            decides: everything that decides the weights, as plain data by name.
            about: what a reader wants to know beside it, such as the source of the examples.

        Returns:
            The results of a training that has ended; ``None`` while there is something to do.

        Raises:
            InputError: if the folder holds another training, naming what differs, or something else.
            RunError: if another process is training into it.
        """
        results = self.look(decides, about)
        self._lock.take()
        if self.read() is None:
            started = datetime.now(UTC).isoformat(timespec="seconds")
            begun = {"format": TRAINING_FORMAT, "started": started, "decides": dict(decides), **about}
            self._write({**begun, "results": None})
        return results

    def look(
        self, decides: Mapping[str, Any], about: Mapping[str, Any], in_part: bool = False
    ) -> dict[str, Any] | None:
        """Find the record of the same training, as :meth:`begin` does, and write nothing.

        Args:
            decides: everything that decides the weights, as plain data by name.
            about: what a reader wants to know beside it.
            in_part: whether more decides the weights, which is not known yet.

        Returns:
            The results of a training that has ended; ``None`` while there is something to do.

        Raises:
            InputError: if the folder holds another training, naming what differs, or something else.
            RunError: if another process is training into it.
        """
        record = self.read()
        self._lock.check()
        if record is None:
            if self.out.is_dir() and any(self.out.iterdir()):
                raise InputError(
                    f"{self.out} is not empty and holds no training of evenband; choose another folder "
                    "with -o"
                )
            return None
        plain = json.loads(json.dumps(dict(decides)))
        before = record["decides"]
        for name in plain if in_part else dict.fromkeys([*plain, *before]):
            if plain.get(name) != before.get(name):
                raise InputError(
                    f"{self.out} holds a training with another {_CALLED.get(name, name.replace('_', ' '))} "
                    f"({_difference(name, {**record, **before}, {**about, **plain})}); repeat the command as "
                    "it was, or choose another folder with -o"
                )
        results: dict[str, Any] | None = record["results"]
        return results

    def finish(self, results: Mapping[str, Any]) -> None:
        """Write the results into the record, and remove the checkpoints."""
        record = self.read() or {"format": TRAINING_FORMAT}
        self._write({**record, "results": dict(results)})
        shutil.rmtree(self.checkpoints, ignore_errors=True)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Context manager: at its end, other processes may train into the folder that :meth:`begin` took."""
        try:
            yield
        finally:
            self._lock.release()

    def keep(self, name: str, content: Any) -> None:
        """Write a JSON file beside the record, such as what was held out."""
        text = json.dumps(content, ensure_ascii=False, indent=1)
        replace_file(self.folder / name, text.encode("utf-8", "replace"))

    def last_checkpoint(self) -> Path | None:
        """Return the newest whole checkpoint; one that a killed training was writing is removed."""
        for path in sorted(self.checkpoints.glob("checkpoint-*"), key=_step_of, reverse=True):
            with suppress(OSError, ValueError):
                if json.loads((path / STATE_FILE).read_text(encoding="utf-8"))["global_step"] == _step_of(
                    path
                ):
                    return path
            shutil.rmtree(path, ignore_errors=True)
        return None

    def _write(self, record: Mapping[str, Any]) -> None:
        text = json.dumps(record, ensure_ascii=False, indent=1)
        replace_file(self.folder / TRAINING_RECORD, text.encode("utf-8", "replace"))


_DESCRIBED = {"data": "source", "text": "source", "model": "base", "base_files": "base"}
"""What describes something that a record pins by its digest."""


def _difference(name: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Say what a folder has and what was given; digests tell nothing, so their sources are named."""
    if name not in _DESCRIBED:
        return f"{_shown(before.get(name))}, now {_shown(now.get(name))}"
    earlier, later = (_described(one, _DESCRIBED[name]) for one in (before, now))
    return f"{earlier}, now {later}" if earlier != later else f"{earlier}: its content has changed"


def _described(record: Mapping[str, Any], key: str) -> str:
    rows = f", {counted(record['rows'], 'row')}" if key == "source" and record.get("rows") else ""
    return f"{record.get(key) or 'given in Python'}{rows}"


def _shown(value: Any) -> str:
    return "none" if value is None else str(value)


def _step_of(path: Path) -> int:
    number = path.name.rpartition("-")[2]
    return int(number) if number.isdecimal() else -1
