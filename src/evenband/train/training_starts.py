"""The set-up that every fine-tuning shares: its folder, its model, and whether it goes on or has ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from evenband.encoders.trainable import Trainable
from evenband.train.training_examples import Examples
from evenband.train.training_records import TrainingFolder

ModelOpener: TypeAlias = Callable[[Any, bool], Trainable]
"""Opens a reference or a live model to be trained; the flag allows code that comes with it."""


@dataclass(frozen=True)
class TrainingStart:
    """A training before its first step.

    Attributes:
        folder: of the training; ``None`` if it is not saved.
        model: the library's object, on its device.
        name: what the user calls the model.
        decides: everything that decides the weights, as plain data by name.
        about: what a reader wants to know beside it.
        results: of a training that has ended; ``None`` while there is something to do.
    """

    folder: TrainingFolder | None
    model: Any
    name: str
    decides: Mapping[str, Any]
    about: Mapping[str, Any]
    results: dict[str, Any] | None

    def held(self) -> AbstractContextManager[None]:
        """Return the context at whose end other processes may train into the folder again."""
        return nullcontext() if self.folder is None else self.folder.held()

    def begin(self, files: Mapping[str, Any] | None = None) -> None:
        """Write the record, if there is none yet: from here on, the folder holds this training.

        Args:
            files: JSON files to keep beside it, by name.
        """
        if self.folder is None:
            return
        self.folder.begin(self.decides, self.about)
        for name, content in (files or {}).items():
            self.folder.keep(name, content)


def set_up(
    task: str,
    given: tuple[Any, Examples],
    decides: Mapping[str, Any],
    out: Path | str | None,
    open_: ModelOpener,
    trust_remote_code: bool,
) -> TrainingStart:
    """Find out what a folder holds, before and after the model is opened; nothing is written.

    Args:
        task: ``tune`` or ``rerank``.
        given: model and examples.
        decides: options that decide the weights.
        out: folder of the training; ``None`` for none.
        open_: opens the model.
        trust_remote_code: run code that comes with the model.

    Raises:
        InputError: if the folder holds another training, naming what differs, or something else.
        EvenbandError: if the model cannot be opened.
    """
    model, data = given
    name = name_of(model)
    about: dict[str, Any] = {"base": name, "source": data.source, "rows": len(data)}
    folder = None if out is None else TrainingFolder(Path(out).expanduser())
    if folder is not None:
        folder.look({"task": task, "data": data.digest, **decides}, about, in_part=True)
    opened = open_(model, trust_remote_code)
    first = {"task": task, "model": opened.revision, "data": data.digest, "model_settings": opened.settings}
    whole = {**first, **decides}
    about["folder"] = str(opened.folder or "")
    results = None if folder is None else folder.look(whole, about)
    return TrainingStart(folder, opened.model, name, whole, about, results)


def name_of(model: Any) -> str:
    """Return what messages and records call a model: its reference, if it has one."""
    return str(model) if isinstance(model, (str, Path)) else "a live model"
