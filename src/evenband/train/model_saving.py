"""Saving a trained model: the library's own format, and a model card that says how it was made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from evenband.encoders.local.loading import quiet
from evenband.storage import scratch_folder
from evenband.train.training_records import TrainingFolder

CARD, MODULES = "README.md", "modules.json"

ARGUMENTS_LEFT_OUT = ("task", "model", "data", "model_settings")
"""What decides a training, but is told in words in the model card."""


def save_model(model: Any, folder: TrainingFolder, results: Mapping[str, Any]) -> None:
    """Save a model into the folder of its training; a kill in between leaves a training that goes on.

    Args:
        model: of sentence-transformers.
        folder: of the training.
        results: what the training did.
    """
    record = folder.read() or {}
    with scratch_folder(folder.folder) as scratch:
        with quiet():
            model.save_pretrained(str(scratch))
        card = scratch / CARD
        written = card.read_text(encoding="utf-8") if card.is_file() else ""
        text = f"{_without_places(written, record)}\n{_facts(record, results)}"
        card.write_text(text, encoding="utf-8")
        for path in sorted(scratch.iterdir(), key=lambda path: path.name == MODULES):
            _move(path, folder.out / path.name)


def _move(path: Path, target: Path) -> None:
    """Move a file, or the files of a folder, over what an earlier attempt left."""
    if path.is_dir():
        target.mkdir(exist_ok=True)
        for inner in path.iterdir():
            _move(inner, target / inner.name)
        return
    path.replace(target)


def _without_places(card: str, record: Mapping[str, Any]) -> str:
    """Return a model card without the path of the base model's folder on this machine."""
    base = str(record.get("base", "model"))
    folder = str(record.get("folder") or "")
    return card.replace(folder, Path(base).name or base) if folder else card


def _facts(record: Mapping[str, Any], results: Mapping[str, Any]) -> str:
    """Return the card's section on the training."""
    decides = record.get("decides", {})
    base = Path(str(record.get("base", ""))).name or "a live model"
    rows = [
        ("base model", f"{base} (revision `{decides.get('model')}`)"),
        ("examples", f"{results['examples']:,} of {Path(str(record.get('source', ''))).name}"),
        ("digest of the examples", f"`{decides.get('data')}`"),
        ("steps", f"{results['steps']:,}"),
    ]
    rows += [
        (name.replace("_", " "), json.dumps(value))
        for name, value in decides.items()
        if name not in ARGUMENTS_LEFT_OUT and value not in (None, [], False, 0.0)
    ]
    lines = [f"| {name} | {value} |" for name, value in rows]
    return "\n".join(
        [
            "## How this model was trained",
            "",
            f"With evenband {version('evenband')} on the trainer of sentence-transformers.",
            "",
            "| | |",
            "|---|---|",
            *lines,
            "",
        ]
    )
